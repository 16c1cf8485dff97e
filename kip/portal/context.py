"""What every page's frame shows: who one is, as what, for whom, and where one can go."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from datacapture.models import Release
from datacapture.queries.releases import published, release_name, shown_to
from kip.core.numbers import long_date
from kip.core.scope import Persona
from practices.acting import valid_memberships

NAVIGATION = {
    Persona.PRACTICE: [
        (_("Home"), "portal:home"),
        (_("All measures"), "datacapture:measures"),
        (_("Your patients"), "datacapture:population"),
        (_("Pathways"), "datacapture:pathways"),
        (_("Data intake"), "datacapture:deliveries"),
        (_("Agreements"), "datacapture:agreements"),
        (_("Report"), "reports:practice_report"),
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
    Persona.SUPPORT: [(_("Operations"), "portal:home"), (_("People"), "practices:people")],
}


@dataclass
class Portal:
    acting: Any
    person_name: str
    memberships_count: int
    navigation: list[tuple[str, str, bool]]
    data_through: str = ""
    release: str = ""
    demo: bool = settings.DEMO
    was_url: str = settings.KIP_WAS_URL
    version: str = settings.KIP_VERSION


def portal(request: HttpRequest) -> dict[str, Any]:
    return {"portal": SimpleLazyObject(lambda: _portal(request))}


def _portal(request: HttpRequest) -> Portal:
    acts = getattr(request, "acting", None)
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    release = _release(acts) if acts else None
    return Portal(
        acting=acts,
        data_through=long_date(release.month_end) if release else "",
        release=release_name(release) if release else "",
        person_name=str(user) if signed_in else "",
        memberships_count=valid_memberships(user).count() if signed_in else 0,
        navigation=_navigation(acts.persona, request.path) if acts else [],
    )


def _release(acts: Any) -> Release | None:
    practice_id = acts.scope.practice_id
    return published() if practice_id is None else shown_to(practice_id)


def _navigation(persona: Persona, path: str) -> list[tuple[str, str, bool]]:
    home = reverse("portal:home")
    entries = [(str(label), reverse(name)) for label, name in NAVIGATION.get(persona, [(_("Home"), "portal:home")])]
    return [(label, url, path == url or (url != home and path.startswith(url))) for label, url in entries]
