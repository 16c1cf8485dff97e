"""The disclosure gate of pathways, attacked with everything that is shown before the rounding."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from datacapture.pathways.definitions import Pathway, pathways
from datacapture.pathways.following import Flow, Followed, Own, Wait
from datacapture.pathways.publishing import hidden, hold, publish_flows, publish_own
from kip.stats.disclosure import Rule

RULE = Rule()
CHAIN, FAN = pathways()["low_back"], pathways()["diabetes"]


@st.composite
def countries(draw: st.DrawFn) -> tuple[Pathway, list[Flow]]:
    """One to six regions with small and large numbers on every step."""
    pathway = draw(st.sampled_from([CHAIN, FAN]))
    size = st.one_of(st.integers(0, 12), st.integers(0, 80))
    flows = []
    for region in range(1, draw(st.integers(1, 6)) + 1):
        counts: list[int] = []
        for place in range(len(pathway.steps)):
            n = counts[pathway.anchor(place)] if place else draw(size)
            x = n if place == 0 else min(n, n - draw(size) if draw(st.booleans()) and n > 4 else draw(size))
            counts.append(max(x, 0))
            flows.append(Flow(region, place, n, counts[-1], min(counts[-1], draw(size)), Wait(10.0, 20.0, 8.0, 12.0)))
    return pathway, flows


def tables(pathway: Pathway, flows: list[Flow]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shape = (len(pathway.steps), max(flow.region_id for flow in flows))
    n, x, timely = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for flow in flows:
        at = (flow.step, flow.region_id - 1)
        n[at], x[at], timely[at] = flow.n, flow.x, flow.timely
    return n, x, timely


@settings(max_examples=300, deadline=None)
@given(countries())
def test_no_hidden_group_can_be_narrowed_to_a_few_persons(case: tuple[Pathway, list[Flow]]) -> None:
    """The reader knows every shown number exactly and subtracts: regions from the country, steps from each other."""
    pathway, flows = case
    n, x, timely = tables(pathway, flows)
    masks = hidden(pathway, n, x, timely, RULE)
    for place in range(1, x.shape[0]):
        base = masks.taken[pathway.anchor(place)]
        assert not (base & ~masks.taken[place]).any(), "what is counted from a hidden step is hidden"
        attack(x[place], masks.taken[place], n[place])
        attack(n[place] - x[place], masks.taken[place], n[place])
        attack(timely[place], masks.timely[place], x[place])
        attack(x[place] - timely[place], masks.timely[place], x[place])
    attack(x[0], masks.taken[0], x[0])


def attack(parts: np.ndarray, mask: np.ndarray, size: np.ndarray) -> None:
    """No shown part or total is 1-4, and the hidden ones of regions with anybody keep room for 1 to 5 persons each."""
    whole = np.append(parts, parts.sum())
    shown = whole[~mask]
    assert not ((shown > 0) & (shown < RULE.threshold)).any()
    lost = parts[mask[:-1] & (size > 0)]
    if mask[-1] or not len(lost) or not lost.any():
        return
    spare = lost.sum() - (len(lost) - 1)
    assert len(lost) >= 2
    assert spare >= RULE.threshold


@settings(max_examples=200, deadline=None)
@given(countries())
def test_what_is_published_is_rounded_and_fits_together(case: tuple[Pathway, list[Flow]]) -> None:
    pathway, flows = case
    rows = publish_flows(pathway, Followed(flows, [], {}), RULE)
    by_place = {(row.region_id, row.step): row for row in rows}
    for row in rows:
        assert all(number is None or number % 5 == 0 for number in (row.n, row.x, row.timely))
        if row.x is None:
            assert (row.timely, row.share, row.median, row.p90) == (None,) * 4
        if row.step:
            assert row.n == by_place[row.region_id, pathway.anchor(row.step)].x
        if row.share is not None and row.lower is not None and row.upper is not None:
            assert 0 <= row.lower <= row.share <= row.upper <= 1
        if row.p90 is not None:
            assert row.x is not None
            assert row.x >= 50


@st.composite
def two_releases(draw: st.DrawFn) -> tuple[Pathway, list[Flow], list[Flow]]:
    """A country, and the same one after some persons came, went, or took another step."""
    pathway, first = draw(countries())
    second: list[Flow] = []
    for flow in first:
        anchor = next((item for item in second if (item.region_id, item.step) == (flow.region_id, _base(pathway, flow))), None)
        n = anchor.x if anchor else max(0, flow.n + draw(st.integers(-12, 12)))
        x = n if anchor is None else min(n, max(0, flow.x + draw(st.integers(-12, 12))))
        second.append(Flow(flow.region_id, flow.step, n, x, min(x, max(0, flow.timely + draw(st.integers(-6, 6))))))
    return pathway, first, second


def _base(pathway: Pathway, flow: Flow) -> int:
    return pathway.anchor(flow.step) if flow.step else -1


@settings(max_examples=300, deadline=None)
@given(two_releases())
def test_two_releases_differ_by_nobody_or_by_enough(case: tuple[Pathway, list[Flow], list[Flow]]) -> None:
    """Of what both show: who took a step, who did not, who in time and who late."""
    pathway, first, second = case
    let_out = hold(pathway, first, {}, RULE)
    told = {(row.region_id, row.step): row for row in publish_flows(pathway, Followed(first, [], {}), RULE, let_out)}
    before = {(item.region_id, item.step): (item.x, item.timely) for item in let_out}
    assert before == {(flow.region_id, flow.step): (flow.x, min(flow.timely, flow.x) if flow.step else flow.x) for flow in first}
    kept = hold(pathway, second, before, RULE)
    after = {(item.region_id, item.step): (item.x, item.timely) for item in kept}
    shown = {(row.region_id, row.step): row for row in publish_flows(pathway, Followed(second, [], {}), RULE, kept)}
    for (region, step), (x, timely) in after.items():
        if not step or shown[region, step].x is None or told[region, step].x is None:
            continue
        base = (region, pathway.anchor(step))
        moves = [x - before[region, step][0], (after[base][0] - x) - (before[base][0] - before[region, step][0])]
        if shown[region, step].timely is not None and told[region, step].timely is not None:
            late = (x - timely) - (before[region, step][0] - before[region, step][1])
            moves += [timely - before[region, step][1], late]
        assert not {abs(move) for move in moves} & set(range(1, RULE.threshold)), (region, step)
        assert timely <= x <= after[base][0]


def test_one_small_region_takes_another_with_it_and_all_that_follows() -> None:
    counts = {1: (100, 40, 20), 2: (100, 3, 3), 3: (100, 50, 25)}
    flows = [
        Flow(region, step, taken[max(step - 1, 0)], taken[step], taken[step] // 2, Wait(9, 30))
        for region, taken in counts.items()
        for step in range(3)
    ]
    rows = {(row.region_id, row.step): row for row in publish_flows(CHAIN, Followed(flows, [], {}), RULE)}
    assert [rows[region, 1].x for region in (1, 2, 3, None)] == [40, None, None, 95]
    assert [rows[region, 2].x for region in (1, 2, 3, None)] == [20, None, None, 50]
    assert rows[2, 1].n == 100
    assert rows[2, 2].n is None


def test_a_practice_reads_its_own_number_but_not_who_the_few_are() -> None:
    def told(n: int, x: int, timely: int) -> tuple[int | None, ...]:
        row = publish_own([Own(1, 0, 1, n, x, timely, Wait(12.0))], RULE)[0]
        return row.n, row.x, row.timely

    assert told(40, 20, 12) == (40, 20, 12)
    assert told(40, 20, 18) == (40, 20, None)
    assert told(40, 3, 3) == (40, None, None)
    assert told(40, 37, 30) == (40, None, None)
    assert told(9, 0, 0) == (9, None, None)
    assert told(40, 0, 0) == (40, 0, 0)
    assert publish_own([Own(1, 1, None, 30, 30, 30, Wait(4.0))], RULE)[0].median == 4.0


def test_steps_come_in_the_order_of_the_way() -> None:
    for pathway in pathways().values():
        assert all(pathway.anchor(later) < later for _before, later in pairwise(range(len(pathway.steps))))
