"""Typed doors to the special functions of SciPy that the package uses.

All functions broadcast. Only scipy.special is used: scipy.stats costs two seconds of import time in every process.
"""

import numpy as np
from scipy import special

from kip.stats.arrays import FloatArray, IntArray, Numbers

ROUNDING = 1e-12  # P(X <= 3) of Binomial(7, 0.5) is one half, whatever the last bit says


def _as_float(values: object) -> FloatArray:
    return np.asarray(values, dtype=np.float64)


def binomial_below(x: Numbers, n: Numbers, p: Numbers) -> FloatArray:
    """P(X <= x) for X ~ Binomial(n, p); 0 for x < 0."""
    k = _as_float(x)
    return np.where(k < 0, 0.0, _as_float(special.bdtr(np.maximum(k, 0.0), np.asarray(n, dtype=np.int64), p)))


def binomial_above(x: Numbers, n: Numbers, p: Numbers) -> FloatArray:
    """P(X >= x) for X ~ Binomial(n, p)."""
    k = _as_float(x)
    above = _as_float(special.bdtrc(np.maximum(k - 1.0, 0.0), np.asarray(n, dtype=np.int64), p))
    return np.where(k <= 0, 1.0, above)


def poisson_below(x: Numbers, mean: Numbers) -> FloatArray:
    """P(X <= x) for X ~ Poisson(mean); 0 for x < 0."""
    k = _as_float(x)
    return np.where(k < 0, 0.0, _as_float(special.pdtr(np.maximum(k, 0.0), mean)))


def poisson_above(x: Numbers, mean: Numbers) -> FloatArray:
    """P(X >= x) for X ~ Poisson(mean)."""
    k = _as_float(x)
    return np.where(k <= 0, 1.0, _as_float(special.pdtrc(np.maximum(k - 1.0, 0.0), mean)))


def binomial_quantile(share: float, n: IntArray | FloatArray, p: FloatArray) -> FloatArray:
    """Smallest whole number r with P(X <= r) >= share; n and p of the same shape, n >= 1."""
    start = np.nan_to_num(np.ceil(_as_float(special.bdtrik(share, n, p))), nan=0.0)
    # The continuous inverse may be off by one around a whole number: look one down and one up.
    least = share * (1 - ROUNDING)
    down = start - (binomial_below(start - 1.0, n, p) >= least)
    found: FloatArray = np.minimum(np.maximum(down + (binomial_below(down, n, p) < least), 0.0), n)
    return found


def poisson_quantile(share: float, mean: FloatArray) -> FloatArray:
    """Smallest whole number r with P(X <= r) >= share."""
    start = np.nan_to_num(np.ceil(_as_float(special.pdtrik(share, mean))), nan=0.0)
    least = share * (1 - ROUNDING)
    down = start - (poisson_below(start - 1.0, mean) >= least)
    found: FloatArray = np.maximum(down + (poisson_below(down, mean) < least), 0.0)
    return found


def poisson_shape(share: float, mean: FloatArray) -> FloatArray:
    """The real number k of events at which P(X <= k) reaches `share`, by the incomplete gamma function; 0 for none."""
    return np.nan_to_num(_as_float(special.pdtrik(share, mean)), nan=0.0)


def beta_quantile(share: Numbers, a: Numbers, b: Numbers) -> FloatArray:
    """Quantile of Beta(a, b)."""
    return _as_float(special.betaincinv(a, b, share))


def gamma_quantile(share: Numbers, shape: Numbers) -> FloatArray:
    """Quantile of Gamma(shape, 1)."""
    return _as_float(special.gammaincinv(shape, share))


def normal_quantile(share: float) -> float:
    """Quantile of the standard normal distribution."""
    return float(special.ndtri(share))


def normal_two_sided(z: Numbers) -> FloatArray:
    """P(|Z| >= |z|) of the standard normal distribution."""
    return _as_float(2.0 * special.ndtr(-np.abs(_as_float(z))))


def student_quantile(share: float, freedom: Numbers) -> FloatArray:
    """Quantile of Student's t distribution."""
    return _as_float(special.stdtrit(freedom, share))
