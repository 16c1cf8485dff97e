"""Numbers, dates and times written the way the reader's language writes them.

Every function returns text for the active language: Danish ("80 %", "1.234", "12,5", "2. november 2026", "10.42") or
English ("80%", "1,234", "12.5", "2 November 2026", "10:42"). Sources: EU's Danish style guide (space before %, dates),
Folketingstidende (full stop every three digits). A non-breaking space keeps a figure and its per cent sign on one line.
"""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from django.utils import dateformat
from django.utils.translation import get_language

NBSP = "\u00a0"
MINUS = "\u2212"
_DANISH_SIGNS = str.maketrans(",.", ".,")
FEW = 200  # below this many patients a decimal would promise more than the figure can carry

Number = int | float | Decimal


def danish() -> bool:
    """True when the active language is Danish, which is also the language when none is active."""
    return (get_language() or "da").startswith("da")


def decimal(value: Number, places: int = 1) -> str:
    """`value` with exactly `places` decimals, rounded half up; raises InvalidOperation for NaN and infinity."""
    exact = Decimal(str(value)).quantize(_step(places), rounding=ROUND_HALF_UP)
    sign = MINUS if exact < 0 else ""
    written = f"{abs(exact):,.{places}f}"
    if danish():
        written = written.translate(_DANISH_SIGNS)
    return sign + written


@cache
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def unbroken(words: str) -> str:
    """A figure with its unit, "392 per 1,000", that no line breaks apart, for a label in a chart."""
    return words.replace(" ", NBSP)


def integer(value: Number) -> str:
    """`value` as a whole number with thousands marked."""
    return decimal(value, 0)


def percent_figure(share: Number, n: int | None = None) -> str:
    """`share` (0-1) in per cent without the sign, for the first number of a span ("70-87 %")."""
    return decimal(Decimal(str(share)) * 100, 0 if n is None or n < FEW else 1)


def percent(share: Number, n: int | None = None) -> str:
    """`share` (0-1) in per cent; one decimal only when at least 200 patients (`n`) are behind it."""
    return percent_figure(share, n) + (f"{NBSP}%" if danish() else "%")


def points(difference: Number, n: int | None = None) -> str:
    """A difference between two shares (0-1) in percentage points, without unit."""
    return percent_figure(difference, n)


def figure(value: Number, kind: str, n: int | None = None) -> str:
    """An indicator value written after its type.

    `kind` is the type of the indicator: proportion, composite_all and mean_change (the share that changed enough) are
    shares 0-1; rate (per its own population) is written without decimals from 10 up; median_days has a decimal only
    where the median lies between two days. A gap is a difference: `points`.
    """
    if kind in {"proportion", "composite_all", "mean_change"}:
        return percent(value, n)
    if kind == "rate":
        return decimal(value, 0 if abs(float(value)) >= 10 else 1)
    return decimal(value, 0 if float(value).is_integer() else 1)


def long_date(day: dt.date) -> str:
    """ "2. november 2026" or "2 November 2026"."""
    return dateformat.format(day, "j. F Y" if danish() else "j F Y")


def short_date(day: dt.date) -> str:
    """ "2.11.2026" or "2/11/2026", for narrow table columns only."""
    return dateformat.format(day, "j.n.Y" if danish() else "j/n/Y")


def month(day: dt.date) -> str:
    """ "marts 2026" or "March 2026"."""
    return dateformat.format(day, "F Y")


def clock(moment: dt.time | dt.datetime) -> str:
    """ "10.42" or "10:42"; a datetime must already be in local time."""
    return moment.strftime("%H.%M" if danish() else "%H:%M")
