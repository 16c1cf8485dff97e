"""When there will be enough patients: a promise only where the number really grows."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacapture.queries.growth import FURTHEST, enough_on

SEPTEMBER = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("counts", "min_n", "due"),
    [
        ([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], 30, date(2027, 7, 30)),  # one a month: ten months to go
        ([8, 10, 12, 14, 16, 18, 20], 30, date(2027, 2, 28)),  # two a month: five months to go
        ([20] * 13, 30, None),  # stands still
        ([20, 18, 16, 14, 12, 10, 8], 30, None),  # shrinks
        ([8, 20, 8, 20, 8, 20, 9], 30, None),  # only wavers
        ([8, 10, 12], 30, None),  # too short a time
        ([28, 30, 31, 32, 33, 34, 35], 30, None),  # there are enough already
        ([5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9], 90, None),  # years away
    ],
)
def test_the_promise_follows_the_growth(counts: list[int], min_n: int, due: date | None) -> None:
    assert enough_on(counts, min_n, SEPTEMBER) == due


@given(st.lists(st.integers(0, 60), max_size=24), st.integers(1, 60))
def test_a_promise_lies_ahead_and_within_reach(counts: list[int], min_n: int) -> None:
    due = enough_on(counts, min_n, SEPTEMBER)
    if due is not None:
        months = (due.year - SEPTEMBER.year) * 12 + due.month - SEPTEMBER.month
        assert 1 <= months <= FURTHEST
        assert counts[-1] < min_n


@given(st.integers(0, 20), st.integers(1, 5), st.integers(30, 60))
def test_steady_growth_reaches_the_number_in_the_month_promised(start: int, step: int, min_n: int) -> None:
    counts = [start + step * month for month in range(13)]
    due = enough_on(counts, min_n, SEPTEMBER)
    needed = -(-(min_n - counts[-1]) // step)
    if counts[-1] >= min_n or needed > FURTHEST:
        assert due is None
    else:
        assert due is not None
        assert (due.year - 2026) * 12 + due.month - 9 == needed
