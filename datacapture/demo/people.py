"""Patients: general practice lists with movement, and the patients other professions see."""

import numpy as np

from datacapture.demo.facts import FIRST, LAST, NO_DAY, Facts, years_before
from datacapture.demo.records import PATIENT_DTYPE, Practice
from datacapture.demo.stories import story_plant
from datacapture.demo.streams import stream

BANDS = ("0-5", "6-11", "12-17", "18-29", "30-39", "40-49", "50-59", "60-64", "65-74", "75-84", "85+")
BAND_STARTS = np.array([0, 6, 12, 18, 30, 40, 50, 60, 65, 75, 85])
_YEARS = 3
_OLDEST = 102
# Who comes to each profession, relative to the population, by band (design choice).
_VISITORS: dict[str, tuple[float, ...]] = {
    "specialist_practice": (0.7, 0.5, 0.5, 0.6, 0.8, 0.9, 1.1, 1.3, 1.6, 1.8, 1.6),
    "eye": (0.2, 0.3, 0.3, 0.2, 0.3, 0.6, 1.1, 1.6, 2.6, 3.2, 2.8),
    "paediatrics": (3.0, 2.5, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "psychiatry": (0.0, 0.1, 0.5, 1.6, 1.5, 1.3, 1.0, 0.7, 0.4, 0.2, 0.1),
    "physiotherapy": (0.1, 0.1, 0.3, 0.7, 1.0, 1.2, 1.4, 1.5, 1.5, 1.2, 0.8),
    "chiropractic": (0.9, 0.3, 0.4, 0.9, 1.3, 1.4, 1.3, 1.1, 0.9, 0.6, 0.3),
    "psychology": (0.0, 0.0, 0.1, 1.8, 1.6, 1.3, 0.9, 0.5, 0.2, 0.1, 0.0),
    "dentistry": (0.6, 1.6, 1.6, 0.8, 1.0, 1.1, 1.1, 1.1, 1.1, 0.9, 0.6),
    "dental_hygiene": (0.6, 1.6, 1.6, 0.9, 1.1, 1.1, 1.0, 1.0, 1.0, 0.8, 0.5),
    "podiatry": (0.0, 0.0, 0.1, 0.2, 0.4, 0.7, 1.1, 1.5, 2.2, 3.0, 3.5),
}


def band_of(age: np.ndarray) -> np.ndarray:
    """Return the position in BANDS of each age in years."""
    return np.searchsorted(BAND_STARTS, age, side="right") - 1


def _draw_people(facts: Facts, rng: np.random.Generator, n: int, weights: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return (sex 1/2, age in years with decimals) of n people."""
    table = np.array([facts["population"]["by_age_sex"][b] for b in BANDS], dtype=float)
    p = (table * np.asarray(weights)[:, None]).ravel()
    cell = rng.choice(len(p), n, p=p / p.sum())
    band, sex = cell // 2, cell % 2 + 1
    width = np.diff(np.append(BAND_STARTS, 90))
    age = BAND_STARTS[band] + rng.random(n) * width[band]
    old = band == len(BANDS) - 1
    age[old] = np.minimum(85 + rng.exponential(4.5, int(old.sum())), _OLDEST)
    return sex, age


def _cuts(sd: float) -> np.ndarray:
    """Return the four cut points that give every quintile 20 % over practices with N(0, sd) shifts."""
    shifts = sd * np.sqrt(2) * np.polynomial.hermite.hermgauss(32)[0]
    weights = np.polynomial.hermite.hermgauss(32)[1] / np.sqrt(np.pi)
    grid = np.linspace(-8, 8, 4001)
    cdf = (weights / (1 + np.exp(-(grid[:, None] - shifts)))).sum(axis=1)
    return np.interp([0.2, 0.4, 0.6, 0.8], cdf, grid)


def _quintiles(facts: Facts, seed: int, practice: Practice, age: np.ndarray) -> np.ndarray:
    """Return the deprivation quintile (1 least, 5 most) of each patient, by ordered logit."""
    sd = facts["population"]["deprivation"]["practice_mix"]["sd_between_practices"]
    shift = sd * float(stream(seed, practice.id, "deprivation").standard_normal())
    if practice.profession == "general_practice" and practice.region == story_plant("S10")["region"]:
        # Story S10 needs people of every fifth, also where the region has few practices.
        shift = 0.0
    noise = stream(seed, practice.id, "quintiles").logistic(size=len(age))
    # 0.0053 a year of age makes quintile 5 about 1.5 years older among adults (age_tilt).
    tilt = np.where(age >= 18, 0.0053 * (age - 49), 0.0)
    return 1 + np.searchsorted(_cuts(sd), shift + tilt + noise)


def _fill(people: np.ndarray, sex: np.ndarray, birth: np.ndarray) -> None:
    people["token"] = np.arange(1, len(people) + 1)
    people["sex"], people["birth"] = sex, birth
    people["death"] = people["listed_from"] = people["listed_to"] = NO_DAY


def _death_weights(facts: Facts, age: np.ndarray) -> np.ndarray:
    """Return deaths per person-year at each age."""
    table = facts["population"]["deaths_per_1000_year"]
    keys = [k for k in table if k[0].isdigit()]
    starts = np.array([int(k.rstrip("+").split("-")[0]) for k in keys])
    return np.array([table[k] for k in keys])[np.searchsorted(starts, age, side="right") - 1] / 1000


def listed_patients(facts: Facts, seed: int, practice: Practice) -> np.ndarray:
    """Return the list of a general practice: everyone listed at the end, then leavers, then the dead.

    `practice.patients` people are on the list on LAST; those who left or died during the 36 months come
    on top of them.
    """
    rng = stream(seed, practice.id, "people")
    moves = facts["population"]["moves_list_per_year"]["share"] * _YEARS
    stay, left = practice.patients, round(practice.patients * moves)
    sex, age = _draw_people(facts, rng, stay + left, (1.0,) * len(BANDS))
    dying = np.flatnonzero(rng.random(stay) < _death_weights(facts, age[:stay]) * _YEARS)
    sex, age = np.append(sex, sex[dying]), np.append(age, age[dying])
    people = np.zeros(len(sex), PATIENT_DTYPE)
    birth = years_before(LAST, age)
    _fill(people, sex, birth)
    people["quintile"] = _quintiles(facts, seed, practice, age)
    listed = years_before(FIRST, rng.exponential(9.0, len(sex)))
    moved = rng.random(len(sex)) < moves
    moved[stay:] = False
    listed[moved] = rng.integers(FIRST, LAST + 1, int(moved.sum()))
    people["listed_from"] = np.maximum(listed, birth)
    leaving = rng.integers(FIRST, LAST, left)
    people["listed_to"][stay : stay + left] = np.maximum(leaving, birth[stay : stay + left])
    people["death"][stay + left :] = np.maximum(rng.integers(FIRST, LAST, len(dying)), birth[stay + left :])
    people["listed_to"][stay + left :] = people["death"][stay + left :]
    return people


def seen_patients(facts: Facts, seed: int, practice: Practice, count: int) -> np.ndarray:
    """Return `count` patients of a practice without a list (no listing dates, no deaths)."""
    weights = _VISITORS.get(practice.speciality or "", _VISITORS[practice.profession])
    sex, age = _draw_people(facts, stream(seed, practice.id, "people"), count, weights)
    people = np.zeros(count, PATIENT_DTYPE)
    # Ages hold in the middle of the period, so that nobody is seen long before birth.
    _fill(people, sex, years_before((FIRST + LAST) // 2, age + np.where(age < 2, 1.5, 0.0)))
    people["quintile"] = _quintiles(facts, seed, practice, age)
    return people


def bounds(people: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (birth, first day, last day) of each patient with the practice; NO_DAY ends become LAST."""
    enter = np.maximum(people["birth"], np.where(people["listed_from"] == NO_DAY, people["birth"], people["listed_from"]))
    leave = np.where(people["listed_to"] == NO_DAY, LAST, people["listed_to"])
    return people["birth"].astype(np.int64), enter.astype(np.int64), leave.astype(np.int64)
