"""What every page's frame shows: who one is, as what, for whom, and where one can go."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from datacapture.models import Release
from datacapture.queries.releases import published, release_name, shown_to
from datacapture.queries.shown import shown_on
from kip.core.numbers import long_date
from kip.core.scope import Persona
from practices.acting import ActingRequest, memberships_of

NAVIGATION = {
    Persona.PRACTICE: [
        (_("Home"), "portal:home"),
        (_("All measures"), "datacapture:measures"),
        (_("Your patients"), "datacapture:population"),
        (_("Pathways"), "datacapture:pathways"),
        (_("Data intake"), "datacapture:deliveries"),
        (_("Agreements"), "datacapture:agreements"),
        (_("Report"), "reports:practice_report"),
        (_("Patient experience"), "surveys:campaigns"),
        (_("Accreditation"), "accreditation:home"),
        (_("Who has seen your figures"), "portal:who_looked"),
        (_("People"), "practices:people"),
    ],
    Persona.REGION: [
        (_("Overview"), "portal:home"),
        (_("Work list"), "datacapture:region_work"),
        (_("Practices"), "datacapture:region_practices"),
        (_("Pathways"), "datacapture:region_pathways"),
        (_("Population"), "datacapture:region_population"),
        (_("Data quality"), "datacapture:region_quality"),
        (_("Explore"), "datacapture:explore"),
        (_("Accreditation"), "office:overview"),
        (_("Releases"), "datacapture:releases"),
        (_("Definitions"), "datacapture:definitions"),
        (_("Practice register"), "practices:register"),
        (_("People"), "practices:people"),
    ],
    Persona.NATIONAL: [
        (_("Home"), "portal:home"),
        (_("Releases"), "datacapture:releases"),
        (_("Definitions"), "datacapture:definitions"),
    ],
    Persona.SURVEY: [
        (_("Home"), "portal:home"),
        (_("My visits"), "visit:visits"),
        (_("My ties and days off"), "visit:own"),
    ],
    Persona.COMMITTEE: [
        (_("Home"), "portal:home"),
        (_("My meetings"), "committee:meetings"),
        (_("My ties"), "committee:ties"),
    ],
    Persona.SUPPORT: [(_("Operations"), "portal:home"), (_("People"), "practices:people")],
}


@dataclass
class Portal:
    acting: Any
    person_name: str
    memberships_count: int
    path: str
    shown: Release | None = None
    demo: bool = settings.DEMO

    @property
    def data_through(self) -> str:
        """The last day of the figures on the page, "" without figures."""
        return long_date(self.shown.month_end) if self.shown else ""

    @property
    def release(self) -> str:
        return release_name(self.shown) if self.shown else ""

    @property
    def navigation(self) -> list[tuple[str, str, bool]]:
        """Where one can go: label, address and whether one is there."""
        return _navigation(self.acting.persona, _here(self.acting.persona, self.path)) if self.acting else []

    @cached_property
    def menu(self) -> SafeString:
        """The same as a list for the frame, the same for everybody with this persona on this page."""
        return _menu(self.acting.persona, get_language(), _here(self.acting.persona, self.path)) if self.acting else SafeString()


def portal(request: HttpRequest) -> dict[str, Any]:
    return {"portal": SimpleLazyObject(lambda: _portal(request))}


def _portal(request: HttpRequest) -> Portal:
    acts = getattr(request, "acting", None)
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return Portal(
        acting=acts,
        person_name=str(user) if signed_in else "",
        memberships_count=len(memberships_of(user)) if signed_in else 0,
        path=request.path,
        shown=_release(request) if acts else None,
    )


def _release(request: ActingRequest) -> Release | None:
    scope = request.acting.scope
    if scope.persona is Persona.SUPPORT:
        return None  # the operator sees the machinery, no figures
    if scope.persona is Persona.PRACTICE:
        return shown_on(request).release
    return published() if scope.practice_id is None else shown_to(scope.practice_id)


@cache
def _addresses(persona: Persona) -> tuple[str, ...]:
    return tuple(reverse(name) for _label, name in _entries(persona))


def _entries(persona: Persona) -> list[tuple[Any, str]]:
    return NAVIGATION.get(persona, [(_("Home"), "portal:home")])


def _here(persona: Persona, path: str) -> str:
    """The address in the menu that the page lies under, the longest where several fit; "" for none."""
    home = reverse("portal:home")
    return max((url for url in _addresses(persona) if path == url or (url != home and path.startswith(url))), key=len, default="")


def _navigation(persona: Persona, here: str) -> list[tuple[str, str, bool]]:
    pairs = zip(_entries(persona), _addresses(persona), strict=True)
    return [(str(label), url, url == here) for (label, _name), url in pairs]


@cache
def _menu(persona: Persona, language: str, here: str) -> SafeString:
    return render_to_string("components/navigation.html", {"entries": _navigation(persona, here)})
