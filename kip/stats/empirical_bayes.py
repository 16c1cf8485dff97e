"""Empirical-Bayes values with published priors: beta-binomial, Martuzzi and Elliott (binomial), Marshall (Poisson).

`kip.stats.shrink` holds the normal approximation that KIP stores; these are the exact or classical relatives for checks and
for regional maps. All are for ordering and planning, never shown as a practice's result.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln

from kip.stats.arrays import FloatArray, Numbers, floats, numerator_and_denominator, ratio, whole
from kip.stats.intervals import Interval
from kip.stats.special import beta_quantile

Fit = Literal["likelihood", "moments"]


class BetaBinomial(NamedTuple):
    """value: (x + alpha) / (n + alpha + beta) per unit; lower, upper: its credible interval; alpha, beta: the prior."""

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    alpha: float
    beta: float


class Estimates(NamedTuple):
    """value: shrunken proportion or rate per unit; weight: share of the unit's own value in it, 0..1; mean: pooled value."""

    value: FloatArray
    weight: FloatArray
    mean: float


def beta_prior(x: Numbers, n: Numbers, fit: Fit = "likelihood") -> tuple[float, float]:
    """alpha and beta of the prior behind x of n patients per unit.

    moments: from mean and variance (k - 1) of the raw proportions; likelihood: maximum of the beta-binomial likelihood,
    started there. Raises ValueError when the units differ no more than one common proportion would, or are fewer than two.
    """
    top, size = numerator_and_denominator(x, n)
    known = size > 0
    top, size = top[known], size[known]
    share = top / size
    if share.size < 2 or float(share.var(ddof=1)) <= 0:
        raise ValueError("a prior needs two units or more that differ")
    mean, variance = float(share.mean()), float(share.var(ddof=1))
    strength = max(mean * (1 - mean) / variance - 1, 1e-3)
    start = mean * strength, (1 - mean) * strength
    if fit == "moments":
        return start

    def cost(logs: FloatArray) -> float:
        a, b = np.exp(logs)
        return -float(np.sum(betaln(top + a, size - top + b) - betaln(a, b)))

    found = minimize(cost, np.log(start), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 2000})
    alpha, beta = np.exp(found.x).tolist()
    return float(alpha), float(beta)


def beta_binomial(
    x: Numbers, n: Numbers, prior: tuple[float, float] | None = None, fit: Fit = "likelihood", level: float = 0.95
) -> BetaBinomial:
    """Exact empirical-Bayes proportions with their credible intervals; a unit without patients gets the prior mean."""
    alpha, beta = beta_prior(x, n, fit) if prior is None else prior
    top, size = (np.nan_to_num(part, nan=0.0) for part in numerator_and_denominator(x, n))
    a, b = top + alpha, size - top + beta
    tail = (1 - level) / 2
    limits = Interval(beta_quantile(tail, a, b), beta_quantile(1 - tail, a, b))
    return BetaBinomial(a / (a + b), limits.lower, limits.upper, alpha, beta)


def marshall(events: Numbers, exposure: Numbers) -> Estimates:
    """Global empirical-Bayes rates by moments: m + a / (a + m / exposure) * (own - m).

    Between-unit variance a = weighted variance - m / mean exposure, 0 when negative. A unit without exposure gets m.
    Source: Marshall 1991; equals EBest of R's spdep with family "poisson".
    """
    top, size = np.broadcast_arrays(whole(events, "events"), floats(exposure))
    mean, spread, average = _pooled(top, size)
    between = max(spread - mean / average, 0.0)
    sampling = ratio(mean, size)
    weight = np.where(sampling > 0, between / (between + np.where(sampling > 0, sampling, 1.0)), 0.0)
    return _mixed(top, size, weight, mean)


def martuzzi_elliott(x: Numbers, n: Numbers) -> Estimates:
    """Global empirical-Bayes proportions by moments of a binomial model; the weight is 0 when chance explains the spread.

    Source: Martuzzi and Elliott 1996; equals EBest of R's spdep with family "binomial" where its weight is not negative.
    """
    top, size = numerator_and_denominator(x, n)
    mean, spread, average = _pooled(top, size)
    within = mean * (1 - mean)
    between = max(spread - within / average, 0.0)
    bottom = (size - 1) * spread + (1 - size / average) * within
    weight = np.where((size > 0) & (bottom > 0), np.clip(ratio(size * between, bottom), 0.0, 1.0), 0.0)
    return _mixed(top, size, weight, mean)


def _pooled(x: FloatArray, n: FloatArray) -> tuple[float, float, float]:
    """Pooled value, variance of the own values weighted by n, mean n; over units with n above 0."""
    known = (n > 0) & np.isfinite(x)
    top, size = x[known], n[known]
    mean = float(ratio(top.sum(), size.sum())[0])
    spread = float(ratio((size * (top / size - mean) ** 2).sum(), size.sum())[0])
    return mean, spread, float(size.mean()) if size.size else float("nan")


def _mixed(x: FloatArray, n: FloatArray, weight: FloatArray, mean: float) -> Estimates:
    own = ratio(x, n)
    known = np.isfinite(own)
    share = np.where(known, weight, 0.0)
    return Estimates(mean + share * (np.where(known, own, mean) - mean), share, mean)
