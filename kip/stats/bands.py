"""Percentile bands: where do the middle 80 % of the practices lie?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kip.stats.arrays import FloatArray, IntArray, Numbers, floats

MIN_UNITS = 10  # below this the 10th percentile is close to the value of one single practice
DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


class Bands(NamedTuple):
    """One entry per group, and `row` that leads each input row to its group."""

    groups: IntArray
    units: IntArray
    median: FloatArray
    p10: FloatArray
    p90: FloatArray
    row: IntArray


def bands(values: Numbers, groups: Numbers, min_units: int = MIN_UNITS) -> Bands:
    """Median, 10th and 90th percentile (R type 7) of the values of each group of comparable practices.

    Arrays of one dimension and the same length: values in the indicator's own unit (NaN = not in the band)
    and whole-number group ids. A group with fewer than min_units values gets NaN for all three.
    `result.median[result.row]` is the median for each input row.
    """
    data = floats(values)
    ids, index = np.unique(np.atleast_1d(np.asarray(groups, dtype=np.int64)), return_inverse=True)
    order = np.lexsort((data, index))  # NaN sorts last inside its group
    units = np.bincount(index[np.isfinite(data)], minlength=ids.size)
    starts = np.concatenate(([0], np.cumsum(np.bincount(index, minlength=ids.size))[:-1]))
    ordered = data[order]

    def quantile(share: float) -> FloatArray:
        place = share * np.maximum(units - 1, 0)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(units - 1, 0))
        below, above = ordered[starts + low], ordered[starts + high]
        return np.where(units >= max(min_units, 1), below + (place - low) * (above - below), np.nan)

    return Bands(ids, units, quantile(0.5), quantile(0.1), quantile(0.9), index.astype(np.int64))


def percentiles(values: Numbers, shares: Sequence[float] = DECILES, min_units: int = MIN_UNITS) -> FloatArray:
    """Quantiles (R type 7) of the practices in each period, as OpenPrescribing draws its deciles.

    values: practices x periods (or one period), NaN = not in the band. Result: shares x periods; NaN where a period has
    fewer than min_units values. KIP draws the 10th, 50th and 90th only and never names a practice's decile.
    """
    table = floats(values)
    table = table[:, None] if table.ndim == 1 else table
    ordered = np.sort(table, axis=0)  # NaN sorts last
    units = np.count_nonzero(np.isfinite(table), axis=0)
    place = np.asarray(shares, dtype=np.float64)[:, None] * np.maximum(units - 1, 0)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(units - 1, 0))
    column = np.arange(table.shape[1])
    below, above = ordered[low, column], ordered[high, column]
    return np.where(units >= max(min_units, 1), below + (place - low) * (above - below), np.nan)
