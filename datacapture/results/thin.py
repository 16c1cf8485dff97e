"""Months that hold too little to stand for a practice: one rule for the quality page, the releases and own releases."""

from collections.abc import Sequence
from statistics import median

import numpy as np

from kip.stats.arrays import BoolArray, IntArray

THIN_MONTH = 0.25
# Below this a quiet month is chance: of 20 expected events fewer than 5 come once in 60,000 months.
LEAST_MONTH = 20


def thin_months(events: Sequence[int]) -> list[bool]:
    """True for each month with less than a quarter of the usual month: the median of the months that hold anything.

    events: number of events in each of the practice's months. Nothing is thin where the usual month itself is small.
    """
    usual = median([number for number in events if number] or [0])
    return [usual >= LEAST_MONTH and number < THIN_MONTH * usual for number in events]


def windows(thin: BoolArray, period: int) -> IntArray:
    """The thin months of each window of `period` months: bit k is set when the month k before the window's end is thin.

    thin: practices x months in order, one window ends with each month; what lies before the first month is not known.
    """
    found = np.zeros(thin.shape, dtype=np.int64)
    for back in range(min(period, thin.shape[1])):
        found[:, back:] |= thin[:, : thin.shape[1] - back].astype(np.int64) << back
    return found
