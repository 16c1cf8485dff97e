"""Template filters that write numbers and dates for the active language; each takes None and gives ""."""

import datetime as dt
from typing import Any

from django import template

from kip.core import numbers, texts

register = template.Library()


@register.filter
def percent(share: numbers.Number | None, n: int | None = None) -> str:
    """{{ share|percent:n }}: share 0-1; a decimal only from n = 200."""
    return "" if share is None else numbers.percent(share, n)


@register.filter
def integer(value: numbers.Number | None) -> str:
    """{{ count|integer }}: 1.234."""
    return "" if value is None else numbers.integer(value)


@register.filter
def decimal(value: numbers.Number | None, places: int = 1) -> str:
    """{{ value|decimal:2 }}: 12,50."""
    return "" if value is None else numbers.decimal(value, places)


@register.filter
def long_date(day: dt.date | None) -> str:
    """{{ day|long_date }}: 2. november 2026."""
    return "" if day is None else numbers.long_date(day)


@register.filter
def short_date(day: dt.date | None) -> str:
    """{{ day|short_date }}: 2.11.2026, for narrow columns."""
    return "" if day is None else numbers.short_date(day)


@register.filter
def month(day: dt.date | None) -> str:
    """{{ day|month }}: marts 2026."""
    return "" if day is None else numbers.month(day)


@register.filter
def clock(moment: Any) -> str:
    """{{ moment|clock }}: 10.42; a datetime in a template context is converted to local time by the caller."""
    return "" if moment is None else numbers.clock(moment)


@register.simple_tag
def figure(value: float | None, kind: str, n: int | None = None) -> str:
    """{% figure value kind n %}: an indicator value written after its type."""
    return "" if value is None else numbers.figure(value, kind, n)


@register.simple_tag
def interval(lower: float, upper: float, n: int | None = None) -> str:
    """{% interval lower upper n %}: "Tallet ligger sandsynligvis mellem 70 % og 87 %."."""
    return texts.interval_words(lower, upper, n)


@register.simple_tag
def interval_short(lower: float, upper: float, n: int | None = None) -> str:
    """{% interval_short lower upper n %}: "sandsynligvis 70-87 %"."""
    return texts.interval_short(lower, upper, n)
