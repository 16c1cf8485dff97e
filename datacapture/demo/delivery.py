"""How events reach KIP: missing months, faults, laboratories, delay, duplicates and rows to be dropped.

Practices with a planted story lose no events and get no implausible values, so that exact counts hold.
"""

import numpy as np

from datacapture.demo import codes
from datacapture.demo.codes import CODES
from datacapture.demo.facts import (
    CUT_OFF,
    FIRST,
    FIRST_DELIVERY,
    LAST,
    MONTH_STARTS,
    MONTHS,
    NO_DAY,
    Facts,
    month_of,
)
from datacapture.demo.records import (
    ENTERED_IN_ERROR,
    EVENT_DTYPE,
    LAB_A,
    LAB_B,
    STATUSES,
    Practice,
)
from datacapture.demo.stories import story_plant
from datacapture.demo.streams import stream

# A day; times are seconds.
SECONDS = 86_400
_LAB_CODES = np.array([i for i, c in enumerate(CODES) if c.kind == "lab" and c.system == "NPU"])
_HOME_MADE = (codes.SBP, codes.SBP_HOME, codes.DBP, codes.DBP_HOME, codes.WEIGHT)
_URINE = (codes.UACR, codes.UACR_MMOL)
_CANCEL_AFTER_DAYS = 20
# Share of any region's results that one laboratory makes; in story S05 the same share is wrong.
_LAB_A_SHARE = 0.70


def producers(practice: Practice) -> tuple[str, ...]:
    """Return the three sources of a practice's events: own record system and two regional laboratories."""
    return (f"EPJ-{practice.id}", f"LAB-{practice.region}-A", f"LAB-{practice.region}-B")


def deliver(facts: Facts, seed: int, practice: Practice, events: np.ndarray) -> np.ndarray:
    """Return the events as delivered, in order of arrival: filtered, stamped, with duplicates and faults."""
    rng = stream(seed, practice.id, "delivery")
    if not practice.stories:
        events = _missing_months(facts, rng, events)
        _implausible(facts, rng, events)
    _producers(rng, events)
    _stamp(facts, rng, practice, events)
    _unit_error(practice, events)
    repeats = _duplicates(facts, rng, practice, events)
    faulty = _faulty(facts, rng, events)
    everything = np.concatenate([events, *repeats, faulty])
    everything["received_at"] = np.minimum(everything["received_at"], CUT_OFF * SECONDS)
    return everything[np.lexsort((everything["serial"], everything["received_at"]))]


def _missing_months(facts: Facts, rng: np.random.Generator, events: np.ndarray) -> np.ndarray:
    rule = facts["data_quality"]["missing_months"]
    missing = rng.random(len(MONTHS)) < rule["share_of_practice_months"]
    if rng.random() < rule["share_of_practices_with_a_missing_quarter"]:
        first = int(rng.integers(0, len(MONTHS) - 2))
        missing[first : first + 3] = True
    # A diagnosis that is still open is sent with every later delivery too, so it is never lost.
    standing = events["status"] == STATUSES.index("active")
    lost = missing[month_of(events["start"])] & (events["start"] >= FIRST) & ~standing
    return events[~lost]


def _implausible(facts: Facts, rng: np.random.Generator, events: np.ndarray) -> None:
    """Lose the decimal point, or swap systolic and diastolic pressure, in a few measured values."""
    lab = np.isin(events["code"], _LAB_CODES) & ~np.isnan(events["value"])
    hit = lab & (rng.random(len(events)) < facts["data_quality"]["implausible_values"]["share"])
    pressure = np.isin(events["code"], _HOME_MADE)
    events["value"][hit & ~pressure] *= 10
    events["value"][hit & pressure] = np.round(events["value"][hit & pressure] * 0.55)


def _producers(rng: np.random.Generator, events: np.ndarray) -> None:
    lab = np.isin(events["code"], _LAB_CODES) & ~np.isin(events["code"], _HOME_MADE)
    one = rng.random(len(events)) < _LAB_A_SHARE
    events["producer"][lab] = np.where(one, LAB_A, LAB_B)[lab]


def _delay_days(facts: Facts, rng: np.random.Generator, practice: Practice, n: int) -> np.ndarray:
    rule = facts["data_quality"]["arrival_delay_days"]
    shares = [0.0, *rule["within"].values()]
    days = [0.0, *(float(d) for d in rule["within"])]
    delay = np.interp(rng.random(n), shares, days)
    if practice.late:
        delay += rule["late_practices"]["extra_days_median"] * np.exp(0.5 * rng.standard_normal(n))
    return delay


def _stamp(facts: Facts, rng: np.random.Generator, practice: Practice, events: np.ndarray) -> None:
    """Set when each event was recorded (08-16 o'clock) and when it was received; history came at the start."""
    n = len(events)
    events["sampled_at"] = events["start"].astype(np.int64) * SECONDS + rng.integers(8 * 60, 16 * 60, n) * 60
    delay = _delay_days(facts, rng, practice, n)
    received = events["sampled_at"] + np.floor(delay * SECONDS).astype(np.int64)
    events["received_at"] = np.maximum(received, FIRST_DELIVERY * SECONDS + rng.integers(0, 6 * 3600, n))


def _unit_error(practice: Practice, events: np.ndarray) -> None:
    """Story S05: laboratory A of one region reports urine results 1,000 times too large in two months."""
    plant = story_plant("S05")
    if practice.region != plant["region"]:
        return
    wrong = np.isin(month_of(events["start"]), [MONTHS.index(m) for m in plant["months"]])
    wrong &= (events["start"] >= FIRST) & (events["producer"] == LAB_A) & np.isin(events["code"], _URINE)
    events["value"][wrong] *= plant["factor"]


def _resend(
    rng: np.random.Generator, events: np.ndarray, rows: np.ndarray, changed_share: float, after: np.ndarray
) -> np.ndarray:
    """Return copies of `rows` with the same producer and serial, some with a corrected value."""
    copies = events[rows].copy()
    changed = (rng.random(len(rows)) < changed_share) & ~np.isnan(copies["value"])
    copies["value"][changed] = np.round(copies["value"][changed] * 1.05 + 0.1, 1)
    copies["received_at"] = after
    return copies


def _duplicates(facts: Facts, rng: np.random.Generator, practice: Practice, events: np.ndarray) -> list[np.ndarray]:
    """Return events sent twice: a few everywhere, and a whole month in story S06, some cancelled later."""
    rule = facts["data_quality"]["duplicates"]
    rows = np.flatnonzero(rng.random(len(events)) < rule["share_of_events_sent_twice"])
    later = events["received_at"][rows] + rng.integers(1, 40, len(rows)) * SECONDS
    # A changed score could move an exact count, so practices with a story resend without changes.
    share = 0.0 if practice.stories else rule["changed_value_share_of_these"]
    out = [_resend(rng, events, rows, share, later)]
    if "S06" not in practice.stories:
        return out
    plant = story_plant("S06")
    month = MONTHS.index(plant["month"])
    inside = (events["start"] >= MONTH_STARTS[month]) & (events["start"] < MONTH_STARTS[month + 1])
    rows = np.flatnonzero(inside)
    again = np.maximum(events["received_at"][rows] + SECONDS, (MONTH_STARTS[month + 1] + 5) * SECONDS)
    copies = _resend(rng, events, rows, plant["changed_values"], again)
    cancelled = copies[rng.random(len(copies)) < plant["cancelled_later"]].copy()
    cancelled["status"] = ENTERED_IN_ERROR
    cancelled["received_at"] += _CANCEL_AFTER_DAYS * SECONDS
    return [*out, copies, cancelled]


def _faulty(facts: Facts, rng: np.random.Generator, events: np.ndarray) -> np.ndarray:
    """Return extra rows the intake must not count: entered in error, no code, foreign and local codes."""
    rule = facts["data_quality"]["wrong_status_events"]
    recent = np.flatnonzero((events["start"] >= FIRST) & (events["start"] <= LAST))
    parts, serial = [np.zeros(0, EVENT_DTYPE)], int(events["serial"].max(initial=0))
    for share, code in (
        (rule["entered_in_error"], None),
        (rule["no_code_text_only"], codes.NO_CODE),
        (rule["other_code_system"], codes.OTHER_SYSTEM),
        (rule["local_code_owner"], codes.LOCAL_OWNER),
    ):
        rows = recent[rng.random(len(recent)) < share]
        extra = events[rows].copy()
        if code is None:
            extra["status"] = ENTERED_IN_ERROR
        else:
            extra["code"], extra["value"], extra["comparator"], extra["doses"] = code, np.nan, 0, 0
            extra["end"], extra["producer"] = NO_DAY, 0
        extra["serial"] = serial + 1 + np.arange(len(extra))
        serial += len(extra)
        parts.append(extra)
    return np.concatenate(parts)
