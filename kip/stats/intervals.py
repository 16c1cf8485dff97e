"""How sure is a number? Intervals for proportions, counts, mean scores, medians and differences.

All take plain lists or arrays, broadcast, and give NaN where a value is missing or nobody is counted.
"""

from typing import NamedTuple

import numpy as np

from kip.stats import special
from kip.stats.arrays import FloatArray, IntArray, Numbers, floats, numerator_and_denominator, ratio, whole


class Interval(NamedTuple):
    """Lower and upper limit, arrays of the same shape; NaN where there is nobody to count."""

    lower: FloatArray
    upper: FloatArray


def wilson(x: Numbers, n: Numbers, level: float = 0.95) -> Interval:
    """Wilson score interval of the proportion x / n, as fractions between 0 and 1.

    n = 0 gives NaN, not 0. Source: Wilson 1927; equals statsmodels method "wilson".
    """
    numerator, size = numerator_and_denominator(x, n)
    limits = wilson_share(ratio(numerator, size), size, level)
    # None and all are exact ends: rounding noise must not turn "0 of 8" into a lower limit above 0.
    return _between_ends(limits.lower, limits.upper, numerator, size)


def wilson_share(share: Numbers, effective: Numbers, level: float = 0.95) -> Interval:
    """Wilson score interval of a weighted proportion (0-1) that is worth `effective` equally weighted answers (Kish).

    NaN where either is missing or effective is 0.
    """
    p, size = np.broadcast_arrays(floats(share), np.where(floats(effective) > 0, floats(effective), np.nan))
    z = special.normal_quantile(0.5 + level / 2)
    centre = 2 * size * p + z * z
    spread = z * np.sqrt(z * z + 4 * size * p * (1 - p))
    return Interval((centre - spread) / (2 * (size + z * z)), (centre + spread) / (2 * (size + z * z)))


def clopper_pearson(x: Numbers, n: Numbers, level: float = 0.95) -> Interval:
    """Exact interval of the proportion x / n from binomial tails, as fractions; never narrower than promised.

    Source: Clopper and Pearson 1934; equals statsmodels method "beta".
    """
    numerator, size = numerator_and_denominator(x, n)
    tail = (1 - level) / 2
    lower = special.beta_quantile(tail, np.maximum(numerator, 0.5), size - numerator + 1)
    upper = special.beta_quantile(1 - tail, numerator + 1, np.maximum(size - numerator, 0.5))
    return _between_ends(lower, upper, numerator, size)


def jeffreys(x: Numbers, n: Numbers, level: float = 0.95) -> Interval:
    """Equal-tailed interval of Beta(x + 1/2, n - x + 1/2), as fractions; equals statsmodels method "jeffreys".

    R's "bayes" is the highest-density interval and differs.
    """
    numerator, size = numerator_and_denominator(x, n)
    tail = (1 - level) / 2
    a, b = numerator + 0.5, size - numerator + 0.5
    empty = ~(size > 0)
    lower, upper = special.beta_quantile(tail, a, b), special.beta_quantile(1 - tail, a, b)
    return Interval(np.where(empty, np.nan, lower), np.where(empty, np.nan, upper))


def poisson_exact(events: Numbers, exposure: Numbers = 1.0, level: float = 0.95) -> Interval:
    """Exact (Garwood 1936) interval of the rate events / exposure, in events per unit of exposure.

    exposure = 0 gives NaN. Raises ValueError for events that are not whole numbers.
    """
    number, size = np.broadcast_arrays(whole(events, "events"), floats(exposure))
    tail = (1 - level) / 2
    low = np.where(number == 0, 0.0, special.gamma_quantile(tail, np.maximum(number, 1)))
    high = special.gamma_quantile(1 - tail, number + 1)
    return Interval(ratio(low, size), ratio(high, size))


def byar(events: Numbers, exposure: Numbers = 1.0, level: float = 0.95, exact_below: int = 0) -> Interval:
    """Byar's approximate interval of the rate events / exposure, in events per unit of exposure.

    exact_below = 10 gives the English public-health convention: Garwood's exact limits for fewer than 10 events.
    At tiny counts and high levels the lower limit would be negative: then it is NaN. Source: Breslow and Day 1987.
    """
    number, size = np.broadcast_arrays(whole(events, "events"), floats(exposure))
    z = special.normal_quantile(0.5 + level / 2)
    some = np.maximum(number, 1.0)
    low = some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3
    low = np.where(low < 0, np.nan, np.where(number == 0, 0.0, low))
    more = number + 1
    high = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    exact = poisson_exact(number, 1.0, level)
    few = number < exact_below
    return Interval(ratio(np.where(few, exact.lower, low), size), ratio(np.where(few, exact.upper, high), size))


def mean_score(mean: Numbers, deviation: Numbers, n: Numbers, level: float = 0.95) -> Interval:
    """Student's t interval of a mean score with sample standard deviation; NaN below two answers."""
    centre, spread, size = np.broadcast_arrays(floats(mean), floats(deviation), floats(n))
    enough = size >= 2
    safe = np.where(enough, size, 2.0)
    half = special.student_quantile(0.5 + level / 2, safe - 1) * spread / np.sqrt(safe)
    return Interval(np.where(enough, centre - half, np.nan), np.where(enough, centre + half, np.nan))


def newcombe(x1: Numbers, n1: Numbers, x2: Numbers, n2: Numbers, level: float = 0.95) -> Interval:
    """Newcombe's hybrid interval of x1/n1 - x2/n2 for two independent groups, in fractions.

    Source: Newcombe 1998, method 10; equals statsmodels method "newcomb".
    """
    low1, high1 = wilson(x1, n1, level)
    low2, high2 = wilson(x2, n2, level)
    share1, share2 = ratio(x1, n1), ratio(x2, n2)
    gap = share1 - share2
    lower = gap - np.hypot(share1 - low1, high2 - share2)
    upper = gap + np.hypot(high1 - share1, share2 - low2)
    return Interval(lower, upper)


class Median(NamedTuple):
    """One entry per group: number of values, their median and its interval, in the unit of the values."""

    groups: IntArray
    n: IntArray
    median: FloatArray
    lower: FloatArray
    upper: FloatArray


def median_interval(values: Numbers, groups: Numbers | None = None, level: float = 0.95) -> Median:
    """Median of each group with the order-statistic interval x(k) .. x(n+1-k), certain to at least `level`.

    values: one dimension, NaN is left out. groups: whole-number id per value, default one group. k is the largest rank
    with P(Binomial(n, 1/2) < k) <= (1 - level) / 2; limits are NaN where no such rank exists (n < 6 at 95 %). Source:
    Conover 1999, 3.2; makes no assumption about the distribution.
    """
    data = floats(values)
    given = np.zeros(data.shape, dtype=np.int64) if groups is None else np.asarray(groups, dtype=np.int64)
    ids, index = np.unique(np.atleast_1d(given), return_inverse=True)
    order = np.lexsort((data, index))  # NaN sorts last inside its group
    ordered = np.append(data[order], np.nan)  # one place to read from when a group is empty
    n = np.bincount(index[np.isfinite(data)], minlength=ids.size).astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(np.bincount(index, minlength=ids.size))[:-1])).astype(np.int64)
    some = np.maximum(n, 1)
    middle = (ordered[starts + (some - 1) // 2] + ordered[starts + some // 2]) / 2
    tail = (1 - level) / 2
    rank = special.binomial_quantile(tail, some, np.full(some.shape, 0.5)).astype(np.int64)
    rank = rank - (special.binomial_below(rank, some, 0.5) > tail) + 1
    known = (n > 0) & (rank >= 1)
    at = np.maximum(rank, 1)
    low, high = ordered[starts + at - 1], ordered[starts + np.maximum(some - at, 0)]
    return Median(ids, n, np.where(n > 0, middle, np.nan), np.where(known, low, np.nan), np.where(known, high, np.nan))


def _between_ends(lower: FloatArray, upper: FloatArray, x: FloatArray, n: FloatArray) -> Interval:
    """Limits with the exact ends 0 and 1 where none or all have the outcome, NaN where nobody is counted."""
    empty = ~(n > 0)
    low = np.where(empty, np.nan, np.where(x == 0, 0.0, lower))
    return Interval(low, np.where(empty, np.nan, np.where(x == n, 1.0, upper)))
