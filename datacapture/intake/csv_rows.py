"""Reads the plain event file as CSV: a header line, ; or , between cells, UTF-8."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from datacapture.intake.columns import PATIENT, REQUIRED, canonical
from datacapture.intake.cpr import contains_cpr
from datacapture.intake.limits import DEFAULT, Limits
from datacapture.intake.lines import Lines
from datacapture.intake.record import FLAT, Rules, misplaced_cpr, read_record, shown
from datacapture.intake.rows import EventRow, Level, Problem, Stop, stop

_UNUSED = "\x00"
_BETWEEN = "\x1f"


class CsvRows:
    """Rows of a CSV file. `consumed` is the number of bytes read; `rows` may be called again for a second
    pass."""

    def __init__(self, file: BinaryIO, name: str, limits: Limits = DEFAULT) -> None:
        self._lines = Lines(file, name, limits.csv_line_bytes)
        self._name = name

    @property
    def consumed(self) -> int:
        """Bytes read in the present pass."""
        return self._lines.consumed

    def rows(self, rules: Rules) -> Iterator[EventRow | Problem]:
        """Yields rows and problems in the order of the file.

        Raises `Stop` for a file that cannot be read on: `encoding`, `damaged_file`, `no_header`,
        `missing_column`, `duplicate_column`. A CPR outside the patient field is yielded as a problem with level stop, so that
        the lines can be counted.
        """
        texts = (text for _, text in self._lines)
        first = next(texts, "")
        delimiter = ";" if ";" in first else ","
        header = self._cells(iter((first,)), delimiter)
        names, warnings = self._header(next(header, []))
        yield from warnings
        width, at = len(names), names.index(PATIENT)
        for found in self._cells(texts, delimiter):
            row = self._lines.number
            if len(found) != width:
                if any(found):
                    yield from _misshapen(row, found, width)
            elif contains_cpr(_BETWEEN.join(found[:at] + found[at + 1 :])) and (places := self._places(names, found)):
                for name in places:
                    yield Problem(Level.STOP, "cpr_wrong_place", row, name)
            else:
                pairs = zip(names, found, strict=True)
                record = {name: text for name, cell in pairs if cell and name[0] != _UNUSED and (text := cell.strip())}
                if record:
                    yield from read_record(row, record, rules, FLAT)

    def _cells(self, texts: Iterator[str], delimiter: str) -> Iterator[list[str]]:
        try:
            yield from csv.reader(texts, delimiter=delimiter, strict=True)
        except csv.Error:
            raise stop("damaged_file", row=self._lines.number, file=self._name) from None

    def _places(self, names: list[str], found: list[str]) -> list[str]:
        record = {name: cell.strip() for name, cell in zip(names, found, strict=True)}
        return [shown(name.removeprefix(_UNUSED)) for name in misplaced_cpr(record)]

    def _header(self, found: list[str]) -> tuple[list[str], list[Problem]]:
        names: list[str] = []
        problems: list[Problem] = []
        doubled: Stop | None = None
        for number, cell in enumerate(found, 1):
            if contains_cpr(cell):
                raise stop("cpr_wrong_place", column=f"#{number}", row=1, n=1)
            name = canonical(cell)
            label = shown(cell.strip()) or f"#{number}"
            if name is None:
                problems.append(Problem(Level.WARN, "unknown_column", 1, label))
            key = name or _UNUSED + cell.strip().lower()
            if key in names and cell.strip():
                doubled = doubled or stop("duplicate_column", column=name or label, first=names.index(key) + 1, second=number)
            names.append(key if cell.strip() else f"{_UNUSED}#{number}")
        if not set(REQUIRED) & set(names):
            raise stop("no_header", row=1, file=self._name)
        if doubled:
            raise doubled
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            raise Stop(*(Problem(Level.STOP, "missing_column", 1, name, params={"file": self._name}) for name in missing))
        return names, problems


def _misshapen(row: int, found: list[str], width: int) -> Iterator[Problem]:
    """Where cells have moved, no place can be trusted: a CPR in such a line stops the file."""
    if any(contains_cpr(cell) for cell in found):
        yield Problem(Level.STOP, "shifted_row", row, params={"cells": len(found), "width": width})
    else:
        yield Problem(Level.ROW, "row_shape", row)
