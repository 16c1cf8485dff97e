"""Turns one record (column name to text) into an `EventRow` or the problems that keep it out."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from datacapture.intake import cells, cpr
from datacapture.intake.columns import NUMERIC, PARSERS, PATIENT
from datacapture.intake.rows import RETRACTED, EventRow, Level, PatientId, PatientKey, Problem
from datacapture.intake.systems import ALLOWED, normal_code

_NEEDED = ("practice", PATIENT, "kind")
_ENDED = frozenset(("resolved", "remission", "inactive", "completed", "stopped", "cancelled"))
_UNIT_NEEDED = frozenset(("NPU", "LOINC"))
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


class _Rejected(Exception):
    """Leaves the assembly of a row at its first cross-field problem."""

    def __init__(self, key: str, column: str, value: str = "", **params: object) -> None:
        super().__init__(key)
        self.problem = (key, column, value, params)


def read_record(row: int, record: Mapping[str, str], rules: Rules, more: "Coding") -> tuple[EventRow | Problem, ...]:
    """The row of one record, with warnings after it, or its problems only.

    `record` maps column names to non-empty text without surrounding blanks. `more` holds what a flat record
    cannot say.
    """
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for name, text in record.items():
        if text[0] in "=+-@" and cells.is_formula(text):
            problems.append(Problem(Level.ROW, "formula", row, name))
            continue
        try:
            values[name] = PARSERS[name](text)
        except cells.Unreadable as error:
            if name == "value" and (parts := _split_value(text)):
                values["value"], values["comparator"] = parts
                continue
            problems.append(_cell_problem(error.key, row, name, text))
    if problems:
        return (problems[0], *(replace(problem, further=True) for problem in problems[1:]))
    try:
        event = _assemble(row, values, rules, more)
    except _Rejected as error:
        key, column, value, params = error.problem
        return (Problem(Level.ROW, key, row, column, shown(value), params),)
    if event.deceased and event.start and event.start > event.deceased:
        return event, Problem(Level.WARN, "date_after_death", row, "start")
    return (event,)


@dataclass(frozen=True, slots=True)
class Coding:
    """Parts that only FHIR has: all numbers of the sending practice and further codes for the same event."""

    practice: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, str], ...] = ()


FLAT = Coding()


def _cell_problem(key: str, row: int, column: str, text: str) -> Problem:
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


def _assemble(row: int, values: dict[str, object], rules: Rules, more: Coding) -> EventRow:
    get = values.get
    for name in _NEEDED:
        if name not in values and not (name == "practice" and more.practice):
            raise _Rejected("missing_value", name)
    if "local_id" not in values and values["kind"] != "patient":
        raise _Rejected("missing_value", "local_id")
    patient = _read_patient(values)
    kind, status = values["kind"], get("status", "")
    partial = kind == "patient" or status in RETRACTED  # what is taken back needs no content: its id says what goes
    system, code = _read_code(values, partial=partial)
    start, end = _read_days(values, rules.today, patient, partial=partial)
    value = get("value")
    if value is not None and kind == "lab" and system in _UNIT_NEEDED and "unit" not in values and not partial:
        raise _Rejected("unit_missing", "unit", code=code)
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


def _read_patient(values: dict[str, object]) -> PatientId:
    patient = _patient(values[PATIENT])
    if patient is None:
        raise _Rejected("patient_id_invalid", PATIENT)
    if "patient_no" in values:
        return PatientId(patient.kind, patient.value, values["patient_no"], patient.birth, patient.sex, patient.checksum_ok)
    return patient


def _read_code(values: dict[str, object], *, partial: bool) -> tuple[str, str]:
    if values["kind"] == "patient" or (partial and not ("system" in values and "code" in values)):
        return "", ""
    if "system" not in values or "code" not in values:
        raise _Rejected("missing_value", "code" if "system" in values else "system")
    system, text = values["system"], values["code"]
    code = normal_code(system, text)
    if code is None:
        key = "name_in_field" if cells.looks_like_name(text) else "malformed_code"
        raise _Rejected(key, "code", text, system=system)
    return system, code


def _read_days(values: dict[str, object], today: date, patient: PatientId, *, partial: bool) -> tuple[date | None, date | None]:
    start, end, kind = values.get("start"), values.get("end"), values["kind"]
    if start is None:
        moment = values.get("sampled_at")
        start = moment.astimezone(cells.COPENHAGEN).date() if isinstance(moment, datetime) else end
        if start is None and not partial:
            raise _Rejected("missing_value", "start")
    birth = values.get("birth", patient.birth)
    for name in ("start", "end", "authored", "sampled_at", "birth", "deceased"):
        day = start if name == "start" else values.get(name)
        if day is None:
            continue
        if isinstance(day, datetime):
            day = day.astimezone(cells.COPENHAGEN).date()
        if day > today and not (name == "end" and kind in _MAY_END_LATER):
            raise _Rejected("date_in_future", name, day.isoformat())
        if birth and day < birth:
            raise _Rejected("date_before_birth", name)
    if end and start and end < start:
        raise _Rejected("end_before_start", "end", end.isoformat())
    return start, end
