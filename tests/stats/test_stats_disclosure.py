"""The disclosure gate: attackers who know the rules, the totals and every shown cell learn no hidden count."""

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kip.stats import disclosure
from kip.stats.disclosure import Rule

RULE = Rule()
cells = st.lists(st.integers(0, 60) | st.integers(0, 6), min_size=1, max_size=8)


def view(row):
    return tuple(None if np.isnan(v) else int(v) for v in row)


@pytest.mark.parametrize(("width", "top"), [(2, 40), (3, 24), (4, 15)])
def test_exhaustive_attack_on_rows(width, top):
    """Every row gives a publication; whoever sees it and knows the algorithm must be left with a choice.

    Rows up to `top` are alternatives; rows up to top - 6 are attacked, so that the edge of the list of rows
    does not rule out alternatives that exist.
    """
    rows = np.asarray(list(itertools.product(range(top + 1), repeat=width)))
    published = disclosure.publish_row(rows)
    origins = defaultdict(list)
    for row, shown, total in zip(rows.tolist(), published.cells, published.total, strict=True):
        origins[(*view(shown), view([total]))].append(row)
    for key, possible in origins.items():
        if min(max(row) for row in possible) > top - 6:
            continue
        for place in range(width):
            if key[place] is None:
                assert len({row[place] for row in possible}) >= 2, (key, possible)


@settings(max_examples=300)
@given(cells)
def test_linear_attack_leaves_every_small_value_possible(row):
    """Bounds from total and shown cells, even if all were exact: each hidden cell can still be 1..threshold."""
    number = np.asarray([row])
    hidden, total_hidden = disclosure.secondary(number, disclosure.small(number))
    if total_hidden[0] or not hidden.any():
        return
    rest = sum(row) - sum(v for v, h in zip(row, hidden[0], strict=True) if not h)
    others = int(hidden.sum()) - 1
    assert others >= 1
    assert rest - others >= 5


@settings(max_examples=300)
@given(cells)
def test_what_is_shown_is_rounded_and_never_small(row):
    published = disclosure.publish_row(row)
    for true, shown in zip(row, published.cells[0], strict=True):
        if not np.isnan(shown):
            assert shown % 5 == 0
            assert abs(shown - true) <= 2
            assert true == 0 or true >= 5
    assert np.isnan(published.total[0]) or published.total[0] % 5 == 0


units = st.lists(st.integers(0, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=9)


@settings(max_examples=300)
@given(units)
def test_no_margin_of_a_region_gives_a_hidden_clinic_away(rows):
    x, n = np.asarray([[a for a, _ in rows]]), np.asarray([[b for _, b in rows]])
    found = disclosure.publish_parts(x, n)
    shown_x, shown_n = ~np.isnan(found.cells.x[0]), ~np.isnan(found.cells.n[0])
    assert not bool(np.any(shown_x & ~shown_n))
    assert not bool(np.any(shown_x & disclosure.primary(x, n)[0]))
    for margin, shown, total in (
        (x[0], shown_x, found.total.x),
        ((n - x)[0], shown_x, found.total.x),
        (n[0], shown_n, found.total.n),
    ):
        hidden = margin[~shown]
        if hidden.size and hidden.sum() and not np.isnan(total[0]):
            assert hidden.size >= 2
            assert hidden.sum() - (hidden.size - 1) >= 5


@settings(max_examples=200)
@given(units)
def test_single_cells(rows):
    x, n = [a for a, _ in rows], [b for _, b in rows]
    found = disclosure.publish(x, n)
    for i, (a, b) in enumerate(rows):
        if found.state[i] == "shown":
            assert b >= 10
            assert a == 0 or a >= 5
            assert b - a == 0 or b - a >= 5
            assert float(found.value[i]) == float(found.x[i]) / float(found.n[i])
        else:
            assert np.isnan([found.x[i], found.value[i], found.lower[i], found.upper[i]]).all() or b == 0
        if 0 < b < 5:
            assert np.isnan(found.n[i])


def test_golden_states():
    x, n = [3, 0, 12, 5, 38, 0, 0, 2], [40, 40, 43, 9, 40, 0, 4, 12]
    found = disclosure.publish(x, n)
    words = ["suppressed", "shown", "shown", "too_few", "suppressed", "no_data", "suppressed", "suppressed"]
    assert found.state.tolist() == words
    assert view(found.n) == (40, 40, 45, 10, 40, 0, None, 10)
    assert view(found.x) == (None, 0, 10, None, None, None if np.isnan(found.x[5]) else 0, None, None)


def test_own_practice_sees_everything_about_itself():
    found = disclosure.publish([3, 3], [7, 7], own=[True, False])
    assert found.state.tolist() == ["shown", "too_few"]
    assert (float(found.x[0]), float(found.n[0])) == (3.0, 7.0)
    assert np.isnan(found.x[1])


def test_few_or_dominant_practices_close_a_regional_cell():
    found = disclosure.publish([50, 50, 50], [100, 100, 100], units=[2, 3, 8], largest=[60, 60, 90])
    assert found.state.tolist() == ["suppressed", "shown", "suppressed"]
    assert np.isnan(found.n).tolist() == [True, False, True]


def test_exact_numerator_is_not_unique_behind_a_shown_rate():
    origins = defaultdict(set)
    for n in range(10, 60):
        found = disclosure.publish(np.arange(n + 1), n)
        for x in range(n + 1):
            if found.state[x] == "shown" and 0 < x < n:
                origins[(float(found.x[x]), float(found.n[x]))].add((x, n))
    assert min(len(pairs) for pairs in origins.values()) >= 2


def test_neighbouring_releases_differ_by_multiples_of_five():
    first, second = disclosure.publish([20], [61]), disclosure.publish([21], [63])
    assert float(second.x[0] - first.x[0]) % 5 == 0
    assert float(second.n[0] - first.n[0]) % 5 == 0


def test_rates_of_events_have_no_complement():
    assert disclosure.publish([38], [40], kind="rate").state.tolist() == ["shown"]
    assert disclosure.publish([38], [40]).state.tolist() == ["suppressed"]


def test_a_region_may_be_stricter_but_not_laxer():
    assert disclosure.publish([6], [40], rule=Rule(threshold=7)).state.tolist() == ["suppressed"]
    with pytest.raises(ValueError, match="3 or more"):
        Rule(threshold=2)


def test_hidden_total_when_nothing_is_left_to_hide():
    found = disclosure.publish_row([[3, 0, 0], [2, 2, 0], [3, 12, 40]])
    assert [view(row) for row in found.cells] == [(None, 0, 0), (None, None, 0), (None, None, 40)]
    assert view(found.total) == (None, None, 55)


moving = st.lists(st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=12)


@settings(max_examples=300)
@given(moving)
def test_releases_differ_by_nothing_or_by_enough_persons(steps):
    """A clinic over several releases: whoever keeps the old numbers never sees a step of 1..4 persons."""
    x, n = steps[0]
    shown = disclosure.Counts(np.asarray([x]), np.asarray([n]))
    for x, n in steps[1:]:
        now = disclosure.held(x, n, shown.x, shown.n)
        for before, after in ((shown.x, now.x), (shown.n - shown.x, now.n - now.x)):
            step = abs(int(after[0]) - int(before[0]))
            assert step == 0 or step >= 5
        assert abs(int(now.x[0]) - x) < 5
        assert abs(int(now.n[0] - now.x[0]) - (n - x)) < 5
        assert 0 <= int(now.x[0]) <= int(now.n[0])
        shown = now


def test_a_held_cell_is_hidden_by_its_true_count_as_well():
    before = disclosure.Counts(np.asarray([0, 20, 20]), np.asarray([40, 60, 60]))
    found = disclosure.publish([3, 23, 30], [40, 60, 60], previous=before)
    assert found.state.tolist() == ["suppressed", "shown", "shown"]
    assert view(found.x) == (None, 20, 30)
    own = disclosure.publish([3], [40], own=True, previous=disclosure.Counts(np.asarray([0]), np.asarray([40])))
    assert view(own.x) == (3,)
    first = disclosure.held([7], [9], [None], [None])
    assert (first.x.tolist(), first.n.tolist()) == ([7], [9])
    rate = disclosure.held([50], [12], [47], [30], kind="rate")
    assert (rate.x.tolist(), rate.n.tolist()) == ([47], [12])


def nearest_part(x: int, n: int, old: int, whole: int) -> int | None:
    """By search: the number that fits nearest to x (or to the former one), None where none fits."""
    wanted = min(n, old if abs(x - old) < RULE.threshold else x)
    fitting = [
        part
        for part in range(n + 1)
        if abs(part - old) not in range(1, RULE.threshold) and abs((n - part) - (whole - old)) not in range(1, RULE.threshold)
    ]
    return min(fitting, key=lambda part: (abs(part - wanted), part), default=None)


@given(st.integers(0, 60), st.integers(-40, 40), st.integers(0, 60), st.integers(0, 60))
def test_parts_of_a_held_whole_move_by_nothing_or_by_enough(old: int, moved: int, rest: int, x: int) -> None:
    whole = old + rest
    n = max(0, whole + (moved if abs(moved) >= RULE.threshold else 0))
    if 0 < abs(n - whole) < RULE.threshold:
        return
    found = int(disclosure.held_part([x], [n], [old], [whole], RULE)[0])
    expected = nearest_part(x, n, old, whole)
    if expected is None:
        assert n < RULE.min_denominator
    else:
        assert found == expected
