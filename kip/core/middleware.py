"""Request id, the scope's transaction around view and rendering, and the door."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import structlog
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from kip.core.allow import ANYONE, SIGNED_IN
from kip.core.audit import SYSTEM, Actor, acting, record
from kip.core.scope import activate, answering

Answer = Callable[[HttpRequest], HttpResponse]
NUL = "\0"
# Sign-in pages of the library: open to anyone, and they decide themselves what needs a session.
OPEN_MODULES = ("allauth.", "django.views.i18n")
log = structlog.get_logger("kip.access")


class NumberedRequest(HttpRequest):
    request_id: str


class RequestIdMiddleware:
    """Gives every request a number that the error page and the log share; nothing personal is in it."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: NumberedRequest) -> HttpResponse:
        request.request_id = str(uuid.uuid4())
        response = self.answer(request)
        if request.user.is_authenticated if hasattr(request, "user") else False:
            response.headers["Cache-Control"] = "no-store"
        return response


class ReadableInputMiddleware:
    """Refuses a zero byte in address, parameters, cookies or form: no person types one, and PostgreSQL stores none.

    What a form field checks by itself is checked here for every view, also for those that read a parameter directly.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        parts = (request.path, *_texts(request.GET), *request.COOKIES.values())
        return self._refuse() if any(NUL in part for part in parts) else self.answer(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        # Those who are exempt read the body themselves, as a stream; all others are read now by the check of the form's token.
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        return self._refuse() if any(NUL in part for part in _texts(request.POST)) else None

    @staticmethod
    def _refuse() -> HttpResponse:
        return HttpResponse(render_to_string("400.html"), status=400)


def _texts(query: QueryDict) -> Iterator[str]:
    for name, values in query.lists():
        yield name
        yield from (str(value) for value in values)


class ScopeMiddleware:
    """One transaction for the whole request, rendering included. A failed answer leaves nothing behind."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: NumberedRequest) -> HttpResponse:
        with answering(), acting(self._actor(request)):
            acts = getattr(request, "acting", None)
            if acts is None:
                return self.answer(request)
            with activate(acts.scope):
                response = self.answer(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
            return response

    @staticmethod
    def _actor(request: NumberedRequest) -> Actor:
        acts = getattr(request, "acting", None)
        request_id = request.request_id
        if acts is not None:
            return Actor(acts.scope.user_id, acts.person_name, acts.role, acts.organisation_name, request_id)
        if request.user.is_authenticated:
            return Actor(request.user.pk, str(request.user), "", "", request_id)
        return Actor(SYSTEM.user_id, "", "", "", request_id)


class AllowMiddleware:
    """Lets in only those whom the view names. Undeclared or not named: the page does not exist."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if view.__module__.startswith(OPEN_MODULES):
            return None
        allowed: frozenset[str] = getattr(view, "allowed", frozenset())
        if ANYONE in allowed:
            return None
        if allowed and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        acts = getattr(request, "acting", None)
        if SIGNED_IN in allowed or (acts is not None and acts.scope.persona in allowed):
            return None
        self._deny(request)
        raise Http404

    @staticmethod
    def _deny(request: HttpRequest) -> None:
        match = request.resolver_match
        log.warning("denied", route=match.view_name if match else "")
        acts = getattr(request, "acting", None)
        if acts is not None:
            record("denied", outcome="denied", kind=match.view_name if match else "", region_id=acts.scope.region_id)


class MethodPageMiddleware:
    """Whoever opens the address of a button gets a page with a way back, not the browser's empty one."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if response.status_code != 405 or request.method != "GET" or response.content:
            return response
        page = render(request, "405.html", {"back": _page_above(request.path)}, status=405)
        page.headers["Allow"] = response.headers["Allow"]
        return page


def _page_above(path: str) -> str:
    """The nearest address above that leads somewhere."""
    while path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0] + "/"
        with suppress(Resolver404):
            resolve(path)
            return path
    return "/"
