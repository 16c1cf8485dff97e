"""What a line of cases.jsonl may hold: each value's kind, and the sentence that refuses another one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from kip.core.yaml_source import DefinitionError, read_text

Reads = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _name(value: Any) -> bool:
    return _text(value) or (isinstance(value, int) and not isinstance(value, bool))


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(_name(item) for item in value)


def _number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _date(value: Any) -> bool:
    try:
        return isinstance(value, str) and day_of(value) is not None
    except ValueError:
        return False


def _period(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_date(day) for day in value)


def _map(value: Any) -> bool:
    return isinstance(value, dict)


def _maps(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


WORDS: dict[Reads, str] = {
    _text: "a text", _name: "a name", _texts: "a list of names", _number: "a number", _truth: "true or false",
    _date: "a date like 2025-12-31", _period: "a list of its first and last day", _map: "a map", _maps: "a list of maps",
    _count: "a whole number from 0 up",
}  # fmt: skip
CASE: dict[str, Reads] = {
    "measure": _name, "case": _name, "period": _period, "patient": _map, "events": _maps, "expected": _map,
}  # fmt: skip
PATIENT: dict[str, Reads] = {"birth": _date, "sex": _text, "deceased": _date, "listed_from": _date, "listed_to": _date}
EVENT: dict[str, Reads] = {
    "kind": _text, "codes": _texts, "code": _text, "start": _date, "end": _date, "ongoing": _truth, "status": _text,
    "category": _texts, "verified": _truth, "value": _number, "comparator": _text, "unit": _text, "has_value": _truth,
    "value_codes": _texts, "authored": _date, "course": _text, "referral": _text, "doses": _number, "ddd": _number,
    "qty": _number,
}  # fmt: skip
NEEDED = ("measure", "period", "patient", "events", "expected")


def lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with their line, counted from 1; raises DefinitionError for what is none."""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
        except RecursionError as error:
            raise DefinitionError(path.name, number, "lists and maps stand inside each other too many times") from error
        except ValueError as error:
            raise DefinitionError(path.name, number, "the line is not valid JSON") from error
        if not isinstance(raw, dict):
            raise DefinitionError(path.name, number, "the line must be a JSON object")
        yield number, raw


def check(raw: Mapping[str, Any], counted: tuple[str, ...]) -> None:
    """A case whose values are what the form says; raises ValueError with one sentence. Nothing and null are the same."""
    for name in NEEDED:
        if raw.get(name) is None:
            raise ValueError(f"{name} is missing")
    _checked(raw, CASE, "")
    _checked(raw["patient"], PATIENT, "patient.")
    for number, event in enumerate(raw["events"], start=1):
        if event.get("kind") is None:
            raise ValueError(f"event {number} has no kind")
        _checked(event, EVENT, f"event {number}: ")
    _checked(raw["expected"], dict.fromkeys(counted, _count), "expected.")
    if not set(raw["expected"]) & set(counted):
        raise ValueError(f"expected must name one of {', '.join(counted)}")
    if raw["period"][0][:10] > raw["period"][1][:10]:
        raise ValueError("the period must be its first and last day")


def _checked(raw: Mapping[str, Any], known: Mapping[str, Reads], where: str) -> None:
    for name, reads in known.items():
        if raw.get(name) is not None and not reads(raw[name]):
            raise ValueError(f"{where}{name} must be {WORDS[reads]}")


def day_of(text: str | None) -> date | None:
    """Day of an ISO date or time; the engine knows days only."""
    return date.fromisoformat(text[:10]) if text else None
