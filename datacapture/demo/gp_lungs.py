"""General practice: COPD and asthma (KOL-01 to KOL-06, AST-01 to AST-03)."""

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import Clinic, chance
from datacapture.demo.facts import FIRST, LAST
from datacapture.demo.schedule import treatment, visits

_PACK = 200.0
_HIGH_SABA, _SOME_SABA = 0.09, 0.30
_MONO_LONG_ACTING = 0.05
_LABA_BELOW_MRC3 = 0.70
_COPD_ADMISSIONS = 0.12
_YEARS = 3


def add_copd(c: Clinic) -> None:
    """Add the diagnosis, yearly controls, inhalers and admissions of people with COPD."""
    has, rng = c.has["copd"], c.rng("copd")
    who = np.flatnonzero(has)
    c.log.add(codes.COPD, who, c.onset["copd"][who], active=True)
    rule = c.facts["diseases"]["items"]["copd"]
    grades = np.array([rule["mrc_share"][str(g)] for g in range(1, 6)])
    mrc = 1 + np.searchsorted(np.cumsum(grades), rng.random(len(c.people)))
    mrc = np.minimum(mrc, 5)
    bad = rng.random(len(c.people)) < rule["two_or_more_exacerbations"]["share"] * np.where(mrc >= 3, 1.5, 0.67)
    lung = np.clip(rng.normal(rule["fev1_percent_predicted"]["mean"], rule["fev1_percent_predicted"]["sd"],
                              len(c.people)), 15, 118)  # fmt: skip
    for indicator, code, value in (
        ("KOL-01", codes.FEV1, np.round(lung)),
        ("KOL-02", codes.SMOKING, (rng.random(len(c.people)) < 0.34) * 1.0),
        ("KOL-03", codes.MRC, mrc * 1.0),
    ):
        patient, day = visits(c.rng(indicator), who, c.habit(indicator)[who], c.levels[indicator], (300, 362))
        c.log.add(code, patient, day, value=value[patient])
        if code == codes.MRC:
            # Exacerbations are asked about at the same visit as breathlessness.
            number = np.where(bad[patient], rng.integers(2, 5, len(patient)), rng.integers(0, 2, len(patient)))
            c.log.add(codes.EXACERBATIONS, patient, day, value=number * 1.0)
    _copd_inhalers(c, who, mrc, bad)
    _admissions(c, has)


def _copd_inhalers(c: Clinic, who: np.ndarray, mrc: np.ndarray, bad: np.ndarray) -> None:
    """Give long-acting inhalers; those with asthma too always get one with a steroid (AST-02 stays asthma's)."""
    rng = c.rng("copd|inhalers")
    long_acting = rng.random(len(who)) < np.where(mrc[who] >= 3, c.levels["KOL-04"], _LABA_BELOW_MRC3)
    users = who[long_acting]
    steroid = rng.random(len(users)) < np.where(bad[users], c.levels["KOL-05"], 0.25)
    steroid |= c.has["asthma"][users]
    for chosen, code in ((users[steroid], codes.TRIPLE), (users[~steroid], codes.LAMA)):
        owner, start, end = treatment(rng, chosen, FIRST - 400)
        c.log.add(code, owner, start, end=end)


def _admissions(c: Clinic, has: np.ndarray) -> None:
    """Add COPD discharges and readmissions; KOL-06 = readmitted within 30 days."""
    rng = c.rng("copd|admissions")
    patient = np.repeat(np.arange(len(has)), rng.poisson(has * _COPD_ADMISSIONS * _YEARS))
    day = rng.integers(FIRST, LAST + 1, len(patient))
    c.log.add(codes.COPD_DISCHARGE, patient, day, since_list=True)
    again = chance(rng, c.levels["KOL-06"], len(patient))
    c.log.add(codes.ADMISSION, patient[again], (day + rng.integers(1, 31, len(day)))[again], since_list=True)


def add_asthma(c: Clinic) -> None:
    """Add the diagnosis, lung function in new asthma and inhalers of people with asthma."""
    has, rng = c.has["asthma"], c.rng("asthma")
    who = np.flatnonzero(has)
    onset = c.onset["asthma"]
    c.log.add(codes.ASTHMA, who, onset[who], active=True)
    new = who[(onset[who] >= FIRST - 180)]
    measured = new[chance(rng, c.levels["AST-03"], len(new))]
    day = onset[measured] + rng.integers(-60, 150, len(measured))
    for code, mean, sd, digits in ((codes.FEV1, 84, 13, 0), (codes.FVC, 3.6, 0.8, 1)):
        value = np.round(np.clip(rng.normal(mean, sd, len(measured)), 1, 125), digits)
        c.log.add(code, measured, day, value=value)
    _asthma_inhalers(c, np.flatnonzero(has & ~c.has["copd"]))


def _asthma_inhalers(c: Clinic, who: np.ndarray) -> None:
    """Give SABA (pack = 200 doses), steroids and long-acting inhalers to people with asthma alone.

    Heavy users collect a pack at least every 80 days, thus more than 600 doses in any year.
    """
    rng = c.rng("asthma|inhalers")
    u = rng.random(len(who))
    heavy = u < _HIGH_SABA
    some = (u >= _HIGH_SABA) & (u < _HIGH_SABA + _SOME_SABA)
    mono = (u >= _HIGH_SABA + _SOME_SABA) & (u < _HIGH_SABA + _SOME_SABA + _MONO_LONG_ACTING)
    for group, gap in ((heavy, (55, 80)), (some, (200, 360))):
        patient, day = visits(rng, who[group], np.zeros(int(group.sum())), 1.0, gap)
        c.log.add(codes.SABA, patient, day, end=day + 60, doses=_PACK)
    v = rng.random(len(who))
    bare = (heavy & (v < c.levels["AST-01"])) | (mono & (v < c.levels["AST-02"]))
    steroid = ~bare & (heavy | mono | (v < 0.25))
    for group, code in ((steroid & ~mono, codes.ICS), (steroid & mono, codes.ICS), (mono, codes.LABA)):
        patient, day = visits(rng, who[group], np.zeros(int(group.sum())), 1.0, (200, 340))
        c.log.add(code, patient, day, end=day + 180)
