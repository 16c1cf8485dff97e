"""General practice: depression, falls, admissions, bookings, smears, contacts, end of life."""

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import (
    Clinic,
    add_patient_answers,
    chance,
    month_weights,
    monthly_chance,
    pick,
    random_events,
)
from datacapture.demo.facts import FIRST, LAST, day
from datacapture.demo.people import BANDS, band_of
from datacapture.demo.schedule import visits

# The intake keeps few of all contacts; this share of them carries a code the demo's purposes allow.
CONTACTS_KEPT = 0.01
_BOOKED_PER_YEAR = 0.02
_REMISSION_MEASURED = 0.45
_SMEAR_FROM = day("2019-10-01")
# Design choices: women of 24-66 without a womb, births a year among women of 18-42, kidney failure in stage 5.
_HYSTERECTOMIES, _PREGNANCIES_PER_YEAR, _KIDNEY_FAILURE = 0.04, 0.05, 0.004


def add_depression(c: Clinic) -> None:
    """Add depression courses with PHQ-9: repeated within 3 months (DEP-02), free after a year (DEP-01)."""
    rng, rule = c.rng("depression"), c.facts["diseases"]["items"]["depression"]
    who = np.flatnonzero(c.has["depression"])
    c.log.add(codes.DEPRESSION, who, c.onset["depression"][who], active=True)
    rate = rule["new_courses_per_1000_adults_year"]["value"] / 1000
    patient, first = random_events(c, rng, (c.age() >= 18) * rate)
    c.log.add(codes.DEPRESSION, patient, first, end=first + 120)
    start = rule["phq9_at_start"]
    score = np.round(np.clip(rng.normal(start["mean"], start["sd"], len(patient)), start["min"], start["max"]))
    c.log.add(codes.PHQ9, patient, first, value=score)
    again = monthly_chance(c, rng, "DEP-02", first)
    later = first + rng.integers(15, 88, len(first))
    better = np.clip(np.round(score - rng.normal(4, 4, len(score))), 0, 27)
    c.log.add(codes.PHQ9, patient[again], later[again], value=better[again])
    add_remission(c, rng, patient, first)


def add_remission(c: Clinic, rng: np.random.Generator, patient: np.ndarray, first: np.ndarray) -> None:
    """Add PHQ-9 about a year after each first score, so that DEP-01 of all are below 5 then.

    The rest score 5 to 9: a score above 9 would begin a case of its own.
    """
    free = monthly_chance(c, rng, "DEP-01", first)
    seen = free | chance(rng, _REMISSION_MEASURED / 2, len(first))
    value = np.where(free, rng.integers(0, 5, len(first)), rng.integers(5, 10, len(first)))
    c.log.add(codes.PHQ9, patient[seen], (first + 365 + rng.integers(-55, 56, len(first)))[seen], value=value[seen])


def add_old_age(c: Clinic) -> None:
    """Add fall assessments (FALD-01), avoidable admissions (INDL-01) and the palliative phase."""
    rng, old = c.rng("old"), c.age() >= 65
    who = np.flatnonzero(c.age() >= 66)
    patient, days = visits(rng, who, c.habit("FALD-01")[who], c.levels["FALD-01"], (300, 360))
    c.log.add(codes.FALL_TEST, patient, days)
    patient, days = random_events(c, rng, old * c.levels["INDL-01"] / 1000)
    kind = pick(rng, codes.AVOIDABLE, len(days), [0.42, 0.18, 0.2, 0.05, 0.05, 0.1])
    c.log.add(kind, patient, days, end=days + rng.integers(1, 9, len(days)))
    dying = np.flatnonzero((c.people["death"] > FIRST) & chance(rng, 0.25, len(c.people)) & old)
    c.log.add(codes.PALLIATIVE, dying, c.people["death"][dying] - rng.integers(10, 120, len(dying)), active=True)


def add_smears(c: Clinic) -> None:
    """Add cervical smears: on time (36 months below 30, else 60) for the SMEAR-01 share of women."""
    rng, age = c.rng("smear"), c.age()
    woman = (c.people["sex"] == 2) & (age >= 24) & (age <= 66)
    on_time = np.flatnonzero(woman & (c.habit("SMEAR-01") < c.levels["SMEAR-01"]))
    # A woman of 30-32 needs the short interval too: within the period she was still below 30.
    gap = np.where(age[on_time] < 33, 1050, 1790)
    last = LAST - np.floor(rng.random(len(on_time)) * gap).astype(np.int64)
    for step in range(4):
        days = last - step * gap
        old_enough = (days >= _SMEAR_FROM) & (days >= c.people["birth"][on_time] + 23 * 365)
        c.log.add(codes.SMEAR, on_time[old_enough], days[old_enough])


def add_exclusions(c: Clinic) -> None:
    """Add what takes patients out of a denominator: hysterectomy, pregnancy, kidney failure with diabetes."""
    rng, age = c.rng("exclusions"), c.age()
    woman = c.people["sex"] == 2
    operated = np.flatnonzero(woman & (age >= 24) & (age <= 66) & chance(rng, _HYSTERECTOMIES, len(age)))
    c.log.add(codes.HYSTERECTOMY, operated, FIRST - rng.integers(-900, 3000, len(operated)))
    patient, begun = random_events(c, rng, (woman & (age >= 18) & (age <= 42)) * _PREGNANCIES_PER_YEAR)
    c.log.add(codes.PREGNANCY, patient, begun, end=begun + 280)
    ill = (c.has["type2_diabetes"] | c.has["type1_diabetes"]) & (age >= 50)
    failing = np.flatnonzero(ill & chance(rng, _KIDNEY_FAILURE, len(age)))
    c.log.add(codes.CKD5, failing, FIRST - rng.integers(0, 1500, len(failing)), active=True)


def add_bookings(c: Clinic) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Add booked times; return (patient, day, course) of the visits. TID-01 = seen within 7 days."""
    rng = c.rng("bookings")
    patient, day_ = random_events(c, rng, _BOOKED_PER_YEAR, month_weights(c))
    quick = monthly_chance(c, rng, "TID-01", day_)
    wait = np.where(quick, rng.integers(0, 8, len(day_)), rng.integers(8, 25, len(day_)))
    course = 1 + np.arange(len(day_))
    c.log.add(codes.BOOKED, patient, day_, course=course)
    acute, acute_day = random_events(c, rng, _BOOKED_PER_YEAR / 10)
    c.log.add(codes.ACUTE_TIME, acute, acute_day)
    return patient, day_ + wait, course


def add_gp_contacts(c: Clinic) -> None:
    """Add the contacts that are kept, their diagnosis codes (X-01) and answers about them (X-03)."""
    rng = c.rng("contacts")
    table = c.facts["activity"]["gp_contacts_per_year_by_age"]
    per_year = np.array([table[b] for b in BANDS])[band_of(np.clip(c.age(), 0, None))]
    patient, day_ = random_events(c, rng, per_year * CONTACTS_KEPT, month_weights(c))
    booked, booked_day, course = add_bookings(c)
    patient, day_ = np.concatenate([patient, booked]), np.concatenate([day_, booked_day])
    case = np.concatenate([np.zeros(len(day_) - len(course), dtype=np.int64), course])
    inside = (day_ <= np.minimum(LAST, c.log.leave[patient])) & (day_ >= c.log.enter[patient])
    patient, day_, case = patient[inside], day_[inside], case[inside]
    kind = pick(rng, (*codes.GP_VISITS, codes.CONTACT), len(day_), [0.6, 0.2, 0.2])
    c.log.add(kind, patient, day_, course=case)
    coded = monthly_chance(c, rng, "X-01", day_)
    c.log.add(_reason(c, rng, patient[coded]), patient[coded], day_[coded])
    add_patient_answers(c, patient, day_)


def _reason(c: Clinic, rng: np.random.Generator, patient: np.ndarray) -> np.ndarray:
    """Return a diagnosis for each contact that no other indicator starts from."""
    n, age = len(patient), c.age()[patient]
    code = pick(rng, (codes.ANXIETY, *codes.OTHER_INFECTION), n)
    joints = (age >= 50) & chance(rng, 0.3, n)
    code[joints] = pick(rng, (codes.HIP_OA, codes.KNEE_OA), int(joints.sum()))
    known = c.has["hypertension"][patient] & chance(rng, 0.4, n) & (c.onset["hypertension"][patient] < FIRST)
    code[known] = codes.HYPERTENSION
    return code
