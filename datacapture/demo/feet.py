"""Foot therapists (FOD-01 to FOD-04, SPEC-02)."""

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import (
    Clinic,
    add_incidents,
    add_patient_answers,
    chance,
    monthly_chance,
    random_events,
)
from datacapture.demo.facts import FIRST, LAST
from datacapture.demo.gp_diabetes import add_ulcers
from datacapture.demo.schedule import visits

# Ulcers are commoner among those who see a foot therapist than among all with diabetes.
_ULCERS_PER_YEAR = 0.035
_TYPE1_SHARE = 0.12
_NEW_PATIENTS_PER_YEAR = 0.30
_VISIT_GAP = (80, 160)


def add_feet(c: Clinic) -> None:
    """Fill the event log of a foot therapy practice."""
    rng, n = c.rng("feet"), len(c.people)
    share = c.facts["practices"]["patients_per_year"]["podiatry"]["diabetes_share"]
    diabetic = chance(rng, share, n)
    who = np.flatnonzero(diabetic)
    kind = np.where(chance(rng, _TYPE1_SHARE, len(who)), codes.T1, codes.T2)
    c.log.add(kind, who, FIRST - rng.integers(30, 3800, len(who)), active=True)
    patient, day = visits(c.rng("visits"), np.arange(n), np.zeros(n), 1.0, _VISIT_GAP)
    c.log.add(codes.CONTACT, patient, day)
    _status(c, who)
    number = rng.poisson(_ULCERS_PER_YEAR * 3, len(who))
    sore = who[number > 0]
    add_ulcers(c, rng, sore, rng.integers(FIRST, LAST + 1, len(sore)))
    _waiting(c)
    add_patient_answers(c, patient, day)
    add_incidents(c)


def _status(c: Clinic, who: np.ndarray) -> None:
    """Add yearly foot status (FOD-01), risk group (FOD-02) and the letter to the doctor (FOD-03)."""
    rng, shares = c.rng("status"), c.facts["diseases"]["foot_in_diabetes"]["risk_group_share"]
    patient, day = visits(rng, who, c.habit("FOD-01")[who], c.levels["FOD-01"], (290, 362))
    c.log.add(codes.FOOT_STATUS, patient, day)
    groups = np.array([shares[str(g)] for g in range(1, 5)])
    risk = np.minimum(1 + np.searchsorted(np.cumsum(groups), rng.random(len(c.people))), 4)
    grouped = monthly_chance(c, rng, "FOD-02", day)
    c.log.add(codes.FOOT_RISK, patient[grouped], day[grouped], value=risk[patient[grouped]] * 1.0)
    sent = monthly_chance(c, rng, "FOD-03", day)
    c.log.add(codes.FOOT_LETTER, patient[sent], (day + rng.integers(0, 15, len(day)))[sent])


def _waiting(c: Clinic) -> None:
    """Add referrals and first visits; SPEC-02 = median days, scaled to the profession's own median."""
    rng = c.rng("waiting")
    rule = c.facts["delays"]["referral_to_first_visit_days"]["podiatry"]
    national = c.facts["variation"]["true_value"]["median_days"]["SPEC-02"][0]
    median = rule["median"] * c.levels["SPEC-02"] / national
    c.levels["SPEC-02"] = float(median)
    patient, day = random_events(c, rng, _NEW_PATIENTS_PER_YEAR)
    wait = np.round(np.exp(np.log(median) + rule["log_sd"] * rng.standard_normal(len(day)))).astype(np.int64)
    course = 1 + np.arange(len(day))
    c.log.add(codes.REFERRED, patient, day, course=course, referral=course)
    c.log.add(codes.COURSE_START, patient, day + wait, course=course, referral=course)
