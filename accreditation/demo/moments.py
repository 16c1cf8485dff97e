"""Days and hours of the demo country's surveys."""

import datetime as dt

from kip.core.workdays import COPENHAGEN, add_months, add_working_days, this_or_next_working_day


def workdays(day: dt.date, number: int) -> dt.date:
    """The working day so many working days after (negative: before) a day; with 0 the day itself, or the next working day."""
    return add_working_days(this_or_next_working_day(day), number)


def months(day: dt.date, number: int) -> dt.date:
    return add_months(day, number)


def at_hour(day: dt.date, hour: int) -> dt.datetime:
    """An aware moment in Danish time."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=COPENHAGEN)
