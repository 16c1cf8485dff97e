"""Days, months and working days of a deadline, in Denmark.

A working day is Monday to Friday and no public holiday. Constitution Day, Christmas Eve and New Year's Eve are counted as days
off too, because clinics and public offices are closed then (KIP's choice: whoever has the deadline gets more time, never less).
Great Prayer Day stopped being a holiday with 2024. A deadline is inclusive to the end of its day in Danish time.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo

import holidays

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
CLOSED = frozenset({(6, 5), (12, 24), (12, 31)})  # month and day


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DK", years=year))


def is_working_day(day: date) -> bool:
    """True for Monday to Friday outside the days off named above."""
    return day.weekday() < 5 and (day.month, day.day) not in CLOSED and day not in _public_holidays(day.year)


def _walk(day: date, step: int) -> Iterator[date]:
    """Working days after `day` (step 1) or before it (step -1), nearest first."""
    return (found for offset in count(1) if is_working_day(found := day + timedelta(days=step * offset)))


def add_working_days(day: date, number: int) -> date:
    """The working day `number` working days after `day` (before it when negative); the day itself is not counted.

    `day` may be a day off: one working day after a Saturday is Monday. With 0 it is `day` itself.
    """
    days = _walk(day, 1 if number > 0 else -1)
    for _ in range(abs(number)):
        day = next(days)
    return day


def working_days_between(day: date, last: date) -> int:
    """Working days after `day` up to and including `last`; negative when `last` is the earlier one."""
    if last < day:
        return -working_days_between(last, day)
    return sum(is_working_day(day + timedelta(days=offset)) for offset in range(1, (last - day).days + 1))


def this_or_next_working_day(day: date) -> date:
    """`day`, or the first working day after it when it is a day off."""
    return day if is_working_day(day) else add_working_days(day, 1)


def add_months(day: date, months: int) -> date:
    """The day a number of calendar months later, clipped to the end of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def local_day(moment: date | datetime) -> date:
    """The Danish calendar day of a moment; a datetime without a zone is read as UTC, a date is returned as it is."""
    if not isinstance(moment, datetime):
        return moment
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(COPENHAGEN).date()


def end_of_day(day: date) -> datetime:
    """The last moment of a day in Danish time, aware."""
    return datetime.combine(day, time.max, tzinfo=COPENHAGEN)


def start_of_day(day: date) -> datetime:
    """The first moment of a day in Danish time, aware."""
    return datetime.combine(day, time.min, tzinfo=COPENHAGEN)
