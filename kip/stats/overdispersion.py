"""Do units vary more than chance explains? z-scores on a stabilised scale, phi, tau2 and the limits they widen.

z = (Y - target) / s on one of three scales:

- arcsine: Y = arcsin(sqrt(x / n)), s = 1 / (2 sqrt(n)), for proportions;
- sqrt: Y = sqrt(x / E), s = 1 / (2 sqrt(E)), for standardised ratios and rates (E = exposure * target);
- log: Y = log(x / E), s = 1 / sqrt(E); a unit without events has no z-score, so prefer sqrt for small units.

The outer `trim` share of the z-scores is pulled in to the quantile (winsorise) or left out (truncate). phi is the mean
square of what is left, tau2 the between-unit variance (DerSimonian and Laird) that is added to s squared; limits are
transformed back. Multiplying the limits by sqrt(phi) instead still narrows to a point for huge units and is not offered.
tau2 is a finding about the measure, not about a unit. Source: Spiegelhalter 2005; NHS SHMI method statement.
"""

from typing import Literal, NamedTuple

import numpy as np

from kip.stats import special
from kip.stats.arrays import FloatArray, Numbers, floats, numerator_and_denominator, ratio, whole
from kip.stats.intervals import Interval

Kind = Literal["proportion", "ratio", "rate", "counts"]
Transformation = Literal["arcsine", "sqrt", "log"]
Trimming = Literal["winsorise", "truncate"]
TRIM = 0.10
SCALES: dict[Kind, Transformation] = {"proportion": "arcsine", "ratio": "sqrt", "rate": "sqrt", "counts": "log"}


class Scores(NamedTuple):
    """One entry per unit: distance to the target and its sampling error on the transformed scale, and their ratio."""

    distance: FloatArray
    s: FloatArray
    z: FloatArray


class Overdispersion(NamedTuple):
    """z, s: unadjusted scores and sampling errors; trimmed: the scores phi was computed from (NaN = left out);
    phi: dispersion ratio; tau2: between-unit variance on the transformed scale; target: centre line in the unit of the
    indicator; z_adjusted, p_adjusted: with s squared + tau2 as variance."""

    z: FloatArray
    s: FloatArray
    trimmed: FloatArray
    phi: float
    tau2: float
    target: float
    z_adjusted: FloatArray
    p_adjusted: FloatArray


def scores(
    numerator: Numbers,
    denominator: Numbers,
    kind: Kind = "ratio",
    transformation: Transformation | None = None,
    target: Numbers = 1.0,
) -> Scores:
    """Transformed z-scores; NaN where a value is missing, the denominator is 0 or the score is not finite.

    kind: proportion (patients of patients), ratio (observed of expected), rate (events of exposure) or counts (ratio of
    two counts, log scale with 1/2 added to both). target: the centre, one number or one per unit. Raises ValueError for
    x > n in a proportion and for a scale that does not fit the kind.
    """
    scale = _scale(kind, transformation)
    if kind == "proportion":
        x, n = numerator_and_denominator(numerator, denominator)
    else:
        x, n = np.broadcast_arrays(whole(numerator, "numerator"), floats(denominator))
    x, n, centre = np.broadcast_arrays(x, n, floats(target))
    known = np.isfinite(x) & (n > 0) & np.isfinite(centre) & (centre > 0) & ((kind != "proportion") | (centre < 1))
    x, n, centre = (np.where(known, part, 1.0) for part in (x, n, centre))
    if scale == "arcsine":
        inside = np.where(known, np.clip(centre, 0.0, 1.0), 0.5)
        distance, s = np.arcsin(np.sqrt(np.clip(x / n, 0, 1))) - np.arcsin(np.sqrt(inside)), 1 / (2 * np.sqrt(n))
    elif kind == "counts":
        distance = np.log((x + 0.5) / (n + 0.5)) - np.log(centre)
        s = np.sqrt(x / (x + 0.5) ** 2 + n / (n + 0.5) ** 2)
        known = known & (x > 0)
    elif scale == "sqrt":
        distance, s = np.sqrt(x / (n * centre)) - 1.0, 1 / (2 * np.sqrt(n * centre))
    else:
        known = known & (x > 0)
        distance, s = np.log(np.where(known, x, 1.0) / (n * centre)), 1 / np.sqrt(n * centre)
    distance, s = np.where(known, distance, np.nan), np.where(known, s, np.nan)
    return Scores(distance, s, distance / s)


def winsorise(values: Numbers, trim: float = TRIM) -> FloatArray:
    """Pull the outer `trim` share at each end in to the quantile (R type 7); NaN stays NaN."""
    data = floats(values)
    known = data[np.isfinite(data)]
    if known.size == 0:
        return data
    low, high = np.quantile(known, [trim, 1 - trim])
    return np.clip(data, low, high)


def truncate(values: Numbers, trim: float = TRIM) -> FloatArray:
    """NaN for the outer `trim` share at each end: kept are average ranks r with trim <= r / (k + 1) < 1 - trim.

    These are the rank groups of the NHS SHMI specification.
    """
    data = floats(values)
    known = np.isfinite(data)
    _, index, number = np.unique(data[known], return_inverse=True, return_counts=True)
    rank = (np.cumsum(number) - (number - 1) / 2)[index]
    place = rank / (np.count_nonzero(known) + 1)
    kept = np.full(data.shape, np.nan)
    kept[known] = np.where((place >= trim - special.ROUNDING) & (place < 1 - trim - special.ROUNDING), data[known], np.nan)
    return kept


def dispersion(z: FloatArray, variance: FloatArray, trim: float = TRIM, method: Trimming = "winsorise") -> tuple[float, float]:
    """phi and tau2 of scores z with sampling variances on the same scale; (nan, 0) for fewer than two usable scores."""
    usable = np.isfinite(z) & np.isfinite(variance) & (variance > 0)
    trimmed = (winsorise if method == "winsorise" else truncate)(np.where(usable, z, np.nan), trim)
    left = np.isfinite(trimmed)
    units = int(left.sum())
    if units < 2:
        return float("nan"), 0.0
    phi = float(np.mean(trimmed[left] ** 2))
    weight = 1 / variance[left]
    excess = units * phi - (units - 1)
    if excess <= 0:
        return phi, 0.0
    return phi, float(excess / (weight.sum() - (weight**2).sum() / weight.sum()))


def overdispersion(
    numerator: Numbers,
    denominator: Numbers,
    kind: Kind = "ratio",
    transformation: Transformation | None = None,
    method: Trimming = "winsorise",
    trim: float = TRIM,
    target: float | None = None,
) -> Overdispersion:
    """phi, tau2 and adjusted scores of a set of units; the target is 1 for a ratio, else sum(numerator) / sum(denominator).

    FunnelPlotR calls the kinds SR, PR and RC (counts), and its method CQC is sqrt with winsorise.
    """
    goal = _pooled(numerator, denominator, kind) if target is None else target
    score = scores(numerator, denominator, kind, transformation, goal)
    phi, tau2 = dispersion(score.z, score.s**2, trim, method)
    adjusted = score.distance / np.sqrt(score.s**2 + tau2)
    return Overdispersion(
        z=score.z,
        s=score.s,
        trimmed=(winsorise if method == "winsorise" else truncate)(score.z, trim),
        phi=phi,
        tau2=tau2,
        target=goal,
        z_adjusted=adjusted,
        p_adjusted=special.normal_two_sided(adjusted),
    )


def shmi(observed: Numbers, expected: Numbers, trim: float = TRIM) -> Overdispersion:
    """The NHS SHMI variant: log scale, truncated instead of winsorised, expected numbers rounded to two decimals."""
    return overdispersion(observed, np.round(floats(expected), 2), "ratio", "log", "truncate", trim)


def adjusted_limits(
    denominator: Numbers,
    tau2: float,
    kind: Kind = "ratio",
    transformation: Transformation | None = None,
    target: float = 1.0,
    level: float = 0.998,
) -> Interval:
    """Additive funnel limits target +- z * sqrt(s squared + tau2), transformed back to the unit of the indicator.

    denominator: patients, expected number or exposure. NaN for 0. Proportions stay within 0..1, ratios above 0.
    """
    scale = _scale(kind, transformation)
    size = floats(denominator)
    safe = np.where(size > 0, size, np.nan)
    z = special.normal_quantile(0.5 + level / 2)
    if scale == "arcsine":
        centre, half = float(np.arcsin(np.sqrt(target))), z * np.sqrt(1 / (4 * safe) + tau2)
        lower = np.sin(np.maximum(centre - half, 0.0)) ** 2
        return Interval(lower, np.sin(np.minimum(centre + half, np.pi / 2)) ** 2)
    if scale == "sqrt":
        half = z * np.sqrt(1 / (4 * safe * target) + tau2)
        return Interval(target * np.maximum(1 - half, 0.0) ** 2, target * (1 + half) ** 2)
    variance = 1 / (safe * target) + (1 / safe if kind == "counts" else 0.0)
    half = z * np.sqrt(variance + tau2)
    return Interval(target * np.exp(-half), target * np.exp(half))


def _scale(kind: Kind, transformation: Transformation | None) -> Transformation:
    scale = transformation or SCALES[kind]
    if (scale == "arcsine") != (kind == "proportion") or (kind == "counts" and scale != "log"):
        raise ValueError(f"the scale {scale} does not fit the kind {kind}")
    return scale


def _pooled(numerator: Numbers, denominator: Numbers, kind: Kind) -> float:
    if kind == "ratio":
        return 1.0
    x, n = np.broadcast_arrays(floats(numerator), floats(denominator))
    both = np.isfinite(x) & np.isfinite(n)
    return float(ratio(x[both].sum(), n[both].sum())[0])
