"""Dentists and dental hygienists (TAND-01 to TAND-05, TPL-01, AB-01)."""

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import Clinic, add_incidents, add_patient_answers, chance, monthly_chance, pick
from datacapture.demo.facts import FIRST, LAST, age_on

_REPORTED_AGES = (5, 7, 12, 15)
_BEGIN = FIRST - 365
_STEPS = 12
# Days between examinations: children and the low and middle risk groups (green, yellow).
_CHILD, _GREEN, _YELLOW = (250, 350), (400, 620), (280, 420)
_ANTIBIOTICS_PER_EXAM = 0.03


def add_teeth(c: Clinic) -> None:
    """Fill the event log of a dental or dental hygiene practice."""
    patient, day = _examinations(c)
    c.log.add(codes.DENTAL_EXAM, patient, day)
    now = day >= FIRST
    c.log.add(codes.CONTACT, patient[now], day[now])
    _children(c, patient, day)
    _gums(c, patient, day)
    rng = c.rng("antibiotics")
    if c.practice.profession == "dentistry":
        treated = chance(rng, _ANTIBIOTICS_PER_EXAM, len(day)) & now
        code = pick(rng, codes.OTHER_ANTIBIOTICS, len(day), [0.75, 0.0, 0.15, 0.1, 0.0, 0.0])
        code = np.where(monthly_chance(c, rng, "AB-01", day), codes.PENICILLIN_V, code)
        c.log.add(code[treated], patient[treated], day[treated], end=day[treated] + 7)
    add_patient_answers(c, patient[now], day[now])
    add_incidents(c)


def _examinations(c: Clinic) -> tuple[np.ndarray, np.ndarray]:
    """Return (patient, day) of examinations and record risk groups (TAND-04); red is seen again by TAND-05."""
    rng, n = c.rng("exams"), len(c.people)
    groups = c.facts["diseases"]["dental_risk_group_adults"]
    risk = 1 + np.searchsorted(np.cumsum([groups["green"], groups["yellow"]]), rng.random(n))
    child = c.age((FIRST + LAST) // 2) < 18
    low = np.where(child, _CHILD[0], np.where(risk == 1, _GREEN[0], _YELLOW[0]))
    high = np.where(child, _CHILD[1], np.where(risk == 1, _GREEN[1], _YELLOW[1]))
    gaps = np.floor(low[:, None] + (high - low)[:, None] * rng.random((n, _STEPS)))
    soon = rng.random((n, _STEPS)) < c.levels["TAND-05"]
    red_gap = np.where(soon, rng.integers(150, 361, (n, _STEPS)), rng.integers(375, 520, (n, _STEPS)))
    gaps = np.where((~child & (risk == 3))[:, None], red_gap, gaps)
    days = (_BEGIN - 400 + np.floor(400 * rng.random(n))[:, None] + np.cumsum(gaps, axis=1)).astype(np.int64)
    keep = (days >= _BEGIN) & (days <= LAST) & (days > c.people["birth"][:, None] + 200)
    patient = np.broadcast_to(np.arange(n)[:, None], days.shape)[keep]
    day = days[keep]
    adult = age_on(c.people["birth"][patient], day) >= 18
    noted = adult & monthly_chance(c, rng, "TAND-04", day)
    c.log.add(codes.DENTAL_RISK, patient[noted], day[noted], value=risk[patient[noted]] * 1.0)
    return patient, day


def _children(c: Clinic, patient: np.ndarray, day: np.ndarray) -> None:
    """Add caries (TAND-01), DMFS at the reported ages (TAND-03), fluoride (TAND-02), and adult caries."""
    rng = c.rng("children")
    u = rng.random(len(c.people))
    age = age_on(c.people["birth"][patient], day)
    young = age <= 21
    per_year = c.facts["diseases"]["dental_adult_caries_per_year"]["share_of_seen"]
    # Caries follows the child: the same ones have it at every examination.
    rotten = np.where(young, u[patient] < c.levels["TAND-01"], chance(rng, per_year, len(day)))
    c.log.add(codes.CARIES, patient[rotten], day[rotten])
    counted = np.isin(age, (*_REPORTED_AGES, *(a - 1 for a in _REPORTED_AGES)))
    attacked = u[patient] >= c.levels["TAND-03"]
    surfaces = np.where(attacked, 1 + rng.poisson(2.0, len(day)), 0)
    c.log.add(codes.DMFS, patient[counted], day[counted], value=surfaces[counted] * 1.0)
    often = young & (rng.random(len(c.people)) < c.levels["TAND-02"])[patient]
    once = young & ~often & chance(rng, 0.3, len(day))
    for group, wait in ((often, 0), (often, 120), (once, 0)):
        c.log.add(codes.FLUORIDE, patient[group], day[group] + wait)


def _gums(c: Clinic, patient: np.ndarray, day: np.ndarray) -> None:
    """Add periodontitis and pocket charting at every examination of the TPL-01 share."""
    rng, has = c.rng("gums"), c.has["periodontitis"]
    who = np.flatnonzero(has & np.isin(np.arange(len(c.people)), patient))
    since = FIRST - rng.integers(30, 3000, len(who))
    c.log.add(codes.PERIODONTITIS, who, np.maximum(since, c.people["birth"][who] + 4000), active=True)
    charted = has & (c.habit("TPL-01") < c.levels["TPL-01"])
    rows = charted[patient]
    c.log.add(codes.PERIO_CHART, patient[rows], day[rows])
