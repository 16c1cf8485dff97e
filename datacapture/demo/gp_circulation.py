"""General practice: blood pressure, hypertension, heart and vessels (DM-04, DM-11, HT-01 to HT-04)."""

from functools import cache

import numpy as np

from datacapture.demo import codes
from datacapture.demo.clinic import Clinic, chance, pick
from datacapture.demo.facts import FIRST
from datacapture.demo.gp_diabetes import treat_type2
from datacapture.demo.schedule import treatment, visits
from datacapture.demo.streams import stream

_WITHIN = 0.36  # share of the spread of pressure that lies within a person (SD 9 of 15)
_MEASURED_IN_HYPERTENSION = 0.85
_PREVIEW = 20_000


def _readings(
    z: np.ndarray,
    round_draw: np.ndarray,
    zero_share: float,
    sbp: tuple[float, float],
    dbp: tuple[float, float],
    rho: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (systolic, diastolic) in mmHg from two standard normals per reading; some end in a zero."""
    upper = np.round(sbp[0] + sbp[1] * z[0])
    upper = np.where(round_draw < zero_share, np.round(upper / 10) * 10, upper)
    lower = np.round(dbp[0] + dbp[1] * (rho * z[0] + np.sqrt(1 - rho * rho) * z[1]))
    return np.clip(upper, 80, 240), np.clip(lower, 40, 130)


@cache
def _preview(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, "country", "pressure")
    return rng.standard_normal((2, _PREVIEW)), rng.random(_PREVIEW)


def _shift_for(c: Clinic, share: float) -> float:
    """Return how many SDs both pressures move so that `share` of readings is below 140/90 (bisection)."""
    z, draw = _preview(c.seed)
    rule_s, rule_d = c.facts["laboratory"]["sbp_mmhg"], c.facts["laboratory"]["dbp_mmhg"]
    (ms, ss), (md, sd) = (tuple(r["hypertension"][k] for k in ("mean", "sd")) for r in (rule_s, rule_d))
    low, high = -3.0, 3.0
    for _ in range(18):
        shift = (low + high) / 2
        upper, lower = _readings(
            z, draw, rule_s["terminal_digit_zero_share"], (ms + shift * ss, ss), (md + shift * sd, sd),
            rule_d["correlation_with_sbp"],
        )  # fmt: skip
        if float(((upper < 140) & (lower < 90)).mean()) > share:
            low = shift
        else:
            high = shift
    return (low + high) / 2


def add_pressure(c: Clinic, forced: np.ndarray | None) -> None:
    """Add hypertension and blood pressures of people with hypertension or diabetes.

    `forced` (one 0-1 draw per patient, or NaN = not forced) decides who with diabetes is measured: story S01.
    """
    ill = c.has["type1_diabetes"] | c.has["type2_diabetes"]
    high = c.has["hypertension"]
    c.log.add(codes.HYPERTENSION, np.flatnonzero(high), c.onset["hypertension"][high], active=True)
    habit = c.habit("DM-04")
    if forced is not None:
        habit = np.where(np.isnan(forced), habit, forced)
    rng = c.rng("pressure")
    sugar, other = np.flatnonzero(ill), np.flatnonzero(high & ~ill)
    parts = [
        visits(rng, sugar, habit[sugar], c.levels["DM-04"], (200, 345)),
        visits(rng, other, habit[other], _MEASURED_IN_HYPERTENSION, (290, 362)),
    ]
    patient, day = (np.concatenate(x) for x in zip(*parts, strict=True))
    upper = _add_readings(c, rng, patient, day, high)
    mine = c.has["type2_diabetes"][patient]
    who = np.flatnonzero(c.has["type2_diabetes"])
    treat_type2(c, "DM-11", patient[mine], upper[mine] > 130, codes.PRESSURE_DRUGS, 0.25, who)


def _add_readings(c: Clinic, rng: np.random.Generator, patient: np.ndarray, day: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Add the two readings of every visit and return the systolic ones."""
    rule_s, rule_d = c.facts["laboratory"]["sbp_mmhg"], c.facts["laboratory"]["dbp_mmhg"]
    ill = c.has["type1_diabetes"] | c.has["type2_diabetes"]
    covered = (
        c.levels["DM-04"] * (high & ill).sum() + _MEASURED_IN_HYPERTENSION * (high & ~ill).sum()
    ) / max(high.sum(), 1)  # fmt: skip
    shift = _shift_for(c, min(0.97, c.levels["HT-01"] / max(covered, 0.3)))
    person = rng.standard_normal((2, len(c.people)))[:, patient]
    z = np.sqrt(1 - _WITHIN) * person + np.sqrt(_WITHIN) * rng.standard_normal((2, len(patient)))
    draw, zero, rho = rng.random(len(patient)), rule_s["terminal_digit_zero_share"], rule_d["correlation_with_sbp"]
    pair = {}
    for group, moved in (("hypertension", shift), ("diabetes", 0.0)):
        (ms, ss), (md, sd) = (tuple(r[group][k] for k in ("mean", "sd")) for r in (rule_s, rule_d))
        pair[group] = _readings(z, draw, zero, (ms + moved * ss, ss), (md + moved * sd, sd), rho)
    upper, lower = (
        np.where(high[patient], pair["hypertension"][i], pair["diabetes"][i]) for i in (0, 1)
    )  # fmt: skip
    home = chance(rng, 0.15, len(patient))
    c.log.add(np.where(home, codes.SBP_HOME, codes.SBP), patient, day, value=upper)
    # The diastolic reading is kept where an indicator asks for it: in hypertension.
    kept = high[patient]
    c.log.add(np.where(home, codes.DBP_HOME, codes.DBP)[kept], patient[kept], day[kept], value=lower[kept])
    return upper


def add_heart(c: Clinic) -> None:
    """Add vessel disease with statins, atrial fibrillation with anticoagulants, heart failure with reviews."""
    rng = c.rng("heart")
    for disease, options in (
        ("atherosclerotic_disease", codes.ASCVD),
        ("atrial_fibrillation", (codes.AF,)),
        ("heart_failure", (codes.HEART_FAILURE,)),
    ):
        who = np.flatnonzero(c.has[disease])
        c.log.add(pick(rng, options, len(who)), who, c.onset[disease][who], active=True)
    _long_term(c, rng, "HT-02", c.has["atherosclerotic_disease"], codes.STATINS)
    _long_term(c, rng, "HT-03", c.has["atrial_fibrillation"], codes.ANTICOAGULANTS)
    who = np.flatnonzero(c.has["heart_failure"])
    patient, day = visits(rng, who, c.habit("HT-04")[who], c.levels["HT-04"], (320, 360))
    c.log.add(codes.YEARLY_REVIEW, patient, day)


def _long_term(c: Clinic, rng: np.random.Generator, indicator: str, has: np.ndarray, drugs: tuple[int, ...]) -> None:
    """Treat the level's share of patients for good with one of the drugs.

    People with type 2 diabetes had their statin settled with DM-10, so the share is met among the others
    as far as theirs allows.
    """
    share = c.levels[indicator]
    who = np.flatnonzero(has)
    settled = c.has["type2_diabetes"] & has if indicator == "HT-02" else np.zeros(len(has), dtype=bool)
    free = np.flatnonzero(has & ~settled)
    known = 1 - c.facts["medicine"]["lipid_lowering_in_type2_use"]["share"]
    if len(free):
        among = (share * len(who) - (1 - known) * settled.sum()) / len(free)
        treated = free[chance(rng, min(max(among, 0.0), 1.0), len(free))]
        owner, start, end = treatment(rng, treated, FIRST - 400)
        c.log.add(pick(rng, drugs, len(c.people))[owner], owner, start, end=end)
