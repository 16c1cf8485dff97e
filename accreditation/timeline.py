"""The moment that steps are taken at: now, or for demonstration data a moment of the past."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """An aware moment."""
    return _moment.get() or timezone.now()


def today() -> date:
    """The Danish day of that moment."""
    return timezone.localdate(now())


def is_now() -> bool:
    """False within `at`: nobody is mailed of a step of the past."""
    return _moment.get() is None


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Everything within is done at this moment: events, clocks and conditions, without mails. For the demonstration country."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
