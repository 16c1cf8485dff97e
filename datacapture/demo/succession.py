"""Patients who change practice when one closes (story S07) or two become one (story S08).

The closing practice is made as if it stayed open and then cut. Its patients take their record with them: diagnoses,
results, medicine and services go along; contacts, incidents and answers about the practice stay behind.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from datacapture.demo.codes import CODES, PREM
from datacapture.demo.delivery import SECONDS
from datacapture.demo.facts import NO_DAY, day
from datacapture.demo.records import OWN_RECORD, Practice, PracticeData
from datacapture.demo.stories import story_plant
from datacapture.demo.streams import stream

# Numbers of people known at two practices: one range a story, the former practice's own number within it.
_PERSONS = {"S07.closing": 7_000_000, "S08.a": 8_100_000, "S08.b": 8_200_000}
_RECEIVERS = ("S07.first", "S07.second", "S07.third")
_MERGING = ("S08.a", "S08.b")
_RECORD = np.isin([code.kind for code in CODES], ("dx", "lab", "med", "prom", "svc", "hosp"))
_RECORD[PREM] = False  # an answer about the former practice
_SETTLED_DAYS = 30
Made = Callable[[Practice], PracticeData]


def with_successions(practice: Practice, made: Made, practices: Sequence[Practice], seed: int) -> PracticeData:
    """Return a practice's data after closings and mergers. `made` = the data of a practice had nothing happened."""
    tag = practice.stories[0] if practice.stories else ""
    if tag in _PERSONS:
        return _without_leavers(_settled(made(practice), tag), _last_day(tag))
    if tag in _RECEIVERS:
        donor = _settled(made(_practice("S07.closing", practices)), "S07.closing")
        return _joined(made(practice), donor, _share(donor, tag, seed), _last_day("S07.closing"))
    if tag == "S08.merged":
        data = _nobody(made(practice))
        for former in _MERGING:
            donor = _settled(made(_practice(former, practices)), former)
            data = _joined(data, donor, np.flatnonzero(donor.patients["person"]), _last_day(former))
        return data
    return made(practice)


def _practice(tag: str, practices: Sequence[Practice]) -> Practice:
    return next(p for p in practices if tag in p.stories)


def _last_day(tag: str) -> int:
    plant = story_plant(tag)
    return day(plant["valid_to"]) if "valid_to" in plant else day(plant["ends_before"]) - 1


def _settled(data: PracticeData, tag: str) -> PracticeData:
    """Make exactly the planned list the one of the last day, and give its people their shared numbers."""
    last, people = _last_day(tag), data.patients.copy()
    stays = people["listed_to"] == NO_DAY
    people["listed_from"][stays] = np.minimum(people["listed_from"], last - _SETTLED_DAYS)[stays]
    people["birth"] = np.minimum(people["birth"], last - _SETTLED_DAYS)
    for name in ("listed_to", "death"):
        gone = ~stays & (people[name] != NO_DAY)
        people[name][gone] = np.minimum(people[name], last - 1)[gone]
    people["listed_from"] = np.where(stays, people["listed_from"], np.minimum(people["listed_from"], people["listed_to"]))
    people["person"][stays] = _PERSONS[tag] + people["token"][stays]
    kept = stays[data.events["patient"]] | (data.events["start"] <= people["listed_to"][data.events["patient"]])
    return replace(data, patients=people, events=data.events[kept])


def _without_leavers(data: PracticeData, last: int) -> PracticeData:
    """Return what the practice itself has: everybody has left on `last`, and nothing happened later."""
    people = data.patients.copy()
    people["listed_to"][people["listed_to"] == NO_DAY] = last
    return replace(data, patients=people, events=data.events[data.events["start"] <= last])


def _share(donor: PracticeData, tag: str, seed: int) -> np.ndarray:
    """Return the patients (positions) a receiver takes over; together the receivers leave `unlisted` people over."""
    moving = np.flatnonzero(donor.patients["person"])
    order = stream(seed, donor.practice.id, "succession").permutation(moving)
    gets = [story_plant(name)["gets"] for name in _RECEIVERS]
    position = _RECEIVERS.index(tag)
    return order[sum(gets[:position]) : sum(gets[: position + 1])]


def _joined(data: PracticeData, donor: PracticeData, rows: np.ndarray, last: int) -> PracticeData:
    """Return `data` with the donor's patients `rows`, listed from the day after `last`, and their records."""
    people = donor.patients[rows].copy()
    people["listed_from"], people["listed_to"] = last + 1, NO_DAY
    place = np.full(len(donor.patients), -1)
    place[rows] = np.arange(len(rows))
    goes = (place[donor.events["patient"]] >= 0) & (_RECORD[donor.events["code"]] | (donor.events["start"] > last))
    events = donor.events[goes]
    events["patient"] = place[events["patient"]]
    events["producer"] = OWN_RECORD
    events["received_at"] = np.maximum(events["received_at"], (last + 2) * SECONDS)
    return data.with_more(people, events, {name: has[rows] for name, has in donor.conditions.items()})


def _nobody(data: PracticeData) -> PracticeData:
    return replace(
        data,
        patients=data.patients[:0],
        events=data.events[:0],
        conditions={name: has[:0] for name, has in data.conditions.items()},
    )
