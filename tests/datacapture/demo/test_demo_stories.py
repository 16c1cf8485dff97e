"""The planted stories, counted with the catalogue's own definitions by the naive evaluator."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from datacapture.demo import codes
from datacapture.demo.country import listed_at_end, load_facts
from datacapture.demo.facts import MONTH_STARTS, MONTHS, NO_DAY, month_of
from datacapture.demo.records import ENTERED_IN_ERROR, LAB_A, PracticeData
from datacapture.demo.stories import story_plant
from tests.datacapture.demo.counting import bins, kept, monthly, share, world

END = date(2026, 9, 30)
SERIES_24 = MONTHS[-24:]
Story = dict[str, list[PracticeData]]


def test_every_small_story_is_planted_once_and_s06_twice(story: Story) -> None:
    assert {tag: len(found) for tag, found in story.items()} == {
        "S01.low": 1, "S01.high": 1, "S02": 1, "S04": 1, "S06": 2, "S09": 1, "S12": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("tag", "indicator"), [("S01.low", "DM-04"), ("S01.high", "FYS-03"), ("S09", "PSY-01")])
def test_single_figures_are_exact(tag: str, indicator: str, story: Story) -> None:
    plant = story_plant(tag)
    (data,) = story[tag]
    assert share(indicator, world(data), END) == (plant["numerator"], plant["denominator"])
    assert (data.practice.profession, data.practice.region) == (plant["profession"], plant["region"])
    assert data.practice.clinicians == plant["clinicians"]


@pytest.mark.parametrize(("tag", "indicator"), [("S02", "SPEC-03"), ("S04", "KIR-01")])
def test_monthly_series_are_exact(tag: str, indicator: str, story: Story) -> None:
    plant = story_plant(tag)
    people = world(story[tag][0])
    counted = [monthly(indicator, people, month) for month in SERIES_24]
    assert counted == list(zip(plant["numerators"], plant["denominators"], strict=True))


@pytest.mark.parametrize(("tag", "indicator"), [("S02", "SPEC-03"), ("S04", "KIR-01")])
def test_the_last_twelve_months_of_a_series_add_up_in_the_rolling_figure(tag: str, indicator: str, story: Story) -> None:
    plant = story_plant(tag)
    wanted = (sum(plant["numerators"][-12:]), sum(plant["denominators"][-12:]))
    assert share(indicator, world(story[tag][0]), END) == wanted


def test_s02_is_an_ear_nose_and_throat_clinic(story: Story) -> None:
    assert story["S02"][0].practice.speciality == "ear_nose_throat"


def test_s12_prescriptions_a_month_and_a_year_are_exact(story: Story) -> None:
    facts = load_facts()
    (data,) = story["S12"]
    plant = story_plant("S12")
    people = world(data)
    counted = np.zeros(len(MONTHS), dtype=int)
    for event in (e for p in people for e in p.events if "med_antibio" in e.sets and e.status != "entered-in-error"):
        counted[MONTHS.index(event.day.isoformat()[:7])] += 1
    assert counted.tolist() == plant["monthly_prescriptions"]
    years = [bins("AB-02", people, end)["numerator"] for end in (date(2024, 9, 30), date(2025, 9, 30), END)]
    assert years == next(i for i in facts["stories"]["items"] if i["id"] == "S12")["computed"]["year_totals"]
    assert bins("AB-02", people, END)["denominator_only"] == listed_at_end(data).sum() == plant["list"]


def test_s05_urine_is_a_thousand_times_too_large_in_two_months_of_one_laboratory(
    everything: dict[str, PracticeData],
) -> None:
    plant = story_plant("S05")
    months = [MONTHS.index(m) for m in plant["months"]]
    for data in everything.values():
        urine = data.events[(data.events["code"] == codes.UACR) & (data.events["start"] >= MONTH_STARTS[0])]
        inside = np.isin(month_of(urine["start"]), months)
        wrong = inside & (urine["producer"] == LAB_A) & (data.practice.region == plant["region"])
        assert (urine["value"][wrong] >= 1000).all()
        assert (urine["value"][~wrong] <= 5000 * 10).all()
        if data.practice.region == plant["region"] and data.practice.profession == "general_practice":
            low = inside & (urine["comparator"] == 1) & (urine["producer"] == LAB_A)
            assert set(urine["value"][low]) == {9000.0}
            error = 3.29 * np.sqrt(plant["share_of_region_results"] * 0.3 / inside.sum())
            assert wrong.sum() / inside.sum() == pytest.approx(plant["share_of_region_results"], abs=error)


def test_s06_the_month_arrives_twice_and_adds_no_event(story: Story) -> None:
    plant = story_plant("S06")
    month = MONTHS.index(plant["month"])
    for data in story["S06"]:
        events = data.events
        rows = events[(events["start"] >= MONTH_STARTS[month]) & (events["start"] < MONTH_STARTS[month + 1])]
        rows = rows[~np.isin(rows["code"], (codes.NO_CODE, codes.OTHER_SYSTEM, codes.LOCAL_OWNER))]
        _, times = np.unique(rows["serial"], return_counts=True)
        # Events entered in error came once, as extra rows; everything else came at least twice.
        once = set(np.unique(rows["serial"])[times == 1])
        assert set(rows["serial"][rows["status"] != ENTERED_IN_ERROR]).isdisjoint(once)
        stored = kept(data)
        assert len(np.unique(stored["serial"])) == len(stored)


def test_s06_few_values_change_and_few_events_are_cancelled(story: Story) -> None:
    plant = story_plant("S06")
    month = MONTHS.index(plant["month"])
    valued = changed = cancelled = total = 0
    for data in story["S06"]:
        rows = data.events[month_of(data.events["start"]) == month]
        for serial in np.unique(rows["serial"]):
            copies = rows[rows["serial"] == serial]
            values = copies["value"][~np.isnan(copies["value"])]
            total += len(copies) > 1
            valued += len(values) > 1
            changed += len(set(values)) > 1
            cancelled += len(copies) > 1 and copies["status"][-1] == ENTERED_IN_ERROR
    assert changed / valued == pytest.approx(plant["changed_values"], abs=3.29 * np.sqrt(0.03 / valued))
    assert cancelled / total == pytest.approx(plant["cancelled_later"], abs=3.29 * np.sqrt(0.005 / total))
    assert cancelled > 0


def test_story_practices_never_close(story: Story) -> None:
    for data in (d for found in story.values() for d in found):
        assert (data.patients["death"] == NO_DAY).any()
        assert data.practice.valid_to is None
