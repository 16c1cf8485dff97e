"""The doors of the interface: a practice's key, or the session of somebody signed in to the portal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from datacapture.actions import api_keys
from datacapture.enums import KeyScope
from datacapture.models import ApiKey
from kip.core.audit import Actor, acting, current_actor
from kip.core.scope import Persona, Scope, activate

FAILURES, FAILURE_SECONDS = 20, 60


@dataclass(frozen=True)
class Access:
    """What a valid key or a session opens. profession: the only one that a region's person acts for, "" = all."""

    scope: Scope
    key: ApiKey | None = None
    profession: str = ""


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer kip_<practice>_<secret>`; every refusal looks the same."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Access] | None:
        scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        place = f"api-failures:{BaseThrottle().get_ident(request)}"
        if cache.get(place, 0) >= FAILURES:
            raise Throttled(FAILURE_SECONDS)
        found = api_keys.authenticate(token.strip())
        if found is None:
            if not cache.add(place, 1, FAILURE_SECONDS):
                cache.set(place, cache.get(place, 0) + 1, FAILURE_SECONDS)
            raise AuthenticationFailed(_("The key is not valid."))
        return AnonymousUser(), Access(*found)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAccess(BaseAuthentication):
    """The portal's session, in the role that the person acts in; for reading only, so no token of a form is asked for."""

    def authenticate(self, request: Request) -> tuple[Any, Access] | None:
        acts = getattr(request._request, "acting", None)
        return (request._request.user, Access(acts.scope, profession=acts.profession)) if acts else None


class HasKey(BasePermission):
    """Let in a request that came with a key made for sending files."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.auth is not None and KeyScope.DELIVER in request.auth.key.scopes


class MayRead(BasePermission):
    """Let in a key made for reading, and the personas that the view names; for the others the address does not exist."""

    def has_permission(self, request: Request, view: Any) -> bool:
        access: Access | None = request.auth
        if access is None:
            return False
        if access.key is None:
            if view.readers and access.scope.persona not in view.readers:
                raise Http404
            return True
        if KeyScope.READ not in access.key.scopes:
            raise PermissionDenied(_("This key may send files, not read figures."))
        if view.readers and Persona.PRACTICE not in view.readers:
            raise Http404
        return True


class PerKey(SimpleRateThrottle):
    """So many files an hour with one key."""

    rate = "120/hour"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"api-key:{request.auth.key.pk}" if request.auth else None


class PerReader(SimpleRateThrottle):
    """So many answers an hour to one key or person."""

    rate = "1200/hour"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if request.auth is None:
            return None
        key, scope = request.auth.key, request.auth.scope
        return f"api-reader:key:{key.pk}" if key else f"api-reader:user:{scope.user_id}"


def key_actor(request: Request) -> Actor:
    """The key under the name its practice gave it, as the practice's log tells of it."""
    return Actor(None, request.auth.key.label, "api_key", "", getattr(request, "request_id", ""))


class KeyedView(APIView):
    """A view behind a practice's key; its work runs in the intake persona of that practice."""

    authentication_classes: ClassVar[list[Any]] = [KeyAuthentication]
    permission_classes: ClassVar[list[Any]] = [HasKey]
    parser_classes: ClassVar[list[Any]] = []

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response.headers["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)


class ReadView(APIView):
    """A view that reads. readers: personas it exists for, none = every one; a key reads as its practice's staff do."""

    authentication_classes: ClassVar[list[Any]] = [KeyAuthentication, SessionAccess]
    permission_classes: ClassVar[list[Any]] = [MayRead]
    throttle_classes: ClassVar[list[Any]] = [PerReader]
    parser_classes: ClassVar[list[Any]] = []
    readers: frozenset[Persona] = frozenset()

    @contextmanager
    def reading(self, request: Request) -> Iterator[Scope]:
        """Open the reader's wall. A session's is open already; a key takes on the practice's persona, whatever it may send."""
        access: Access = request.auth
        key = access.key is not None
        scope = replace(access.scope, persona=Persona.PRACTICE) if key else access.scope
        with acting(key_actor(request) if key else current_actor()), activate(scope):
            yield scope

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """A reader may keep an answer and ask with its ETag whether it still holds; nobody between may keep it."""
        response.headers.setdefault("Cache-Control", "private, no-cache")
        found = super().finalize_response(request, response, *args, **kwargs)
        found.headers["Vary"] = ", ".join(filter(None, [found.headers.get("Vary", ""), "Authorization"]))
        return found
