"""The cycle before this one: surveys that are decided and published, with the published outcome shares."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from accreditation.demo import meetings
from accreditation.demo.cast import Cast
from accreditation.demo.filling import NOT, PARTLY, rng
from accreditation.demo.meetings import Case
from accreditation.demo.moments import months, workdays
from accreditation.demo.shares import Outcome, outcomes
from accreditation.demo.walking import Walk, planned
from accreditation.models import Cycle
from datacapture.demo.streams import stream
from practices.models import Practice

BATCH = 4
WHOLE = ("chiropractic", "physiotherapy")  # the professions whose shares are published in full: everybody was surveyed
MOST = 60  # at most so many of a profession
EARLIEST, LATEST = -38, -14  # months before today of the visits; those whose turn it is again come first


def chosen(practices: Sequence[Practice], again: Iterable[int]) -> list[Practice]:
    """The practices that have a former survey: all of the professions named above, and those whose turn it is again."""
    wanted, taken = set(again), defaultdict(int)
    found = []
    for practice in practices:
        if taken[practice.profession] >= MOST:
            continue
        if practice.profession in WHOLE or practice.pk in wanted:
            taken[practice.profession] += 1
            found.append(practice)
    return found


def ends(practices: Sequence[Practice], seed: int) -> dict[int, Outcome]:
    """How each survey ends, by practice: the shares of its profession, dealt out by the seed."""
    found: dict[int, Outcome] = {}
    for profession in sorted({item.profession for item in practices}):
        mine = [item for item in practices if item.profession == profession]
        order = stream(seed, profession, "accreditation outcomes").permutation(len(mine))
        for place, outcome in zip(order, outcomes(profession, len(mine)), strict=True):
            found[mine[place].pk] = outcome
    return found


def batches(practices: Sequence[Practice], again: Iterable[int]) -> list[list[Practice]]:
    """By region, those whose turn it is again first."""
    wanted = set(again)
    by_region: dict[int, list[Practice]] = defaultdict(list)
    for practice in sorted(practices, key=lambda item: (item.pk not in wanted, item.number)):
        by_region[practice.region_id].append(practice)
    return [mine[place : place + BATCH] for mine in by_region.values() for place in range(0, len(mine), BATCH)]


def visit_month(place: int, count: int) -> int:
    """Months before today of a region's batch: spread from EARLIEST to LATEST."""
    return EARLIEST + round((LATEST - EARLIEST) * place / max(count - 1, 1))


def walk_batch(cast: Cast, seed: int, cycles: dict[tuple[int, str], Cycle], batch: Sequence[Practice], day: dt.date,
               results: dict[int, Outcome]) -> list[Walk]:  # fmt: skip
    """Four practices of a region from planning to publication; those with something open meet the committee together."""
    walks = []
    for place, practice in enumerate(batch):
        walk = planned(cast, seed, cycles[practice.region_id, practice.profession], practice, workdays(day, place))
        walk.steps("announce", "start", "fill", "share", "confirm", "begin")
        _findings(walk, results[practice.pk])
        walk.steps("rate", "complete", "draft", "agree", "send", "heard")
        walks.append(walk)
    last = workdays(day, len(batch) + 10)
    for walk in walks:
        if results[walk.survey.practice_id].first:
            walk.accredit(last)
            _publish(walk, last)
    _second_round(cast, [walk for walk in walks if not results[walk.survey.practice_id].first], results, last)
    return walks


def _findings(walk: Walk, outcome: Outcome) -> None:
    if outcome.first:
        return
    if outcome.status == "not_accredited":
        walk.draw(2, critical=True, worst=NOT)
    else:
        walk.draw(1 + int(rng(walk.seed, walk.survey, "how many").integers(3)), worst=PARTLY)


def _second_round(cast: Cast, walks: Sequence[Walk], results: dict[int, Outcome], last: dt.date) -> None:
    if not walks:
        return
    region_id = walks[0].survey.practice.region_id
    for walk in walks:
        walk.refer(last)
    first = workdays(last, 15)
    meetings.hold(cast, region_id, first, [Case(walk, "provisional") for walk in walks])
    answered = workdays(months(first, 4), 0)
    for walk in walks:
        walk.tell(workdays(first, 1))
        walk.open_follow_up(workdays(first, 1))
        walk.follow_up(answered)
        left = results[walk.survey.practice_id].status != "accredited"
        worst = NOT if results[walk.survey.practice_id].status == "not_accredited" else PARTLY
        walk.rate_again(workdays(answered, 8), still=1 if left else 0, worst=worst)
        walk.send_again(workdays(answered, 9))
        walk.reply(workdays(answered, 12))
        walk.finish(workdays(answered, 13))
    second = workdays(answered, 25)
    cases = [Case(walk, results[walk.survey.practice_id].status) for walk in walks]
    meetings.hold(cast, region_id, second, cases)
    for walk in walks:
        _publish(walk, second)


def _publish(walk: Walk, on: dt.date) -> None:
    walk.tell(workdays(on, 1))
    walk.publish(workdays(on, 3))
