"""{% frame %}: what stands above each page's own part."""

import re
from functools import cache
from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
PERSONAL = ("organisation", "person", "role", "address", "csrf_token")
_HOLE = re.compile("\x02([a-z_]+)\x03")


@register.simple_tag(takes_context=True)
def frame(context: Context) -> SafeString:
    """Header and menu. The template writes them once for each language and menu, since they take longer than many a page
    that is kept; what is one person's is put in at every request. Without a request, only the brand."""
    request = context.get("request")
    return written(context.get("portal"), request.get_full_path() if request else "", context.get("csrf_token"))


def written(portal: Any, address: str, token: Any) -> SafeString:
    """The frame for `portal` (kip.portal.context), None without a request. token: of the forms in it."""
    acts = portal.acting if portal else None
    values: dict[str, Any] = {"csrf_token": token, "address": address}
    if acts:
        values |= {"organisation": acts.organisation_name, "person": portal.person_name, "role": acts.role_label}
    many, menu, demo = (portal.memberships_count > 1, portal.menu, portal.demo) if portal else (False, SafeString(), False)
    parts = _parts(frozenset(name for name in PERSONAL if values.get(name)), bool(acts and many), menu, demo, get_language())
    return SafeString("".join(str(conditional_escape(values[part])) if at % 2 else part for at, part in enumerate(parts)))


@cache
def _parts(given: frozenset[str], many: bool, menu: SafeString, demo: bool, language: str | None) -> list[str]:
    """Markup and, at every second place, the name of what is put in there."""
    holes = {name: f"\x02{name}\x03" for name in given}
    return _HOLE.split(render_to_string("components/frame.html", {**holes, "many": many, "menu": menu, "demo": demo}))
