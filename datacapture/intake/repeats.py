"""Reads records that repeat each other: what they have alike is read once, and only their own cells each time.

The first record of a kind goes the ordinary way (`record.read_record`). What comes out of it, without its own cells, is
the pattern of those that follow. Whatever is out of the ordinary goes the ordinary way again: a cell that cannot be
read, a day that cannot be, a patient whose own cells are wrong. So there is one rule for every row.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import date
from typing import Any

from datacapture.intake import cells
from datacapture.intake.record import LISTED, Coding, Rejected, Rules, days_of, may_lack_content, parsed, patient_of, read_record
from datacapture.intake.rows import EventRow, PatientId, PatientKey, Problem
from datacapture.intake.systems import find_system, normal_code

_PATTERNS = 20_000
_PLACE = {name: place for place, name in enumerate(EventRow._fields)}
_ROW, _PRACTICE, _WHO = _PLACE["row"], _PLACE["practice"], _PLACE["patient"]
_KIND, _STATUS = _PLACE["kind"], _PLACE["status"]
_START, _END = _PLACE["start"], _PLACE["end"]
_SEX, _BIRTH, _DEATH = _PLACE["sex"], _PLACE["birth"], _PLACE["deceased"]
_ORDER = {name: place for place, name in enumerate(("ICPC2", "SKS", "NPU", "LOINC", "ATC", "YDELSE", "KIP"))}
_Codings = list[tuple[str, str]]
Cells = Callable[..., tuple[dict[str, str], _Codings | None]]


class Person:
    """A patient of the file with the sender, read once: cells, and their values unless something is wrong with them."""

    def __init__(self, record: Mapping[str, str], practice: tuple[str, ...], rules: Rules) -> None:
        self.record, self.practice, self.rules = record, practice, rules
        self.who: PatientId | PatientKey | None = None
        self.sex: int | None = None
        self.birth: date | None = None
        self.deceased: date | None = None
        try:
            values: dict[str, Any] = parsed(record)
            patient = patient_of(values)
            days_of(values, rules.today, values.get("birth", patient.birth), LISTED, partial=True)
        except (cells.Unreadable, Rejected):
            return  # each of its rows says what is wrong
        self.sex, self.birth = values.get("sex", patient.sex), values.get("birth", patient.birth)
        self.deceased = values.get("deceased")
        self.who = rules.identify(patient)


class Repeats:
    """The patterns of one file. They hold nothing of a patient."""

    def __init__(self) -> None:
        self._patterns: dict[Hashable, list[Any]] = {}

    def read(
        self, row: int, name: Hashable, own: dict[str, str], person: Person, cells_of: Cells, parts: tuple[object, ...]
    ) -> tuple[EventRow | Problem, ...]:
        """The row of a record, or its problems, as `read_record` gives them.

        `name` stands for `parts`, of which `cells_of` makes all cells but `own` and the patient's.
        """
        if "" in own.values():
            own = {cell: text for cell, text in own.items() if text}
        key = (name, *own)
        pattern = self._patterns.get(key)
        if pattern is not None and person.who is not None:
            found = _filled(row, pattern, own, person)
            if found is not None:
                return (found,)
        made, codings = cells_of(*parts)
        record = {cell: text for cell, text in {**person.record, **made, **own}.items() if text}
        alternatives = _choose(record, codings) if codings is not None else ()
        result = read_record(row, record, person.rules, Coding(person.practice, alternatives))
        if pattern is None and len(result) == 1 and isinstance(result[0], EventRow):
            self._keep(key, own, result[0])
        return result

    def _keep(self, key: Hashable, own: Mapping[str, str], row: EventRow) -> None:
        if len(self._patterns) >= _PATTERNS:
            self._patterns.clear()
        pattern: list[Any] = list(row)
        for place in (_WHO, _SEX, _BIRTH, _DEATH, _START, _END, *(_PLACE[cell] for cell in own)):
            pattern[place] = None
        self._patterns[key] = pattern


def _filled(row: int, pattern: list[Any], own: dict[str, str], person: Person) -> EventRow | None:
    """The pattern with a record's own cells, or None when these are not plain."""
    found = pattern.copy()
    try:
        values = parsed(own)
        start, end = days_of(values, person.rules.today, person.birth, found[_KIND], partial=True)
    except (cells.Unreadable, Rejected):
        return None
    if start is None:
        if not may_lack_content(found[_KIND], found[_STATUS]):
            return None
    elif person.deceased and start > person.deceased:
        return None
    for cell, value in values.items():
        found[_PLACE[cell]] = value
    found[_ROW], found[_PRACTICE], found[_WHO] = row, person.practice, person.who
    found[_SEX], found[_BIRTH], found[_DEATH] = person.sex, person.birth, person.deceased
    found[_START], found[_END] = start, end
    return tuple.__new__(EventRow, found)


def _choose(record: dict[str, str], codings: _Codings) -> tuple[tuple[str, str], ...]:
    """Puts the preferred coding into the record and returns the other usable ones."""
    usable: _Codings = []
    known: _Codings = []
    for name, text in codings:
        if system := find_system(name):
            known.append((system.name, text))
            if code := normal_code(system.name, text):
                usable.append((system.name, code))
    usable.sort(key=lambda pair: _ORDER[pair[0]])
    best = next(iter(usable or known or codings), None)
    if best:
        record["system"], record["code"] = best
    return tuple(usable[1:])
