"""Template tags of the sign-in and people pages."""

import datetime as dt
import re

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kip.core.numbers import clock, long_date
from practices.models import Practice, Region

register = template.Library()
# Order matters: Edge and Opera also call themselves Chrome, and Chrome also calls itself Safari.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.simple_tag
def second_factor_is_off() -> bool:
    """True in a demo where staff roles need no second factor, which the sign-in page says."""
    return bool(settings.DEMO and not settings.KIP_REQUIRE_MFA)


@register.filter
def browser_name(user_agent: str) -> str:
    """ "Firefox, Windows" from a browser's long name for itself; unknown ones are cut at 40 characters."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or re.sub(r"[^\w ./-]", "", user_agent)[:40] or _("unknown")


@register.filter
def moment(value: dt.datetime | None) -> str:
    """ "2. november 2026 kl. 10.42" in local time; "" for None."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return _("%(date)s at %(time)s") % {"date": long_date(local.date()), "time": clock(local)}


@register.filter
def place_name(place: Practice | Region | str) -> str:
    """A practice's name; a region's in the active language."""
    if isinstance(place, Region):
        return place.name_en if get_language() == "en" else place.name_da
    return str(place)
