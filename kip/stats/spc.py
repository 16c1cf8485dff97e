"""Have we changed? Anhøj's run chart rules and trends with a starting point (control limits: kip.stats.control).

Two doors, because they answer for different data: `trend` for points that do not share patients (one month,
one quarter each) and `trend_rolling` for rolling windows (12 months to the end of each month), whose
neighbours share eleven twelfths of their patients. Run rules on rolling windows would call nearly every
stable practice changed.
"""

from typing import Literal, NamedTuple

import numpy as np

from kip.stats import special
from kip.stats.arrays import BoolArray, FloatArray, IntArray, Numbers, TextArray, ratio
from kip.stats.intervals import newcombe
from kip.stats.overdispersion import Kind
from kip.stats.tails import binomial_two_sided

Direction = Literal["higher", "lower", "neutral"]
MIN_POINTS = 10  # fewer: dots only
STANDING_RUN = 5  # a signal still stands when the last run is at least this long
CHANGE_LEVEL = 0.99  # certainty asked of a change between two rolling windows


class Runs(NamedTuple):
    """One entry per series. useful: points off the centre line; last_start: column where the last run
    begins (-1: no useful point); signal: longest run above its limit or fewer crossings than their
    limit."""

    centre: FloatArray
    useful: IntArray
    longest: IntArray
    longest_limit: FloatArray
    crossings: IntArray
    crossings_limit: FloatArray
    last_length: IntArray
    last_side: IntArray
    last_start: IntArray
    signal: BoolArray


class Trend(NamedTuple):
    """state: improving, worsening, stable or too_short per series; since: column of the change, else -1.

    stable: no change is certain. That is not proof of chance alone: a late step in rolling windows may be real and too
    small to tell, so no text may call such a series random.
    """

    state: TextArray
    since: IntArray


def run_limits(useful: Numbers) -> tuple[FloatArray, FloatArray]:
    """Longest expected run, round(log2 n) + 3, and fewest expected crossings, qbinom(0.05, n - 1, 0.5).

    A longer run or fewer crossings than these is a signal. useful: points off the centre line. NaN for none. Source: Anhøj
    and Olesen 2014 (Schilling 2012, Chen 2010).
    """
    n = np.atleast_1d(np.asarray(useful, dtype=np.int64))
    safe = np.maximum(n, 1)
    longest = np.round(np.log2(safe)) + 3
    fewest = np.where(safe > 1, special.binomial_quantile(0.05, np.maximum(safe - 1, 1), np.full(n.shape, 0.5)), 0.0)
    return np.where(n >= 1, longest, np.nan), np.where(n >= 1, fewest, np.nan)


def anhoej(values: Numbers, centre: Numbers | None = None) -> Runs:
    """Run chart analysis of each row of `values` (series x time, or one series); NaN and points on the line
    are skipped. centre: the line, default the median of each row (give the baseline median after a frozen
    baseline)."""
    data = np.atleast_2d(np.asarray(values, dtype=np.float64))
    line = _row_median(data) if centre is None else np.broadcast_to(np.asarray(centre, float), data.shape[:1])
    side = np.nan_to_num(np.sign(data - line[:, None])).astype(np.int64)
    rows = data.shape[0]
    last, length, longest, crossings = (np.zeros(rows, dtype=np.int64) for _ in range(4))
    start = np.full(rows, -1, dtype=np.int64)
    for column in range(data.shape[1]):  # time is short, series are many: vectorised over the series
        now = side[:, column]
        off = now != 0
        fresh = off & (now != last)
        crossings += fresh & (last != 0)
        length = np.where(fresh, 1, length + off)
        start = np.where(fresh, column, start)
        last = np.where(off, now, last)
        longest = np.maximum(longest, length)
    useful = np.count_nonzero(side, axis=1).astype(np.int64)
    longest_limit, crossings_limit = run_limits(useful)
    signal = (longest > longest_limit) | (crossings < crossings_limit)
    return Runs(line, useful, longest, longest_limit, crossings, crossings_limit, length, last, start, signal)


def trend(values: Numbers, direction: Direction = "higher", centre: Numbers | None = None) -> Trend:
    """Trend of each row of values whose points do not share patients.

    A signal counts as a change that still stands only when the last run has 5 points or more; `since` is its
    first column. Fewer than 10 points: too_short. neutral reads improving as rising. A stable series of 24
    points is called changed in 0.65 % of cases.
    """
    data = np.atleast_2d(np.asarray(values, dtype=np.float64))
    runs = anhoej(data, centre)
    stands = runs.signal & (runs.last_length >= STANDING_RUN)
    enough = np.count_nonzero(np.isfinite(data), axis=1) >= MIN_POINTS
    return _named(np.where(stands, runs.last_side, 0), runs.last_start, enough, direction)


def trend_rolling(
    x: Numbers,
    n: Numbers,
    direction: Direction = "higher",
    window: int = 12,
    kind: Kind = "proportion",
    level: float = CHANGE_LEVEL,
) -> Trend:
    """Trend of rolling windows: each point against the point one whole window earlier, which shares no
    period.

    x, n: series x time (or one series). Proportions: Newcombe's interval of the difference leaves out 0.
    Rates (n = exposure): exact conditional test. `since`: first column of the unbroken stretch of
    significant change that reaches the last column. Too short when the last column has no window before it
    or either is empty.
    """
    top = np.atleast_2d(np.asarray(x, dtype=np.float64))
    size = np.atleast_2d(np.asarray(n, dtype=np.float64))
    columns = top.shape[1]
    if columns <= window:
        rows = top.shape[0]
        return Trend(np.full(rows, "too_short"), np.full(rows, -1, dtype=np.int64))
    now, before = (top[:, window:], size[:, window:]), (top[:, :-window], size[:, :-window])
    side = _change(now, before, kind, level)
    standing = np.ones(side.shape[0], dtype=np.bool_)
    since = np.full(side.shape[0], columns, dtype=np.int64)
    for column in range(side.shape[1] - 1, -1, -1):
        standing &= (side[:, column] == side[:, -1]) & (side[:, -1] != 0)
        since = np.where(standing, column + window, since)
    enough = (now[1][:, -1] > 0) & (before[1][:, -1] > 0)
    return _named(side[:, -1], since, enough, direction)


def _change(now: tuple[FloatArray, FloatArray], before: tuple[FloatArray, FloatArray], kind: Kind, level: float) -> IntArray:
    """1 risen, -1 fallen, 0 neither, for each pair of windows."""
    if kind == "proportion":
        lower, upper = newcombe(now[0], now[1], before[0], before[1], level)
        return np.asarray(lower > 0, dtype=np.int64) - np.asarray(upper < 0, dtype=np.int64)
    events = now[0] + before[0]
    p = binomial_two_sided(now[0], events, ratio(now[1], now[1] + before[1]))
    gap = np.nan_to_num(ratio(now[0], now[1]) - ratio(before[0], before[1]))
    return np.where(p < 1 - level, np.sign(gap), 0).astype(np.int64)


def _named(side: IntArray, since: IntArray, enough: BoolArray, direction: Direction) -> Trend:
    good = side * (-1 if direction == "lower" else 1)
    state = np.where(good > 0, "improving", np.where(good < 0, "worsening", "stable"))
    state = np.where(enough, state, "too_short")
    return Trend(state, np.where(enough & (side != 0), since, -1))


def _row_median(data: FloatArray) -> FloatArray:
    some = np.count_nonzero(np.isfinite(data), axis=1) > 0
    filled = np.where(some.reshape(-1, 1), data, 0.0)
    return np.where(some, np.nanmedian(filled, axis=1), np.nan)
