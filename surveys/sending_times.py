"""When mail about a questionnaire may go out, and when a campaign ends. All in Danish time."""

from __future__ import annotations

import datetime as dt

from kip.core.workdays import COPENHAGEN, is_working_day

TUESDAY, THURSDAY = 1, 3
HOURS = ((dt.time(9), dt.time(11)), (dt.time(17), dt.time(19)))
REMINDERS = (7, 14)  # days after the invitation; there are never more than these
OPEN_DAYS = 28


def closes_at(last_day: dt.date) -> dt.datetime:
    """The last second of a campaign's last day, aware."""
    return dt.datetime.combine(last_day, dt.time(23, 59, 59), tzinfo=COPENHAGEN)


def may_send(moment: dt.datetime) -> bool:
    """Tuesday to Thursday 9-11 or 17-19, never on a public holiday. Raises ValueError for a moment without time zone."""
    if moment.tzinfo is None:
        raise ValueError("the moment must know its time zone")
    local = moment.astimezone(COPENHAGEN)
    return _is_sending_day(local.date()) and any(first <= local.time() < last for first, last in HOURS)


def next_sending(moment: dt.datetime) -> dt.datetime:
    """The moment itself where mail may go out then, else the beginning of the next hours; in Danish time."""
    local = moment.astimezone(COPENHAGEN)
    if may_send(moment):
        return local
    day = local.date()
    while True:
        starts = (dt.datetime.combine(day, first, tzinfo=COPENHAGEN) for first, _last in HOURS)
        later = [start for start in starts if start > local]
        if later and _is_sending_day(day):
            return later[0]
        day += dt.timedelta(days=1)


def _is_sending_day(day: dt.date) -> bool:
    return TUESDAY <= day.weekday() <= THURSDAY and is_working_day(day)
