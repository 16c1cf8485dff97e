"""Each clock of the programmes with a fixed date, and against a count day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accreditation.clocks import Clock, Span, Stand, due, due_day, state_at
from accreditation.programmes import kind, kinds
from kip.core.workdays import COPENHAGEN, is_working_day, local_day

DAYS = st.dates(date(2022, 1, 1), date(2032, 12, 31))
SPANS = st.one_of(
    st.builds(Span, months=st.integers(1, 36)),
    st.builds(Span, days=st.integers(0, 90)),
    st.builds(Span, working_days=st.integers(1, 30)),
)
CLOCKS = st.builds(
    Clock,
    name=st.just("any"),
    starts=st.just("announced"),
    stops=st.just("published"),
    span=SPANS,
    counts=st.sampled_from(["after", "before"]),
    soon=st.none() | SPANS,
    escalate=st.none() | SPANS,
    basis=st.just("K"),
    source=st.just("test"),
)


@pytest.mark.parametrize(
    ("code", "name", "profession", "start", "expected"),
    [
        ("full_survey", "notice", "general_practice", date(2026, 11, 23), date(2027, 11, 23)),
        ("full_survey", "notice", "specialist_practice", date(2026, 11, 23), date(2027, 5, 23)),
        ("full_survey", "notice", "psychology", date(2026, 11, 23), date(2027, 4, 23)),
        ("full_survey", "notice", "podiatry", date(2026, 11, 23), date(2027, 5, 23)),
        ("focused_revisit", "notice", "general_practice", date(2026, 11, 23), date(2026, 12, 23)),
        ("full_survey", "new_owner", "specialist_practice", date(2026, 11, 23), date(2027, 11, 23)),
        ("full_survey", "dispensation", "general_practice", date(2026, 11, 23), date(2026, 12, 23)),
        ("full_survey", "dispensation", "general_practice", date(2026, 11, 24), date(2026, 12, 28)),  # Christmas Eve moves
        ("full_survey", "documents", "general_practice", date(2027, 3, 15), date(2027, 3, 8)),
        ("full_survey", "call", "general_practice", date(2027, 3, 15), date(2027, 3, 1)),
        ("full_survey", "rating", "general_practice", date(2027, 3, 15), date(2027, 3, 15)),
        ("full_survey", "report", "general_practice", date(2027, 3, 15), date(2027, 3, 23)),
        ("peer_visit", "report", "general_practice", date(2027, 3, 1), date(2027, 3, 15)),
        ("full_survey", "hearing", "general_practice", date(2027, 3, 22), date(2027, 4, 1)),  # Easter is in between
        ("full_survey", "follow_up", "general_practice", date(2026, 11, 23), date(2027, 5, 24)),  # a Sunday moves
        ("supervision_follow_up", "follow_up", "dentistry", date(2026, 11, 23), date(2027, 2, 23)),
        ("full_survey", "critical_message", "general_practice", date(2026, 11, 21), date(2026, 11, 21)),
        ("full_survey", "critical_action", "general_practice", date(2026, 11, 20), date(2026, 11, 24)),
        ("full_survey", "publication", "general_practice", date(2026, 12, 22), date(2027, 1, 4)),
        ("full_survey", "renewal", "general_practice", date(2030, 2, 28), date(2029, 2, 28)),
    ],
)
def test_each_clock_with_a_fixed_date(code: str, name: str, profession: str, start: date, expected: date) -> None:
    clock = kind(code).clock(name, profession)
    assert due_day(clock, start) == expected
    moment = due(clock, start)
    assert (local_day(moment), moment.tzinfo) == (expected, COPENHAGEN)
    assert moment.hour == (0 if clock.earliest else 23)


def test_the_start_is_the_danish_day_of_a_moment() -> None:
    hearing = kind("full_survey").clock("hearing")
    late = datetime(2027, 6, 6, 22, 30, tzinfo=UTC)  # 0.30 on Monday the 7th in Denmark
    assert due(hearing, late) == datetime(2027, 6, 14, 23, 59, 59, 999999, tzinfo=COPENHAGEN)


@pytest.mark.parametrize(
    ("now", "state", "left"),
    [
        (datetime(2027, 3, 22, 12, tzinfo=COPENHAGEN), "running", 5),
        (datetime(2027, 3, 29, 23, 59, tzinfo=COPENHAGEN), "running", 3),
        (datetime(2027, 3, 30, 0, 0, tzinfo=COPENHAGEN), "soon", 2),
        (datetime(2027, 4, 1, 23, 59, 59, tzinfo=COPENHAGEN), "soon", 0),
        (datetime(2027, 4, 2, 0, 0, tzinfo=COPENHAGEN), "overdue", -1),
        (datetime(2027, 4, 8, 23, 59, tzinfo=COPENHAGEN), "overdue", -5),
        (datetime(2027, 4, 9, 0, 0, tzinfo=COPENHAGEN), "escalate", -6),
    ],
)
def test_a_hearing_goes_from_running_to_escalated(now: datetime, state: str, left: int) -> None:
    hearing = kind("full_survey").clock("hearing")
    # Opened on Monday 22 March 2027; Easter takes the 25th, 26th and 29th, so the last day is Thursday 1 April.
    found = state_at(hearing, date(2027, 3, 22), now)
    assert (found.state, found.working_days_left) == (Stand(state), left)


def test_the_first_day_a_visit_may_be_held() -> None:
    notice = kind("full_survey").clock("notice", "psychology")
    start = date(2026, 11, 23)
    assert state_at(notice, start, datetime(2027, 4, 22, 23, 59, tzinfo=COPENHAGEN)).state is Stand.RUNNING
    assert state_at(notice, start, datetime(2027, 4, 23, 0, 0, tzinfo=COPENHAGEN)).state is Stand.OPEN


def naive_day(clock: Clock, start: date) -> date:
    """The due day, walking one day at a time."""
    step = timedelta(days=1 if clock.counts == "after" else -1)
    day = start
    if clock.span.months is not None:
        passed = 0
        while passed < clock.span.months:
            month = day.month
            while day.month == month:
                day += step
            passed += 1
        day = day.replace(day=1)
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return day.replace(day=min(start.day, last.day))
    left = clock.span.days if clock.span.days is not None else clock.span.working_days or 0
    while left:
        day += step
        left -= clock.span.days is not None or is_working_day(day)
    return day


@given(CLOCKS, DAYS)
def test_the_due_day_agrees_with_a_count_day_by_day(clock: Clock, start: date) -> None:
    assert due_day(clock, start) == naive_day(clock, start)


@given(CLOCKS, DAYS)
def test_a_rolled_deadline_is_the_first_working_day_from_the_due_day(clock: Clock, start: date) -> None:
    after = clock.model_copy(update={"counts": "after"})
    day = due_day(after, start)
    while not is_working_day(day):
        day += timedelta(days=1)
    assert due_day(after.model_copy(update={"roll": True}), start) == day


@given(CLOCKS, DAYS, st.lists(st.integers(-20000, 20000), min_size=2, max_size=6))
def test_a_clock_never_goes_back(clock: Clock, start: date, minutes: list[int]) -> None:
    moment = due(clock, start)
    order = [Stand.RUNNING, Stand.SOON, Stand.OVERDUE, Stand.ESCALATE]
    states = [state_at(clock, start, moment + timedelta(minutes=offset)) for offset in sorted(minutes)]
    assert [order.index(found.state) for found in states] == sorted(order.index(found.state) for found in states)
    for offset, found in zip(sorted(minutes), states, strict=True):
        assert (found.state in (Stand.OVERDUE, Stand.ESCALATE)) == (offset > 0)
        assert found.soon_from is None or found.soon_from <= found.due
        assert found.escalate_from is None or found.escalate_from > found.due


@given(DAYS, st.sampled_from([(code, name) for code, one in kinds().items() for name in one.clocks]))
def test_no_shipped_clock_is_due_before_its_start_or_the_other_way_round(start: date, which: tuple[str, str]) -> None:
    for clock in kind(which[0]).clocks[which[1]].values():
        assert (due_day(clock, start) >= start) == (clock.counts == "after" or due_day(clock, start) == start)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "a span is months, days or working_days: exactly one of them"),
        ({"days": 1, "months": 1}, "a span is months, days or working_days: exactly one of them"),
    ],
)
def test_a_span_has_one_unit(fields: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Span(**fields)
