"""Puts surveys in every state into the loaded demo country: a former cycle, the plots of the running one, and its calendar."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

from accreditation.actions.planning import plan_survey
from accreditation.demo import after_report, before_visit, during_visit, history
from accreditation.demo.cast import Cast, as_, gather
from accreditation.demo.moments import at_hour, months, workdays
from accreditation.demo.stage import Plot, Stage, plots
from accreditation.models import DecisionSample, Survey
from datacapture.demo.signins import DEMO_REGION
from datacapture.demo.streams import spread
from kip.core.scope import WORKER, activate
from practices.models import Practice

SEED = 20261122
FORMER = -48  # months from today to the first day of the former cycle
LISTED = 60  # at most so many practices wait in the calendar for their turn
Progress = Callable[[str], None]
PLOTS = (before_visit, during_visit, after_report)  # imported for what they register


@dataclass(frozen=True)
class Filled:
    """How many surveys of each kind of story there are."""

    former: int
    running: int
    waiting: int


class HalfMade(Exception):
    """An earlier load was stopped on its way."""


def is_there() -> bool:
    """The yearly sample is the last thing that is made. Raises HalfMade."""
    with activate(WORKER):
        if not Survey.objects.exists():
            return False
        if not DecisionSample.objects.exists():
            raise HalfMade
        return True


def load(today: dt.date, progress: Progress, seed: int = SEED) -> Filled:
    """The country's practices and the standards must be there.

    Each act is a transaction of its own: in a single one, the heads of the audit chains would be rewritten thousands of
    times without any old version being cleared away, and every record would take longer than the one before.
    """
    cast = gather(at_hour(workdays(months(today, FORMER - 3), 0), 9))
    with activate(WORKER):
        found = Practice.objects.filter(valid_to=None, valid_from__lt=months(today, FORMER)).select_related(
            "region", "municipality"
        )
        practices = sorted(found, key=lambda item: item.number)
    stage = Stage(cast, seed, today)
    casting = cast_plots(cast, practices)
    taken = {practice.pk for _play, practice in casting}
    again = [pk for pk in cast.manager_of if pk in taken]
    progress("the people of the accreditation are named")
    former = _former(stage, practices, again, progress)
    for play, practice in casting:
        play(stage, practice)
    progress(f"{len(casting)} surveys under way")
    waiting = _calendar(stage, practices, taken)
    after_report.next_meetings(stage, _home(practices))
    return Filled(former, len(casting), waiting)


def cast_plots(cast: Cast, practices: Sequence[Practice]) -> list[tuple[Plot, Practice]]:
    """Who plays what: a plot of a sign-in's profession falls to that practice, the others to the demo's region first."""
    named = {item.profession: item for item in practices if item.pk in cast.manager_of}
    taken = {item.pk for item in named.values()}
    rest = [item for item in practices if item.pk not in taken and item.profession != "psychology"]
    queue = sorted(rest, key=lambda item: (item.region.code != DEMO_REGION, item.number))
    others = cycle(queue)
    return [(play, named[profession] if profession in named else next(others)) for profession, play in plots()]


def _former(stage: Stage, practices: Sequence[Practice], again: Sequence[int], progress: Progress) -> int:
    """The former cycle, a region's batch at a time; those whose turn it is again had theirs first."""
    picked = history.chosen(practices, again)
    results = history.ends(picked, stage.seed)
    batches = history.batches(picked, again)
    of_region: dict[int, int] = {}
    total = {batch[0].region_id: 0 for batch in batches}
    for batch in batches:
        total[batch[0].region_id] += 1
    for number, batch in enumerate(batches, 1):
        region_id = batch[0].region_id
        place = of_region.get(region_id, 0)
        of_region[region_id] = place + 1
        day = workdays(months(stage.today, history.visit_month(place, total[region_id])), 0)
        cycles = {
            (practice.region_id, practice.profession): stage.cycle(practice.region_id, practice.profession, first_month=FORMER)
            for practice in batch
        }
        walks = history.walk_batch(stage.cast, stage.seed, cycles, batch, day, results)
        stage.former.update((walk.survey.practice_id, walk.survey) for walk in walks)
        if number % max(1, len(batches) // 4) == 0:
            progress(f"former surveys of {number} of {len(batches)} groups of practices")
    return len(picked)


def _calendar(stage: Stage, practices: Sequence[Practice], taken: set[int]) -> int:
    """Everybody else waits in the running cycle for a day of its own."""
    waiting = [item for item in practices if item.pk not in taken][:LISTED]
    for place, practice in enumerate(waiting):
        share = spread(stage.seed, "accreditation", "visits", place)
        visit = workdays(months(stage.today, 15 + int(share * 8)), int(share * 97) % 20)
        running = stage.cycle(practice.region_id, practice.profession)
        with as_(stage.cast.colleagues[practice.region_id], at_hour(stage.day(-15), 9)) as by:
            plan_survey(by=by, cycle=running, practice=practice, visit_on=visit, previous=stage.former.get(practice.pk))
    return len(waiting)


def _home(practices: Sequence[Practice]) -> int:
    return next((item.region_id for item in practices if item.region.code == DEMO_REGION), practices[0].region_id)
