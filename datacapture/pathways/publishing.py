"""The disclosure gate of pathways: what a region, the nation and a practice may know of the counts.

A step tells three groups: in time, late, not taken. Who may read a row can subtract: steps from each other (who takes a
step is who can take the next), regions from the country. So a step that must be hidden takes all that is counted from it
with it, the groups of a step are hidden together, and along the regions as many are hidden as keep the country's total
from giving one away (kip.stats.disclosure.secondary); where that is impossible the country's number goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from datacapture.pathways.definitions import Pathway
from datacapture.pathways.following import Followed, Own
from datacapture.results.areas import gate
from kip.stats.arrays import BoolArray, IntArray
from kip.stats.disclosure import Rule, round_to, small
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


@dataclass(frozen=True)
class Masks:
    """What is hidden: steps x regions, the country last. taken: x and what follows from it; timely: the time limit's part."""

    taken: BoolArray
    timely: BoolArray


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


def publish_flows(pathway: Pathway, followed: Followed, rule: Rule) -> list[Row]:
    """Rows of all regions with a start, and of the country."""
    flows = followed.flows
    regions = sorted({flow.region_id for flow in flows})
    if not regions:
        return []
    shape = (len(pathway.steps), len(regions))
    n, x, timely = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    waits: dict[tuple[int, int], tuple[float | None, float | None]] = {}
    for flow in flows:
        at = (flow.step, regions.index(flow.region_id))
        n[at], x[at], timely[at] = flow.n, flow.x, flow.timely
        waits[at] = (flow.median, flow.p90)
    masks = hidden(pathway, n, x, timely, rule)
    n, x, timely = (np.append(part, part.sum(axis=1, keepdims=True), axis=1) for part in (n, x, timely))
    rows = []
    for place in range(shape[0]):
        for column, region in enumerate([*regions, None]):
            at = (place, column)
            base = masks.taken[pathway.anchor(place), column] if place else masks.taken[at]
            row = Row(region, place, n=None if base else _rounded(n[at], rule))
            if not masks.taken[at]:
                wait = followed.waits.get(place, (None, None)) if region is None else waits.get(at, (None, None))
                row = _shown(row, int(x[at]), int(timely[at]), bool(masks.timely[at]), wait if place else (None, None), rule)
            rows.append(row)
    return rows


def _shown(row: Row, x: int, timely: int, late: bool, wait: tuple[float | None, float | None], rule: Rule) -> Row:
    median, p90 = wait
    row = replace(
        row,
        x=_rounded(x, rule),
        median=_whole(median) if x >= MEDIAN_LEAST else None,
        p90=_whole(p90) if x * TAIL >= rule.threshold else None,
    )
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
    row = replace(row, x=own.x, median=_whole(own.median) if own.x >= rule.threshold else None)
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
