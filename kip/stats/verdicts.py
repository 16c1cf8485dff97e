"""From counts to everything that is stored about a practice x indicator: one call per release and
profession."""

from typing import NamedTuple

import numpy as np

from kip.stats.arrays import BoolArray, FloatArray, IntArray, Numbers, TextArray, counts, floats, ratio
from kip.stats.bands import MIN_UNITS, bands
from kip.stats.funnel import funnel
from kip.stats.intervals import poisson_exact, wilson
from kip.stats.multiple import benjamini_hochberg
from kip.stats.overdispersion import Kind
from kip.stats.shrink import detectable_difference, shrink
from kip.stats.tails import binomial_two_sided, poisson_two_sided
from kip.stats.tiers import gain, position, tier


class Verdicts(NamedTuple):
    """One entry per row. expected: median of the group's practices with enough patients; pooled: the group's
    value over all its patients; group_tau2: between-practice variance of the group on the stabilised
    scale."""

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    expected: FloatArray
    band_low: FloatArray
    band_high: FloatArray
    pooled: FloatArray
    p: FloatArray
    q: FloatArray
    p_adjusted: FloatArray
    group_tau2: FloatArray
    tier: TextArray
    position: TextArray
    shrunken: FloatArray
    reliability: FloatArray
    gain: FloatArray
    mdd: FloatArray


def judge(
    x: Numbers,
    n: Numbers,
    group: Numbers,
    *,
    min_n: Numbers,
    direction: TextArray | str,
    rate: Numbers = False,
    min_units: int = MIN_UNITS,
) -> Verdicts:
    """Verdicts of all practice x indicator rows of one release and profession.

    x: patients with the outcome, or events. n: patients, or exposure for a rate. group: whole-number id of the rows to
    compare with each other (indicator x region x profession). min_n, direction and rate: one value or one per row; rate
    is True for events per exposure. The q-values run over all rows given. Raises ValueError for counts that are not.
    """
    top, size = np.broadcast_arrays(counts(x, "x"), counts(n, "n"))
    is_rate = np.broadcast_to(np.atleast_1d(np.asarray(rate, dtype=np.bool_)), top.shape)
    least = np.broadcast_to(floats(min_n), top.shape)
    enough = (size >= least) & (size > 0)
    value = ratio(top, size)
    peers = bands(np.where(enough, value, np.nan), group, min_units)
    expected = peers.median[peers.row]
    pooled = _pooled(top, size, peers.row)
    # A median of exactly 0 or 1 makes every other practice impossible: then the pooled value is tested against.
    edge = (expected <= 0) | (~is_rate & (expected >= 1))
    basis = np.where(edge, pooled, expected)
    lower, upper, p = _own(top, size, basis, is_rate)
    adjusted, tau2, shrunken, reliability, mdd = _per_group(top, size, enough, basis, is_rate, peers.row)
    side = position(value, expected, direction)
    q = benjamini_hochberg(np.where(enough, p, np.nan))
    return Verdicts(
        value=value,
        lower=lower,
        upper=upper,
        expected=expected,
        band_low=peers.p10[peers.row],
        band_high=peers.p90[peers.row],
        pooled=pooled,
        p=p,
        q=q,
        p_adjusted=adjusted,
        group_tau2=tau2,
        tier=tier(size, least, p, q, adjusted),
        position=side,
        shrunken=shrunken,
        reliability=reliability,
        gain=np.where(side != "worse", 0.0, gain(size, shrunken, expected, direction)),
        mdd=mdd,
    )


def _pooled(x: IntArray, n: IntArray, row: IntArray) -> FloatArray:
    """The value of each row's group over all its patients."""
    return ratio(np.bincount(row, weights=x), np.bincount(row, weights=n))[row]


def _own(x: IntArray, n: IntArray, expected: FloatArray, rate: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Interval and exact tail probability of each row by its own kind."""
    lower, upper, p = (np.full(x.shape, np.nan) for _ in range(3))
    share = ~rate
    if bool(share.any()):
        lower[share], upper[share] = wilson(x[share], n[share])
        p[share] = binomial_two_sided(x[share], n[share], expected[share])
    if bool(rate.any()):
        lower[rate], upper[rate] = poisson_exact(x[rate], n[rate])
        p[rate] = poisson_two_sided(x[rate], n[rate] * expected[rate])
    return lower, upper, p


def _per_group(
    x: IntArray,
    n: IntArray,
    enough: BoolArray,
    expected: FloatArray,
    rate: BoolArray,
    index: IntArray,
) -> tuple[FloatArray, ...]:
    """What needs the whole group at once; only practices with enough patients shape the group's variance."""
    adjusted, tau2, shrunken, reliability, mdd = (np.full(x.shape, np.nan) for _ in range(5))
    order = np.argsort(index, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(index[order])) + 1):
        if rows.size == 0:
            continue
        kind: Kind = "rate" if rate[rows[0]] else "proportion"
        centre = float(expected[rows[0]])
        own, size, ok = x[rows], n[rows], enough[rows]
        compared = funnel(np.where(ok, own, 0), np.where(ok, size, 0), centre, kind)
        adjusted[rows], tau2[rows] = compared.p_adjusted, compared.tau2
        natural = shrink(own[ok], size[ok], centre, kind).tau2
        estimate = shrink(own, size, centre, kind, natural)
        shrunken[rows], reliability[rows] = estimate.value, estimate.reliability
        sizes, place = np.unique(size, return_inverse=True)  # exact quantiles are dear, and many practices share a size
        mdd[rows] = detectable_difference(sizes, centre, kind)[place]
    return adjusted, tau2, shrunken, reliability, mdd
