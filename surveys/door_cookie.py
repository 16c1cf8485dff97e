"""Keeps a respondent's link in the browser without the address: a signed cookie, and the same signature in every form.

The signature in the form is what lets a POST in. Nobody else can make it, so it is also the guard against forged forms, and a
browser that keeps no cookies can answer all the same.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "__Host-svar" if settings.PRODUCTION else "kip-svar"
LARGE = "kip-stor"
SECONDS = 24 * 3600
_SALT = "kip.surveys.door"


def signed(digest: str) -> str:
    return signing.dumps(digest, salt=_SALT)


def digest_in(request: HttpRequest) -> str:
    """Digest (hex) of the link the request comes with: from the form when one was sent, else from the cookie; "" for none."""
    written = request.POST.get("link", "") if request.method == "POST" else request.COOKIES.get(COOKIE, "")
    try:
        return str(signing.loads(written, salt=_SALT, max_age=SECONDS))
    except signing.BadSignature:
        return ""


def has_cookie(request: HttpRequest) -> bool:
    return COOKIE in request.COOKIES


def remember(response: HttpResponse, digest: str) -> HttpResponse:
    """Let the browser keep the link until the next day."""
    response.set_cookie(
        COOKIE, signed(digest), max_age=SECONDS, secure=settings.PRODUCTION, httponly=True, samesite="Lax", path="/"
    )
    return response


def forget(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
    return response
