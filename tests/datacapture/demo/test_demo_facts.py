"""Generated figures beside the facts they come from: lists, ages, contacts, deprivation, waiting, lateness, gaps."""

from __future__ import annotations

import numpy as np
import pytest

from datacapture.demo import codes
from datacapture.demo.country import Country, generate, listed_at_end
from datacapture.demo.facts import FIRST, LAST, MONTHS, NO_DAY, age_on, load_facts, month_of
from datacapture.demo.gp_other import CONTACTS_KEPT
from datacapture.demo.people import BANDS, band_of
from datacapture.demo.records import OWN_RECORD, PracticeData

SECONDS = 86_400
# Two-sided 99.9 % point of the normal.
Z = 3.29


@pytest.fixture(scope="module")
def larger() -> Country:
    """Only the practices' records are made: nobody's patients."""
    return generate("demo")


@pytest.fixture(scope="module")
def doctors(everything: dict[str, PracticeData]) -> list[PracticeData]:
    return [d for d in everything.values() if d.practice.profession == "general_practice"]


def test_list_sizes_per_doctor_are_those_of_the_regions(larger: Country) -> None:
    rule = load_facts()["practices"]["list_size"]
    for region, wanted in ((r, rule["use"][r]) for r in ("1082", "1084")):
        mine = [p for p in larger.practices if p.profession == "general_practice" and p.region == region and not p.stories]
        doctors = sum(p.clinicians for p in mine)
        assert sum(p.patients for p in mine) / doctors == pytest.approx(
            wanted, abs=Z * rule["per_full_time_gp"]["sd"] / doctors**0.5
        )


def test_doctors_work_alone_as_often_as_the_facts_say(larger: Country) -> None:
    mine = [p for p in larger.practices if p.profession == "general_practice" and not p.stories]
    wanted = np.mean([load_facts()["practices"]["solo_share_general_practice_by_region"][p.region] for p in mine])
    assert np.mean([p.clinicians == 1 for p in mine]) == pytest.approx(wanted, abs=0.08)


def test_listed_people_have_the_ages_and_sexes_of_the_population(doctors: list[PracticeData]) -> None:
    table = np.array([load_facts()["population"]["by_age_sex"][band] for band in BANDS], dtype=float)
    found = np.zeros(table.shape)
    for data in doctors:
        people = data.patients[listed_at_end(data)]
        np.add.at(found, (band_of(age_on(people["birth"], LAST)), people["sex"] - 1), 1)
    share, n = table / table.sum(), found.sum()
    # New-borns and the dead make the lists' ages differ a little from those drawn.
    assert np.all(np.abs(found / n - share) <= Z * np.sqrt(share / n) + 0.006)


def test_kept_contacts_follow_age_and_the_share_kept(doctors: list[PracticeData]) -> None:
    """Contacts a year per person, without those that follow from a booked time."""
    table = load_facts()["activity"]["gp_contacts_per_year_by_age"]
    for band in ("18-29", "75-84"):
        contacts = years = 0.0
        for data in doctors:
            mine = band_of(age_on(data.patients["birth"], LAST).clip(0)) == BANDS.index(band)
            events = data.events
            rows = np.isin(events["code"], (*codes.GP_VISITS, codes.CONTACT)) & (events["course"] == 0) & mine[events["patient"]]
            contacts += len(np.unique(events["serial"][rows]))
            since = np.maximum(data.patients["listed_from"], FIRST)
            until = np.where(data.patients["listed_to"] == NO_DAY, LAST, data.patients["listed_to"])
            years += (np.maximum(0, until - since + 1) * mine).sum() / 365.25
        wanted = table[band] * CONTACTS_KEPT * years
        assert abs(contacts - wanted) <= Z * np.sqrt(wanted) + 0.05 * wanted, band


def test_waiting_times_have_the_medians_of_the_facts(everything: dict[str, PracticeData]) -> None:
    """Over the practices of a profession, each with a median of its own around the facts'."""
    rules = load_facts()["delays"]["referral_to_first_visit_days"]
    for profession in ("physiotherapy", "psychology", "podiatry"):
        medians = []
        for data in everything.values():
            events = data.events[data.events["referral"] > 0]
            if data.practice.profession == profession and len(events):
                referred, begun = (
                    {(e["patient"], e["referral"]): e["start"] for e in events[events["code"] == code]}
                    for code in (codes.REFERRED, codes.COURSE_START)
                )
                medians.append(np.median([begun[key] - referred[key] for key in referred.keys() & begun.keys()]))
        spread = load_facts()["variation"]["true_value"]["median_days"]["SPEC-02"][1]
        assert medians
        assert np.exp(np.mean(np.log(medians))) == pytest.approx(
            rules[profession]["median"], rel=np.expm1(Z * np.hypot(spread, 0.1) / len(medians) ** 0.5)
        )


def test_events_arrive_as_late_as_the_facts_say(everything: dict[str, PracticeData]) -> None:
    rule = load_facts()["data_quality"]["arrival_delay_days"]["within"]
    delays = []
    for data in everything.values():
        if not data.practice.late:
            rows = data.events[(data.events["start"] > FIRST + 3) & (data.events["start"] < LAST - 365)]
            _, first = np.unique(rows["serial"], return_index=True)
            delays.append((rows["received_at"] - rows["sampled_at"])[first] / SECONDS)
    every = np.concatenate(delays)
    for days in ("1", "7", "30"):
        assert np.mean(every <= float(days)) == pytest.approx(rule[days], abs=0.01)


def test_missing_months_come_as_often_as_the_facts_say() -> None:
    """Of the doctors without a story; a month without anything at all is a month not sent."""
    country, rule = generate("mellem"), load_facts()["data_quality"]["missing_months"]
    plain = [p for p in country.practices if p.profession == "general_practice" and not p.stories and p.sends_data]
    empty = 0
    for practice in plain:
        events = country.data(practice).events
        mine = events[(events["start"] >= FIRST) & (events["producer"] == OWN_RECORD) & (events["status"] != 2)]
        empty += int((np.bincount(month_of(mine["start"]), minlength=len(MONTHS)) == 0).sum())
    wanted = rule["share_of_practice_months"] * len(plain) * len(MONTHS)
    assert abs(empty - wanted) <= Z * np.sqrt(wanted) + 3
