"""What ties a person to a practice: the rule that blocks a surveyor and that a committee member steps out for.

The same practice and ownership, now or within the region's number of years; the same municipality within those years; a
declared relation while it lasts. A membership of the practice in the portal counts as working there.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accreditation.enums import TieKind
from accreditation.models import ConflictDeclaration, RegionRule
from kip.core.workdays import add_months
from practices.models import Membership, Practice

YEARS = 3  # where the region has not decided


@dataclass(frozen=True)
class Conflict:
    """One tie that counts. kind: a code of TieKind; place: practice or municipality by name; until: None while it lasts."""

    kind: str
    place: str
    until: str | None

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        said = {
            TieKind.WORKS_AT: _("works or worked at %(place)s"),
            TieKind.OWNS: _("owns or owned a share of %(place)s"),
            TieKind.MUNICIPALITY: _("works or worked in the municipality of %(place)s"),
            TieKind.RELATION: _("has declared a relation to %(place)s"),
        }[TieKind(self.kind)]
        return said % {"place": self.place}


def conflicts(user_id: int, practice: Practice, day: dt.date) -> list[Conflict]:
    """Ties of the person to the practice that count on a day, as far as the acting role may read them."""
    rule = RegionRule.objects.filter(region_id=practice.region_id).first()
    since = add_months(day, -12 * (rule.municipality_years if rule else YEARS))
    lasting = Q(last_day=None) | Q(last_day__gte=since)
    found = []
    ties = ConflictDeclaration.objects.filter(lasting, user_id=user_id).select_related("practice", "municipality")
    for tie in ties:
        found += _of_tie(tie, practice, day)
    worked = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gte=since), user_id=user_id, practice=practice)
    found += [Conflict(TieKind.WORKS_AT.value, practice.name, _until(row.valid_to)) for row in worked]
    return sorted(set(found), key=lambda one: (one.kind, one.place, one.until or ""))


def _of_tie(tie: ConflictDeclaration, practice: Practice, day: dt.date) -> list[Conflict]:
    if tie.kind == TieKind.RELATION and tie.last_day is not None and tie.last_day < day:
        return []
    if tie.practice_id is not None and tie.practice_id == practice.pk:
        return [Conflict(tie.kind, practice.name, _until(tie.last_day))]
    town = tie.municipality_id or (tie.practice.municipality_id if tie.practice and tie.kind != TieKind.RELATION else None)
    if town is not None and town == practice.municipality_id:
        return [Conflict(TieKind.MUNICIPALITY.value, practice.municipality.name, _until(tie.last_day))]
    return []


def _until(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
