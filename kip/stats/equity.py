"""Do people with fewer means get less? Slope and relative index of inequality over deprivation groups.

For regions and the nation, with five groups or more. SII and RII can point in opposite directions when the level falls.
"""

from typing import Literal, NamedTuple

import numpy as np

from kip.stats import special
from kip.stats.arrays import FloatArray, Numbers, floats
from kip.stats.intervals import Interval

Scale = Literal["normal", "log", "logit"]
MIN_GROUPS = 5
REPETITIONS = 100_000


class Inequality(NamedTuple):
    """sii: fitted value of the best-off end minus the worst-off end, in the unit of the values; rii: their ratio."""

    sii: float
    sii_lower: float
    sii_upper: float
    rii: float
    rii_lower: float
    rii_upper: float


def inequality(
    values: Numbers,
    population: Numbers,
    standard_error: Numbers | None = None,
    *,
    lower: Numbers | None = None,
    upper: Numbers | None = None,
    scale: Scale = "normal",
    level: float = 0.95,
    repetitions: int = REPETITIONS,
    seed: int = 1,
) -> Inequality:
    """SII and RII with simulated limits, groups ordered from most to least deprived.

    The rank b of a group is the midpoint of its range in the cumulative population (0..1); value * sqrt(a) is regressed on
    sqrt(a) and b * sqrt(a) with a the group's population share. SII = slope, RII = (intercept + slope) / intercept. Limits:
    quantiles of `repetitions` fits to values drawn with their standard error on the given scale (normal for means, log for
    rates, logit for proportions). The error is given (on that scale) or taken from 95 % limits `lower` and `upper` of the
    values; without either the limits are NaN. seed: the same call gives the same limits. Raises ValueError for fewer than
    five groups, missing values or empty groups. Source: Low and Low 2004; PHE technical guide.
    """
    value, people = floats(values), floats(population)
    if value.size < MIN_GROUPS or value.shape != people.shape:
        raise ValueError("inequality needs five groups or more, with one population each")
    if not bool(np.all(np.isfinite(value) & (people > 0))):
        raise ValueError("every group needs a value and a population above 0")
    solve = _regression(people)
    intercept, slope = solve @ value
    error = _errors(standard_error, lower, upper, scale)
    sii, rii = _simulated(value, error, solve, scale, level, repetitions, seed)
    return Inequality(
        float(slope),
        float(sii.lower[0]),
        float(sii.upper[0]),
        float((intercept + slope) / intercept),
        float(rii.lower[0]),
        float(rii.upper[0]),
    )


def _regression(people: FloatArray) -> FloatArray:
    """The 2 x groups matrix that turns values into intercept and slope."""
    share = people / people.sum()
    middle = np.cumsum(share) - share / 2
    root = np.sqrt(share)
    design = np.column_stack((root, middle * root))
    fitted: FloatArray = np.linalg.solve(design.T @ design, design.T) * root
    return fitted


def _errors(given: Numbers | None, lower: Numbers | None, upper: Numbers | None, scale: Scale) -> FloatArray | None:
    if given is not None:
        return floats(given)
    if lower is None or upper is None:
        return None
    wide = _onto(floats(upper), scale) - _onto(floats(lower), scale)
    return wide / (2 * special.normal_quantile(0.975))


def _simulated(
    value: FloatArray,
    error: FloatArray | None,
    solve: FloatArray,
    scale: Scale,
    level: float,
    repetitions: int,
    seed: int,
) -> tuple[Interval, Interval]:
    if error is None:
        nothing = np.full(1, np.nan)
        return Interval(nothing, nothing), Interval(nothing, nothing)
    draws = np.random.default_rng(seed).normal(_onto(value, scale), error, (repetitions, value.size))
    fits = _back(draws, scale) @ solve.T
    ends = [(1 - level) / 2, (1 + level) / 2]
    sii = np.quantile(fits[:, 1], ends)
    rii = np.quantile((fits[:, 0] + fits[:, 1]) / fits[:, 0], ends)
    return Interval(sii[:1], sii[1:]), Interval(rii[:1], rii[1:])


def _onto(values: FloatArray, scale: Scale) -> FloatArray:
    if scale == "normal":
        return values
    return np.log(values) if scale == "log" else np.log(values / (1 - values))


def _back(values: FloatArray, scale: Scale) -> FloatArray:
    if scale == "normal":
        return values
    return np.exp(values) if scale == "log" else 1 / (1 + np.exp(-values))
