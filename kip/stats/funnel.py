"""Funnel plots: overdispersion-adjusted comparison and the smooth contours that picture it.

Method: Spiegelhalter 2005 with a variance-stabilising scale (arcsine of the square root for proportions,
square root for rates), winsorised dispersion and an additive between-practice variance. The list decides,
not the line: a flag comes from the exact tail probability in kip.stats.tails; the contours are a picture.
"""

from typing import Literal, NamedTuple

import numpy as np

from kip.stats import special
from kip.stats.arrays import FloatArray, IntArray, Numbers, counts, floats, numerator_and_denominator

Kind = Literal["proportion", "rate"]
WINSORISE = 0.10
MIN_UNITS = 20  # below this the between-practice variance is too unstable to be estimated


class Funnel(NamedTuple):
    """z: unadjusted score; phi: dispersion ratio; tau2: between-practice variance on the stabilised scale;
    p_adjusted: two-sided probability after adding tau2; estimated: False when tau2 was given or set to 0."""

    z: FloatArray
    phi: float
    tau2: float
    p_adjusted: FloatArray
    estimated: bool


def winsorise(values: FloatArray, share: float = WINSORISE) -> FloatArray:
    """Pull the outer `share` at each end in to the quantile (R type 7); NaN stays NaN."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return values
    low, high = np.quantile(known, [share, 1 - share])
    return np.clip(values, low, high)


def dispersion(z: FloatArray, variance: FloatArray, share: float = WINSORISE) -> tuple[float, float]:
    """phi and tau2 of scores z with sampling variances on the same scale; (nan, 0) without usable scores."""
    known = np.isfinite(z) & np.isfinite(variance) & (variance > 0)
    units = int(known.sum())
    if units < 2:
        return float("nan"), 0.0
    phi = float(np.mean(winsorise(z[known], share) ** 2))
    weight = 1 / variance[known]
    excess = units * phi - (units - 1)
    if excess <= 0:
        return phi, 0.0
    return phi, float(excess / (weight.sum() - (weight**2).sum() / weight.sum()))


def funnel(
    x: Numbers,
    n: Numbers,
    expected: Numbers,
    kind: Kind = "proportion",
    fallback_tau2: float | None = None,
) -> Funnel:
    """Overdispersion-adjusted comparison of the practices of one group with their expected value.

    x: patients with the outcome (proportion) or events (rate). n: patients or exposure. expected:
    proportion or rate per unit of exposure, one number or one per practice. With fewer than 20 practices
    tau2 is not estimated: fallback_tau2 (previous release) is used, else 0. Raises ValueError for x > n in
    a proportion.
    """
    score, variance = _stabilised(x, n, expected, kind)
    z = score / np.sqrt(variance)
    phi, tau2 = dispersion(z, variance)
    estimated = int(np.isfinite(z).sum()) >= MIN_UNITS
    if not estimated:
        tau2 = fallback_tau2 if fallback_tau2 is not None else 0.0
    adjusted = special.normal_two_sided(score / np.sqrt(variance + tau2))
    return Funnel(z, phi, tau2, adjusted, estimated)


def _stabilised(x: Numbers, n: Numbers, expected: Numbers, kind: Kind) -> tuple[FloatArray, FloatArray]:
    """Distance to the expected value on the stabilised scale and its sampling variance."""
    if kind == "proportion":
        numerator, denominator = numerator_and_denominator(x, n)
        size, centre = np.broadcast_arrays(denominator.astype(np.float64), floats(expected))
        known = (size > 0) & np.isfinite(centre)
        safe = np.where(known, size, 1.0)
        share = np.clip(numerator / safe, 0.0, 1.0)
        score = np.arcsin(np.sqrt(share)) - np.arcsin(np.sqrt(np.where(known, centre, 0.5)))
        variance = 1 / (4 * safe)
    else:
        number, mean = np.broadcast_arrays(counts(x, "x"), floats(n) * floats(expected))
        known = np.isfinite(mean) & (mean > 0)
        safe = np.where(known, mean, 1.0)
        score = np.sqrt(number / safe) - 1.0
        variance = 1 / (4 * safe)
    return np.where(known, score, np.nan), np.where(known, variance, np.nan)


class Contours(NamedTuple):
    """Limits of the funnel at each size in `n`, in the unit of the indicator."""

    n: IntArray
    lower: FloatArray
    upper: FloatArray


def contours(n: Numbers, expected: float, level: float = 0.998, tau2: float = 0.0) -> Contours:
    """Smooth limits for proportions, clipped to 0..1, on a grid of sizes n >= 1.

    tau2 = 0: interpolated exact binomial quantiles (Spiegelhalter 2005, A.1.1). tau2 > 0: arcsine limits with
    the added variance, transformed back.
    """
    size = counts(n, "n")
    if tau2 > 0:
        z = special.normal_quantile(0.5 + level / 2)
        centre = float(np.arcsin(np.sqrt(expected)))
        half = z * np.sqrt(1 / (4 * size) + tau2)
        low = np.sin(np.maximum(centre - half, 0.0)) ** 2
        high = np.sin(np.minimum(centre + half, np.pi / 2)) ** 2
        return Contours(size, low, high)
    share = np.full(size.shape, expected)
    tail = (1 - level) / 2
    return Contours(size, _interpolated(tail, size, share), _interpolated(1 - tail, size, share))


def _interpolated(tail: float, size: IntArray, share: FloatArray) -> FloatArray:
    r = special.binomial_quantile(tail, size, share)
    reached = special.binomial_below(r, size, share)
    point = reached - special.binomial_below(r - 1, size, share)
    step = np.divide(reached - tail, point, out=np.zeros(size.shape), where=point > 0)
    return np.clip((r - step) / size, 0.0, 1.0)
