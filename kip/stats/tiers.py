"""The verdict words: tier, position and patients to gain. One place for the cut-offs, stamped METHOD."""

import numpy as np

from kip.stats.arrays import FloatArray, Numbers, TextArray, floats

METHOD = "kip-stats-2"  # stored with every result; change it when any number below or any method changes
SIGNAL_Q, SIGNAL_P, ATTENTION_P, INFORMATION_P = 0.05, 0.002, 0.002, 0.05
TIERS = ("insufficient", "as_expected", "information", "attention", "signal")


def tier(n: Numbers, min_n: Numbers, p: Numbers, q: Numbers, p_adjusted: Numbers) -> TextArray:
    """Tier of each practice x indicator.

    n < min_n: insufficient. q < 0.05 and p_adjusted < 0.002: signal. p < 0.002: attention. p < 0.05:
    information. Else as_expected. "" where there are patients enough but nothing to compare with (p is
    NaN).
    """
    size, least, raw, found, adjusted = np.broadcast_arrays(floats(n), floats(min_n), floats(p), floats(q), floats(p_adjusted))
    conditions = [
        size < least,
        np.isnan(raw),
        (found < SIGNAL_Q) & (adjusted < SIGNAL_P),
        raw < ATTENTION_P,
        raw < INFORMATION_P,
    ]
    names = ["insufficient", "", "signal", "attention", "information"]
    return np.select(conditions, names, default="as_expected")


def position(value: Numbers, expected: Numbers, direction: TextArray | str) -> TextArray:
    """better, worse or "" (equal or unknown). direction: higher, lower or neutral (better = above)."""
    own, peers, way = np.broadcast_arrays(floats(value), floats(expected), np.atleast_1d(direction))
    gap = np.where(way == "lower", peers - own, own - peers)
    return np.where(gap > 0, "better", np.where(gap < 0, "worse", ""))


def gain(n: Numbers, shrunken: Numbers, median: Numbers, direction: TextArray | str) -> FloatArray:
    """Patients gained if the practice moved to the median: max(0, n * (median - shrunken value)).

    The sign turns for direction lower; neutral has nothing to gain. NaN (unknown median) becomes 0.
    """
    size, own, middle, way = np.broadcast_arrays(floats(n), floats(shrunken), floats(median), np.atleast_1d(direction))
    step = np.where(way == "lower", own - middle, middle - own)
    return np.where(way == "neutral", 0.0, np.nan_to_num(np.maximum(0.0, size * step), nan=0.0))
