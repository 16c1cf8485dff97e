"""Danish working days and the end of a deadline's day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kip.core.workdays import (
    COPENHAGEN,
    add_months,
    add_working_days,
    end_of_day,
    is_working_day,
    local_day,
    start_of_day,
    this_or_next_working_day,
    working_days_between,
)

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 1, 1), False),
        (date(2026, 4, 1), True),  # Wednesday before Easter
        (date(2026, 4, 2), False),  # Maundy Thursday
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2023, 5, 5), False),  # Great Prayer Day, the last time
        (date(2024, 4, 26), True),  # would have been Great Prayer Day
        (date(2025, 5, 16), True),
        (date(2026, 5, 1), True),  # would have been Great Prayer Day; 1 May is a working day
        (date(2026, 5, 14), False),  # Ascension Day
        (date(2026, 5, 15), True),  # the Friday after it
        (date(2026, 5, 25), False),  # Whit Monday
        (date(2026, 6, 5), False),  # Constitution Day
        (date(2026, 12, 23), True),
        (date(2026, 12, 24), False),
        (date(2026, 12, 25), False),
        (date(2026, 12, 28), True),
        (date(2026, 12, 31), False),
        (date(2026, 11, 21), False),  # Saturday
        (date(2026, 11, 22), False),  # Sunday
        (date(2026, 11, 23), True),
    ],
)
def test_days_off(day: date, works: bool) -> None:
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (date(2026, 11, 23), 2, date(2026, 11, 25)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # Saturday
        (date(2026, 12, 22), 5, date(2027, 1, 4)),
        (date(2026, 4, 1), 1, date(2026, 4, 7)),
        (date(2026, 4, 7), -1, date(2026, 4, 1)),
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
    ],
)
def test_adding_working_days(day: date, number: int, expected: date) -> None:
    assert add_working_days(day, number) == expected


@given(DAYS, st.integers(1, 60))
def test_a_day_by_day_count_agrees(day: date, number: int) -> None:
    found, left = day, number
    while left:
        found += timedelta(days=1)
        left -= is_working_day(found)
    assert add_working_days(day, number) == found
    assert working_days_between(day, found) == number
    assert is_working_day(found)


@given(DAYS, st.integers(1, 60))
def test_back_and_forth_from_a_working_day_is_the_same_day(day: date, number: int) -> None:
    start = this_or_next_working_day(day)
    assert add_working_days(add_working_days(start, number), -number) == start


@given(DAYS, DAYS, DAYS)
def test_working_days_add_up(first: date, second: date, third: date) -> None:
    assert working_days_between(first, second) + working_days_between(second, third) == working_days_between(first, third)


@given(DAYS)
def test_the_next_working_day_is_the_nearest(day: date) -> None:
    found = this_or_next_working_day(day)
    assert is_working_day(found)
    assert [day + timedelta(days=n) for n in range((found - day).days) if is_working_day(day + timedelta(days=n))] == []


def test_months_are_clipped_to_the_shorter_month() -> None:
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert add_months(date(2027, 3, 31), -1) == date(2027, 2, 28)


def test_the_day_is_the_danish_one() -> None:
    assert local_day(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == date(2026, 7, 2)
    assert local_day(datetime(2026, 12, 1, 22, 30)) == date(2026, 12, 1)
    assert local_day(date(2026, 12, 1)) == date(2026, 12, 1)


@given(DAYS)
def test_a_day_ends_just_before_the_next_begins_also_when_the_clock_is_moved(day: date) -> None:
    gap = start_of_day(day + timedelta(days=1)).astimezone(UTC) - end_of_day(day).astimezone(UTC)
    assert gap == timedelta(microseconds=1)
    assert end_of_day(day).tzinfo is COPENHAGEN
    assert local_day(end_of_day(day)) == day
