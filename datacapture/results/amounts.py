"""Indicators whose cases hold an amount: waiting days with their median, score changes with their mean."""

import numpy as np

from datacapture.results.cube import Cube, Ints
from kip.stats.arrays import BoolArray, FloatArray, ratio
from kip.stats.intervals import median_interval


def of_days(block: Cube) -> BoolArray:
    """Lines whose value is a median number of days."""
    return np.array([spec.days for spec in block.specs], dtype=bool)


def medians(block: Cube) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median and its interval, lines x months; NaN where a line is no median of days or has no case."""
    found = [np.full(block.x.shape, np.nan) for _ in range(3)]
    mine = of_days(block)[block.amounts.line]
    if bool(mine.any()):
        cells = block.amounts.line[mine] * len(block.months) + block.amounts.month[mine]
        middle = median_interval(block.amounts.value[mine], cells)
        for target, part in zip(found, (middle.median, middle.lower, middle.upper), strict=True):
            target.ravel()[middle.groups] = part
    return found[0], found[1], found[2]


def means(block: Cube) -> FloatArray:
    """Mean score change, lines x months; NaN where a line counts no change."""
    mine = ~of_days(block)[block.amounts.line]
    place = (block.amounts.line[mine], block.amounts.month[mine])
    total, number = np.zeros(block.x.shape), np.zeros(block.x.shape)
    np.add.at(total, place, block.amounts.value[mine])
    np.add.at(number, place, 1)
    return ratio(total, number)


def above(block: Cube, level: FloatArray) -> tuple[Ints, Ints]:
    """How many of a line's days lie above its level, and how many do not lie on it: lines x months, the sign test's counts.

    level: days, one per line; NaN gives zeros.
    """
    top, size = np.zeros(block.x.shape, dtype=np.int64), np.zeros(block.x.shape, dtype=np.int64)
    given = level[block.amounts.line]
    counted = of_days(block)[block.amounts.line] & np.isfinite(given) & (block.amounts.value != given)
    place = (block.amounts.line[counted], block.amounts.month[counted])
    np.add.at(size, place, 1)
    np.add.at(top, place, (block.amounts.value > given)[counted].astype(np.int64))
    return top, size
