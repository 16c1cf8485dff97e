"""Differences of two shares against the differences that comparable practices have, and the spread between areas."""

from typing import NamedTuple

import numpy as np

from kip.stats import special
from kip.stats.arrays import FloatArray, Numbers, floats, numerator_and_denominator
from kip.stats.intervals import Interval
from kip.stats.overdispersion import dispersion

MIN_SPREAD_UNITS = 20  # fewer units give no between-unit variance that can be told from chance
REPETITIONS = 4_000
TINY = 1e-12


class Score(NamedTuple):
    """One entry per unit. z: distance to the expected difference in sampling errors s; p: two-sided."""

    z: FloatArray
    s: FloatArray
    p: FloatArray


def score_difference(x1: Numbers, n1: Numbers, x2: Numbers, n2: Numbers, expected: Numbers = 0.0) -> Score:
    """Is x1/n1 - x2/n2 the expected difference? NaN for an empty group or an expected value outside -1..1.

    The sampling error is that of the two shares closest to the data which differ by just `expected`. Source: Miettinen and
    Nurminen 1985.
    """
    top1, size1 = numerator_and_denominator(x1, n1)
    top2, size2 = numerator_and_denominator(x2, n2)
    top1, size1, top2, size2, gap = np.broadcast_arrays(top1, size1, top2, size2, floats(expected))
    known = (size1 > 0) & (size2 > 0) & (np.abs(gap) < 1) & np.isfinite(top1 + top2)
    top1, size1, top2, size2 = (np.where(known, part, 1.0) for part in (top1, size1, top2, size2))
    gap = np.where(known, gap, 0.0)
    share1 = _restricted(top1, size1, top2, size2, gap)
    share2 = np.clip(share1 - gap, 0.0, 1.0)
    people = size1 + size2
    variance = (share1 * (1 - share1) / size1 + share2 * (1 - share2) / size2) * people / (people - 1)
    distance = top1 / size1 - top2 / size2 - gap
    s = np.sqrt(np.maximum(variance, 0.0))
    still = np.abs(distance) < special.ROUNDING
    z = np.where(still, 0.0, distance / np.where(s > 0, s, np.nan))
    z, s = np.where(known, z, np.nan), np.where(known, s, np.nan)
    return Score(z, s, special.normal_two_sided(z))


def _restricted(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, gap: FloatArray) -> FloatArray:
    """The first share of greatest likelihood when the second is `gap` smaller: a root of a cubic."""
    times = n2 / n1
    share1, share2 = x1 / n1, x2 / n2
    cubic = 1 + times
    square = -(1 + times + share1 + times * share2 + gap * (times + 2))
    linear = gap**2 + gap * (2 * share1 + times + 1) + share1 + times * share2
    constant = -share1 * gap * (1 + gap)
    v = (square / (3 * cubic)) ** 3 - square * linear / (6 * cubic**2) + constant / (2 * cubic)
    root = np.sqrt(np.maximum((square / (3 * cubic)) ** 2 - linear / (3 * cubic), 0.0))
    side = np.where(v > 0, root, -root)
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(side == 0, 0.0, v / side**3)
    angle = (np.pi + np.arccos(np.clip(turn, -1.0, 1.0))) / 3
    found: FloatArray = np.clip(2 * side * np.cos(angle) - square / (3 * cubic), np.maximum(0.0, gap), np.minimum(1.0, 1 + gap))
    return found


class Judged(NamedTuple):
    """p: against the expected difference; p_adjusted: with the units' own spread tau2 in the variance; reliability: how much
    of the variance between units is theirs."""

    p: FloatArray
    p_adjusted: FloatArray
    tau2: float
    reliability: FloatArray


def judge_differences(score: Score, shaping: Numbers, tau2: float | None = None) -> Judged:
    """The units of one group. shaping: who has enough patients to shape tau2; a frozen tau2 takes its place.

    Below 20 such units tau2 is 0.
    """
    shapes = np.atleast_1d(np.asarray(shaping, dtype=np.bool_)) & np.isfinite(score.z)
    if tau2 is None:
        enough = int(shapes.sum()) >= MIN_SPREAD_UNITS
        tau2 = dispersion(np.where(shapes, score.z, np.nan), score.s**2)[1] if enough else 0.0
    wide = np.sqrt(score.s**2 + tau2)
    with np.errstate(divide="ignore", invalid="ignore"):
        adjusted = np.where(score.z == 0, 0.0, score.z * score.s / wide)
        reliability = np.where(wide > 0, tau2 / wide**2, np.nan)
    return Judged(score.p, special.normal_two_sided(adjusted), tau2, reliability)


def spread_interval(
    values: Numbers, n: Numbers, shares: tuple[float, float] = (0.1, 0.9), level: float = 0.95, seed: int = 1
) -> Interval:
    """How far apart do two quantiles of the areas' true shares probably lie? values: shares 0-1; n: patients behind each.

    The quantiles of the values as they are lie too far apart, as chance spreads them. Each area's true share is therefore
    drawn from what its value and all areas together tell of it (normal between areas, normal within), and the limits are
    quantiles of the distances in 4,000 such countries; the distance of the values themselves is always inside. seed: the
    same call gives the same limits. NaN for fewer than two areas.
    """
    value, people = np.broadcast_arrays(floats(values), floats(n))
    known = np.isfinite(value) & (people > 0)
    value, people = value[known], people[known]
    if value.size < 2:
        return Interval(np.array([np.nan]), np.array([np.nan]))
    drawn = _countries(value, people, np.random.default_rng(seed))
    low, high = np.quantile(np.clip(drawn, 0.0, 1.0), shares, axis=1)
    own = float(np.subtract(*np.quantile(value, shares[::-1])))
    lower, upper = np.quantile(high - low, [(1 - level) / 2, (1 + level) / 2])
    return Interval(np.array([min(lower, own)]), np.array([max(upper, own)]))


def _countries(value: FloatArray, people: FloatArray, chance: np.random.Generator) -> FloatArray:
    """Countries x areas of true shares that may stand behind the values.

    The variance between areas is drawn too: that value of it for which the weighted squares are as large as a chi-square
    draw (the Q-profile, Viechtbauer 2007), so that few areas are not believed to tell it exactly.
    """
    pooled = float((value * people).sum() / people.sum())
    variance = np.maximum(pooled * (1 - pooled), TINY) / people
    steps = np.concatenate(([0.0], np.geomspace(variance.min() / 1000, 1.0, 400)))[:, None]
    weight = 1 / (variance + steps)
    centres = (weight * value).sum(axis=1) / weight.sum(axis=1)
    squares = (weight * (value - centres[:, None]) ** 2).sum(axis=1)
    wanted = chance.chisquare(value.size - 1, REPETITIONS)
    tau2 = np.interp(wanted, squares[::-1], steps[::-1, 0])[:, None]  # falls with tau2; above its highest value it is 0
    weight = 1 / (variance + tau2)
    middle = (weight * value).sum(axis=1) / weight.sum(axis=1) + chance.standard_normal(REPETITIONS) / np.sqrt(weight.sum(axis=1))
    kept = tau2 * weight
    chances = chance.standard_normal((REPETITIONS, value.size))
    found: FloatArray = middle[:, None] + kept * (value - middle[:, None]) + np.sqrt(kept * variance) * chances
    return found
