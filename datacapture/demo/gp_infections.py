"""General practice: antibiotics, sore throats, colds and new back pain (AB-01 to AB-05, KIR-02)."""

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import Clinic, chance, days_in_month, monthly_chance, pick, random_events
from datacapture.demo.facts import LAST, MONTHS

_AGE_STARTS = np.array([0, 6, 18, 40, 65, 75, 85])
_COURSE_DAYS = 7
# Of all antibiotic prescriptions (design choice): for a sore throat and, wrongly, for a cold.
_SORE_THROAT_SHARE = 0.09
_COLDS_PER_YEAR = 0.035
_THROATS_WITHOUT = 0.02
_KEEP_APART = 45


def season(c: Clinic) -> np.ndarray:
    """Return the relative number of prescriptions in each of the 36 months, mean 1, highest in January."""
    amplitude = c.facts["medicine"]["antibiotics"]["seasonal_amplitude"]["value"]
    return 1 + amplitude * np.cos(2 * np.pi * (np.array([int(m[5:]) for m in MONTHS]) - 1) / 12)


def add_infections(c: Clinic, monthly: list[int] | None, broad: dict[int, int] | None) -> None:
    """Add antibiotic prescriptions and the infections behind some of them.

    `monthly` = exact number of prescriptions in each of the 36 months (stories), drawn when None;
    `broad` = exact number of broad-spectrum ones in given months.
    """
    rng = c.rng("antibiotics")
    relative = c.facts["medicine"]["antibiotics"]["relative_by_age"]
    ages = np.array(list(relative.values())[: len(_AGE_STARTS)], dtype=float)
    age = np.clip(c.age(), 0, None)
    weight = ages[np.searchsorted(_AGE_STARTS, age, side="right") - 1]
    weight = weight / weight.mean()
    if monthly is None:
        patient, day = random_events(c, rng, c.levels["AB-02"] / 1000 * weight, season(c))
    else:
        months = np.repeat(np.arange(len(MONTHS)), monthly)
        p = np.where(c.staying, weight, 0.0)
        patient, day = rng.choice(len(p), len(months), p=p / p.sum()), days_in_month(rng, months)
    code = _drugs(c, rng, day, broad)
    c.log.add(code, patient, day, end=np.minimum(day + _COURSE_DAYS, LAST + _COURSE_DAYS))
    _infections(c, rng, patient, day)


def _drugs(c: Clinic, rng: np.random.Generator, day: np.ndarray, broad: dict[int, int] | None) -> np.ndarray:
    """Return the drug of each prescription by AB-01 and AB-03."""
    u = rng.random(len(day))
    narrow = u < c.levels["AB-01"]
    wide = ~narrow & (u < c.levels["AB-01"] + c.levels["AB-03"])
    month = np.searchsorted(np.array([np.datetime64(m).astype("datetime64[D]").astype(int) for m in MONTHS]), day,
                            side="right") - 1  # fmt: skip
    for index, wanted in (broad or {}).items():
        rows = np.flatnonzero(month == index)
        wide[rows] = False
        wide[rng.permutation(rows)[:wanted]] = True
    code = pick(rng, codes.OTHER_ANTIBIOTICS, len(day), [0.24, 0.30, 0.09, 0.13, 0.12, 0.12])
    code[narrow] = codes.PENICILLIN_V
    code[wide] = pick(rng, codes.BROAD, int(wide.sum()), [0.6, 0.35, 0.05])
    return code


def _infections(c: Clinic, rng: np.random.Generator, patient: np.ndarray, day: np.ndarray) -> None:
    """Name the infection behind some prescriptions, and add infections left without antibiotics."""
    lonely = _first_in_a_while(patient, day)
    u = rng.random(len(patient))
    throat = lonely & (u < _SORE_THROAT_SHARE)
    _throats(c, rng, patient[throat], day[throat], True)
    p, d = random_events(c, rng, _THROATS_WITHOUT, season(c))
    _throats(c, rng, p, d, False)
    treated_colds = _COLDS_PER_YEAR * len(c.people) * 3 * (1 - c.levels["AB-05"])
    cold = lonely & (u >= _SORE_THROAT_SHARE) & (u < _SORE_THROAT_SHARE + treated_colds / max(lonely.sum(), 1))
    c.log.add(codes.COLD, patient[cold], day[cold], since_list=True)
    p, d = random_events(c, rng, _COLDS_PER_YEAR * c.levels["AB-05"], season(c))
    c.log.add(codes.COLD, p, d)


def _first_in_a_while(patient: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return which prescriptions have none for the same patient in the `_KEEP_APART` days before."""
    order = np.lexsort((day, patient))
    gap = np.diff(day[order], prepend=-(2**30))
    same = np.diff(patient[order], prepend=-1) == 0
    alone = np.ones(len(day), dtype=bool)
    alone[order] = ~(same & (gap <= _KEEP_APART))
    return alone


def _throats(c: Clinic, rng: np.random.Generator, patient: np.ndarray, day: np.ndarray, treated: bool) -> None:
    """Add sore throats and strep A tests; AB-04 = tested among the treated."""
    c.log.add(pick(rng, codes.SORE_THROAT, len(day)), patient, day)
    tested = monthly_chance(c, rng, "AB-04", day) if treated else chance(rng, 0.6, len(day))
    positive = rng.random(int(tested.sum())) < (0.75 if treated else 0.05)
    c.log.add(codes.STREP, patient[tested], day[tested], value=positive * 1.0)


def add_back_pain(c: Clinic) -> None:
    """Add new low back pain of adults and imaging within 28 days (KIR-02); 2 in 100 carry a red flag."""
    rng, rule = c.rng("back"), c.facts["diseases"]["items"]["back_pain_long_term"]
    adult = c.age() >= 18
    per_year = rule["new_episodes_seen_per_1000_adults_year"]["general_practice"] / 1000
    patient, day = random_events(c, rng, adult * per_year)
    c.log.add(pick(rng, codes.LOW_BACK, len(day)), patient, day, end=day + rng.integers(10, 60, len(day)))
    flagged = chance(rng, rule["red_flags_share"]["value"], len(day))
    c.log.add(codes.RED_FLAG, patient[flagged], day[flagged])
    imaged = monthly_chance(c, rng, "KIR-02", day) | flagged
    c.log.add(codes.SPINE_IMAGE, patient[imaged], (day + rng.integers(0, 29, len(day)))[imaged])
