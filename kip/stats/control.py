"""Control charts of one series: XmR, p, u, c, t, Laney's p' and u', and the run chart, with freeze and rebase.

All take plain lists in time order, NaN where a period is missing. freeze: limits come from the first `freeze` points of each
segment and go on after them. rebase: positions (0 = first point) at which a new segment with its own limits begins, for a
documented change. exclude: positions that are drawn but shape neither limits nor run rules. Limits are given from two points
on; whether they are shown is the page's decision: below 12 points none (`MIN_POINTS_LIMITS`), below 20 "provisional".
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kip.stats.arrays import BoolArray, FloatArray, IntArray, Numbers, floats, mean_of_known, numerator_and_denominator, ratio
from kip.stats.spc import Runs, anhoej

MIN_POINTS_LIMITS = 12  # fewer: no control limits on a page
LOCKED_LIMITS = 20  # fewer: limits are provisional
XMR_FACTOR = 2.66  # 3 / 1.128 rounded, as printed in the English guides; pass 3 / 1.128 for qicharts2
D2, SCREEN = 1.128, 3.267  # mean range of two normal values in sigmas; largest plausible range in mean ranges
T_POWER = 3.6  # Nelson 1994: waiting times to this root are close to normal


class Chart(NamedTuple):
    """One entry per point. value: what is drawn; sigma: a third of the distance to a limit before clipping (NaN on the t
    chart, whose limits are not symmetrical); segment: 0, 1, ... by rebase; points: number of points behind the limits;
    included: False for excluded and missing points."""

    value: FloatArray
    centre: FloatArray
    lower: FloatArray
    upper: FloatArray
    sigma: FloatArray
    segment: IntArray
    points: IntArray
    included: BoolArray

    @property
    def provisional(self) -> bool:
        """True when the newest limits stand on fewer than 20 points."""
        return self.points.size == 0 or int(self.points[-1]) < LOCKED_LIMITS


class _Plan(NamedTuple):
    """Which points a segment is drawn over (`rows`) and which ones its limits come from (`base`)."""

    segment: IntArray
    included: BoolArray
    parts: list[tuple[IntArray, IntArray]]


def xmr(
    values: Numbers,
    freeze: int | None = None,
    rebase: Sequence[int] = (),
    exclude: Sequence[int] = (),
    screen: bool = True,
    factor: float = XMR_FACTOR,
) -> Chart:
    """Individuals chart: mean +- 2.66 * mean moving range, in the unit of the values.

    screen: ranges above 3.267 * their mean are dropped once before the mean is taken. A range needs two neighbouring
    points; a missing one breaks the chain.
    """
    data = floats(values)
    plan = _plan(data, freeze, rebase, exclude)
    centre, sigma = (np.full(data.shape, np.nan) for _ in range(2))
    for rows, base in plan.parts:
        centre[rows] = mean_of_known(data[base])
        sigma[rows] = factor * _mean_range(data[base], screen) / 3
    return _chart(data, centre, sigma, plan)


def p_chart(
    x: Numbers,
    n: Numbers,
    freeze: int | None = None,
    rebase: Sequence[int] = (),
    exclude: Sequence[int] = (),
    laney: bool = False,
    screen: bool = False,
) -> Chart:
    """Proportions x / n: pooled p +- 3 sqrt(p (1 - p) / n), within 0..1. laney: p' chart, for very large n (region, nation)."""
    top, size = numerator_and_denominator(x, n)
    plan = _plan(ratio(top, size), freeze, rebase, exclude)
    return _attributes(top, size, plan, laney, screen, proportion=True)


def u_chart(
    x: Numbers,
    n: Numbers,
    freeze: int | None = None,
    rebase: Sequence[int] = (),
    exclude: Sequence[int] = (),
    laney: bool = False,
    screen: bool = False,
) -> Chart:
    """Rates x / n of events per exposure: pooled u +- 3 sqrt(u / n), 0 or more. laney: u' chart, for very large n."""
    top, size = np.broadcast_arrays(floats(x), floats(n))
    plan = _plan(ratio(top, size), freeze, rebase, exclude)
    return _attributes(top, size, plan, laney, screen, proportion=False)


def c_chart(
    events: Numbers,
    freeze: int | None = None,
    rebase: Sequence[int] = (),
    exclude: Sequence[int] = (),
) -> Chart:
    """Numbers of events in equal periods: mean c +- 3 sqrt(c), 0 or more."""
    data = floats(events)
    plan = _plan(data, freeze, rebase, exclude)
    centre = np.full(data.shape, np.nan)
    for rows, base in plan.parts:
        centre[rows] = mean_of_known(data[base])
    return _chart(data, centre, np.sqrt(centre), plan, low=0.0)


def t_chart(
    gaps: Numbers,
    freeze: int | None = None,
    rebase: Sequence[int] = (),
    exclude: Sequence[int] = (),
    screen: bool = True,
    factor: float = XMR_FACTOR,
) -> Chart:
    """Time between rare events: XmR of the waiting times to the power 1/3.6, transformed back, in the unit of the gaps.

    Raises ValueError for a gap of 0 or less. Source: Nelson 1994.
    """
    data = floats(gaps)
    if bool(np.any(data <= 0)):
        raise ValueError("the time between two events must be above 0")
    inner = xmr(data ** (1 / T_POWER), freeze, rebase, exclude, screen, factor)
    centre, upper = inner.centre**T_POWER, inner.upper**T_POWER
    lower = np.maximum(inner.lower, 0.0) ** T_POWER
    return inner._replace(value=data, centre=centre, lower=lower, upper=upper, sigma=np.full(data.shape, np.nan))


def run_chart(
    values: Numbers,
    freeze: int | None = None,
    rebase: Sequence[int] = (),
    exclude: Sequence[int] = (),
) -> Chart:
    """Median line without limits; judge it with `run_rules`."""
    data = floats(values)
    plan = _plan(data, freeze, rebase, exclude)
    centre = np.full(data.shape, np.nan)
    for rows, base in plan.parts:
        known = data[base][np.isfinite(data[base])]
        centre[rows] = np.median(known) if known.size else np.nan
    return _chart(data, centre, np.full(data.shape, np.nan), plan)


def run_rules(chart: Chart) -> Runs:
    """Anhøj's rules on each segment of a chart against its own centre line; one entry per segment."""
    segments = int(chart.segment.max(initial=0)) + 1
    own = (chart.segment == np.arange(segments)[:, None]) & chart.included
    rows = np.where(own, chart.value, np.nan)
    first = np.searchsorted(chart.segment, np.arange(segments))
    return anhoej(rows, chart.centre[np.minimum(first, chart.centre.size - 1)])


def _plan(data: FloatArray, freeze: int | None, rebase: Sequence[int], exclude: Sequence[int]) -> _Plan:
    """Raises ValueError when a position lies outside the series or freeze is below 2."""
    if any(not 0 <= place < data.size for place in (*rebase, *exclude)) or (freeze is not None and freeze < 2):
        raise ValueError("freeze, rebase or exclude lies outside the series")
    starts = np.isin(np.arange(data.size), np.asarray(rebase, dtype=np.int64)) & (np.arange(data.size) > 0)
    segment = np.cumsum(starts).astype(np.int64)
    kept = ~np.isin(np.arange(data.size), np.asarray(exclude, dtype=np.int64))
    parts = []
    for number in range(int(segment.max(initial=-1)) + 1):
        rows = np.flatnonzero(segment == number)
        head = rows[: freeze if freeze is not None else rows.size]
        parts.append((rows, head[kept[head]]))
    return _Plan(segment, kept & np.isfinite(data), parts)


def _mean_range(values: FloatArray, screen: bool) -> float:
    ranges = np.abs(np.diff(values))
    ranges = ranges[np.isfinite(ranges)]
    mean = mean_of_known(ranges)
    return mean_of_known(ranges[ranges <= SCREEN * mean]) if screen and ranges.size else mean


def _attributes(x: FloatArray, n: FloatArray, plan: _Plan, laney: bool, screen: bool, proportion: bool) -> Chart:
    value = ratio(x, n)
    centre, sigma = (np.full(value.shape, np.nan) for _ in range(2))
    for rows, base in plan.parts:
        known = base[np.isfinite(value[base])]
        mean = float(ratio(x[known].sum(), n[known].sum())[0])
        spread = np.sqrt(ratio(mean * (1 - mean) if proportion else mean, n[rows]))
        factor = 1.0
        if laney and bool(np.any(spread > 0)):
            z = (value[rows] - mean) / np.where(spread > 0, spread, np.nan)
            factor = _mean_range(z[np.isin(rows, base)], screen) / D2
        centre[rows], sigma[rows] = mean, spread * factor
    return _chart(value, centre, sigma, plan, low=0.0, high=1.0 if proportion else np.inf)


def _chart(
    value: FloatArray, centre: FloatArray, sigma: FloatArray, plan: _Plan, low: float = -np.inf, high: float = np.inf
) -> Chart:
    points = np.zeros(value.shape, dtype=np.int64)
    for rows, base in plan.parts:
        points[rows] = np.count_nonzero(np.isfinite(value[base]))
    lower, upper = np.maximum(centre - 3 * sigma, low), np.minimum(centre + 3 * sigma, high)
    return Chart(value, centre, lower, upper, sigma, plan.segment, points, plan.included)
