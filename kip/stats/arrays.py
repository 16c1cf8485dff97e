"""Array types shared by the statistics modules and the one place where input is turned into arrays."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
TextArray: TypeAlias = npt.NDArray[np.str_]
Numbers: TypeAlias = npt.ArrayLike


def floats(values: Numbers) -> FloatArray:
    """Values as a float array of at least one dimension; None becomes NaN."""
    return np.atleast_1d(np.asarray(values, dtype=np.float64))


def whole(values: Numbers, name: str = "count") -> FloatArray:
    """Whole numbers of 0 or more as floats of at least one dimension, NaN where one is missing.

    Raises ValueError when a value is negative, infinite or not whole: a count that is not a count means that
    the caller mixed up its columns, and no statistic may be computed from it.
    """
    array = floats(values)
    if not bool(np.all(np.isnan(array) | (np.isfinite(array) & (array >= 0) & (array == np.floor(array))))):
        raise ValueError(f"{name} must hold whole numbers of 0 or more")
    return array


def counts(values: Numbers, name: str = "count") -> IntArray:
    """The same as whole numbers; here a missing value is refused as well."""
    array = whole(values, name)
    if bool(np.any(np.isnan(array))):
        raise ValueError(f"{name} must hold whole numbers of 0 or more")
    return array.astype(np.int64)


def numerator_and_denominator(x: Numbers, n: Numbers) -> tuple[FloatArray, FloatArray]:
    """Two count arrays of the same shape with x <= n, both NaN where either is missing; raises ValueError for x > n."""
    numerator, denominator = np.broadcast_arrays(whole(x, "x"), whole(n, "n"))
    if bool(np.any(numerator > denominator)):
        raise ValueError("x must not exceed n")
    missing = np.isnan(numerator) | np.isnan(denominator)
    return np.where(missing, np.nan, numerator), np.where(missing, np.nan, denominator)


def ratio(x: Any, n: Any) -> FloatArray:
    """x / n with NaN where n is 0: nobody in the population is no data, not 0 %."""
    top, bottom = np.broadcast_arrays(floats(x), floats(n))
    share: FloatArray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return share


def mean_of_known(values: FloatArray) -> float:
    """Mean of the values that are there; NaN for none, without NumPy's warning."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
