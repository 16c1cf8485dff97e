"""One practice while its events are made: people, diseases, true values, event log and shared recipes."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtr

from datacapture.demo import codes
from datacapture.demo.facts import FIRST, LAST, MONTH_STARTS, MONTHS, NO_DAY, Facts, age_on, month_of
from datacapture.demo.levels import Levels
from datacapture.demo.records import EventLog, Practice
from datacapture.demo.streams import stream

YEARS = 3
# Share of a practice's patients correlation between checks: those who come for one come for the others.
_SHARED_HABIT = 0.15
# An incident is reported in every first practice of a profession and region, so that X-02 has cases.
_SURE_INCIDENT = "2026-02-03"


@dataclass
class Clinic:
    """Everything the recipes need. `onset` = first day of each drawn disease per patient (NO_DAY = not ill)."""

    facts: Facts
    seed: int
    practice: Practice
    people: np.ndarray
    has: dict[str, np.ndarray]
    levels: Levels
    log: EventLog
    onset: dict[str, np.ndarray] = field(default_factory=dict)

    def rng(self, purpose: str) -> np.random.Generator:
        """Return this practice's random stream for a purpose."""
        return stream(self.seed, self.practice.id, purpose)

    @property
    def staying(self) -> np.ndarray:
        """Patients (boolean) on the list during all 36 months."""
        return (self.log.enter <= FIRST) & (self.log.leave == LAST)

    def age(self, at: Any = LAST) -> np.ndarray:
        """Return the age of every patient in completed years on a day (or a day per patient)."""
        return age_on(self.people["birth"], at)

    def habit(self, purpose: str) -> np.ndarray:
        """Return a 0-1 draw per patient, low = always checked, correlated between purposes."""
        base = self.rng("habit").standard_normal(len(self.people))
        own = self.rng(f"habit|{purpose}").standard_normal(len(self.people))
        return ndtr(np.sqrt(_SHARED_HABIT) * base + np.sqrt(1 - _SHARED_HABIT) * own)

    def years_listed(self) -> np.ndarray:
        """Return years each patient spent with the practice during the 36 months."""
        first = np.maximum(self.log.enter, FIRST)
        return np.maximum(0, self.log.leave - first + 1) / 365.25


def pick(rng: np.random.Generator, options: tuple[int, ...], n: int, shares: list[float] | None = None) -> np.ndarray:
    """Return n codes drawn from `options`, in the given shares (equal when None)."""
    if shares is None:
        return np.array(options)[rng.integers(0, len(options), n)]
    return np.array(options)[rng.choice(len(options), n, p=np.array(shares) / sum(shares))]


def days_in_month(rng: np.random.Generator, months: np.ndarray, keep_back: int = 0) -> np.ndarray:
    """Return a day in each month number; the last `keep_back` days of the month stay free."""
    starts = MONTH_STARTS[months]
    length = MONTH_STARTS[months + 1] - starts - keep_back
    return starts + np.floor(rng.random(len(months)) * length).astype(np.int64)


def month_weights(c: Clinic) -> np.ndarray:
    """Return the relative activity of the 36 months, mean 1."""
    table = c.facts["activity"]["gp_monthly_weights"]
    weights = np.array([table[m[5:]] for m in MONTHS])
    return weights / weights.mean()


def random_events(
    c: Clinic, rng: np.random.Generator, per_year: np.ndarray | float, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return (patient, day) of events at `per_year` per patient (scalar or array) while on the list."""
    yearly = np.broadcast_to(np.asarray(per_year, dtype=float), (len(c.people),))
    counts = rng.poisson(yearly * YEARS)
    patient = np.repeat(np.arange(len(c.people)), counts)
    p = None if weights is None else weights / weights.sum()
    day = days_in_month(rng, rng.choice(len(MONTHS), len(patient), p=p))
    inside = (day >= c.log.enter[patient]) & (day <= c.log.leave[patient])
    return patient[inside], day[inside]


def chance(rng: np.random.Generator, share: np.ndarray | float, n: int) -> np.ndarray:
    """Return n booleans, true with the given share (scalar or one per element)."""
    return rng.random(n) < share


def monthly_chance(c: Clinic, rng: np.random.Generator, indicator: str, days: np.ndarray) -> np.ndarray:
    """Return a boolean per day, true with the practice's level of the indicator in that month."""
    return rng.random(len(days)) < c.levels.monthly(indicator)[month_of(days)]


def add_patient_answers(c: Clinic, patient: np.ndarray, day: np.ndarray) -> None:
    """Add patient-experience answers so that about X-03 of patients with a contact in a year gave one."""
    if not len(patient):
        return
    rng = c.rng("answers")
    # Chance of an answer in a year: 1 - (1 - q)^k over k contacts; k is near 1 for patients seen.
    pairs = np.unique(np.stack([patient, (day - FIRST) // 365]), axis=1).shape[1]
    per_contact = c.levels["X-03"] * pairs / len(patient)
    gives = chance(rng, per_contact, len(patient))
    answered = np.minimum(day[gives] + rng.integers(0, 8, int(gives.sum())), LAST)
    c.log.add(codes.PREM, patient[gives], answered, value=1.0)


def add_incidents(c: Clinic) -> None:
    """Add reported incidents and when they were closed; X-02 = closed within 90 days."""
    rng, rule = c.rng("incidents"), c.facts["incidents"]["realistic_per_practice_year"]
    mean, spread = rule["mean"][c.practice.profession], rule["dispersion"]
    number = int(rng.negative_binomial(spread, spread / (spread + mean * YEARS)))
    sure = c.practice.ordinal == 1
    day = rng.integers(FIRST, LAST + 1, number + sure)
    if sure:
        day[0] = int(np.datetime64(_SURE_INCIDENT).astype("datetime64[D]").astype(int))
    quick = monthly_chance(c, rng, "X-02", day)
    wait = np.where(quick, rng.integers(5, 88, len(day)), rng.integers(95, 240, len(day)))
    # An incident is filed under a patient who stays with the practice; the choice says nothing about them.
    where = np.flatnonzero(c.staying) if c.staying.any() else np.arange(len(c.people))
    patient = rng.choice(where, len(day))
    course = 900_001 + np.arange(len(day))
    c.log.add(codes.INCIDENT, patient, day, course=course)
    c.log.add(codes.INCIDENT_CLOSED, patient, day + wait, course=course)


def onsets(c: Clinic, disease: str, years: float) -> np.ndarray:
    """Return the first day of a disease: evenly over the last `years`, never before birth, NO_DAY if not ill."""
    rng = c.rng(f"onset|{disease}")
    day = LAST - np.floor(rng.random(len(c.people)) * years * 365.25).astype(np.int64)
    return np.where(c.has[disease], np.maximum(day, c.people["birth"] + 1), NO_DAY)
