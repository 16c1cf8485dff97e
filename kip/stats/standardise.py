"""Is the difference only a difference in age and sex? Indirect (clinics) and direct (areas) standardisation.

Strata (age band x sex) lie along the last axis and in the same order everywhere. Two clinics' O/E are not comparable with
each other when their patients differ: compare each with the reference only.
"""

from typing import Literal, NamedTuple

import numpy as np

from kip.stats.arrays import FloatArray, Numbers, floats, ratio, whole
from kip.stats.intervals import Interval, byar, poisson_exact, wilson

Method = Literal["exact", "byar"]
MIN_EVENTS = 10  # a directly standardised rate on fewer events is not published


class Indirect(NamedTuple):
    """One entry per unit. observed, expected: numbers of events or patients; oe_ratio with its interval; value, lower, upper:
    the ratio times the reference rate, on the scale of the indicator ("adjusted for age and sex"); reference: that rate."""

    observed: FloatArray
    expected: FloatArray
    oe_ratio: FloatArray
    oe_lower: FloatArray
    oe_upper: FloatArray
    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    reference: float


def reference_rates(events: Numbers, population: Numbers) -> FloatArray:
    """Rate of each stratum in the reference population, events / population; NaN for an empty stratum."""
    return ratio(events, population)


def indirect(
    observed: Numbers,
    population: Numbers,
    rates: Numbers,
    reference: float | None = None,
    *,
    level: float = 0.95,
    method: Method = "exact",
    proportion: bool = False,
) -> Indirect:
    """Expected number sum(population * rate), O/E and the adjusted value O/E * reference.

    observed: one total per unit, or strata as in population (units x strata, summed). population: patients or exposure,
    units x strata; a missing one counts as 0. rates: reference rate per stratum; NaN means that nothing is known there:
    patients in such a stratum make expected NaN. reference: overall reference rate; default is the rate the given units
    would have together at reference rates. Interval of O / E: exact Poisson limits of O, or "byar" with exact limits below
    10 events. proportion=True: patients instead of events; limits of O are Wilson's and the adjusted value stays within 0..1.
    """
    size = np.nan_to_num(np.atleast_2d(floats(population)), nan=0.0)
    by_stratum = floats(rates)
    known = np.isfinite(by_stratum)
    expected = (size * np.where(known, by_stratum, 0.0)).sum(axis=-1)
    expected = np.where((size * ~known).sum(axis=-1) > 0, np.nan, expected)
    seen = _totals(observed, size)
    total = size.sum(axis=-1)
    usable = np.isfinite(expected)
    mean = reference if reference is not None else float(ratio(expected[usable].sum(), total[usable].sum())[0])
    limits = _limits_of_observed(seen, total, level, method, proportion)
    fraction, low, high = (ratio(part, expected) for part in (seen, limits.lower, limits.upper))
    top = 1.0 if proportion else np.inf
    value, lower, upper = (np.minimum(part * mean, top) for part in (fraction, low, high))
    return Indirect(seen, expected, fraction, low, high, value, lower, upper, mean)


class Direct(NamedTuple):
    """One entry per unit: events, standardised value and its limits, in events per unit of exposure times `multiplier`."""

    events: FloatArray
    value: FloatArray
    lower: FloatArray
    upper: FloatArray


def direct(
    events: Numbers,
    population: Numbers,
    standard: Numbers,
    *,
    level: float = 0.95,
    method: Method = "byar",
    min_events: int = MIN_EVENTS,
    multiplier: float = 1.0,
) -> Direct:
    """Directly standardised rate sum(w * events / population) / sum(w) with Dobson's limits.

    events, population: units x strata (or one unit), missing events count as 0; standard: weight per stratum. Limits:
    value + sqrt(variance / O) * (limit of O - O) with O the total and its Byar (or exact) limits. NaN below min_events
    events, and where a stratum with weight has no population. Source: Dobson et al. 1991; with "byar" equal to the English
    public-health convention.
    """
    number, size = np.broadcast_arrays(np.nan_to_num(np.atleast_2d(whole(events, "events")), nan=0.0), floats(population))
    weight = floats(standard)
    empty = ((~(size > 0)) & (weight > 0)).any(axis=-1)
    share = weight / np.where(size > 0, size, 1.0) / weight.sum()
    value = (number * share).sum(axis=-1)
    variance = (number * share**2).sum(axis=-1)
    total = number.sum(axis=-1)
    limits = byar(total, 1.0, level) if method == "byar" else poisson_exact(total, 1.0, level)
    stretch = np.sqrt(ratio(variance, total))
    hidden = empty | (total < max(min_events, 1))
    lower, upper = value + stretch * (limits.lower - total), value + stretch * (limits.upper - total)
    shown = [np.where(hidden, np.nan, part * multiplier) for part in (value, lower, upper)]
    return Direct(total, *shown)


def _totals(observed: Numbers, size: FloatArray) -> FloatArray:
    seen = whole(observed, "observed")
    if seen.ndim == 2 or (size.shape[0] == 1 and seen.shape == size.shape[1:] and size.shape[1] > 1):
        summed: FloatArray = np.nan_to_num(np.atleast_2d(seen), nan=0.0).sum(axis=-1)
        return summed
    return np.broadcast_to(seen, size.shape[:1])


def _limits_of_observed(seen: FloatArray, total: FloatArray, level: float, method: Method, proportion: bool) -> Interval:
    """Limits of the observed number itself."""
    if proportion:
        share = wilson(seen, total, level)
        return Interval(share.lower * total, share.upper * total)
    return poisson_exact(seen, 1.0, level) if method == "exact" else byar(seen, 1.0, level, exact_below=10)
