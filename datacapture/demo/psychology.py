"""Psychologists: courses with scores at start and end (PSY-01, PSY-02, DEP-01, DEP-02, SPEC-01, SPEC-02)."""

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import Clinic, add_incidents, add_patient_answers, chance, monthly_chance, pick
from datacapture.demo.courses import Courses, add_frame, draw_courses
from datacapture.demo.facts import FIRST, LAST, MONTH_STARTS, MONTHS, age_on
from datacapture.demo.gp_other import add_remission
from datacapture.demo.stories import story_plant

_FIRST_SCORE = 0.80
_GAD7_SHARE = 0.2
_DEPRESSED = 0.45
_CHANGE_SD = 4.5
_PSYCHOSIS, _PALLIATIVE = 0.02, 0.008


def add_psychology(c: Clinic) -> None:
    """Fill the event log of a psychologist's practice; story S09 plants nine closings in the last year."""
    planned = None
    if "S09" in c.practice.stories:
        planned = _few(c, story_plant("S09")["denominator"])
    k = draw_courses(c, planned, by_close=True)
    add_frame(c, k)
    both = _measured(c, k)
    _scores(c, k, both)
    c.log.add(codes.CONTACT, k.patient, k.start, course=k.course)
    c.log.add(codes.CONTACT, k.patient, k.close, course=k.course)
    seen = (k.start >= FIRST) & (k.start <= LAST)
    add_patient_answers(c, k.patient[seen], k.start[seen])
    _exclusions(c)
    add_incidents(c)


def _exclusions(c: Clinic) -> None:
    """Add the diagnoses that take patients out of DEP-01: psychosis, and the palliative phase."""
    rng, n = c.rng("exclusions"), len(c.people)
    for options, share in ((codes.SKS_PSYCHOSIS, _PSYCHOSIS), ((codes.PALLIATIVE,), _PALLIATIVE)):
        who = np.flatnonzero(chance(rng, share, n))
        c.log.add(pick(rng, options, len(who)), who, FIRST + rng.integers(0, 900, len(who)), active=True)


def _few(c: Clinic, number: int) -> list[int]:
    """Return closings a month of the 36 months, `number` in every twelve."""
    rng = c.rng("story|S09")
    return [int(n) for _ in range(len(MONTHS) // 12) for n in np.bincount(rng.integers(0, 12, number), minlength=12)]


def _measured(c: Clinic, k: Courses) -> np.ndarray:
    """Return which courses have scores on two days (PSY-01); exact in story S09."""
    rng = c.rng("measured")
    both = monthly_chance(c, rng, "PSY-01", k.close)
    if "S09" in c.practice.stories:
        last_year = np.flatnonzero((k.close >= MONTH_STARTS[-13]) & (k.close <= LAST))
        both[last_year] = False
        both[rng.choice(last_year, story_plant("S09")["numerator"], replace=False)] = True
    # Two days need two different days.
    return both & (k.close > k.start)


def _scores(c: Clinic, k: Courses, both: np.ndarray) -> None:
    rng, n = c.rng("scores"), len(k.start)
    first = both | chance(rng, (_FIRST_SCORE - both.mean()) / max(1 - both.mean(), 1e-9), n)
    anxious = chance(rng, _GAD7_SHARE, n)
    start = c.facts["diseases"]["items"]["depression"]["phq9_at_start"]
    score = np.round(np.clip(rng.normal(start["mean"], start["sd"], n), start["min"], np.where(anxious, 21, 27)))
    change = rng.normal(c.levels["PSY-02"], _CHANGE_SD, n)
    final = np.clip(np.round(score + change), 0, np.where(anxious, 21, 27))
    test = np.where(anxious, codes.GAD7, codes.PHQ9)
    depressed = chance(rng, _DEPRESSED, n) & first & ~anxious
    c.log.add(pick(rng, codes.SKS_DEPRESSION, int(depressed.sum())), k.patient[depressed], k.start[depressed],
              end=k.close[depressed], course=k.course[depressed])  # fmt: skip
    other = first & anxious
    c.log.add(pick(rng, codes.SKS_ANXIETY, int(other.sum())), k.patient[other], k.start[other],
              end=k.close[other], course=k.course[other])  # fmt: skip
    c.log.add(test[first], k.patient[first], k.start[first], course=k.course[first], value=score[first])
    c.log.add(test[both], k.patient[both], k.close[both], course=k.course[both], value=final[both])
    # DEP-02 asks for a second PHQ-9 from day 14 to 3 months among all with a first: given among `both`.
    quick = (k.close - k.start >= 14) & (k.close - k.start <= 88)
    wanted = c.levels["DEP-02"] * first.sum() / max(both.sum(), 1)
    share = (wanted - (quick & both).sum() / max(both.sum(), 1)) / max(1 - (quick & both).sum() / max(both.sum(), 1), 1e-9)
    middle = both & ~quick & (k.close - k.start > 88) & chance(rng, np.clip(share, 0, 1), n)
    between = np.clip(np.round((score + final) / 2), 0, 27)
    c.log.add(test[middle], k.patient[middle], (k.start + rng.integers(15, 86, n))[middle],
              course=k.course[middle], value=between[middle])  # fmt: skip
    add_remission(c, rng, k.patient[depressed], k.start[depressed])


def adults_only(c: Clinic) -> None:
    """Make every patient at least 18 when first seen: PSY-01 counts adults, and story S09 is exact."""
    young = age_on(c.people["birth"], FIRST - 400) < 18
    c.people["birth"][young] -= 20 * 365
