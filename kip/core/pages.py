"""Whole pages kept for a practice (kip.core.fragments), with holes for what is one person's: frame, messages, form token.

The holes are filled at every request, so a kept page names whoever asks and carries a token of their own session.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from kip.core.fragments import kept
from kip.core.scope import Scope
from kip.core.templatetags.kip_frame import written

PERSONAL = ("frame", "messages", "csrf_token")
Made = tuple[str, Mapping[str, Any]]


def page_response(
    request: HttpRequest, scope: Scope, name: str, made_of: Sequence[str], make: Callable[[], Made | None]
) -> HttpResponse | None:
    """The page that `make` gives as template and context, from Redis where the same scope asked for the same before.

    Nothing in template or context may be one person's. None, which is not kept, where `make` gives None.
    """

    def made_now() -> dict[str, str] | None:
        made = make()
        return {"page": _with_holes(request, *made)} if made else None

    found = kept(scope, name, made_of, made_now)
    return HttpResponse(_filled(request, found["page"])) if found else None


def _with_holes(request: HttpRequest, template: str, context: Mapping[str, Any]) -> str:
    holes = {name: _hole(name) for name in PERSONAL}
    nobody = {"request": None, "user": None}  # nor what the address asks for, unless the key names it
    return render_to_string(template, {**context, **nobody, "holes": holes, "csrf_token": holes["csrf_token"]}, request)


def _filled(request: HttpRequest, page: str) -> str:
    token = get_token(request)
    fill: dict[str, Callable[[], str]] = {
        "frame": lambda: written(import_string(settings.KIP_FRAME)(request)["portal"], request.get_full_path(), token),
        "messages": lambda: render_to_string("components/messages.html", request=request) if get_messages(request) else "",
        "csrf_token": lambda: token,
    }
    return "".join(fill[part]() if at % 2 else part for at, part in enumerate(_holes().split(page)))


@cache
def _secret() -> str:
    """Part of a hole's mark: nobody can write one into a text of their own, and all processes write the same."""
    return salted_hmac("kip.core.pages", "hole").hexdigest()


def _hole(name: str) -> str:
    return f"{_secret()}[{name}]"


@cache
def _holes() -> re.Pattern[str]:
    return re.compile(rf"{_secret()}\[([a-z_]+)\]")
