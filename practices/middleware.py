"""Who acts: from the session's membership, checked against the database on every request."""

from collections.abc import Callable
from hashlib import sha256

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.middleware import UserSessionsMiddleware
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from practices.acting import SESSION_KEY, SignedInRequest, current_acting
from practices.enums import STAFF_ROLES

Answer = Callable[[HttpRequest], HttpResponse]
# What somebody without the second factor may still reach: enrolment, sign-out, language, static parts.
WITHOUT_SECOND_FACTOR = ("/konto/", "/sprog/", "/static/", "/healthz", "/readyz")
SEEN_SECONDS = 300


class SeenMiddleware(UserSessionsMiddleware):
    """The overview of sessions says when each was last used; each process writes it at most every five minutes."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and caches["process"].add(f"session-seen:{sha256(key.encode()).hexdigest()}", 1, SEEN_SECONDS):
            return super().__call__(request)
        return self.get_response(request)


class ActingMiddleware:
    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: SignedInRequest) -> HttpResponse:
        signed_in = request.user.is_authenticated
        request.acting = current_acting(request.user, request.session.get(SESSION_KEY)) if signed_in else None
        return self.answer(request)


class SecondFactorMiddleware:
    """A staff role without a second factor reaches only the page where one is made."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: SignedInRequest) -> HttpResponse:
        acts = request.acting
        if (
            settings.KIP_REQUIRE_MFA
            and acts is not None
            and acts.role in STAFF_ROLES
            and not request.path.startswith(WITHOUT_SECOND_FACTOR)
            and not is_mfa_enabled(request.user)
        ):
            return redirect("mfa_index")
        return self.answer(request)
