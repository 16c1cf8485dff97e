"""Reads the plain event file as JSON Lines: one object a line, keys named as the CSV columns."""

from collections.abc import Iterator
from typing import BinaryIO

import orjson

from datacapture.intake.columns import REQUIRED, canonical
from datacapture.intake.cpr import contains_cpr, written
from datacapture.intake.limits import DEFAULT, Limits
from datacapture.intake.lines import Lines
from datacapture.intake.record import FLAT, Rules, misplaced_cpr, read_record, shown
from datacapture.intake.rows import EventRow, Level, Problem, stop


def as_text(value: object) -> str | None:
    """A JSON scalar as the text of a cell ('' for null), or None for a list or an object.

    A JSON number is exact about its decimal sign, so it is written with a comma and never becomes ambiguous.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else None
    if isinstance(value, float):
        # Fixed notation: "1e-05" is no number in an event file.
        return (f"{value:.12f}".rstrip("0").rstrip(".") if "e" in repr(value) else repr(value)).replace(".", ",")
    return None


class JsonLinesRows:
    """Rows of a JSON Lines file. `consumed` is the number of bytes read; `rows` may be called again."""

    def __init__(self, file: BinaryIO, name: str, limits: Limits = DEFAULT) -> None:
        self._lines = Lines(file, name, limits.json_line_bytes)
        self._name = name

    @property
    def consumed(self) -> int:
        """Bytes read in the present pass."""
        return self._lines.consumed

    def rows(self, rules: Rules) -> Iterator[EventRow | Problem]:
        """Yields rows and problems in the order of the file.

        Raises `Stop`: `encoding`, `damaged_file` (a line that is no JSON object), `missing_column` (by the
        first line), `duplicate_column` (two spellings of one column in an object).
        """
        unknown: set[str] = set()
        first = True
        for row, text in self._lines:
            if not text.strip():
                continue
            try:
                found = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise stop("damaged_file", row=row, file=self._name) from None
            if not isinstance(found, dict):
                raise stop("damaged_file", row=row, file=self._name)
            yield from self._row(row, found, rules, unknown, first)
            first = False

    def _row(
        self, row: int, found: dict[str, object], rules: Rules, unknown: set[str], first: bool
    ) -> Iterator[EventRow | Problem]:
        record: dict[str, str] = {}
        others: dict[str, str] = {}
        bad: list[Problem] = []
        seen: dict[str, int] = {}
        for number, (key, value) in enumerate(found.items(), 1):
            name = canonical(key)
            text = as_text(value)
            if text is None:
                # Nested values are not read, but a CPR in them still refuses the file.
                others[key] = written(value)
                if name:
                    bad.append(Problem(Level.ROW, "value_unreadable", row, name, further=bool(bad)))
            elif name is None:
                others[key] = text
            elif name in seen:
                raise stop("duplicate_column", row=row, column=name, first=seen[name], second=number)
            elif text:
                record[name] = text
            if name:
                seen[name] = number
        if first:
            self._require(seen, row)
        yield from self._checked(row, record, others, bad, unknown, rules)

    def _checked(
        self,
        row: int,
        record: dict[str, str],
        others: dict[str, str],
        bad: list[Problem],
        unknown: set[str],
        rules: Rules,
    ) -> Iterator[EventRow | Problem]:
        stops = [Problem(Level.STOP, "cpr_wrong_place", row, name) for name in misplaced_cpr(record)]
        for number, (key, text) in enumerate(others.items(), 1):
            if contains_cpr(key) or contains_cpr(text):
                label = f"#{number}" if contains_cpr(key) else shown(key)
                stops.append(Problem(Level.STOP, "cpr_wrong_place", row, label))
            elif key not in unknown and len(unknown) < 200 and canonical(key) is None:
                unknown.add(key)
                yield Problem(Level.WARN, "unknown_column", row, shown(key) or f"#{number}")
        if stops or bad:
            yield from stops or bad
            return
        yield from read_record(row, record, rules, FLAT)

    def _require(self, seen: dict[str, int], row: int) -> None:
        for name in REQUIRED:
            if name not in seen:
                raise stop("missing_column", row=row, column=name, file=self._name)
