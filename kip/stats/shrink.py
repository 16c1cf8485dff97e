"""Can this number tell us anything? Shrinkage, reliability and the smallest difference that can be seen.

Shrunken values order work lists and estimate patients to gain; they are never shown as a practice's result.
"""

from typing import Literal, NamedTuple

import numpy as np

from kip.stats import special
from kip.stats.arrays import FloatArray, Numbers, TextArray, counts, floats, ratio
from kip.stats.overdispersion import Kind, dispersion

HIGH, FAIR = 0.7, 0.4


class Shrunken(NamedTuple):
    """value: shrunken value; reliability: 0..1; tau2: between-practice variance on the natural scale."""

    value: FloatArray
    reliability: FloatArray
    tau2: float


def shrink(
    x: Numbers,
    n: Numbers,
    expected: Numbers | None = None,
    kind: Kind = "proportion",
    tau2: float | None = None,
) -> Shrunken:
    """Empirical-Bayes values of the practices of one group: expected + r * (own - expected).

    r = tau2 / (tau2 + sampling variance at the expected value). expected defaults to the pooled value of the
    group; tau2 to the DerSimonian-Laird estimate. A practice without patients gets the expected
    value and reliability 0.
    """
    number, size = np.broadcast_arrays(counts(x, "x"), floats(n))
    pooled = float(number.sum() / size.sum()) if size.sum() > 0 else float("nan")
    centre = np.broadcast_to(floats(pooled if expected is None else expected), size.shape)
    own = ratio(number, size)
    spread = centre * (1 - centre) if kind == "proportion" else centre
    sampling = np.where(spread > 0, ratio(spread, size), np.nan)
    if tau2 is None:
        # Not winsorised: a practice far out is part of the spread that its own estimate is judged by.
        tau2 = dispersion((own - centre) / np.sqrt(sampling), sampling, trim=0.0)[1]
    known = np.isfinite(sampling)
    reliability = np.zeros(size.shape)
    if tau2 > 0:
        reliability = np.where(known, tau2 / (tau2 + np.where(known, sampling, 1.0)), 0.0)
    value = np.where(known, centre + reliability * (np.where(known, own, 0.0) - centre), centre)
    return Shrunken(value, reliability, tau2)


def reliability_word(reliability: Numbers) -> TextArray:
    """Words: "good" from 0.7, "fair" from 0.4, else "low"; keys of the texts uncertainty.reliability_*."""
    values = floats(reliability)
    return np.where(values >= HIGH, "good", np.where(values >= FAIR, "fair", "low"))


def detectable_difference(
    n: Numbers,
    expected: Numbers,
    kind: Kind = "proportion",
    alpha: float = 0.05,
    power: float = 0.8,
    side: Literal["low", "high", "either"] = "either",
) -> FloatArray:
    """Smallest true distance from the expected value that the exact two-sided test finds with given power.

    In the unit of the indicator (fraction or rate). n: patients, or exposure for a rate. "either" gives the
    smaller of the two sides. NaN where no outcome at all could be significant.
    """
    size, centre = np.broadcast_arrays(floats(n), floats(expected))
    usable = (size > 0) & np.isfinite(centre) & (centre > 0) & ((kind == "rate") | (centre < 1))
    safe_n, safe_p = np.where(usable, size, 1.0), np.where(usable, centre, 0.5)
    find = _detectable_proportions if kind == "proportion" else _detectable_rates
    low, high = find(safe_n, safe_p, alpha / 2, power)
    down = np.where(usable, safe_p - low, np.nan)
    up = np.where(usable, high - safe_p, np.nan)
    if side == "low":
        return down
    return up if side == "high" else np.fmin(down, up)


def _detectable_proportions(n: FloatArray, p: FloatArray, tail: float, power: float) -> tuple[FloatArray, FloatArray]:
    size = n.astype(np.int64)
    # The largest x that is significantly low and the smallest that is significantly high.
    low = special.binomial_quantile(tail, size, p)
    low = low - (special.binomial_below(low, size, p) > tail)
    high = size - special.binomial_quantile(tail, size, 1 - p)
    high = high + (special.binomial_above(high, size, p) > tail)
    possible_low, possible_high = low >= 0, high <= size
    below = special.beta_quantile(1 - power, np.maximum(low, 0) + 1, np.maximum(size - low, 1))
    above = special.beta_quantile(power, np.clip(high, 1, size), np.maximum(size - high, 0) + 1)
    return np.where(possible_low, below, np.nan), np.where(possible_high, above, np.nan)


def _detectable_rates(n: FloatArray, rate: FloatArray, tail: float, power: float) -> tuple[FloatArray, FloatArray]:
    mean = n * rate
    low = special.poisson_quantile(tail, mean)
    low = low - (special.poisson_below(low, mean) > tail)
    high = special.poisson_quantile(1 - tail, mean) + 1
    below = special.gamma_quantile(1 - power, np.maximum(low, 0) + 1) / n
    above = special.gamma_quantile(power, high) / n
    return np.where(low >= 0, below, np.nan), above
