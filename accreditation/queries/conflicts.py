"""What ties a person to a practice: the rule that blocks a surveyor and that a committee member steps out for.

The same practice and ownership, now or within the region's number of years; the same municipality within those years; a
declared relation while it lasts. A membership of the practice in the portal counts as working there.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from django.db import connection
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
    return conflicts_of_people([user_id], practice, day)[user_id]


def conflicts_of_people(users: Sequence[int], practice: Practice, day: dt.date) -> dict[int, list[Conflict]]:
    """As `conflicts`, for several people in as many reads as for one."""
    return {user_id: found[practice.pk] for user_id, found in conflicts_between(users, [practice], day).items()}


def conflicts_between(users: Sequence[int], practices: Sequence[Practice], day: dt.date) -> dict[int, dict[int, list[Conflict]]]:
    """By person and practice; the practices are of one region, whose number of years counts."""
    since = _since(practices, day)
    lasting = Q(last_day=None) | Q(last_day__gte=since)
    found: dict[int, dict[int, list[Conflict]]] = {user: {practice.pk: [] for practice in practices} for user in users}
    ties = ConflictDeclaration.objects.filter(lasting, user_id__in=users).select_related("practice", "municipality")
    for tie, practice in product(ties, practices):
        found[tie.user_id][practice.pk] += _of_tie(tie, practice, day)
    places = {practice.pk: practice for practice in practices}
    worked = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gte=since), user_id__in=users, practice__in=places)
    for row in worked:
        if row.practice_id is not None:
            made = Conflict(TieKind.WORKS_AT.value, places[row.practice_id].name, _until(row.valid_to))
            found[row.user_id][row.practice_id].append(made)
    return {user: {pk: _once(rows) for pk, rows in by_place.items()} for user, by_place in found.items()}


def tied_members(item_id: int) -> list[str]:
    """Names of those present at an own meeting who are tied to the practice of a case and have not stepped out of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT accreditation_tied_seats(%s)", [item_id])
        return list(cursor.fetchone()[0])


def _since(practices: Sequence[Practice], day: dt.date) -> dt.date:
    rule = RegionRule.objects.filter(region_id__in={practice.region_id for practice in practices}).first()
    return add_months(day, -12 * (rule.municipality_years if rule else YEARS))


def _once(rows: Sequence[Conflict]) -> list[Conflict]:
    return sorted(set(rows), key=lambda one: (one.kind, one.place, one.until or ""))


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
