"""People on their way between practices (definitions/pathways.yaml): one person, known to several practices of a region.

A doctor's or dentist's patients set out and some of them turn up at the practices that theirs sends people to. To set out
changes nothing at the practice itself, so those with a planted story take part too. What the destination notes touches no
measure's figure: an eye examination without the diagnosis, a foot status with risk group and letter as often as there;
destinations with a planted story receive nobody, except the eye clinic of S11, whose figures need that diagnosis.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import chance
from datacapture.demo.delivery import SECONDS
from datacapture.demo.facts import CUT_OFF, FIRST, LAST, NO_DAY, age_on
from datacapture.demo.records import EventLog, Practice, PracticeData
from datacapture.demo.streams import stream

PERSONS, ROOM = 20_000_000, 20_000  # numbers of shared people: a range for each practice they set out from
ORIGINS = ("general_practice", "dentistry")
PLANTED_EYE, PLANTED_DOCTOR = "S11.eye", "S11.gp"
EYE, FEET, CHIROPRACTOR, PHYSIOTHERAPIST, HYGIENIST = "eye", "podiatry", "chiropractic", "physiotherapy", "dental_hygiene"
DESTINATIONS = {
    EYE: "general_practice", FEET: "general_practice", CHIROPRACTOR: "general_practice", PHYSIOTHERAPIST: "general_practice",
    HYGIENIST: "dentistry",
}  # fmt: skip
# Own proposals: how many go on, and median and spread (log) of the days they wait.
_FEET, _YEARLY = 0.45, (300, 420)
_BACK_SHARE, _BACK_WAIT = 0.45, (13, 0.8)
_TRAINING_SHARE, _TRAINING_WAIT = 0.55, (21, 0.6)
_TEETH_SHARE, _TEETH_WAIT = 0.6, (95, 0.6)
_RED, _ADULT = 3.0, 21


@dataclass(frozen=True)
class Visits:
    """Visits of one kind: position of the patient in the practice's data, and the day."""

    patient: np.ndarray
    day: np.ndarray


@dataclass(frozen=True)
class Arrivals:
    """The people of one practice (its id) who come to one kind of destination; visits number them from 0."""

    origin: str
    people: np.ndarray
    visits: Visits


def sends_on(practice: Practice) -> bool:
    """True for the practices that people set out from. Of a closed one they set out from where they are listed now."""
    return practice.profession in ORIGINS and practice.sends_data and practice.valid_to is None


def receives(practice: Practice) -> bool:
    """True for the practices that people arrive at."""
    return bool(destination(practice)) and practice.sends_data and set(practice.stories) <= {PLANTED_EYE}


def destination(practice: Practice) -> str:
    """What a practice is to people on their way; "" where nobody is sent."""
    kind = (practice.speciality or "") if practice.profession == "specialist_practice" else practice.profession
    return kind if kind in DESTINATIONS else ""


def set_out(data: PracticeData, place: int, seed: int) -> dict[str, Arrivals]:
    """Give those who set out their shared numbers (in place; who has one keeps it), and return who arrives where.

    place: the practice's position in the country.
    """
    found = {}
    for kind, visits in journeys(data, seed).items():
        inside = (visits.day >= FIRST) & (visits.day <= LAST)
        who, position = np.unique(visits.patient[inside], return_inverse=True)
        new = PERSONS + place * ROOM + data.patients["token"][who]
        data.patients["person"][who] = np.where(data.patients["person"][who] > 0, data.patients["person"][who], new)
        people = data.patients[who].copy()
        for name in ("listed_from", "listed_to", "death"):
            people[name] = NO_DAY
        found[kind] = Arrivals(data.practice.id, people, Visits(position, visits.day[inside]))
    return found


def journeys(data: PracticeData, seed: int) -> dict[str, Visits]:
    """Every visit elsewhere of this practice's patients, by destination."""
    rng = stream(seed, data.practice.id, "journeys")
    if data.practice.profession == "general_practice":
        backs = _on(data, codes.LOW_BACK)
        examined = _onward(rng, backs, _BACK_SHARE, _BACK_WAIT)
        return {
            **_diabetes(data, rng),
            CHIROPRACTOR: examined,
            PHYSIOTHERAPIST: _onward(rng, examined, _TRAINING_SHARE, _TRAINING_WAIT),
        }
    adult = age_on(data.patients["birth"], FIRST) >= _ADULT
    red = (data.events["code"] == codes.DENTAL_RISK) & (data.events["value"] == _RED) & adult[data.events["patient"]]
    return {HYGIENIST: _onward(rng, _of(data, red), _TEETH_SHARE, _TEETH_WAIT)}


def _of(data: PracticeData, rows: np.ndarray) -> Visits:
    """Those events, once each, in order of time."""
    found = np.unique(np.stack([data.events["start"][rows], data.events["patient"][rows]]).astype(np.int64), axis=1)
    return Visits(found[1], found[0])


def _on(data: PracticeData, wanted: Sequence[int]) -> Visits:
    return _of(data, np.isin(data.events["code"], wanted) & (data.events["start"] >= FIRST))


def _diabetes(data: PracticeData, rng: np.random.Generator) -> dict[str, Visits]:
    """Eye examinations are those the doctor noted, a little earlier; foot status is yearly for some."""
    ill = np.unique(_of(data, np.isin(data.events["code"], (codes.T1, codes.T2))).patient)
    noted = _on(data, (codes.EYE_EXAM,))
    # The doctors of S11 send their patients along the planted path (datacapture.demo.pathway).
    known = np.isin(noted.patient, ill) & (PLANTED_DOCTOR not in data.practice.stories)
    eyes = Visits(noted.patient[known], noted.day[known] - rng.integers(1, 15, int(known.sum())))
    walkers = ill[chance(rng, _FEET, len(ill))]
    first = FIRST + rng.integers(0, 400, len(walkers))
    days = first[:, None] + np.cumsum(rng.integers(*_YEARLY, (len(walkers), 3)), axis=1) - _YEARLY[0]
    return {EYE: eyes, FEET: Visits(np.repeat(walkers, 3), days.ravel())}


def _onward(rng: np.random.Generator, visits: Visits, share: float, wait: tuple[float, float]) -> Visits:
    """Some of the visitors, after a wait (median and spread of its logarithm)."""
    goes = chance(rng, share, len(visits.day))
    days = np.exp(np.log(wait[0]) + wait[1] * rng.standard_normal(int(goes.sum())))
    return Visits(visits.patient[goes], visits.day[goes] + 1 + np.round(days).astype(np.int64))


def with_arrivals(data: PracticeData, groups: Sequence[Arrivals], seed: int) -> PracticeData:
    """Return the destination's data with the people who arrive."""
    for group in groups:
        if not len(group.people):
            continue
        birth = group.people["birth"].astype(np.int64)
        log = EventLog(birth, birth, np.full(len(birth), LAST))
        rng = stream(seed, data.practice.id, f"arrivals|{group.origin}")
        for code, patient, day, value in _notes(data, group.visits.patient, group.visits.day, rng):
            log.add(code, patient, day, value=value)
        events = log.build()
        events["sampled_at"] = events["start"].astype(np.int64) * SECONDS + SECONDS // 2
        events["received_at"] = np.minimum(events["sampled_at"] + SECONDS, CUT_OFF * SECONDS)
        data = data.with_more(group.people, events, dict.fromkeys(data.conditions, np.zeros(len(birth), dtype=bool)))
    return data


def _notes(
    data: PracticeData, patient: np.ndarray, day: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple[int, np.ndarray, np.ndarray, float]]:
    """What the destination writes down: code, patients, days and value."""
    kind = destination(data.practice)

    def some(measure: str) -> np.ndarray:
        return chance(rng, data.levels.get(measure, 0.0), len(day))

    if kind == EYE:
        yield codes.EYE_EXAM, patient, day, np.nan
    elif kind == FEET:
        yield codes.FOOT_STATUS, patient, day, np.nan
        for code, measure, value in ((codes.FOOT_RISK, "FOD-02", 2.0), (codes.FOOT_LETTER, "FOD-03", np.nan)):
            noted = some(measure)
            yield code, patient[noted], day[noted], value
    elif kind == HYGIENIST:
        yield codes.DENTAL_EXAM, patient, day, np.nan
        noted = some("TAND-04")
        yield codes.DENTAL_RISK, patient[noted], day[noted], 2.0
    else:
        yield codes.LOW_BACK[0], patient, day, np.nan
        imaged = some("KIR-02")
        yield codes.SPINE_IMAGE, patient[imaged], day[imaged], np.nan
