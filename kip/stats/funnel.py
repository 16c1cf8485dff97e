"""Funnel plots: overdispersion-adjusted comparison and the smooth contours that picture it.

The list decides, not the line: a flag comes from the exact tail probability in kip.stats.tails; contours are a picture.
Public tools draw three different lines under the name "exact" (see `contours`); KIP draws the interpolated one.
"""

from typing import Literal, NamedTuple

import numpy as np

from kip.stats import special
from kip.stats.arrays import FloatArray, Numbers, floats
from kip.stats.overdispersion import Kind, adjusted_limits, dispersion, scores

Convention = Literal["interpolated", "plugged_in", "inverted"]
MIN_UNITS = 20  # below this the between-practice variance is unstable, and the previous release's is better
LEAST_UNITS = 10  # below this it is not estimated at all


class Funnel(NamedTuple):
    """z: unadjusted score; phi: dispersion ratio; tau2: between-practice variance on the stabilised scale;
    p_adjusted: two-sided probability after adding tau2; estimated: False when tau2 was given or set to 0."""

    z: FloatArray
    phi: float
    tau2: float
    p_adjusted: FloatArray
    estimated: bool


def funnel(
    x: Numbers,
    n: Numbers,
    expected: Numbers,
    kind: Kind = "proportion",
    fallback_tau2: float | None = None,
) -> Funnel:
    """Overdispersion-adjusted comparison of the practices of one group with their expected value.

    x: patients with the outcome (proportion) or events (rate, ratio). n: patients, exposure or expected events. expected:
    proportion, rate per unit of exposure or 1, one number or one per practice. With fewer than 20 practices
    fallback_tau2 (previous release) is used where it is known. Where it is not, ten to nineteen practices still give
    an estimate of their own, since no spread at all would call ordinary differences signals; fewer than ten give 0.
    `estimated` is False below 20. Raises ValueError for x > n in a proportion.
    """
    score = scores(x, n, kind, None, expected)
    phi, tau2 = dispersion(score.z, score.s**2)
    units = int(np.isfinite(score.z).sum())
    if units < MIN_UNITS and fallback_tau2 is not None:
        tau2 = fallback_tau2
    elif units < LEAST_UNITS:
        tau2 = 0.0
    adjusted = special.normal_two_sided(score.distance / np.sqrt(score.s**2 + tau2))
    return Funnel(score.z, phi, tau2, adjusted, units >= MIN_UNITS)


class Contours(NamedTuple):
    """Limits of the funnel at each size in `n`, in the unit of the indicator; NaN for a size of 0."""

    n: FloatArray
    lower: FloatArray
    upper: FloatArray


def contours(
    n: Numbers,
    expected: float,
    level: float = 0.998,
    tau2: float = 0.0,
    kind: Kind = "proportion",
    convention: Convention = "interpolated",
) -> Contours:
    """Limits at the sizes n: patients (proportion), exposure (rate) or expected events (ratio; expected = 1).

    interpolated: exact quantile r with P(X <= r) >= tail, moved back by (P(X <= r) - tail) / P(X = r)
    (Spiegelhalter 2005, A.1.1); smooth, and not a test for small units. plugged_in: the exact interval (Garwood,
    Clopper-Pearson) of the expected number (FunnelPlotR, unadjusted). inverted: where a unit's own interval (Garwood, Wilson)
    just leaves the expected value out (Fingertips). tau2 > 0: limits with the added variance instead, transformed back.
    Proportions are clipped to 0..1, the others to 0 and above.
    """
    size = floats(n)
    if tau2 > 0:
        return Contours(size, *adjusted_limits(size, tau2, kind, None, expected, level))
    tail = (1 - level) / 2
    safe = np.where(size > 0, size, 1.0)
    draw = _proportion_lines if kind == "proportion" else _poisson_lines
    low, high = draw(safe, expected, tail, convention)
    top = 1.0 if kind == "proportion" else np.inf
    lower, upper = (np.where(size > 0, np.clip(line, 0.0, top), np.nan) for line in (low, high))
    return Contours(size, lower, upper)


def _proportion_lines(n: FloatArray, p: float, tail: float, convention: Convention) -> tuple[FloatArray, FloatArray]:
    share = np.full(n.shape, p)
    if convention == "plugged_in":
        x = n * p
        return special.beta_quantile(tail, x, n - x + 1), special.beta_quantile(1 - tail, x + 1, n - x)
    if convention == "inverted":  # Wilson's interval leaves p out exactly when |x/n - p| > z * sqrt(p (1 - p) / n)
        half = special.normal_quantile(1 - tail) * np.sqrt(share * (1 - share) / n)
        return share - half, share + half

    def line(at: float) -> FloatArray:
        r = special.binomial_quantile(at, n, share)
        reached = special.binomial_below(r, n, share)
        return _moved_back(r, reached, special.binomial_below(r - 1, n, share), at) / n

    return line(tail), line(1 - tail)


def _poisson_lines(size: FloatArray, target: float, tail: float, convention: Convention) -> tuple[FloatArray, FloatArray]:
    mean = size * target
    if convention == "plugged_in":
        return special.gamma_quantile(tail, mean) / size, special.gamma_quantile(1 - tail, mean + 1) / size
    if convention == "inverted":
        low, high = special.poisson_shape(tail, mean), special.poisson_shape(1 - tail, mean) + 1
        return low / size, high / size

    def line(at: float) -> FloatArray:
        r = special.poisson_quantile(at, mean)
        reached = special.poisson_below(r, mean)
        return _moved_back(r, reached, special.poisson_below(r - 1, mean), at) / size

    return line(tail), line(1 - tail)


def _moved_back(r: FloatArray, reached: FloatArray, before: FloatArray, at: float) -> FloatArray:
    """The quantile r, less the share of its own probability that lies beyond `at`."""
    point = reached - before
    return r - np.divide(reached - at, point, out=np.zeros(r.shape), where=point > 0)
