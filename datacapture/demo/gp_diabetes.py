"""General practice: diabetes (DM-01 to DM-12, FOD-04) without blood pressure, which has its own module."""

import numpy as np
from scipy.special import ndtr, ndtri

from datacapture.demo import codes
from datacapture.demo.clinic import Clinic, chance, pick
from datacapture.demo.facts import FIRST, LAST
from datacapture.demo.pathway import add_noted_examinations
from datacapture.demo.schedule import exact_share, treatment, untreated, visits
from datacapture.demo.stories import story_item, story_plant

# Kidney function is known for this share of those whose urine was tested within a year.
_EGFR_GIVEN_UACR = 0.95
# Share of a year covered by a urine test every 16 to 24 months: 12 over the mean of 609 days.
_BIENNIAL = (490, 728)
_ULCERS_PER_YEAR = 0.012


def add_diabetes(c: Clinic) -> None:
    """Add diagnoses, blood sugar, urine and kidney tests, eye and foot checks, medicine and foot ulcers."""
    ill = c.has["type1_diabetes"] | c.has["type2_diabetes"]
    who = np.flatnonzero(ill)
    type2 = c.has["type2_diabetes"]
    since = np.where(type2, c.onset["type2_diabetes"], c.onset["type1_diabetes"])
    c.log.add(np.where(type2[who], codes.T2, codes.T1), who, since[who], active=True)
    _blood_sugar(c, who)
    _kidneys(c, who)
    for indicator, code, gap in (("DM-06", codes.EYE_EXAM, (330, 720)), ("DM-07", codes.FOOT_EXAM, (300, 700))):
        if indicator == "DM-06" and "S11.gp" in c.practice.stories:
            add_noted_examinations(c)
            continue
        patient, day = visits(c.rng(indicator), who, c.habit(indicator)[who], c.levels[indicator], gap, 730)
        c.log.add(code, patient, day)
    _cholesterol(c)
    _foot_ulcers(c, who)


def _sugar_curve(c: Clinic, type1_share: float) -> tuple[float, float]:
    """Return (mean, SD) of log HbA1c in type 2, so that the whole practice meets DM-02 and DM-03.

    Type 1 keeps the national distribution; type 2 is fitted to what is left of the two shares.
    """
    rule = c.facts["laboratory"]["hba1c_mmol_mol"]["type1"]
    low1, high1 = (
        float(ndtr((np.log(limit) - np.log(rule["median"])) / rule["log_sd"])) for limit in (59, 75)
    )  # fmt: skip
    below = np.clip((c.levels["DM-02"] - type1_share * low1) / (1 - type1_share), 0.3, 0.95)
    above = np.clip((c.levels["DM-03"] - type1_share * (1 - high1)) / (1 - type1_share), 0.005, 0.3)
    sd = (np.log(75) - np.log(59)) / max(ndtri(1 - above) - ndtri(below), 0.3)
    return float(np.log(59) - sd * ndtri(below)), float(sd)


def _sugar_tests(c: Clinic, rng: np.random.Generator, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (patient, day) of blood sugar tests; stories S08 and S10 plant exact shares, S10 by deprivation."""
    gap, plant = (150, 260), story_item("S10")["plant"]
    exact = np.full(len(who), np.nan)
    if c.practice.region == plant["region"]:
        for quintile, numerator in plant["numerators"].items():
            rows = np.flatnonzero(c.people["quintile"][who] == int(quintile))
            exact[rows] = exact_share(c.rng(f"story|S10|{quintile}"), len(rows), numerator / plant["per_quintile_denominator"])
        c.levels["DM-01"] = float((exact == 0).mean()) if len(who) else 0.0
    elif c.practice.stories and "DM-01" in story_plant(c.practice.stories[0]):
        exact[:] = exact_share(c.rng("story|S08"), len(who), c.levels["DM-01"])
    habit = np.where(np.isnan(exact), c.habit("DM-01")[who], exact)
    return visits(rng, who, habit, c.levels["DM-01"], gap)


def _blood_sugar(c: Clinic, who: np.ndarray) -> None:
    rng, rule = c.rng("hba1c"), c.facts["laboratory"]["hba1c_mmol_mol"]
    type2 = c.has["type2_diabetes"]
    patient, day = _sugar_tests(c, rng, who)
    mean, sd = _sugar_curve(c, float(1 - type2[who].mean()) if len(who) else 0.0)
    mean_of = np.where(type2[patient], mean, np.log(rule["type1"]["median"]))
    sd_of = np.where(type2[patient], sd, rule["type1"]["log_sd"])
    within = min(0.5, (rule["within_person_sd"]["value"] / 50.0 / sd) ** 2)
    person = rng.standard_normal(len(c.people))[patient]
    z = np.sqrt(1 - within) * person + np.sqrt(within) * rng.standard_normal(len(patient))
    # Rounding down keeps a share below a whole limit unchanged.
    value = np.clip(np.floor(np.exp(mean_of + sd_of * z)), rule["type2"]["min"], rule["type2"]["max"])
    point_of_care = chance(rng, 0.15, len(patient))
    c.log.add(np.where(point_of_care, codes.HBA1C_POCT, codes.HBA1C), patient, day, value=value)
    mine = type2[patient]
    treat_type2(c, "DM-09", patient[mine], value[mine] > 53, codes.GLUCOSE_DRUGS, 0.20, np.flatnonzero(type2))


def treat_type2(
    c: Clinic,
    indicator: str,
    patient: np.ndarray,
    high: np.ndarray,
    drugs: tuple[int, ...],
    without: float,
    who: np.ndarray,
) -> None:
    """Treat type 2 patients so that the level of `indicator` is high and untreated; `without` = untreated overall."""
    rng = c.rng(f"medicine|{indicator}")
    ever = np.zeros(len(c.people), dtype=bool)
    ever[patient[high]] = True
    share = float(high.mean()) if len(high) else 0.0
    skip = untreated(rng, ever[who], share, c.levels[indicator], without)
    treated = who[~skip]
    # People diagnosed during the period start treatment at once, so that time does not change the share.
    drug = pick(rng, drugs, len(c.people))
    owner, start, end = treatment(rng, treated, -(2**30))
    c.log.add(drug[owner], owner, start, end=end)


def _cholesterol(c: Clinic) -> None:
    rng, rule = c.rng("cholesterol"), c.facts["laboratory"]["total_cholesterol_mmol_l"]["diabetes"]
    who = np.flatnonzero(c.has["type2_diabetes"])
    patient, day = visits(rng, who, c.habit("cholesterol")[who], 0.88, (290, 362))
    person = rng.standard_normal(len(c.people))[patient]
    z = np.sqrt(0.85) * person + np.sqrt(0.15) * rng.standard_normal(len(patient))
    value = np.round(np.clip(rule["mean"] + rule["sd"] * z, 1.5, 9.5), 1)
    c.log.add(codes.CHOLESTEROL, patient, day, value=value)
    overall = 1 - c.facts["medicine"]["lipid_lowering_in_type2_use"]["share"]
    treat_type2(c, "DM-10", patient, value > 4.5, codes.STATINS, overall, who)


def _kidneys(c: Clinic, who: np.ndarray) -> None:
    """Add urine tests (yearly, every second year or never) and kidney function."""
    rng = c.rng("kidneys")
    within24, both12 = c.levels["DM-05"], c.levels["DM-12"]
    within12 = min(both12 / _EGFR_GIVEN_UACR, within24 - 0.01)
    cover = 365 / (sum(_BIENNIAL) / 2)
    biennial = min(within24, (within24 - within12) / (1 - cover))
    u = c.habit("DM-05")[who]
    yearly = who[u < within24 - biennial]
    second = who[(u >= within24 - biennial) & (u < within24)]
    parts = [
        visits(rng, yearly, np.zeros(len(yearly)), 1.0, (290, 362), 730),
        visits(rng, second, np.zeros(len(second)), 1.0, _BIENNIAL, 730),
    ]
    patient, day = (np.concatenate(x) for x in zip(*parts, strict=True))
    _urine(c, patient, day)
    patient, day = visits(rng, who, c.habit("egfr")[who], _EGFR_GIVEN_UACR, (250, 355))
    rule = c.facts["laboratory"]["egfr_ml_min"]
    person = rng.normal(rule["diabetes"]["mean"], rule["diabetes"]["sd"], len(c.people))[patient]
    fall = rule["fall_per_year"] * (day - FIRST) / 365.25
    value = np.round(np.clip(person - fall + rng.normal(0, 3, len(patient)), 6, 130))
    # The laboratory answers '>90' above its reporting limit.
    above = value > rule["diabetes"]["reported_max"]
    c.log.add(codes.EGFR, patient, day, value=np.minimum(value, 90), comparator=np.where(above, 2, 0))


def _urine(c: Clinic, patient: np.ndarray, day: np.ndarray) -> None:
    rng, rule = c.rng("urine"), c.facts["laboratory"]["uacr_mg_g"]["mixture"]
    ill = rng.random(len(c.people))[patient] < rule[1]["share"]
    median = np.where(ill, rule[1]["median"], rule[0]["median"])
    sd = np.where(ill, rule[1]["log_sd"], rule[0]["log_sd"])
    value = np.round(np.exp(np.log(median) + sd * rng.standard_normal(len(patient))), 0).clip(1, 5000)
    low = value < 9
    wanted = c.facts["data_quality"]["comparator_results"]["uacr_below_limit_as_text"]
    as_text = low & (rng.random(len(patient)) < wanted / max(low.mean() if len(low) else 1.0, wanted))
    value = np.where(as_text, 9.0, value)
    other_unit = chance(rng, 0.05, len(patient)) & ~as_text
    c.log.add(
        np.where(other_unit, codes.UACR_MMOL, codes.UACR),
        patient,
        day,
        value=np.where(other_unit, np.round(value * 0.113, 1), value),
        comparator=np.where(as_text, 1, 0),
    )


def _foot_ulcers(c: Clinic, who: np.ndarray) -> None:
    """Add new foot ulcers and referrals; FOD-04 = referred within 21 days when not healed."""
    rng = c.rng("ulcers")
    number = rng.poisson(_ULCERS_PER_YEAR * 3, len(who))
    patient = np.repeat(who, np.minimum(number, 1))
    day = rng.integers(FIRST, LAST + 1, len(patient))
    add_ulcers(c, rng, patient, day)


def add_ulcers(c: Clinic, rng: np.random.Generator, patient: np.ndarray, day: np.ndarray) -> None:
    """Add foot ulcers that start on the given days, their healing and their referral."""
    heals = chance(rng, c.facts["diseases"]["foot_in_diabetes"]["healed_within_21_days"]["share"], len(patient))
    end = day + np.where(heals, rng.integers(7, 21, len(day)), rng.integers(25, 160, len(day)))
    c.log.add(codes.FOOT_ULCER, patient, day, end=end)
    sent = ~heals & chance(rng, c.levels["FOD-04"], len(day))
    late = ~heals & ~sent & chance(rng, 0.5, len(day))
    wait = np.where(late, rng.integers(24, 60, len(day)), rng.integers(1, 21, len(day)))
    c.log.add(codes.WOUND_REFERRAL, patient[sent | late], (day + wait)[sent | late])
