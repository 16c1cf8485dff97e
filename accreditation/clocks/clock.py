"""A clock: a named deadline of a programme, when it is due and how it stands. Days are Danish days, to the end of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kip.core.workdays import (
    add_months,
    add_working_days,
    end_of_day,
    local_day,
    start_of_day,
    this_or_next_working_day,
    working_days_between,
)
from kip.core.yaml_source import Strict

Basis = Literal["P", "D", "K"]  # published and read, derived from a published rule, KIP's choice


class Span(Strict):
    """A length of time in exactly one unit; 0 days is the same day."""

    months: Annotated[int | None, Field(ge=1)] = None
    days: Annotated[int | None, Field(ge=0)] = None
    working_days: Annotated[int | None, Field(ge=1)] = None

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(value is not None for value in (self.months, self.days, self.working_days)) != 1:
            raise ValueError("a span is months, days or working_days: exactly one of them")
        return self

    def after(self, day: date) -> date:
        """The last day of the span that begins on `day`; `day` itself is not counted."""
        return self._move(day, 1)

    def before(self, day: date) -> date:
        """The day that lies the span before `day`."""
        return self._move(day, -1)

    def _move(self, day: date, sign: int) -> date:
        if self.months is not None:
            return add_months(day, sign * self.months)
        if self.working_days is not None:
            return add_working_days(day, sign * self.working_days)
        return day + timedelta(days=sign * (self.days or 0))


class Clock(Strict):
    """One deadline.

    starts, stops: the state or event it runs from, and the one that ends it. counts: "after" its start, or "before" it (the
    start is then a coming day, as the visit). earliest: no deadline but the first day something may happen. roll: a deadline
    on a day off moves to the next working day. soon: how long before the end a reminder is sent. escalate: how long after
    the end somebody else is told. source: where the length was read, or why it was chosen.
    """

    name: str
    starts: str
    stops: str
    span: Span
    counts: Literal["after", "before"] = "after"
    earliest: bool = False
    roll: bool = False
    soon: Span | None = None
    escalate: Span | None = None
    basis: Basis
    source: str

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.earliest and (self.roll or self.soon or self.escalate):
            raise ValueError("a clock that says the earliest day has no roll, soon or escalate")
        if self.roll and self.counts == "before":
            raise ValueError("roll moves a deadline forward, so it cannot be used on a clock that counts before its start")
        return self


class Stand(StrEnum):
    RUNNING = "running"
    SOON = "soon"
    OVERDUE = "overdue"
    ESCALATE = "escalate"
    OPEN = "open"  # an earliest day that has come


@dataclass(frozen=True)
class ClockState:
    """How a clock stands: its moments (aware, Danish time; None where the clock has none) and the working days left.

    working_days_left counts the working days after today up to the due day; 0 on the day itself, negative when it is past.
    """

    state: Stand
    due: datetime
    soon_from: datetime | None
    escalate_from: datetime | None
    working_days_left: int


def due_day(clock: Clock, start: date | datetime) -> date:
    """The last day of a deadline, or the first allowed day of a clock that says the earliest. `start` may be a moment."""
    day = clock.span.after(local_day(start)) if clock.counts == "after" else clock.span.before(local_day(start))
    return this_or_next_working_day(day) if clock.roll else day


def due(clock: Clock, start: date | datetime) -> datetime:
    """The last moment of a deadline's day, or the first moment of an earliest day; aware, Danish time."""
    day = due_day(clock, start)
    return start_of_day(day) if clock.earliest else end_of_day(day)


def state_at(clock: Clock, start: date | datetime, now: datetime) -> ClockState:
    """How the clock stands at `now` (aware); whoever stops it keeps the moment and does not ask again."""
    day, moment = due_day(clock, start), due(clock, start)
    soon_from = start_of_day(clock.soon.before(day)) if clock.soon else None
    escalate_from = start_of_day(clock.escalate.after(day) + timedelta(days=1)) if clock.escalate else None
    if clock.earliest:
        state = Stand.OPEN if now >= moment else Stand.RUNNING
    elif now <= moment:
        state = Stand.SOON if soon_from and now >= soon_from else Stand.RUNNING
    else:
        state = Stand.ESCALATE if escalate_from and now >= escalate_from else Stand.OVERDUE
    return ClockState(state, moment, soon_from, escalate_from, working_days_between(local_day(now), day))
