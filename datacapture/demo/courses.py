"""Courses of care: physiotherapy, chiropractic and the frame shared with psychologists and specialists."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from datacapture.demo import codes
from datacapture.demo.clinic import (
    Clinic,
    add_incidents,
    add_patient_answers,
    chance,
    days_in_month,
    month_weights,
    monthly_chance,
)
from datacapture.demo.facts import FIRST, LAST, MONTH_STARTS, MONTHS, NO_DAY, age_on
from datacapture.demo.stories import story_plant

# Months of courses still open at the end: they start inside the period and close after it.
_OPEN_MONTHS = 5
_LATE_LETTER_NEVER = 0.3
_DEFAULT_DELAY = {"median": 14, "log_sd": 0.6}
_UNSTRUCTURED_CODED, _LAST_VISIT_KEPT = 0.25, 0.4
_OTHER_CHIROPRACTIC = (0.6, 0.2, 0.2)  # radiating pain, hip and knee among all other diagnoses
_STRUCTURED = {"physiotherapy": 0.75, "chiropractic": 0.0}
_REFERRED = {"physiotherapy": 0.7, "chiropractic": 0.0, "psychology": 0.85, "specialist_practice": 0.75}
_DURATION = {"physiotherapy": (55, 0.5), "chiropractic": (48, 0.5), "psychology": (115, 0.35),
             "specialist_practice": (25, 0.8)}  # fmt: skip


@dataclass
class Courses:
    """One row per course. Days; `referral` = day the referral came, NO_DAY = none."""

    patient: np.ndarray
    start: np.ndarray
    close: np.ndarray
    referral: np.ndarray
    course: np.ndarray


def monthly_numbers(c: Clinic, rng: np.random.Generator, yearly: float, planned: list[int] | None) -> np.ndarray:
    """Return courses a month for the 36 months; `planned` = exact numbers of the last months (stories)."""
    numbers = rng.poisson(month_weights(c) * yearly / 12)
    if planned is not None:
        numbers[: -len(planned)] = rng.poisson(np.mean(planned), len(MONTHS) - len(planned))
        numbers[-len(planned) :] = planned
    return numbers


def draw_courses(
    c: Clinic,
    planned: list[int] | None = None,
    by_close: bool = False,
    keep_back: int = 0,
    pool: float = 1.0,
) -> Courses:
    """Return the courses of a practice; `by_close` = the monthly numbers count closings, not starts.

    `keep_back` leaves the last days of every month free, so that what follows lies in the same month.
    `pool` = share of the patients, from the first on, who have courses.
    """
    rng, profession = c.rng("courses"), c.practice.profession
    numbers = monthly_numbers(c, rng, c.practice.patients, planned)
    months = np.repeat(np.arange(len(MONTHS)), numbers)
    day = days_in_month(rng, months, keep_back)
    median, log_sd = _DURATION[profession]
    if by_close:
        later = rng.poisson(max(c.practice.patients / 12, 1), _OPEN_MONTHS)
        beyond = np.repeat(np.arange(_OPEN_MONTHS), later)
        day = np.concatenate([day, LAST + 1 + beyond * 30 + rng.integers(0, 30, len(beyond))])
    length = np.maximum(1, np.round(np.exp(np.log(median) + log_sd * rng.standard_normal(len(day))))).astype(np.int64)
    start, close = (day - length, day) if by_close else (day, day + length)
    patient = rng.integers(0, max(1, int(len(c.people) * pool)), len(day))
    # A patient must be born before the course begins.
    start = np.maximum(start, c.people["birth"][patient] + 1)
    close = np.maximum(close, start + 1)
    referral = np.where(chance(rng, _REFERRED[profession], len(day)), start - _waiting_days(c, rng, len(day)), NO_DAY)
    return Courses(patient, start, close, referral, 1 + np.arange(len(day)))


def _waiting_days(c: Clinic, rng: np.random.Generator, n: int) -> np.ndarray:
    """Return days from referral to first visit; specialists follow SPEC-01, the others the facts' delays."""
    rules = c.facts["delays"]["referral_to_first_visit_days"]
    rule = rules.get(c.practice.profession, _DEFAULT_DELAY)
    log_sd = rule["log_sd"]
    if c.practice.profession == "specialist_practice":
        median = 30.5 * np.exp(-log_sd * ndtri(c.levels["SPEC-01"]))
    else:
        # The practice's SPEC-02 level moves the profession's own median.
        national = c.facts["variation"]["true_value"]["median_days"]["SPEC-02"][0]
        median = rule["median"] * c.levels["SPEC-02"] / national
        c.levels["SPEC-01"] = float(ndtr((np.log(30.5) - np.log(median)) / log_sd))
    c.levels["SPEC-02"] = float(median)
    return np.round(np.exp(np.log(median) + log_sd * rng.standard_normal(n))).astype(np.int64)


def add_frame(c: Clinic, k: Courses) -> None:
    """Add referral, first visit, closing and discharge letter; SPEC-03 = letter within 5 days."""
    rng = c.rng("frame")
    sent = k.referral != NO_DAY
    ref = np.where(sent, k.course, 0)
    c.log.add(codes.REFERRED, k.patient[sent], k.referral[sent], course=k.course[sent], referral=ref[sent])
    c.log.add(codes.COURSE_START, k.patient, k.start, course=k.course, referral=ref)
    c.log.add(codes.COURSE_END, k.patient, k.close, course=k.course)
    if c.practice.profession == "psychology":
        return
    quick = _letters(c, rng, k)
    wait = np.where(quick, rng.integers(0, 6, len(quick)), rng.integers(6, 40, len(quick)))
    written = quick | ~chance(rng, _LATE_LETTER_NEVER, len(quick))
    c.log.add(codes.DISCHARGE_LETTER, k.patient[written], (k.close + wait)[written], course=k.course[written])


def _letters(c: Clinic, rng: np.random.Generator, k: Courses) -> np.ndarray:
    """Return which letters are sent within 5 days; story S02 plants exact numbers a month."""
    if "S02" not in c.practice.stories:
        return monthly_chance(c, rng, "SPEC-03", k.close)
    plant = story_plant("S02")
    c.levels["SPEC-03"] = sum(plant["numerators"][-12:]) / sum(plant["denominators"][-12:])
    before = plant["numerators"][: plant["change_month"] - 1]
    quick = chance(rng, sum(before) / sum(plant["denominators"][: len(before)]), len(k.close))
    return plant_monthly(rng, quick, k.close, plant["numerators"])


def plant_monthly(rng: np.random.Generator, flags: np.ndarray, day: np.ndarray, numerators: list[int]) -> np.ndarray:
    """Return `flags` with exactly the planned number true in each of the last months."""
    out = flags.copy()
    for i, wanted in enumerate(numerators, start=len(MONTHS) - len(numerators)):
        rows = np.flatnonzero((day >= MONTH_STARTS[i]) & (day < MONTH_STARTS[i + 1]))
        out[rows] = False
        out[rng.permutation(rows)[:wanted]] = True
    return out


def _diagnoses(c: Clinic, rng: np.random.Generator, n: int) -> np.ndarray:
    """Return the diagnosis of each course: the mix seen in chiropractic, joints too in physiotherapy."""
    if c.practice.profession == "chiropractic":
        mix = c.facts["activity"]["chiropractic_diagnosis_mix"]
        options = (codes.LOW_BACK[0], codes.LOW_BACK[1], codes.NECK, codes.RADIATING, codes.HIP_OA, codes.KNEE_OA)
        shares = [mix["L84"], mix["L03"], mix["L83"], *(mix["other"] * part for part in _OTHER_CHIROPRACTIC)]
    else:
        options = (*codes.LOW_BACK, codes.NECK, codes.RADIATING, codes.HIP_OA, codes.KNEE_OA)
        shares = [0.33, 0.12, 0.15, 0.10, 0.12, 0.18]
    return np.array(options)[rng.choice(len(options), n, p=np.array(shares) / sum(shares))]


def _red_flags(c: Clinic) -> float:
    return float(c.facts["diseases"]["items"]["back_pain_long_term"]["red_flags_share"]["value"])


def _coded(c: Clinic, rng: np.random.Generator, k: Courses, structured: np.ndarray) -> np.ndarray:
    """Return which courses carry a diagnosis code: KIR-01 or FYS-01, and story S04."""
    n = len(k.start)
    if c.practice.profession == "physiotherapy":
        return np.where(structured, monthly_chance(c, rng, "FYS-01", k.start), chance(rng, _UNSTRUCTURED_CODED, n))
    if "S04" not in c.practice.stories:
        return monthly_chance(c, rng, "KIR-01", k.start)
    plant = story_plant("S04")
    c.levels["KIR-01"] = sum(plant["numerators"][-12:]) / sum(plant["denominators"][-12:])
    before = plant["system_change_month"] - 1
    share = sum(plant["numerators"][:before]) / sum(plant["denominators"][:before])
    return plant_monthly(rng, chance(rng, share, n), k.start, plant["numerators"])


def _exact_risk_groups(
    c: Clinic, rng: np.random.Generator, k: Courses, coded: np.ndarray, dx: np.ndarray, risk: np.ndarray
) -> None:
    """Story S01: change `coded`, `dx` and `risk` in place so that FYS-03 of the last year is exact.

    Counted are first visits of adults with coded low back pain from 12 months to 14 days before the end.
    """
    plant = story_plant("S01.high")
    adult = age_on(c.people["birth"][k.patient], k.start) >= 18
    window = adult & (k.start >= MONTH_STARTS[-13]) & (k.start <= LAST - 14)
    low_back = np.isin(dx, codes.LOW_BACK)
    counted = np.flatnonzero(window & coded & low_back)
    surplus = len(counted) - plant["denominator"]
    if surplus > 0:
        dx[rng.choice(counted, surplus, replace=False)] = codes.NECK
    elif surplus < 0:
        more = rng.choice(np.flatnonzero(window & ~(coded & low_back)), -surplus, replace=False)
        coded[more], dx[more] = True, codes.LOW_BACK[0]
    counted = np.flatnonzero(window & coded & np.isin(dx, codes.LOW_BACK))
    risk[counted] = False
    risk[rng.choice(counted, plant["numerator"], replace=False)] = True


def add_musculoskeletal(c: Clinic) -> None:
    """Fill the event log of a physiotherapy or chiropractic practice."""
    story = "S04" in c.practice.stories
    planned = story_plant("S04")["denominators"] if story else None
    k = draw_courses(c, planned, keep_back=14 if story else 0)
    add_frame(c, k)
    rng, n = c.rng("musculoskeletal"), len(k.start)
    structured = chance(rng, _STRUCTURED[c.practice.profession], n)
    coded, dx = _coded(c, rng, k, structured), _diagnoses(c, rng, n)
    risk = monthly_chance(c, rng, "FYS-03", k.start)
    if "S01.high" in c.practice.stories:
        _exact_risk_groups(c, rng, k, coded, dx, risk)
    c.log.add(codes.STRUCTURED, k.patient[structured], k.start[structured], course=k.course[structured])
    c.log.add(dx[coded], k.patient[coded], k.start[coded], course=k.course[coded])
    if "S01.high" not in c.practice.stories:
        # Red flags take a course out of FYS-03 and KIR-02; the counts of the story are exact without them.
        flagged = coded & np.isin(dx, codes.LOW_BACK) & chance(c.rng("red flags"), _red_flags(c), n)
        c.log.add(codes.RED_FLAG, k.patient[flagged], k.start[flagged], course=k.course[flagged])
    risk &= np.isin(dx, codes.LOW_BACK)
    c.log.add(codes.START_BACK, k.patient[risk], k.start[risk], course=k.course[risk],
              value=rng.integers(1, 4, int(risk.sum())))  # fmt: skip
    _follow_up(c, rng, k, dx, coded)
    add_incidents(c)


def _follow_up(c: Clinic, rng: np.random.Generator, k: Courses, dx: np.ndarray, coded: np.ndarray) -> None:
    """Add reassessment (FYS-04), function scores (FYS-02), imaging (KIR-02) and contacts with their codes."""
    n = len(k.start)
    again = monthly_chance(c, rng, "FYS-04", k.start)
    wait = np.where(again, rng.integers(14, 43, n), rng.integers(45, 80, n))
    known = (again | chance(rng, 0.4, n)) & (k.start + wait <= k.close)
    c.log.add(codes.REASSESS, k.patient[known], (k.start + wait)[known], course=k.course[known])
    both = monthly_chance(c, rng, "FYS-02", k.close)
    first = both | chance(rng, 0.35, n)
    before = np.clip(np.round(rng.normal(4.0, 1.6, n), 1), 0, 10)
    after = np.clip(np.round(before + rng.normal(2.4, 1.8, n), 1), 0, 10)
    c.log.add(codes.PSFS, k.patient[first], k.start[first], course=k.course[first], value=before[first])
    c.log.add(codes.PSFS, k.patient[both], k.close[both], course=k.course[both], value=after[both])
    if c.practice.profession == "chiropractic":
        imaged = monthly_chance(c, rng, "KIR-02", k.start) & coded
        c.log.add(codes.SPINE_IMAGE, k.patient[imaged], (k.start + rng.integers(0, 29, n))[imaged])
    c.log.add(codes.CONTACT, k.patient, k.start, course=k.course)
    last = chance(rng, _LAST_VISIT_KEPT, n)
    c.log.add(codes.CONTACT, k.patient[last], k.close[last], course=k.course[last])
    # The code is repeated at the last visit, more than 14 days on, so it never stands in for a missing first one.
    repeat = last & coded & (k.close > k.start + 14) & monthly_chance(c, rng, "X-01", k.close)
    # What follows from the courses' codes and the repeats is this practice's share of coded contacts.
    c.levels["X-01"] = float((coded.sum() + repeat.sum()) / max(n + last.sum(), 1))
    c.log.add(dx[repeat], k.patient[repeat], k.close[repeat], course=k.course[repeat])
    seen = (k.start >= FIRST) & (k.start <= LAST)
    add_patient_answers(c, k.patient[seen], k.start[seen])
