"""Every indicator has cases in every profession it is meant for, and comes out near its true value."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from datacapture.demo.codes import CODES
from datacapture.demo.country import load_facts
from datacapture.demo.organisation import LETTERS
from datacapture.demo.records import PracticeData
from tests.datacapture.demo import counting
from tests.datacapture.demo.counting import bins, catalogue, indicators, median_days, named_sets, share, world
from tests.datacapture.engine import naive
from tests.datacapture.engine.world import Patient

END = date(2026, 9, 30)
Everything = dict[str, PracticeData]
# The naive count takes seconds for a large list: one middling practice stands for general practice.
TYPICAL_GP = "D1084AP0002"
# Composites and gaps have the cases of their parts.
COUNTED = ("proportion", "rate", "mean_change", "median_days")
# DM-08 and the gaps follow from their parts; PSY-02 and the medians are not shares.
# Too few cases in one practice: counted over all of them.
RARE = {"FOD-04", "X-02"}
SHARES = sorted(
    i["id"]
    for i in indicators().values()
    if i["type"] == "proportion" and "general_practice" in i["professions"]
    if i["id"] not in RARE
)


@pytest.fixture(scope="module")
def worlds(everything: Everything) -> dict[str, list[list[Patient]]]:
    """Patients of each profession, practice by practice, smallest first; the typical general practice leads its own."""
    found: dict[str, list[list[Patient]]] = {p: [] for p in LETTERS}
    for data in sorted(everything.values(), key=lambda d: (d.practice.id != TYPICAL_GP, len(d.events))):
        found[data.practice.profession].append(world(data))
    return found


def cases(indicator: str, people: list[Patient]) -> int:
    if indicators()[indicator]["type"] == "median_days":
        return median_days(indicator, people, END)[1]
    if indicators()[indicator]["type"] == "mean_change":
        spec = indicators()[indicator]
        return sum(
            naive.holds(spec["population"], case)
            for person in people
            for case in naive.cases(spec, person, END, catalogue()["define"])
        )
    return sum(bins(indicator, people, END).values())


@pytest.mark.parametrize("indicator", sorted(i for i, body in indicators().items() if body["type"] in COUNTED))
def test_every_indicator_has_cases_in_every_profession(indicator: str, worlds: dict[str, list[list[Patient]]]) -> None:
    for profession in indicators()[indicator]["professions"]:
        assert any(cases(indicator, people) for people in worlds[profession]), profession


@pytest.mark.parametrize("indicator", SHARES)
def test_shares_come_out_near_the_true_value(
    indicator: str, everything: Everything, worlds: dict[str, list[list[Patient]]]
) -> None:
    """Four binomial standard errors plus three points for months, moves and coding that are not in the level."""
    x, n = share(indicator, worlds["general_practice"][0], END)
    true = everything[TYPICAL_GP].levels[indicator]
    assert n > 0
    assert abs(x / n - true) <= 4 * np.sqrt(max(true * (1 - true), 0.02) / n) + 0.03


def test_every_indicator_has_a_true_value_or_follows_from_others() -> None:
    table = load_facts()["variation"]["true_value"]
    known = {k for part in ("proportions", "rates_per_1000", "median_days", "mean_change", "gaps") for k in table[part]}
    assert set(indicators()) <= known


def test_rolling_values_are_stable_in_time(worlds: dict[str, list[list[Patient]]]) -> None:
    people = worlds["general_practice"][0]
    for indicator in ("DM-01", "DM-04", "DM-05", "HT-01", "SMEAR-01"):
        values = []
        for end in (date(2024, 9, 30), date(2025, 9, 30), END):
            x, n = share(indicator, people, end)
            values.append(x / n)
        assert max(values) - min(values) < 0.12, indicator


def test_all_generated_codes_but_the_faulty_ones_are_in_a_code_set() -> None:
    outside = [c.code for c, sets in zip(CODES, counting.sets_of_codes(), strict=True) if not sets]
    assert outside == ["", "44054006", "BLODSUK_1"]


def test_every_code_set_of_a_definition_is_generated_by_its_professions(everything: Everything) -> None:
    emitted: dict[str, set[str]] = {profession: set() for profession in LETTERS}
    for data in everything.values():
        for i in np.unique(data.events["code"]):
            emitted[data.practice.profession] |= counting.sets_of_codes()[i]
    for body in indicators().values():
        for profession in body["professions"]:
            assert named_sets(body) <= emitted[profession], (body["id"], profession)
