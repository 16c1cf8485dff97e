"""Turns one record (column name to text) into an `EventRow` or the problems that keep it out."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from datacapture.intake import cells, cpr
from datacapture.intake.columns import NUMERIC, PARSERS, PATIENT
from datacapture.intake.rows import RETRACTED, EventRow, Level, PatientId, PatientKey, Problem
from datacapture.intake.systems import ALLOWED, normal_code

_NEEDED = ("practice", PATIENT, "kind")
_ENDED = frozenset(("resolved", "remission", "inactive", "completed", "stopped", "cancelled"))
_UNIT_NEEDED = frozenset(("NPU", "LOINC"))
_DAYS = ("start", "end", "authored", "sampled_at", "birth", "deceased")
LISTED = "patient"
_MAY_END_LATER = frozenset(("med", "patient"))
_SPLIT = "\x1f"
# At most five digits before the sign: six would be the date part of a CPR.
_DECIMAL = re.compile(r"[<>=≤≥ ]{0,3}[+-]?[0-9]{1,5}[.,][0-9]+")
_patient = lru_cache(maxsize=32768)(cpr.read_patient)


def forget_patients() -> None:
    """Empties the short-lived memory of patient identifiers; called when a pass over a file ends."""
    _patient.cache_clear()


def _same(patient: PatientId) -> PatientId:
    return patient


@dataclass(frozen=True, slots=True)
class Rules:
    """What a reader needs besides the file: the day of reading, and what to put in place of a patient
    identifier."""

    today: date
    identify: Callable[[PatientId], PatientId | PatientKey] = _same


def shown(text: str) -> str:
    """A cell as a problem may show it: short, without control characters; empty when it could name a
    person."""
    if cpr.contains_cpr(text) or cells.looks_like_name(text):
        return ""
    return "".join(char if char.isprintable() else " " for char in text[:60])


def misplaced_cpr(record: Mapping[str, str]) -> Iterator[str]:
    """Names the columns outside the patient field in which a CPR stands. Plain decimals in number columns are
    no CPR."""
    joined = _SPLIT.join(text for name, text in record.items() if name != PATIENT)
    if not cpr.contains_cpr(joined):
        return
    for name, text in record.items():
        decimal = name in NUMERIC and _DECIMAL.fullmatch(text)
        if name != PATIENT and not decimal and cpr.contains_cpr(text):
            yield name


class Rejected(Exception):
    """Leaves the assembly of a row at its first cross-field problem: (key, column, value, params)."""

    def __init__(self, key: str, column: str, value: str = "", **params: object) -> None:
        super().__init__(key)
        self.problem = (key, column, value, params)


def parsed(record: Mapping[str, str]) -> dict[str, Any]:
    """The value of each cell. Raises `cells.Unreadable` for the first one that has none."""
    values: dict[str, Any] = {}
    for name, text in record.items():
        if text[0] in "=+-@" and cells.is_formula(text):
            raise cells.Unreadable("formula")
        values[name] = PARSERS[name](text)
    return values


def read_record(row: int, record: Mapping[str, str], rules: Rules, more: "Coding") -> tuple[EventRow | Problem, ...]:
    """The row of one record, with warnings after it, or its problems only.

    `record` maps column names to non-empty text without surrounding blanks. `more` holds what a flat record
    cannot say.
    """
    try:
        values = parsed(record)
    except cells.Unreadable:
        values, problems = _each(row, record)
        if problems:
            return (problems[0], *(replace(problem, further=True) for problem in problems[1:]))
    try:
        event = _assemble(row, values, rules, more)
    except Rejected as error:
        key, column, value, params = error.problem
        return (Problem(Level.ROW, key, row, column, shown(value), params),)
    if event.deceased and event.start and event.start > event.deceased:
        return event, Problem(Level.WARN, "date_after_death", row, "start")
    return (event,)


def _each(row: int, record: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Cell by cell: what can be read, and what is wrong with the others. A value may have its sign before it."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in record.items():
        try:
            values |= parsed({name: text})
        except cells.Unreadable as error:
            if name == "value" and error.key != "formula" and (parts := _split_value(text)):
                values["value"], values["comparator"] = parts
                continue
            problems.append(_cell_problem(error.key, row, name, text))
    return values, problems


@dataclass(frozen=True, slots=True)
class Coding:
    """Parts that only FHIR has: all numbers of the sending practice and further codes for the same event."""

    practice: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, str], ...] = ()


FLAT = Coding()


def _cell_problem(key: str, row: int, column: str, text: str) -> Problem:
    if key == "formula":
        return Problem(Level.ROW, key, row, column)
    params = {"allowed": ALLOWED} if key == "unknown_code_system" else {}
    return Problem(Level.ROW, key, row, column, "" if column == PATIENT else shown(text), params)


def _split_value(text: str) -> tuple[float, str] | None:
    """A value with its comparator in one cell, as laboratories send '<9'."""
    sign = text[:2] if text[:2] in cells.COMPARATORS else text[:1]
    if sign not in cells.COMPARATORS:
        return None
    try:
        return cells.read_number(text[len(sign) :].strip()), cells.COMPARATORS[sign]
    except cells.Unreadable:
        return None


def _assemble(row: int, values: Mapping[str, Any], rules: Rules, more: Coding) -> EventRow:
    get = values.get
    for name in _NEEDED:
        if name not in values and not (name == "practice" and more.practice):
            raise Rejected("missing_value", name)
    if "local_id" not in values and values["kind"] != LISTED:
        raise Rejected("missing_value", "local_id")
    patient = patient_of(values)
    kind, status = values["kind"], get("status", "")
    partial = may_lack_content(kind, status)
    system, code = _read_code(values, partial=partial)
    start, end = days_of(values, rules.today, get("birth", patient.birth), kind, partial=partial)
    value = get("value")
    if value is not None and kind == "lab" and system in _UNIT_NEEDED and "unit" not in values and not partial:
        raise Rejected("unit_missing", "unit", code=code)
    ongoing = get("ongoing", kind == "dx" and end is None and status not in _ENDED and status not in RETRACTED)
    return EventRow(
        row,
        more.practice or (values["practice"],),
        rules.identify(patient),
        kind,
        system,
        code,
        start,
        end,
        ongoing,
        value,
        get("comparator", ""),
        get("unit", ""),
        get("value_code"),
        status,
        get("category", ()),
        get("verified"),
        get("authored"),
        get("producer", ""),
        get("local_id", ""),
        get("course", ""),
        get("referral", ""),
        get("doses"),
        get("ddd"),
        get("quantity"),
        get("sampled_at"),
        get("received_at"),
        get("sex", patient.sex),
        get("birth", patient.birth),
        get("deceased"),
        get("listed_from"),
        get("listed_to"),
        more.alternatives,
    )


def may_lack_content(kind: str, status: str) -> bool:
    """True for a listed patient, and for what is taken back: its id says what goes."""
    return kind == LISTED or status in RETRACTED


def patient_of(values: Mapping[str, Any]) -> PatientId:
    """The patient whom the values are about. Raises `Rejected`."""
    patient = _patient(values[PATIENT]) if PATIENT in values else None
    if patient is None:
        raise Rejected("patient_id_invalid", PATIENT)
    if "patient_no" in values:
        return PatientId(patient.kind, patient.value, values["patient_no"], patient.birth, patient.sex, patient.checksum_ok)
    return patient


def _read_code(values: Mapping[str, Any], *, partial: bool) -> tuple[str, str]:
    if values["kind"] == LISTED or (partial and not ("system" in values and "code" in values)):
        return "", ""
    if "system" not in values or "code" not in values:
        raise Rejected("missing_value", "code" if "system" in values else "system")
    system, text = values["system"], values["code"]
    code = normal_code(system, text)
    if code is None:
        key = "name_in_field" if cells.looks_like_name(text) else "malformed_code"
        raise Rejected(key, "code", text, system=system)
    return system, code


def days_of(
    values: Mapping[str, Any], today: date, birth: date | None, kind: str, *, partial: bool
) -> tuple[date | None, date | None]:
    """First and last day of the row. Raises `Rejected` for a day that cannot be, or none (unless `partial`)."""
    start, end, moment = values.get("start"), values.get("end"), values.get("sampled_at")
    sampled = moment.astimezone(cells.COPENHAGEN).date() if moment is not None else None
    if start is None:
        start = sampled or end
        if start is None and not partial:
            raise Rejected("missing_value", "start")
    first = birth or date.min
    for day in values.values():
        if sampled or (type(day) is date and not first <= day <= today):
            _check_days({**values, "start": start, "sampled_at": sampled}, today, birth, kind)
            break
    if end and start and end < start:
        raise Rejected("end_before_start", "end", end.isoformat())
    return start, end


def _check_days(values: Mapping[str, Any], today: date, birth: date | None, kind: str) -> None:
    for name in _DAYS:
        day = values.get(name)
        if day is None:
            continue
        if day > today and not (name == "end" and kind in _MAY_END_LATER):
            raise Rejected("date_in_future", name, day.isoformat())
        if birth and day < birth:
            raise Rejected("date_before_birth", name)
