"""General practice: medicine reviews, NSAID, dementia and sleeping medicine (MED-01 to MED-04)."""

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import Clinic, chance, monthly_chance, pick, random_events
from datacapture.demo.facts import FIRST
from datacapture.demo.schedule import treatment, visits

_NSAID_PER_YEAR = 0.04
_OCCASIONAL_BENZO_PER_YEAR = 0.004
_PSYCHOSIS_SHARE = 0.006


def add_medicines(c: Clinic) -> None:
    """Add the medicine of older people, reviews, NSAID, antipsychotics in dementia and benzodiazepines."""
    _many_medicines(c)
    rng = c.rng("nsaid")
    age = c.age()
    patient, day = random_events(c, rng, np.where(age >= 18, _NSAID_PER_YEAR, 0.01))
    other = monthly_chance(c, rng, "MED-02", day)
    first, second = pick(rng, codes.NSAID_FIRST, len(day)), pick(rng, codes.NSAID_OTHER, len(day))
    c.log.add(np.where(other, second, first), patient, day, end=day + rng.integers(10, 40, len(day)))
    _dementia(c)
    _benzodiazepines(c, age >= 18)


def _many_medicines(c: Clinic) -> None:
    """Give 11 % of those aged 65+ ten to fourteen medicines from different groups, renewed seldom."""
    rng = c.rng("many")
    share = c.facts["medicine"]["ten_or_more_drugs_65_plus"]["share"]
    who = np.flatnonzero((c.age() >= 65) & chance(rng, share, len(c.people)))
    number = rng.integers(10, len(codes.MANY_DRUGS) + 1, len(who))
    order = np.argsort(rng.random((len(who), len(codes.MANY_DRUGS))), axis=1)
    for k, code in enumerate(codes.MANY_DRUGS):
        users = who[(order < number[:, None])[:, k]]
        owner, start, end = treatment(rng, users, FIRST - 1500, 1400)
        c.log.add(code, owner, start, end=end)
    patient, day = visits(rng, who, c.habit("MED-01")[who], c.levels["MED-01"], (280, 360))
    c.log.add(codes.MEDICINE_REVIEW, patient, day)


def _dementia(c: Clinic) -> None:
    rng = c.rng("dementia")
    who = np.flatnonzero(c.has["dementia"])
    c.log.add(codes.DEMENTIA, who, c.onset["dementia"][who], active=True)
    owner, start, end = treatment(rng, who[chance(rng, c.levels["MED-03"], len(who))], FIRST - 400)
    c.log.add(pick(rng, codes.ANTIPSYCHOTICS, len(c.people))[owner], owner, start, end=end)
    ill = np.flatnonzero((c.age() >= 20) & chance(rng, _PSYCHOSIS_SHARE, len(c.people)))
    since = FIRST - rng.integers(30, 3800, len(ill))
    c.log.add(codes.PSYCHOSIS, ill, np.maximum(since, c.people["birth"][ill] + 5000), active=True)


def _benzodiazepines(c: Clinic, adult: np.ndarray) -> None:
    """Long-term users collect at least every 88 days, thus four times in any year (MED-04)."""
    rng = c.rng("benzo")
    tilt = np.where(c.age() >= 65, 1.9, 0.75)
    p = adult * tilt / max(tilt[adult].mean(), 1e-9) * c.levels["MED-04"] / 1000
    who = np.flatnonzero(rng.random(len(p)) < p)
    patient, day = visits(rng, who, np.zeros(len(who)), 1.0, (78, 88))
    drug = pick(rng, codes.BENZODIAZEPINES, len(c.people), [0.5, 0.2, 0.3])
    c.log.add(drug[patient], patient, day, end=day + 30)
    patient, day = random_events(c, rng, adult * _OCCASIONAL_BENZO_PER_YEAR)
    c.log.add(drug[patient], patient, day, end=day + 20)
