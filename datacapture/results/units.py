"""When a measured value, or a whole run of them, is most likely given in another unit than it says.

Bounds are the values a living patient can have, set wide on purpose: own proposal from common clinical knowledge, to be
reviewed with the definitions. The factors that real mistakes have are far larger than five: 1,000 (the change of urine
units in North Denmark, September 2022), 88 (creatinine), 39 (cholesterol), 8.8 (urine mg/mmol for mg/g), 7 (HbA1c).
"""

import math
from typing import NamedTuple

FACTOR = 5.0
STANDARD_ERRORS = 4.0
# The standard error of a median is 1.2533 times that of a mean (normal values); logs of measurements are nearly normal.
MEDIAN_TO_MEAN = 1.2533
QUARTILES_TO_SD = 1.349
LEAST_SPREAD = 0.05
LEAST_HISTORY = 20
LEAST_WITHOUT_HISTORY = 3


class Bounds(NamedTuple):
    """Lowest and highest plausible value, in the unit of the code set."""

    low: float
    high: float


PLAUSIBLE = {
    "lab_hba1c": Bounds(15, 200),
    "lab_ldl": Bounds(0.1, 20),
    "lab_kolesterol": Bounds(0.5, 30),
    "lab_uacr": Bounds(0, 20_000),
    "lab_egfr": Bounds(1, 200),
    "lab_kreatinin": Bounds(10, 2_500),
    "lab_crp": Bounds(0, 700),
    "obs_sbp": Bounds(50, 300),
    "obs_dbp": Bounds(20, 200),
    "obs_bmi": Bounds(8, 100),
    "obs_vaegt": Bounds(1, 400),
    "prom_phq9": Bounds(0, 27),
    "prom_gad7": Bounds(0, 21),
    "prom_psfs": Bounds(0, 10),
    "prom_smerte": Bounds(0, 10),
}


class History(NamedTuple):
    """Earlier values of one code as base-10 logarithms: how many, median, and the distance between the quartiles."""

    n: int
    median: float
    quartiles: float


def spread(history: History) -> float:
    """Standard deviation of the logarithms, from the quartiles so that a run of wrong values does not widen it."""
    return max(history.quartiles / QUARTILES_TO_SD, LEAST_SPREAD)


def shifted(n: int, median: float, history: History) -> bool:
    """True when the median (base-10 logarithm) of n new values lies a unit's factor from the history.

    The distance must be five times or more, and more than chance gives to a median of so few values: one single value
    a thousand times too large is found, one that is six times the usual is not.
    """
    if n < 1 or history.n < LEAST_HISTORY:
        return False
    chance = STANDARD_ERRORS * MEDIAN_TO_MEAN * spread(history) / math.sqrt(n)
    return abs(median - history.median) >= max(math.log10(FACTOR), chance)


def implausible(n: int, median: float, bounds: Bounds) -> bool:
    """True when the median (base-10 logarithm) of at least three values is no value a patient can have."""
    return n >= LEAST_WITHOUT_HISTORY and not bounds.low <= 10.0**median <= bounds.high
