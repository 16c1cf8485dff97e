"""The disclosure gate of pathways: what a region, the nation and a practice may know of the counts.

A step tells three groups: in time, late, not taken. Who may read a row can subtract: steps from each other (who takes a
step is who can take the next), regions from the country. So a step that must be hidden takes all that is counted from it
with it, the groups of a step are hidden together, and along the regions as many are hidden as keep the country's total
from giving one away (kip.stats.disclosure.secondary); where that is impossible the country's number goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from datacapture.pathways.definitions import Pathway
from datacapture.pathways.following import Flow, Followed, Own, Wait
from datacapture.results.areas import gate
from kip.stats.arrays import BoolArray, IntArray
from kip.stats.disclosure import Rule, held, held_part, round_to, small
from kip.stats.intervals import wilson

MEDIAN_LEAST = 10  # persons behind a median
TAIL = 0.1  # of them above the 90th percentile: it is told when that is threshold persons


@dataclass(frozen=True)
class Row:
    """One published step; names and units are those of PathwayResult. region_id None: the country."""

    region_id: int | None
    step: int
    n: int | None = None
    x: int | None = None
    timely: int | None = None
    share: float | None = None
    lower: float | None = None
    upper: float | None = None
    median: float | None = None
    wait_lower: float | None = None
    wait_upper: float | None = None
    p90: float | None = None


@dataclass(frozen=True)
class OwnRow:
    """One row of PathwayOwn; names and units are the table's."""

    practice_id: int
    step: int
    after: int | None
    n: int
    x: int | None = None
    timely: int | None = None
    share: float | None = None
    lower: float | None = None
    upper: float | None = None
    median: float | None = None
    wait_lower: float | None = None
    wait_upper: float | None = None


@dataclass(frozen=True)
class Kept:
    """The counts of one step in one region as they are let out before rounding; names are those of PathwayCount."""

    region_id: int
    step: int
    x: int
    timely: int


Former = Mapping[tuple[int, int], tuple[int, int]]  # by region and step: x and timely of the release before, as let out


def hold(pathway: Pathway, flows: Sequence[Flow], before: Former, rule: Rule) -> list[Kept]:
    """Counts that differ from the release before by nothing or by `threshold` persons or more, step by step.

    The starts are held as they are (kip.stats.disclosure.held); who takes a step, and who in time, as parts of those who
    could (held_part), so that a step still holds what the ones before it left.
    """
    regions = sorted({flow.region_id for flow in flows})
    shape = (len(pathway.steps), len(regions))
    x, timely = (np.zeros(shape, dtype=np.int64) for _ in range(2))
    old_x, old_timely = (np.full(shape, np.nan) for _ in range(2))
    for flow in flows:
        at = (flow.step, regions.index(flow.region_id))
        x[at], timely[at] = flow.x, flow.timely
        old_x[at], old_timely[at] = before.get((flow.region_id, flow.step), (np.nan, np.nan))
    x[0] = held(x[0], x[0], old_x[0], old_x[0], rule, "rate").x
    timely[0] = x[0]
    for place in range(1, shape[0]):
        base = pathway.anchor(place)
        x[place] = held_part(x[place], x[base], old_x[place], old_x[base], rule)
        timely[place] = held_part(timely[place], x[place], old_timely[place], old_x[place], rule)
    return [
        Kept(region, place, int(x[place, column]), int(timely[place, column]))
        for place in range(shape[0])
        for column, region in enumerate(regions)
    ]


@dataclass(frozen=True)
class Masks:
    """What is hidden: steps x regions, the country last. taken: x and what follows from it; timely: the time limit's part."""

    taken: BoolArray
    timely: BoolArray

    def also(self, other: Masks) -> Masks:
        """Hidden where either hides."""
        return Masks(self.taken | other.taken, self.timely | other.timely)


def hidden(pathway: Pathway, n: IntArray, x: IntArray, timely: IntArray, rule: Rule) -> Masks:
    """Masks for counts of steps x regions; the country's column is added at the end.

    Each step is a row of parts with a total, n, x and n - x at once; n of a step is x of the step it is counted from, so
    masks run both ways until nothing moves.
    """
    steps, regions = x.shape
    anchors = [pathway.anchor(place) if place else 0 for place in range(steps)]
    taken = np.zeros((steps, regions + 1), dtype=np.bool_)
    taken[0, :-1] = small(x[0], rule)
    for _ in range(steps * (regions + 1) + 1):
        before = int(taken.sum())
        for place in range(steps):
            base = taken[anchors[place]]
            # The start is a plain count: as numerator and denominator of itself it has no complement.
            closed = base[:-1] | taken[place, :-1]
            found = gate(x[place], n[place], closed, rule, "proportion" if place else "rate")
            taken[place, :-1] |= found.rate | base[:-1]
            taken[place, -1] |= base[-1] | bool(found.parent) | _unsafe(int(x[place].sum()), int(n[place].sum()), place, rule)
            taken[anchors[place], :-1] |= found.size & ~closed
        if int(taken.sum()) == before:
            break
    late = np.zeros_like(taken)
    for place in range(1, steps):
        shut = taken[place, :-1]
        found = gate(timely[place], x[place], shut, rule, "proportion")
        late[place, :-1] = found.rate | shut
        late[place, -1] = taken[place, -1] | bool(found.parent) | _tells(int(timely[place].sum()), int(x[place].sum()), rule)
    return Masks(taken, late)


def _unsafe(x: int, n: int, place: int, rule: Rule) -> bool:
    """The country's own number is too small to be shown."""
    return 0 < n < rule.min_denominator or (place > 0 and _tells(x, n, rule))


def publish_flows(pathway: Pathway, followed: Followed, rule: Rule, kept: Sequence[Kept] = ()) -> list[Row]:
    """Rows of all regions with a start, and of the country.

    kept: the counts to let out (`hold`), where there are any; a step is hidden by its true counts as well as by these.
    """
    flows = followed.flows
    regions = sorted({flow.region_id for flow in flows})
    if not regions:
        return []
    shape = (len(pathway.steps), len(regions))
    x, timely = (np.zeros(shape, dtype=np.int64) for _ in range(2))
    waits: dict[tuple[int, int], Wait] = {}
    for flow in flows:
        at = (flow.step, regions.index(flow.region_id))
        x[at], timely[at], waits[at] = flow.x, flow.timely, flow.wait
    masks = hidden(pathway, _could(pathway, x), x, timely, rule)
    if kept:
        for item in kept:
            at = (item.step, regions.index(item.region_id))
            x[at], timely[at] = item.x, item.timely
        masks = masks.also(hidden(pathway, _could(pathway, x), x, timely, rule))
    n, x, timely = (np.append(part, part.sum(axis=1, keepdims=True), axis=1) for part in (_could(pathway, x), x, timely))
    rows = []
    for place in range(shape[0]):
        for column, region in enumerate([*regions, None]):
            at = (place, column)
            base = masks.taken[pathway.anchor(place), column] if place else masks.taken[at]
            row = Row(region, place, n=None if base else _rounded(n[at], rule))
            if not masks.taken[at]:
                wait = followed.waits.get(place, Wait()) if region is None else waits.get(at, Wait())
                row = _shown(row, int(x[at]), int(timely[at]), bool(masks.timely[at]), wait if place else Wait(), rule)
            rows.append(row)
    return rows


def _could(pathway: Pathway, x: IntArray) -> IntArray:
    """Who could take each step: who took the one it is counted from."""
    found: IntArray = x[[pathway.anchor(place) if place else 0 for place in range(len(pathway.steps))]]
    return found


def _shown(row: Row, x: int, timely: int, late: bool, wait: Wait, rule: Rule) -> Row:
    row = replace(row, x=_rounded(x, rule), p90=_whole(wait.p90) if x * TAIL >= rule.threshold else None)
    if x >= MEDIAN_LEAST:
        row = replace(row, median=_whole(wait.median), wait_lower=_whole(wait.lower), wait_upper=_whole(wait.upper))
    if late or not row.step:
        return row
    return _with_share(replace(row, timely=_rounded(timely, rule)))


def _with_share(row: Row) -> Row:
    """Share in time with its interval, from the rounded numbers."""
    if row.timely is None or not row.n:
        return row
    top = min(row.timely, row.n)
    limits = wilson(top, row.n)
    return replace(row, share=top / row.n, lower=float(limits.lower[0]), upper=float(limits.upper[0]))


def publish_own(owns: Sequence[Own], rule: Rule) -> list[OwnRow]:
    """What each practice may know: its own number is exact, but who went on is known from elsewhere.

    A practice that saw 1 to 4 of its patients go on (or all but 1 to 4) could tell who they are, so that is hidden.
    """
    return [_own_row(own, rule) for own in owns]


def _own_row(own: Own, rule: Rule) -> OwnRow:
    row = OwnRow(own.practice_id, own.step, own.after, own.n)
    if own.n < rule.min_denominator or _tells(own.x, own.n, rule):
        return row
    row = replace(row, x=own.x)
    if own.x >= rule.threshold:
        wait = own.wait
        row = replace(row, median=_whole(wait.median), wait_lower=_whole(wait.lower), wait_upper=_whole(wait.upper))
    if _tells(own.timely, own.x, rule) or _tells(own.timely, own.n, rule) or (own.after is None and not own.step):
        return row
    limits = wilson(own.timely, own.n)
    return replace(row, timely=own.timely, share=own.timely / own.n, lower=float(limits.lower[0]), upper=float(limits.upper[0]))


def _tells(part: int, whole: int, rule: Rule) -> bool:
    return bool((small(part, rule) | small(whole - part, rule)).any())


def _rounded(value: int, rule: Rule) -> int:
    return int(round_to(value, rule.base)[0])


def _whole(days: float | None) -> float | None:
    return None if days is None else float(round(days))
