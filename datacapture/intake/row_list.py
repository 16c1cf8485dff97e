"""The list of problems a sender may download: bounded, kept out of memory when long, and safe to open in a
spreadsheet."""

import csv
import io
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

import orjson

from datacapture.intake.cells import is_formula
from datacapture.intake.rows import Level, Problem

_IN_MEMORY = 2 * 1024 * 1024
_LEADING = ("\t", "\r", "\n", "=", "+", "-", "@")
_HEADER = ("row", "column", "value", "code", "message")

Render = Callable[[str, Mapping[str, object]], str]


def message_params(problem: Problem) -> dict[str, object]:
    """The placeholders of a problem's text: its own, and row, column and value."""
    return {"row": problem.row, "column": problem.column, "value": problem.value, **problem.params}


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe before a leading = + - @ tab or line end, numbers
    excepted."""
    bare = text.lstrip("\ufeff ")
    if bare[:1] in _LEADING and bare and (bare[0] not in "=+-@" or is_formula(bare) or len(bare) == 1):
        return f"'{text}"
    return text


class RowList:
    """Problems in the order they were met, up to `limit`; `left_out` counts the rest."""

    def __init__(self, limit: int) -> None:
        # The problems hold no patient identifier, so the spill needs no encryption; it has no name on disk.
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives as long as self
        weakref.finalize(self, self._file.close)
        self._limit = limit
        self.listed = self.left_out = 0

    def add(self, problem: Problem) -> None:
        """Notes a problem."""
        if self.listed >= self._limit:
            self.left_out += 1
            return
        self.listed += 1
        fields = (
            problem.level,
            problem.key,
            problem.row,
            problem.column,
            problem.value,
            dict(problem.params),
        )
        self._file.write(orjson.dumps(fields, default=str) + b"\n")

    def __iter__(self) -> Iterator[Problem]:
        """Yields the noted problems."""
        self._file.seek(0)
        for line in self._file:
            level, key, row, column, value, params = orjson.loads(line)
            yield Problem(Level(level), key, row, column, value, params)
        self._file.seek(0, 2)

    def write(self, out: BinaryIO, render: Render, header: tuple[str, ...] = _HEADER) -> None:
        """Writes row, column, value, code and message as CSV for Danish Excel: UTF-8 with mark, semicolons,
        CRLF.

        `render(key, params)` gives the message in the reader's language.
        """
        out.write(b"\xef\xbb\xbf")
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow(header)
        for problem in self:
            message = render(problem.key, message_params(problem))
            found = (str(problem.row or ""), problem.column, problem.value, problem.key, message)
            writer.writerow([safe_cell(cell) for cell in found])
            if text.tell() > 256 * 1024:
                out.write(text.getvalue().encode())
                text.seek(0)
                text.truncate()
        out.write(text.getvalue().encode())

    def close(self) -> None:
        """Throws the list away."""
        self._file.close()
