"""The facts of the demo country and the calendar every part of the generator shares.

Days are whole numbers: days since 1970-01-01. Source of every figure: demo_country.yaml beside this file.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

FACTS_FILE = Path(__file__).with_name("demo_country.yaml")

Facts = dict[str, Any]


@cache
def load_facts() -> Facts:
    """Return demo_country.yaml as nested dicts and lists. Callers must not change it (it is cached)."""
    return yaml.load(FACTS_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def day(text: str) -> int:
    """Return the day number of an ISO date."""
    return int(np.datetime64(text, "D").astype(int))


MONTHS: tuple[str, ...] = tuple(str(m) for m in np.arange("2023-10", "2026-10", dtype="datetime64[M]"))
FIRST = day("2023-10-01")
LAST = day("2026-09-30")
# Data of the release is cut here: nothing is received later (release 2026-3).
CUT_OFF = day("2026-11-15")
FIRST_DELIVERY = day("2023-10-02")
NO_DAY = -(2**31)


def month_start(index: int) -> int:
    """Return the first day of month number `index`; 0 = 2023-10. Negative and later months are allowed."""
    return int((np.datetime64(MONTHS[0], "M") + index).astype("datetime64[D]").astype(int))


MONTH_STARTS = np.array([month_start(i) for i in range(len(MONTHS) + 1)])


def month_of(days: np.ndarray) -> np.ndarray:
    """Return the month number (0-35) of each day; days outside the 36 months get the nearest month."""
    return np.clip(np.searchsorted(MONTH_STARTS, days, side="right") - 1, 0, len(MONTHS) - 1)


def years_before(days: np.ndarray | int, years: np.ndarray | float) -> np.ndarray:
    """Return the day `years` (of 365.25 days) earlier, rounded down."""
    return np.floor(np.asarray(days) - np.asarray(years) * 365.25).astype(np.int64)


def age_on(birth: np.ndarray, at: np.ndarray | int) -> np.ndarray:
    """Return age in completed calendar years of each birth day on day `at`."""
    born = np.asarray(birth).astype("datetime64[D]")
    then = np.broadcast_to(np.asarray(at, dtype=np.int64).astype("datetime64[D]"), born.shape)
    months = then.astype("datetime64[M]").astype(int) - born.astype("datetime64[M]").astype(int)
    born_dom = (born - born.astype("datetime64[M]")).astype(int)
    then_dom = (then - then.astype("datetime64[M]")).astype(int)
    return (months - (then_dom < born_dom)) // 12
