"""How sure is a number? Intervals for proportions, counts and mean scores."""

from typing import NamedTuple

import numpy as np

from kip.stats import special
from kip.stats.arrays import FloatArray, Numbers, counts, floats, numerator_and_denominator, ratio


class Interval(NamedTuple):
    """Lower and upper limit, arrays of the same shape; NaN where there is nobody to count."""

    lower: FloatArray
    upper: FloatArray


def wilson(x: Numbers, n: Numbers, level: float = 0.95) -> Interval:
    """Wilson score interval of the proportion x / n, as fractions between 0 and 1.

    n = 0 gives NaN, not 0. Source: Wilson 1927; equals statsmodels method "wilson".
    """
    numerator, denominator = numerator_and_denominator(x, n)
    z = special.normal_quantile(0.5 + level / 2)
    size = denominator.astype(np.float64)
    share = ratio(numerator, size)
    centre = 2 * numerator + z * z
    spread = z * np.sqrt(z * z + 4 * numerator * (1 - share))
    lower = (centre - spread) / (2 * (size + z * z))
    upper = (centre + spread) / (2 * (size + z * z))
    empty = size == 0
    # None and all are exact ends: rounding noise must not turn "0 of 8" into a lower limit above 0.
    lower = np.where(empty, np.nan, np.where(numerator == 0, 0.0, lower))
    upper = np.where(empty, np.nan, np.where(numerator == denominator, 1.0, upper))
    return Interval(lower, upper)


def poisson_exact(events: Numbers, exposure: Numbers = 1.0, level: float = 0.95) -> Interval:
    """Exact (Garwood) interval of the rate events / exposure, in events per unit of exposure.

    exposure = 0 gives NaN. Raises ValueError for events that are not whole numbers.
    """
    number, size = np.broadcast_arrays(counts(events, "events"), floats(exposure))
    tail = (1 - level) / 2
    low = np.where(number == 0, 0.0, special.gamma_quantile(tail, np.maximum(number, 1)))
    high = special.gamma_quantile(1 - tail, number + 1)
    return Interval(ratio(low, size), ratio(high, size))


def mean_score(mean: Numbers, deviation: Numbers, n: Numbers, level: float = 0.95) -> Interval:
    """Student's t interval of a mean score with sample standard deviation; NaN below two answers."""
    centre, spread, size = np.broadcast_arrays(floats(mean), floats(deviation), floats(n))
    enough = size >= 2
    safe = np.where(enough, size, 2.0)
    half = special.student_quantile(0.5 + level / 2, safe - 1) * spread / np.sqrt(safe)
    return Interval(np.where(enough, centre - half, np.nan), np.where(enough, centre + half, np.nan))


def difference(x1: Numbers, n1: Numbers, x2: Numbers, n2: Numbers, level: float = 0.95) -> Interval:
    """Newcombe's hybrid interval of x1/n1 - x2/n2 for two independent groups, in fractions."""
    low1, high1 = wilson(x1, n1, level)
    low2, high2 = wilson(x2, n2, level)
    share1, share2 = ratio(x1, n1), ratio(x2, n2)
    gap = share1 - share2
    lower = gap - np.hypot(share1 - low1, high2 - share2)
    upper = gap + np.hypot(high1 - share1, share2 - low2)
    return Interval(lower, upper)
