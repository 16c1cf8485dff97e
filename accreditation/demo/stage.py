"""What every plot of the demo country needs: the day, the cycles, and surveys that are walked a part of the way."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from accreditation.actions.planning import plan_cycle
from accreditation.demo.cast import Cast, as_
from accreditation.demo.moments import at_hour, months, workdays
from accreditation.demo.walking import Walk, planned
from accreditation.enums import CycleOrder
from accreditation.models import Cycle, Programme, Survey
from practices.acting import Acting
from practices.models import Practice

FIRST_MONTH = -12  # of the running cycle, from today


@dataclass
class Stage:
    """The demo country on one day. former: the last survey of a practice, by its id; laps: its running ones;
    cases: what the next meeting of each region's committee is about.

    In the smallest country there are more plots than practices: then a practice plays again, in a cycle of its own.
    """

    cast: Cast
    seed: int
    today: dt.date
    former: dict[int, Survey] = field(default_factory=dict)
    cycles: dict[tuple[int, str, str, int], Cycle] = field(default_factory=dict)
    laps: Counter[tuple[int, str]] = field(default_factory=Counter)
    cases: list[Walk] = field(default_factory=list)

    def day(self, working_days: int) -> dt.date:
        """So many working days from the last working day up to today."""
        last = self.today
        while workdays(last, 0) != last:
            last -= dt.timedelta(days=1)
        return workdays(last, working_days)

    def cycle(self, region_id: int, profession: str, kind: str = "full_survey", first_month: int = FIRST_MONTH) -> Cycle:
        """The region's cycle of a kind and profession that begins so many months from today; made when first asked for."""
        key = (region_id, profession, kind, first_month)
        if key not in self.cycles:
            order = CycleOrder.LISTED if kind == "full_survey" else CycleOrder.SINGLE
            first = months(self.today, first_month)
            with as_(self.cast.offices[region_id], at_hour(months(first, -2), 9)) as by:
                programme = Programme.objects.get(kind=kind, profession=profession, retired_at=None)
                self.cycles[key] = plan_cycle(by=by, programme=programme, first_day=first, practices=[], order=order)
        return self.cycles[key]

    def walk(
        self, practice: Practice, visit_on: dt.date, *, kind: str = "full_survey", own: bool = False,
        focus: Sequence[str] = (), previous: Survey | None = None,
    ) -> Walk:  # fmt: skip
        """A planned survey; own: by the two surveyors who sign in."""
        surveyors: tuple[Acting, ...] | None = (self.cast.lead, self.cast.second) if own else None
        lap = self.laps[practice.pk, kind]
        self.laps[practice.pk, kind] += 1
        cycle = self.cycle(practice.region_id, practice.profession, kind, FIRST_MONTH - lap)
        former = previous or (self.former.get(practice.pk) if kind == "full_survey" else None)
        walk = planned(
            self.cast, self.seed, cycle, practice, visit_on, surveyors=surveyors, previous=former, focus=list(focus)
        )  # fmt: skip
        if kind == "full_survey":
            self.former[practice.pk] = walk.survey
        return walk

    def visited(self, practice: Practice, days_ago: int, *, own: bool = False, findings: int = 0, **more: bool) -> Walk:
        """A survey whose visit was so many working days ago and is rated; `findings` points are open."""
        walk = self.walk(practice, self.day(-days_ago), own=own)
        walk.steps("announce", "start", "fill", "share", "confirm", "begin")
        walk.draw(findings, **more)
        walk.steps("rate", "complete")
        return walk

    def reported(self, practice: Practice, days_ago: int, *, findings: int = 0, **more: bool) -> Walk:
        """As `visited`, with the report of the first round final; the visit was at least eight working days ago."""
        walk = self.visited(practice, days_ago, findings=findings, **more)
        walk.steps("draft", "agree", "send", "heard")
        return walk


Plot = Callable[[Stage, Practice], None]
_plots: list[tuple[str, Plot]] = []


def plot(profession: str = "") -> Callable[[Plot], Plot]:
    """Register a plot. profession: that of the sign-in whose practice plays it; else any practice with two surveyors."""

    def register(play: Plot) -> Plot:
        _plots.append((profession, play))
        return play

    return register


def plots() -> tuple[tuple[str, Plot], ...]:
    """In the order they were written: what must be there in the smallest country comes first."""
    return tuple(_plots)
