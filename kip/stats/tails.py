"""Are we different? Exact two-sided tail probabilities, one per practice."""

import numpy as np

from kip.stats import special
from kip.stats.arrays import FloatArray, Numbers, counts, floats, numerator_and_denominator


def binomial_two_sided(x: Numbers, n: Numbers, expected: Numbers) -> FloatArray:
    """p = min(1, 2 * min(P(X <= x), P(X >= x))) for X ~ Binomial(n, expected).

    NaN where n is 0 or the expected proportion is missing. Raises ValueError for x > n.
    """
    numerator, denominator = numerator_and_denominator(x, n)
    numerator, denominator, peers = np.broadcast_arrays(numerator, denominator, floats(expected))
    known = (denominator > 0) & np.isfinite(peers)
    share = np.where(known, peers, 0.5)
    below = special.binomial_below(numerator, denominator, share)
    above = special.binomial_above(numerator, denominator, share)
    return np.where(known, np.minimum(1.0, 2 * np.minimum(below, above)), np.nan)


def poisson_two_sided(events: Numbers, expected: Numbers) -> FloatArray:
    """The same for X ~ Poisson(expected number of events); NaN where nothing could be expected."""
    number, mean = np.broadcast_arrays(counts(events, "events"), floats(expected))
    known = np.isfinite(mean) & (mean > 0)
    safe = np.where(known, mean, 1.0)
    below = special.poisson_below(number, safe)
    above = special.poisson_above(number, safe)
    return np.where(known, np.minimum(1.0, 2 * np.minimum(below, above)), np.nan)
