"""The stories where patients belong to more than one practice: a closing, a merger, a pathway; and a region's gap."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from datacapture.demo import codes
from datacapture.demo.country import Country, generate
from datacapture.demo.facts import NO_DAY, day
from datacapture.demo.journeys import PERSONS as TRAVELLERS
from datacapture.demo.pathway import PERSONS
from datacapture.demo.records import PracticeData
from datacapture.demo.stories import story_item, story_plant
from tests.datacapture.demo.counting import share, world

END = date(2026, 9, 30)
RECEIVERS = ("S07.first", "S07.second", "S07.third")


@pytest.fixture(scope="module")
def mellem() -> Country:
    return generate("mellem")


@pytest.fixture(scope="module")
def told(mellem: Country) -> dict[str, list[PracticeData]]:
    """The data of the practices of these stories."""
    found: dict[str, list[PracticeData]] = {}
    for practice in mellem.practices:
        for tag in practice.stories:
            if tag[:3] in ("S07", "S08", "S11"):
                found.setdefault(tag, []).append(mellem.data(practice))
    return found


def planned(data: PracticeData) -> np.ndarray:
    """Who is known elsewhere by the story's plan; further numbers are those of people on their way (demo.journeys)."""
    return (data.patients["person"] > 0) & (data.patients["person"] < TRAVELLERS)


def listed(data: PracticeData, on: int) -> np.ndarray:
    people = data.patients
    return (people["listed_from"] <= on) & ((people["listed_to"] == NO_DAY) | (people["listed_to"] >= on))


def test_mellem_carries_every_story(mellem: Country) -> None:
    tags = {tag.partition(".")[0] for practice in mellem.practices for tag in practice.stories}
    assert tags == {item["id"] for item in story_plant_items() if item["id"] not in ("S05", "S10")}


def story_plant_items() -> list[dict[str, object]]:
    return [story_item(f"S{number:02d}") for number in range(1, 13)]


def test_s07_the_list_of_the_last_day_is_shared_out_and_everybody_counts_once(told: dict[str, list[PracticeData]]) -> None:
    plant = story_item("S07")["plant"]
    (closed,) = told["S07.closing"]
    last = day(plant["closes"])
    assert listed(closed, last).sum() == plant["list"]
    assert listed(closed, last + 1).sum() == 0
    assert (closed.events["start"] <= last).all()
    assert closed.practice.valid_to == plant["closes"]
    moved = [told[tag][0].patients["person"][planned(told[tag][0])] for tag in RECEIVERS]
    assert [len(people) for people in moved] == [story_plant(tag)["gets"] for tag in RECEIVERS]
    everybody = np.concatenate(moved)
    assert len(np.unique(everybody)) == len(everybody) == plant["list"] - plant["unlisted"]
    assert set(everybody) <= set(closed.patients["person"])


def test_s07_receivers_have_the_new_patients_and_their_record_from_july(told: dict[str, list[PracticeData]]) -> None:
    last = day(story_item("S07")["plant"]["closes"])
    for tag, part in zip(RECEIVERS, story_item("S07")["plant"]["receivers"], strict=True):
        (data,) = told[tag]
        new = planned(data)
        assert set(data.patients["listed_from"][new]) == {last + 1}
        assert (
            listed(data, last + 92).sum()
            == part["list_before"] + part["gets"]
            == (listed(data, last + 92) & ~new).sum() + new.sum()
        )
        theirs = data.events[new[data.events["patient"]]]
        assert (theirs["received_at"] > last * 86_400).all()
        before = theirs[theirs["start"] <= last]
        assert np.isin(codes.HBA1C, before["code"])
        assert not np.isin(before["code"], (*codes.GP_VISITS, codes.CONTACT, codes.INCIDENT, codes.PREM)).any()
        x, n = share("DM-01", world(data), END)
        assert x / n > 0.85, "a closing next door is no worsening"


def test_s08_two_become_one_with_the_share_of_both(told: dict[str, list[PracticeData]]) -> None:
    plant = story_item("S08")["plant"]
    begins = day(plant["merged"]["from"])
    a, b, merged = (told[f"S08.{name}"][0] for name in ("a", "b", "merged"))
    assert [listed(d, begins - 1).sum() for d in (a, b, merged)] == [plant["a"]["list"], plant["b"]["list"], 0]
    assert listed(merged, begins).sum() == plant["merged"]["list"] == len(merged.patients)
    assert (a.practice.valid_to, merged.practice.valid_from) == ("2026-03-31", "2026-04-01")
    before = [share("DM-01", world(d), date(2026, 3, 31)) for d in (a, b)]
    for (x, n), name in zip(before, ("a", "b"), strict=True):
        assert x / n == pytest.approx(plant[name]["DM-01"], abs=0.02)
    x, n = share("DM-01", world(merged), END)
    assert x / n == pytest.approx(plant["merged"]["DM-01"], abs=0.02)


def test_s10_each_fifth_of_the_region_has_the_planted_share(mellem: Country) -> None:
    plant = story_item("S10")["plant"]
    met = dict.fromkeys(range(1, 6), 0)
    size = dict.fromkeys(range(1, 6), 0)
    for practice in mellem.practices:
        if practice.profession == "general_practice" and practice.region == plant["region"]:
            data = mellem.data(practice)
            people = world(data)
            for quintile in met:
                x, n = share("DM-01", [p for p in people if data.patients["quintile"][p.id] == quintile], END)
                met[quintile], size[quintile] = met[quintile] + x, size[quintile] + n
    for quintile, n in size.items():
        assert n > 20
        # Of everybody ever listed the share is exact; those who left since make it differ by a few people.
        assert met[quintile] / n == pytest.approx(plant["numerators"][str(quintile)] / 500, abs=4 / n + 0.02)


def test_s11_every_step_keeps_the_planted_number(told: dict[str, list[PracticeData]]) -> None:
    plant = story_item("S11")["plant"]
    (eyes,) = told["S11.eye"]
    people, ours = eyes.patients["person"], planned(eyes) & (eyes.patients["person"] >= PERSONS)  # others of S07 come too
    at_the_doctors = np.concatenate([d.patients["person"][planned(d)] for d in told["S11.gp"]])
    assert sorted(at_the_doctors) == list(range(PERSONS, PERSONS + plant["people_with_diabetes"]))
    assert set(people[ours]) <= set(at_the_doctors)
    steps = [
        len(np.unique(eyes.events["patient"][(eyes.events["code"] == code) & ours[eyes.events["patient"]]]))
        for code in (codes.REFERRED, codes.BOOKED, codes.EYE_EXAM, codes.DISCHARGE_LETTER)
    ]
    noted = [share("DM-06", world(d), END) for d in told["S11.gp"]]
    assert {n for _, n in noted} == {250}
    assert [*steps, sum(x for x, _ in noted)] == [step["left"] for step in plant["steps"]]
    assert share("SPEC-04", world(eyes), END) == (560, 810)
