"""Gaps: the difference of a share between two groups of patients, or between the municipalities of an area."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from datacapture.results.areas import gate
from datacapture.results.cube import Ints
from datacapture.results.holding import Steady
from datacapture.results.standing import Frozen
from kip.stats.arrays import BoolArray, FloatArray, floats, ratio
from kip.stats.bands import bands
from kip.stats.differences import judge_differences, score_difference, spread_interval
from kip.stats.disclosure import Rule, round_to
from kip.stats.intervals import newcombe

Hold = Callable[[Ints, Ints], Steady]


@dataclass(frozen=True)
class Gap:
    """One entry per cell: share of the second group less that of the first, its interval, and the smaller group's size."""

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: Ints


def difference(x: Ints, n: Ints, least: int) -> Gap:
    """Gaps of cells; the last axis of x and n holds the two compared groups. NaN where one has fewer than `least`."""
    smaller = n.min(axis=-1)
    enough = (smaller >= least) & (smaller > 0)
    found = newcombe(x[..., 1].ravel(), n[..., 1].ravel(), x[..., 0].ravel(), n[..., 0].ravel())
    lower, upper = (np.where(enough, part.reshape(smaller.shape), np.nan) for part in found)
    share = ratio(x, n)
    return Gap(np.where(enough, share[..., 1] - share[..., 0], np.nan), lower, upper, smaller)


@dataclass(frozen=True)
class Compared:
    """expected, low, high: the middle practice's gap and the edges of the middle 8 of 10, practices x months.

    The rest is of the newest month, one entry per practice. enough: who has patients enough in both groups and a whole
    window; p: against the middle practice's gap; p_adjusted: with the practices' own spread tau2 in the variance.
    """

    expected: FloatArray
    low: FloatArray
    high: FloatArray
    enough: BoolArray
    p: FloatArray
    p_adjusted: FloatArray
    reliability: FloatArray
    tau2: float


def compare(x: Ints, n: Ints, gap: Gap, whole: BoolArray, frozen: Frozen | None = None) -> Compared:
    """Practices of one profession against each other, or against what was frozen. x, n: as in `difference`, by month."""
    value = np.where(whole, gap.value, np.nan)
    if frozen is None:
        everybody = np.zeros(len(value), dtype=np.int64)
        months = [bands(value[:, month], everybody) for month in range(value.shape[1])]
        middle, low, high = (np.array([getattr(part, name)[0] for part in months]) for name in ("median", "p10", "p90"))
        theta, tau2 = float(middle[-1]), None
    else:
        middle, low, high = (floats(getattr(frozen, name)) for name in ("expected", "low", "high"))
        theta, tau2 = np.nan if frozen.theta is None else frozen.theta, frozen.tau2
    enough = np.isfinite(value[:, -1]) & np.isfinite(theta)
    score = score_difference(x[:, -1, 1], n[:, -1, 1], x[:, -1, 0], n[:, -1, 0], theta)
    judged = judge_differences(score, enough, tau2)
    expected, lows, highs = (np.broadcast_to(part, value.shape) for part in (middle, low, high))
    return Compared(expected, lows, highs, enough, judged.p, judged.p_adjusted, judged.reliability, judged.tau2)


@dataclass(frozen=True)
class AreaGaps:
    """Gaps of the regions and of the nation after the disclosure gate, from rounded counts. n: both groups, rounded."""

    regions: Gap
    hidden: BoolArray
    nation: Gap
    nation_hidden: BoolArray


def of_areas(x: Ints, n: Ints, regions: Sequence[int], least: int, rule: Rule, hold: Hold | None = None) -> AreaGaps:
    """x, n: practices x months x two groups; regions: each practice's. Cells of the result are regions (in order) x months.

    Each group's regions pass the gate together with the nation, as totals do; a gap shows only where both groups may be.
    hold: gives the counts to show, held against the release before, for regions and nation (last) x months x groups.
    """
    areas, column = np.unique(np.array(regions, dtype=np.int64), return_inverse=True)
    shape = (len(areas), *n.shape[1:])
    top, size, some, largest = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    np.add.at(top, column, x)
    np.add.at(size, column, n)
    np.add.at(some, column, (n > 0).astype(np.int64))
    np.maximum.at(largest, column, n)
    all_x, all_n = top.sum(axis=0), size.sum(axis=0)
    kept = (hold or _as_they_are)(np.concatenate((top, all_x[None])), np.concatenate((size, all_n[None])))
    closed = kept.small[:-1] | (size > 0) & ((some < rule.min_units) | (largest > rule.dominance * size))
    top_last, size_last, closed_last = np.moveaxis(top, 0, -1), np.moveaxis(size, 0, -1), np.moveaxis(closed, 0, -1)
    found = gate(top_last, size_last, closed_last, rule, "proportion")
    hidden = np.asarray(np.moveaxis(found.rate | found.size, -1, 0).any(axis=-1), dtype=np.bool_)
    every = gate(all_x[..., None], all_n[..., None], kept.small[-1][..., None], rule, "proportion")
    gone = np.asarray((found.parent | every.rate[..., 0] | every.size[..., 0]).any(axis=-1), dtype=np.bool_)
    shown = _shown(kept.x[:-1], kept.n[:-1], hidden, least)
    return AreaGaps(shown, hidden, _shown(kept.x[-1], kept.n[-1], gone, least), gone)


def _as_they_are(x: Ints, n: Ints) -> Steady:
    return Steady(x, n, np.zeros(n.shape, dtype=bool))


def _shown(top: Ints, size: Ints, hidden: BoolArray, least: int) -> Gap:
    x, n = (round_to(part).astype(np.int64) for part in (top, size))
    gap = difference(np.minimum(x, n), n, least)
    value, lower, upper = (np.where(hidden, np.nan, part) for part in (gap.value, gap.lower, gap.upper))
    return Gap(value, lower, upper, n.sum(axis=-1))


def between(values: Sequence[float], n: Sequence[int], areas: Sequence[int]) -> dict[int, tuple[float, float, float]]:
    """By area: how far the 90th percentile of its municipalities' values lies above the 10th, and where that distance lies.

    values: shares 0-1; n: patients behind each. None below ten municipalities.
    """
    if not values:
        return {}
    share, people, area = np.array(values), np.array(n), np.array(areas)
    found = bands(share, area)
    gaps = {}
    for place, value in zip(found.groups.tolist(), (found.p90 - found.p10).tolist(), strict=True):
        if np.isfinite(value):
            lower, upper = spread_interval(share[area == place], people[area == place])
            gaps[place] = (value, float(lower[0]), float(upper[0]))
    return gaps
