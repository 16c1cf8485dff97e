"""Window bounds of the clause grammar: ``start-12m+1d``, ``index+30d``, ``-inf``.

Months and years are calendar months and years, clipped to the last day of a shorter month, applied left to right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kip.core.workdays import add_months
from kip.core.yaml_source import gettext_noop as _
from kip.core.yaml_source import refusal

PERIOD_ANCHORS = frozenset({"start", "end"})
INDEX_ANCHORS = frozenset({"index", "index_end"})
ANCHORS = _("The anchors are start, end, index, index_end and birth; the steps are days (d), months (m) and years (y).")
_BOUND = re.compile(r"(start|end|index_end|index|birth)((?:[+-]\d{1,5}[dmy])*)")
_STEP = re.compile(r"([+-]\d+)([dmy])")
_DAYS = {"d": 1, "m": 30.4375, "y": 365.25}
FURTHEST_YEARS = 150  # longer than a life, and far inside the calendar
LONGEST_PERIOD = 600  # months
_PERIOD = re.compile(r"(\d{1,3})(m|y)")


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a window: an anchor and steps of (amount, unit), unit one of d, m, y."""

    anchor: str
    steps: tuple[tuple[int, str], ...] = ()

    @property
    def open(self) -> bool:
        """True for -inf and +inf."""
        return self.anchor in ("-inf", "+inf")

    def __str__(self) -> str:
        return self.anchor + "".join(f"{amount:+d}{unit}" for amount, unit in self.steps)


def parse_bound(text: object) -> Bound:
    """Bound of a text; raises ValueError with one sentence when it is not one."""
    if isinstance(text, Bound):
        return text
    if isinstance(text, Mapping):  # as a stored version holds it
        try:
            steps = "".join(f"{int(amount):+d}{unit}" for amount, unit in text.get("steps", ()))
            text = f"{text['anchor']}{steps}"
        except (KeyError, TypeError, ValueError) as error:
            raise refusal(_("'%(text)s' is not a bound: write an anchor and steps, for example end-12m+1d"), text=text) from error
    if text in ("-inf", "+inf"):
        return Bound(str(text))
    match = _BOUND.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise refusal(_("'%(text)s' is not a bound: write an anchor and steps, for example end-12m+1d"), ANCHORS, text=text)
    steps = tuple((int(amount), unit) for amount, unit in _STEP.findall(match[2]))
    if sum(abs(amount) * _DAYS[unit] for amount, unit in steps) > FURTHEST_YEARS * _DAYS["y"]:
        raise refusal(_("'%(text)s' reaches more than %(years)s years from its anchor"), text=text, years=FURTHEST_YEARS)
    return Bound(match[1], steps)


def parse_period(text: object) -> int:
    """Whole months of a rolling period such as 12m or 1y; raises ValueError with one sentence."""
    if isinstance(text, int) and not isinstance(text, bool) and 0 < text <= LONGEST_PERIOD:  # as a stored version holds it
        return text
    match = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    months = int(match[1]) * (12 if match[2] == "y" else 1) if match else 0
    if not 1 <= months <= LONGEST_PERIOD:
        raise refusal(_("'%(text)s' is not a period: write a whole number of months or years, for example 12m"), text=text)
    return months


def shift(day: date, steps: tuple[tuple[int, str], ...]) -> date:
    """The day after all steps, left to right."""
    for amount, unit in steps:
        if unit == "d":
            day += timedelta(days=amount)
        else:
            day = add_months(day, amount * (12 if unit == "y" else 1))
    return day


def period_start(month_end: date, period_months: int) -> date:
    """First day of the rolling period that ends on month_end."""
    return add_months(month_end + timedelta(days=1), -period_months)


def resolve(bound: Bound, month_end: date, period_months: int, first_day: date | None = None) -> date:
    """The day a period-anchored bound falls on for one month end; first_day replaces the rolling period's own start."""
    day = month_end if bound.anchor == "end" else first_day or period_start(month_end, period_months)
    return shift(day, bound.steps)


def never_open(first: Bound, last: Bound, period_months: int) -> bool:
    """True when the window is empty for every month end, as far as the two bounds can be compared (index <= index_end)."""
    if first.anchor == "+inf" or last.anchor == "-inf":
        return True
    if first.open or last.open:
        return False
    month_ends = [add_months(date(2020, 1, 1), month) - timedelta(days=1) for month in range(1, 49)]
    if {first.anchor, last.anchor} <= PERIOD_ANCHORS:
        pairs = [(resolve(first, day, period_months), resolve(last, day, period_months)) for day in month_ends]
    elif first.anchor == last.anchor or (first.anchor, last.anchor) == ("index_end", "index"):
        pairs = [(shift(day, first.steps), shift(day, last.steps)) for day in month_ends]
    else:
        return False
    return all(low > high for low, high in pairs)
