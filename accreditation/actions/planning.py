"""The calendar: cycles, surveys, their days, and everything that moves or ends one before the visit."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from accreditation import timeline
from accreditation.actions.applying import apply
from accreditation.actions.moving import move, own, place, record, require
from accreditation.enums import CycleOrder, State
from accreditation.faults import not_now
from accreditation.models import Cycle, Postponement, Programme, RegionRule, Survey
from accreditation.policies import may_plan, sees_every_survey
from accreditation.queries.cases import ruled
from accreditation.queries.pinned import kind_of_programme
from accreditation.queries.planning import places
from accreditation.rules import Case
from kip.core import audit
from kip.core.workdays import add_months
from practices.acting import Acting
from practices.models import Practice
from practices.policies import covers_practice

MONTHS_OF_A_CYCLE = 36


@dataclass(frozen=True)
class VisitPlan:
    """When and where the visit is, and whom the practice turns to in the region."""

    visit_on: dt.date
    starts: dt.time | None = None
    minutes: int = 180
    address: str = ""
    consultant_id: int | None = None


@transaction.atomic
def save_region_rule(*, by: Acting, publishes: bool, municipality_years: int, sample_percent: int) -> RegionRule:
    """What the region has decided for itself."""
    require(may_plan(by.role))
    chosen = {"publishes": publishes, "municipality_years": municipality_years, "sample_percent": sample_percent}
    rule, _made = RegionRule.objects.update_or_create(region_id=place(by), defaults=chosen)
    audit.record("saved_accreditation_rule", region_id=by.scope.region_id, kind="region", object_id=by.scope.region_id)
    return rule


@transaction.atomic
def plan_cycle(
    *, by: Acting, programme: Programme, first_day: dt.date, practices: Sequence[Practice], order: str = CycleOrder.LOTTERY,
    last_day: dt.date | None = None, region_id: int | None = None, seed: str = "",
) -> Cycle:  # fmt: skip
    """A cycle over these practices with a day for each, spread evenly over its working days.

    By lot, the order follows from the seed and the provider numbers, so that anybody can draw it again; else it is the order
    given. The region is the acting one; background work names it.
    """
    worker = sees_every_survey(by.persona) and region_id is not None
    require(may_plan(by.role) or worker)
    home = region_id if worker and region_id else place(by)
    number = Cycle.objects.filter(region_id=home, programme=programme).count() + 1
    drawn = order == CycleOrder.LOTTERY
    cycle = Cycle.objects.create(
        region_id=home, programme=programme, number=number, first_day=first_day, order=order,
        last_day=last_day or last_day_of(programme, first_day),
        seed=(seed or secrets.token_hex(16)) if drawn else "", drawn_at=timeline.now() if drawn else None,
    )  # fmt: skip
    for place_of in places(
        programme, practices, order=order, seed=cycle.seed, first_day=first_day, last_day=cycle.last_day
    ):  # fmt: skip
        plan_survey(
            by=by, cycle=cycle, practice=place_of.practice, visit_on=place_of.visit_on, position=place_of.position
        )  # fmt: skip
    audit.record("planned_cycle", region_id=home, kind="cycle", object_id=cycle.pk)
    return cycle


def last_day_of(programme: Programme, first_day: dt.date) -> dt.date:
    """The last day of a cycle that begins on that day."""
    months = kind_of_programme(programme).cycle_months or MONTHS_OF_A_CYCLE
    return add_months(first_day, months) - dt.timedelta(days=1)


@transaction.atomic
def plan_single(
    *, by: Acting, programme: Programme, practices: Sequence[Practice], visit_on: dt.date, focus: Sequence[str] = (),
    previous: Survey | None = None,
) -> Cycle:  # fmt: skip
    """Surveys outside the great cycles, all on one day: a re-visit, a peer visit, a cluster's review, a supervision follow-up."""
    cycle = plan_cycle(
        by=by, programme=programme, first_day=visit_on, last_day=visit_on, order=CycleOrder.SINGLE, practices=()
    )  # fmt: skip
    for position, practice in enumerate(practices, 1):
        plan_survey(
            by=by, cycle=cycle, practice=practice, visit_on=visit_on, position=position, previous=previous, focus=focus
        )  # fmt: skip
    return cycle


@transaction.atomic
def plan_survey(
    *, by: Acting, cycle: Cycle, practice: Practice, visit_on: dt.date | None = None, position: int = 0,
    previous: Survey | None = None, focus: Sequence[str] = (),
) -> Survey:  # fmt: skip
    """A survey of the cycle's programme, pinned to its edition and rules; `previous` is the practice's last one of the kind."""
    worker = sees_every_survey(by.persona)
    require(worker or (may_plan(by.role) and covers_practice(by, practice)))
    require(practice.region_id == cycle.region_id and practice.profession == cycle.programme.profession)
    programme = cycle.programme
    previous = previous or _last_one(practice, programme)
    carried, open_ones = _carried(programme, previous)
    focus_of = list(focus) or open_ones
    survey = Survey.objects.create(
        practice=practice, programme=programme, edition_id=programme.edition_id, rule_set_id=programme.rule_set_id, cycle=cycle,
        place_in_cycle=position or cycle.surveys.count() + 1, previous=previous,
        focus=focus_of, carried=carried, visit_on=visit_on, people=max(practice.clinicians, 1),
    )  # fmt: skip
    record("planned_survey", survey, visit_on=visit_on)
    return survey


def _carried(programme: Programme, previous: Survey | None) -> tuple[list[Any], list[str]]:
    """For a kind that looks only at what was left open: the former ratings as data, and the numbers that were open."""
    if previous is None or kind_of_programme(programme).covers != "open":
        return [], []
    found = ruled(previous)
    return Case(rated=found.rated).as_data()["rated"], list(found.open)


def _last_one(practice: Practice, programme: Programme) -> Survey | None:
    done = Survey.objects.filter(practice=practice, programme__kind=programme.kind).exclude(state=State.WITHDRAWN)
    return done.order_by("-created_at", "-pk").first()


@transaction.atomic
def set_visit(*, by: Acting, survey: Survey, visit: VisitPlan) -> Survey:
    """Day and place of a visit that has not been announced, or is being moved."""
    require(may_plan(by.role))
    found = own(by, survey)
    if found.state not in (State.PLANNED, State.POSTPONED):
        raise not_now("locked")
    _write(found, visit)
    record("set_visit", found, visit_on=visit.visit_on)
    return found


def _write(survey: Survey, visit: VisitPlan) -> None:
    survey.visit_on, survey.visit_starts, survey.visit_minutes = visit.visit_on, visit.starts, visit.minutes
    fields = ["visit_on", "visit_starts", "visit_minutes"]
    for name, value in (("address", visit.address), ("consultant_id", visit.consultant_id)):
        if value:
            setattr(survey, name, value)
            fields.append(name)
    survey.save(update_fields=fields)


@transaction.atomic
def announce(*, by: Acting, survey: Survey, at: dt.datetime | None = None) -> None:
    """Tell the practice of its visit; from here the time to ask for a dispensation runs."""
    apply(own(by, survey))
    event = move(by=by, survey=survey, name="announce", at=at)
    Survey.objects.filter(pk=survey.pk).update(announced_on=timezone.localdate(event.at))


@transaction.atomic
def postpone(*, by: Acting, survey: Survey, reason: str) -> None:
    """Take the visit out of the calendar until it has a new day. What the practice has written stays."""
    _say_why(reason)
    found = own(by, survey)
    before = {"from_state": found.state, "old_visit_on": found.visit_on}
    move(by=by, survey=survey, name="postpone", reason=reason)
    Postponement.objects.create(
        survey=found, practice_id=found.practice_id, reason=reason, by_id=by.scope.user_id, **before
    )  # fmt: skip


@transaction.atomic
def reschedule(*, by: Acting, survey: Survey, visit: VisitPlan) -> None:
    """Announce the new day of a postponed visit; its clocks start again."""
    set_visit(by=by, survey=survey, visit=visit)
    move(by=by, survey=survey, name="reschedule")


def withdraw(*, by: Acting, survey: Survey, reason: str) -> None:
    """End a survey whose practice closes or drops out."""
    _say_why(reason)
    move(by=by, survey=survey, name="withdraw", reason=reason)


@transaction.atomic
def plan_next(*, by: Acting, survey: Survey, cycle: Cycle, **when: Any) -> Survey:
    """The practice's survey of the next cycle, with this one behind it."""
    return plan_survey(by=by, cycle=cycle, practice=survey.practice, previous=survey, **when)


def _say_why(reason: str) -> None:
    if not reason.strip():
        raise not_now("reason_needed")
