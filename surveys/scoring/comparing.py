"""Is a unit different from the others? The reference never holds the unit itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kip.stats.arrays import BoolArray, FloatArray, Numbers, TextArray, ratio
from kip.stats.differences import score_difference
from kip.stats.intervals import newcombe
from kip.stats.multiple import benjamini_hochberg

FALSE_DISCOVERIES = 0.05
OVER, UNDER, LIKE = "O", "U", "G"


class Compared(NamedTuple):
    """One entry per unit or item. difference with its interval as fractions; flag: O over, U under, G not different;
    found: still different when all flags of the list are judged together (false discovery rate 5 %)."""

    difference: FloatArray
    lower: FloatArray
    upper: FloatArray
    flag: TextArray
    p: FloatArray
    found: BoolArray


def compare(x: Numbers, n: Numbers, rest_x: Numbers, rest_n: Numbers) -> Compared:
    """Positive answers x of n against those of everybody else. NaN and G where either is empty. Source: Newcombe 1998."""
    limits = newcombe(x, n, rest_x, rest_n)
    difference = ratio(x, n) - ratio(rest_x, rest_n)
    p = score_difference(x, n, rest_x, rest_n).p
    flag = np.where(limits.lower > 0, OVER, np.where(limits.upper < 0, UNDER, LIKE))
    return Compared(difference, limits.lower, limits.upper, flag, p, benjamini_hochberg(p) <= FALSE_DISCOVERIES)
