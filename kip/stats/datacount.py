"""Making Data Count: special-cause flags of a control chart, and the icon pair (variation, assurance) of its last point.

Many rules on many points raise many false alarms (17.5 % of stable series of 24 points), so KIP shows only the icon pair,
which looks at the newest point (0.7-1.5 %). Rules as in NHSRplotthedots: outside the limits; 7 points on one side; 7 strictly
rising or falling points; 2 of 3 points beyond two sigma, but inside the limits, with all three on one side. Every segment
(rebase) stands alone; missing and excluded points are passed over.
"""

from typing import NamedTuple

import numpy as np

from kip.stats.arrays import BoolArray, FloatArray, IntArray, TextArray
from kip.stats.control import Chart
from kip.stats.spc import Direction

SHIFT = 7  # points on one side of the mean
TREND = 7  # strictly monotone points, 6 differences
VARIATIONS = ("common_cause", "improvement", "concern", "neutral_high", "neutral_low")
ASSURANCES = ("consistently_met", "consistently_missed", "hit_and_miss", "")


class Flags(NamedTuple):
    """One entry per point: which rule it takes part in, and what that means (one of VARIATIONS, "" for a missing point).

    A point of a rule counts as good or bad by the side of the mean on which it lies.
    """

    outside: BoolArray
    shift: BoolArray
    trend: BoolArray
    two_of_three: BoolArray
    special: BoolArray
    variation: TextArray


class Icons(NamedTuple):
    """variation: one of VARIATIONS; high: the newest point lies above the mean; assurance: one of ASSURANCES."""

    variation: str
    high: bool
    assurance: str


def flags(chart: Chart, direction: Direction = "higher") -> Flags:
    """Special-cause flags of every point of an XmR chart (or any chart with sigma)."""
    outside, shift, trend, near = (np.zeros(chart.value.shape, dtype=np.bool_) for _ in range(4))
    side = np.zeros(chart.value.shape, dtype=np.int64)
    for number in range(int(chart.segment.max(initial=-1)) + 1):
        at = np.flatnonzero((chart.segment == number) & chart.included)
        value, centre = chart.value[at], chart.centre[at]
        side[at] = np.nan_to_num(np.sign(value - centre)).astype(np.int64)
        outside[at] = (value > chart.upper[at]) | (value < chart.lower[at])
        close = ~outside[at] & (np.abs(value - centre) > 2 * chart.sigma[at])
        shift[at] = _stretches(side[at], SHIFT)
        trend[at] = _monotone(value)
        near[at] = _two_of_three(close, side[at])
    special = outside | shift | trend | near
    return Flags(outside, shift, trend, near, special, _named(special, side, chart.included, direction))


def assurance(chart: Chart, target: float, direction: Direction = "higher") -> str:
    """Will the target be met if nothing changes? Judged by the limits of the last segment, so that a rebase counts at once.

    "" for a neutral direction and where there are no limits or no target.
    """
    if direction == "neutral" or chart.upper.size == 0 or not np.isfinite([target, chart.upper[-1], chart.lower[-1]]).all():
        return ""
    if target > chart.upper[-1]:
        return "consistently_missed" if direction == "higher" else "consistently_met"
    if target < chart.lower[-1]:
        return "consistently_met" if direction == "higher" else "consistently_missed"
    return "hit_and_miss"


def icons(chart: Chart, direction: Direction = "higher", target: float = float("nan")) -> Icons:
    """The icon pair of the newest point that is there; common_cause for an empty chart."""
    known = np.flatnonzero(chart.included)
    if known.size == 0:
        return Icons("common_cause", False, "")
    last = int(known[-1])
    variation = str(flags(chart, direction).variation[last])
    return Icons(variation, bool(chart.value[last] > chart.centre[last]), assurance(chart, target, direction))


def _stretches(side: IntArray, least: int) -> BoolArray:
    """True for points in an unbroken stretch of `least` or more on one side; a point on the line breaks it."""
    found = np.zeros(side.shape, dtype=np.bool_)
    edges = np.flatnonzero(np.diff(side)) + 1
    for run in np.split(np.arange(side.size), edges):
        if run.size >= least and side[run[0]] != 0:
            found[run] = True
    return found


def _monotone(value: FloatArray) -> BoolArray:
    """True for points in a stretch of 7 or more strictly rising or falling ones."""
    found = np.zeros(value.shape, dtype=np.bool_)
    steps = _stretches(np.sign(np.diff(value)).astype(np.int64), TREND - 1)
    found[1:] |= steps
    found[:-1] |= steps
    return found


def _two_of_three(close: BoolArray, side: IntArray) -> BoolArray:
    found = np.zeros(close.shape, dtype=np.bool_)
    for start in range(close.size - 2):
        window = slice(start, start + 3)
        if close[window].sum() >= 2 and abs(int(side[window].sum())) == 3:
            found[window] |= close[window]
    return found


def _named(special: BoolArray, side: IntArray, known: BoolArray, direction: Direction) -> TextArray:
    if direction == "neutral":
        words = np.where(side > 0, "neutral_high", "neutral_low")
    else:
        words = np.where(side == (1 if direction == "higher" else -1), "improvement", "concern")
    return np.where(~known, "", np.where(special, words, "common_cause"))
