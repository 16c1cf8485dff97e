"""Story S11: eye examinations in diabetes from the doctor's referral to the answer in the doctor's record.

A thousand people, each known to one of the doctors and (when referred) to the eye clinic. They are numbered 0-999 and
every step is reached by the first so many of them, so that both sides can be made apart and still agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import Clinic, chance
from datacapture.demo.delivery import SECONDS
from datacapture.demo.facts import LAST, NO_DAY
from datacapture.demo.records import EventLog, PracticeData
from datacapture.demo.stories import story_item
from datacapture.demo.streams import stream

PERSONS = 11_000_000
# An earlier examination lies before the two years that DM-06 looks back, and was noted for most.
_EARLIER, _EARLIER_NOTED = (745, 1035), 0.85
_CLINIC_STEPS = (
    ("referred", codes.REFERRED), ("booked", codes.BOOKED), ("examined", codes.EYE_EXAM), ("examined", codes.CONTACT),
    ("examined", codes.RETINOPATHY), ("sent", codes.DISCHARGE_LETTER),
)  # fmt: skip


@dataclass(frozen=True)
class Path:
    """The day of each step per person, and how many people reach it."""

    referred: np.ndarray
    booked: np.ndarray
    examined: np.ndarray
    sent: np.ndarray
    noted: np.ndarray
    reach: dict[str, int]


def path(seed: int) -> Path:
    """Return the planned path of everybody, in the order of their numbers."""
    plant = story_item("S11")["plant"]
    rng, n = stream(seed, "S11", "pathway"), plant["people_with_diabetes"]
    examined = LAST - rng.integers(60, 331, n)
    booked = examined - rng.integers(5, 60, n)
    sent = examined + rng.integers(0, 29, n)
    names = ("referred", "booked", "examined", "sent", "noted")
    reach = {name: step["left"] for name, step in zip(names, plant["steps"], strict=True)}
    return Path(booked - rng.integers(1, 21, n), booked, examined, sent, sent + rng.integers(1, 15, n), reach)


def number_people(c: Clinic, ill: np.ndarray) -> None:
    """Number the doctor's people with diabetes: every so many-th of the thousand is this practice's."""
    doctors = story_item("S11")["plant"]["gp_practices"]
    order = c.rng("story|S11").permutation(ill)
    c.people["person"][order] = PERSONS + doctors * np.arange(len(order)) + c.practice.ordinal % doctors


def add_noted_examinations(c: Clinic) -> None:
    """Add the examinations that reached the doctor's record (DM-06), and those of three years ago."""
    who = np.flatnonzero(c.people["person"])
    plan, number = path(c.seed), c.people["person"][who] - PERSONS
    reached = number < plan.reach["noted"]
    c.log.add(codes.EYE_EXAM, who[reached], plan.noted[number[reached]])
    rng = c.rng("eyes before")
    before = who[chance(rng, _EARLIER_NOTED, len(who))]
    c.log.add(codes.EYE_EXAM, before, LAST - rng.integers(*_EARLIER, len(before)))


def with_pathway(clinic: PracticeData, doctors: Sequence[PracticeData], seed: int) -> PracticeData:
    """Return the eye clinic's data with the people whom the doctors referred."""
    plan = path(seed)
    people = np.concatenate([d.patients[d.patients["person"] >= PERSONS] for d in doctors])
    people = people[np.argsort(people["person"])][: plan.reach["referred"]].copy()
    for name in ("listed_from", "listed_to", "death"):
        people[name] = NO_DAY
    who = np.arange(len(people))
    log = EventLog(people["birth"].astype(np.int64), people["birth"].astype(np.int64), np.full(len(people), LAST))
    for name, code in _CLINIC_STEPS:
        reached = who[: plan.reach[name]]
        # The first course number is 1: 0 means none.
        referral = reached + 1 if code == codes.REFERRED else 0
        log.add(code, reached, getattr(plan, name)[reached], course=reached + 1, referral=referral)
    events = log.build()
    events["sampled_at"] = events["start"].astype(np.int64) * SECONDS + SECONDS // 2
    events["received_at"] = events["sampled_at"] + SECONDS
    nobody = np.zeros(len(people), dtype=bool)
    return clinic.with_more(people, events, dict.fromkeys(clinic.conditions, nobody))
