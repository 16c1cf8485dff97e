"""What a cycle would look like: whom it can take in, in which order, and on which days. The same code proposes and plans."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accreditation.clocks import due_day
from accreditation.enums import CycleOrder
from accreditation.machine import OVER
from accreditation.models import Cycle, Programme, Survey
from accreditation.programmes import Kind
from accreditation.queries.office import PHASES
from accreditation.queries.pinned import kind_of_programme
from kip.core.workdays import this_or_next_working_day
from practices.acting import Acting
from practices.models import Practice


@dataclass(frozen=True)
class Place:
    """A practice's place in a cycle. owner_since: it began as the heir of another one then, which moves its day."""

    position: int
    practice: Practice
    visit_on: dt.date
    owner_since: dt.date | None


def draw(practices: Sequence[Practice], seed: str) -> list[Practice]:
    """The lottery: practices by the SHA-256 of the seed with their provider number."""
    return sorted(practices, key=lambda item: hashlib.sha256(f"{seed}:{item.number}:{item.pk}".encode()).hexdigest())


def places(
    programme: Programme, practices: Sequence[Practice], *, order: str, seed: str, first_day: dt.date, last_day: dt.date
) -> list[Place]:
    """Places in order with their days, spread evenly over the cycle; a new owner's day waits for the notice after its year."""
    lined_up = draw(practices, seed) if order == CycleOrder.LOTTERY else list(practices)
    owners, kind = new_owners(lined_up), kind_of_programme(programme)
    days, made = (last_day - first_day).days, []
    for position, practice in enumerate(lined_up, 1):
        day = first_day + dt.timedelta(days=days * (position - 1) // max(len(lined_up), 1))
        since = owners.get(practice.pk)
        earliest = earliest_visit(kind, practice.profession, since) if since else day
        made.append(Place(position, practice, this_or_next_working_day(max(day, earliest)), since if earliest > day else None))
    return made


def earliest_visit(kind: Kind, profession: str, owner_since: dt.date) -> dt.date:
    """The first day of a visit after a change of owner: told at the earliest when its time is over, then the notice."""
    day = owner_since
    for name in ("new_owner", "notice"):
        if name in kind.clocks:
            day = due_day(kind.clock(name, profession), day)
    return day


def new_owners(practices: Sequence[Practice]) -> Mapping[int, dt.date]:
    """By practice: the day it began as the heir of another one."""
    heirs = set(Practice.objects.filter(successor__in=practices).values_list("successor_id", flat=True))
    return {item.pk: item.valid_from for item in practices if item.origin_id is not None or item.pk in heirs}


def plannable(by: Acting, programme: Programme) -> QuerySet[Practice]:
    """Open practices of the acting region that have no survey of the kind under way, by municipality and name."""
    running = Survey.objects.filter(programme__kind=programme.kind, practice__region_id=by.scope.region_id).exclude(
        state__in=OVER
    )
    found = Practice.objects.filter(region_id=by.scope.region_id, profession=programme.profession)
    found = found.filter(Q(valid_to=None) | Q(valid_to__gt=timezone.localdate())).exclude(pk__in=running.values("practice_id"))
    return found.select_related("municipality").order_by("municipality__name", "name", "pk")


def programmes(by: Acting) -> QuerySet[Programme]:
    """Programmes that a survey can be planned for now."""
    found = Programme.objects.filter(retired_at=None).select_related("edition", "rule_set")
    return found.filter(profession=by.profession) if by.profession else found


def cycles(by: Acting) -> QuerySet[Cycle]:
    """The acting region's cycles with their number of surveys, and how many of them are decided (`total`, `decided`)."""
    found = Cycle.objects.filter(region_id=by.scope.region_id).select_related("programme")
    found = found.filter(programme__profession=by.profession) if by.profession else found
    ended = Q(surveys__state__in=PHASES["decided"][1])
    return found.annotate(total=Count("surveys"), decided=Count("surveys", filter=ended)).order_by("-first_day", "-pk")
