"""Are we different? Exact two-sided tail probabilities, one per practice."""

import numpy as np

from kip.stats import special
from kip.stats.arrays import BoolArray, FloatArray, Numbers, floats, numerator_and_denominator, whole


def binomial_two_sided(x: Numbers, n: Numbers, expected: Numbers, mid_p: bool = False) -> FloatArray:
    """p = min(1, 2 * min(P(X <= x), P(X >= x))) for X ~ Binomial(n, expected).

    mid_p counts only half of P(X = x), which is less conservative (4.8 % instead of 3.9 % at 5 %); KIP's flags use the
    exact p. NaN where n is 0 or a value is missing. Raises ValueError for x > n.
    """
    numerator, denominator = numerator_and_denominator(x, n)
    numerator, denominator, peers = np.broadcast_arrays(numerator, denominator, floats(expected))
    known = (denominator > 0) & np.isfinite(peers)
    top, size, share = (np.where(known, part, safe) for part, safe in ((numerator, 0.0), (denominator, 1.0), (peers, 0.5)))
    below = special.binomial_below(top, size, share)
    above = special.binomial_above(top, size, share)
    return _two_sided(below, above, known, mid_p)


def poisson_two_sided(events: Numbers, expected: Numbers, mid_p: bool = False) -> FloatArray:
    """The same for X ~ Poisson(expected number of events); NaN where nothing could be expected."""
    observed, mean = np.broadcast_arrays(whole(events, "events"), floats(expected))
    known = np.isfinite(mean) & (mean > 0) & np.isfinite(observed)
    top, safe = np.where(known, observed, 0.0), np.where(known, mean, 1.0)
    return _two_sided(special.poisson_below(top, safe), special.poisson_above(top, safe), known, mid_p)


def _two_sided(below: FloatArray, above: FloatArray, known: BoolArray, mid_p: bool) -> FloatArray:
    """Both tails hold the observed number itself: below + above = 1 + P(X = x)."""
    half = (below + above - 1) / 2 if mid_p else 0.0
    return np.where(known, np.minimum(1.0, 2 * (np.minimum(below, above) - half)), np.nan)
