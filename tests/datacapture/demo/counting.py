"""Demo data as the naive evaluator sees it after a correct intake, and plain counts of an indicator."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from datacapture.demo.codes import CODES
from datacapture.demo.facts import NO_DAY
from datacapture.demo.records import COMPARATORS, STATUSES, PracticeData
from tests.datacapture.engine import naive
from tests.datacapture.engine.world import Event, Patient

DEFINITIONS = Path(__file__).parents[3] / "datacapture" / "definitions"
_EPOCH = date(1970, 1, 1).toordinal()
_NOT_SETS = {"da", "en", "status", "src", "note", "unit", "range", "convert", "dose_attr", "medcom"}


@cache
def catalogue() -> dict[str, Any]:
    return yaml.load((DEFINITIONS / "indicators.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@cache
def indicators() -> dict[str, dict[str, Any]]:
    return {i["id"]: i for i in catalogue()["indicators"]}


def _matches(pattern: str, code: str) -> bool:
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


@cache
def sets_of_codes() -> list[frozenset[str]]:
    """The code sets each generated code belongs to; none = the intake drops it."""
    sets = yaml.load((DEFINITIONS / "codesets.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["sets"]
    return [
        frozenset(
            name
            for name, body in sets.items()
            if any(_matches(p, code.code) for p in body.get(code.system, ()) if code.system not in _NOT_SETS)
        )
        for code in CODES
    ]


def named_sets(body: Any) -> set[str]:
    """The code sets an indicator (or a part of it) names, those of its components and definitions too."""
    found: set[str] = set()
    if isinstance(body, dict):
        for key, part in body.items():
            if key == "codes":
                found.update([part] if isinstance(part, str) else part)
            elif key == "ref":
                found |= named_sets(catalogue()["define"][part])
            elif key in ("components", "of") and "type" in body:
                found |= set().union(*(named_sets(indicators()[code]) for code in ([part] if key == "of" else part)))
            else:
                found |= named_sets(part)
    elif isinstance(body, list):
        found = set().union(*map(named_sets, body))
    return found


def _date(number: int) -> date | None:
    return None if number == NO_DAY else date.fromordinal(_EPOCH + number)


def kept(data: PracticeData) -> np.ndarray:
    """The events a correct intake stores: allowed codes only, the latest row of each producer and serial."""
    allowed = np.array([bool(s) or CODES[i] == ("contact", "KIP", "KONTAKT", "") for i, s in enumerate(sets_of_codes())])
    rows = data.events[allowed[data.events["code"]]][::-1]
    _, first = np.unique(rows["producer"].astype(np.int64) * 10**7 + rows["serial"], return_index=True)
    return rows[np.sort(first)][::-1]


def world(data: PracticeData, number: int = 1) -> list[Patient]:
    """The patients of one practice with the events a correct intake stores."""
    people = [
        Patient(
            i, number, data.practice.profession, "male" if sex == 1 else "female", _date(birth), _date(death),
            _date(since), _date(until), quintile or None,
        )
        for i, (_, sex, birth, death, since, until, quintile, _) in enumerate(data.patients.tolist())
    ]  # fmt: skip
    sets = sets_of_codes()
    for i, row in enumerate(kept(data).tolist()):
        patient, code, start, end, value, comparator, status, course, referral, doses = row[:10]
        known, state = CODES[code], STATUSES[status]
        people[patient].events.append(
            Event(
                i, known.kind, sets[code], known.code, _date(start), _date(end), state == "active" and end == NO_DAY,
                None if value != value else value, COMPARATORS[comparator], known.unit, None, state, None, None, None,
                str(course or ""), str(referral or ""), doses or None,
            )
        )  # fmt: skip
    return people


def bins(indicator: str, people: list[Patient], end: date) -> dict[str, int]:
    """The five bins of an indicator on a period end, summed over sex and age."""
    total: dict[str, int] = dict.fromkeys(naive.BIN_NAMES, 0)
    counted = naive.count(indicators()[indicator], people, [end], catalogue()["define"])
    for part in counted.values():
        for name, n in part.bins.items():
            total[name] += n
    return total


def share(indicator: str, people: list[Patient], end: date) -> tuple[int, int]:
    """(numerator, denominator) of a proportion."""
    b = bins(indicator, people, end)
    return b["numerator"], b["numerator"] + b["denominator_only"]


def monthly(indicator: str, people: list[Patient], month: str) -> tuple[int, int]:
    """(numerator, denominator) of the index events whose day lies in one calendar month."""
    first = date.fromisoformat(f"{month}-01")
    spec = {**indicators()[indicator], "period": "1m"}
    spec["index"] = {**spec["index"], "within": ["start", "end"]}
    end = naive.plus(naive.plus(first, "+1m"), "-1d")
    counted = naive.count(spec, people, [end], catalogue()["define"])
    got = sum(part.bins["numerator"] for part in counted.values())
    return got, got + sum(part.bins["denominator_only"] for part in counted.values())


def median_days(indicator: str, people: list[Patient], end: date) -> tuple[float, int]:
    """(median days from the index to the first later event, number of index events that got one)."""
    spec = indicators()[indicator]
    waits = []
    for person in people:
        for case in naive.cases(spec, person, end, catalogue()["define"]):
            later = naive.matching(spec["until"], case)
            if later:
                waits.append((min(e.day for e in later) - case.index.day).days)
    return (float(np.median(waits)) if waits else float("nan")), len(waits)
