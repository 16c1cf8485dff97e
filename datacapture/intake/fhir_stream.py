"""Streams the resources of a FHIR R4 bundle (JSON) or of bulk NDJSON, one at a time, and refuses broken
documents."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import ijson
import orjson

from datacapture.intake.cpr import contains_cpr, surely_none, written
from datacapture.intake.limits import Limits
from datacapture.intake.lines import Lines
from datacapture.intake.rows import Stop, stop

MAX_DEPTH = 64
_BUFFER = 64 * 1024
_UTF8_BOM = b"\xef\xbb\xbf"
# How the type of a resource that none refers to is written.
_ALONE = tuple(f'{colon}"{name}"'.encode() for name in ("Observation", "Condition", "MedicationRequest") for colon in (":", ": "))
_SURELY_SHALLOW = 200  # so few brackets cannot be nested past what orjson writes
_BROKEN = (ijson.JSONError, ValueError, OverflowError, RecursionError)


class Resource(NamedTuple):
    """One resource. References hold within `scope`: 0 for a whole file, the line number for a bundle on its
    own line. `type` is '' when it is not stated as text. `clear`: its bytes have shown that it holds no CPR."""

    row: int
    scope: int
    url: str
    type: str
    body: dict[str, object]
    clear: bool


class _Metered:
    """A file that stops reading when one value grows past a limit, so that no string can fill the memory."""

    def __init__(self, file: BinaryIO, limit: int, name: str) -> None:
        file.seek(0)
        self._file, self._limit, self._name = file, limit + 2 * _BUFFER, name
        self.consumed = self.mark = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        if self.consumed == 0:
            data = data.removeprefix(_UTF8_BOM)
        self.consumed += len(data)
        if self.consumed - self.mark > self._limit:
            raise stop("damaged_json", file=self._name)
        return data


class Resources:
    """Iterates over the resources of a file. `consumed` counts the bytes of the present pass."""

    def __init__(self, file: BinaryIO, name: str, limits: Limits, *, lines: bool) -> None:
        self._file, self._name, self._limits = file, name, limits
        self._lines = Lines(file, name, limits.resource_bytes) if lines else None
        self._meter: _Metered | None = None

    @property
    def consumed(self) -> int:
        """Bytes read in the present pass."""
        if self._lines is not None:
            return self._lines.consumed
        return self._meter.consumed if self._meter else 0

    def check(self) -> None:
        """Reads a bundle once without building it: its type, its depth, and that no CPR stands outside the
        entries.

        Must come before iteration: deep nesting is only safe to build once it is known to be shallow. NDJSON
        needs no such pass. Raises `Stop`: `damaged_json`, `encoding_json`, `wrong_file_type`, `cpr_wrong_place`.
        """
        if self._lines is not None:
            return
        meter = self._meter = _Metered(self._file, self._limits.resource_bytes, self._name)
        depth, key, kind = 0, "", None
        try:
            for event, value in ijson.basic_parse(meter, buf_size=_BUFFER, use_float=True):
                meter.mark = meter.consumed
                if event in ("start_map", "start_array"):
                    depth += 1
                    if depth > MAX_DEPTH:
                        raise stop("damaged_json", file=self._name)
                elif event in ("end_map", "end_array"):
                    depth -= 1
                elif depth == 1 and event == "map_key":
                    key = value
                elif key != "entry" and event in ("string", "number", "map_key"):
                    kind = value if key == "resourceType" and depth == 1 else kind
                    self._refuse_cpr(str(value), key)
        except _BROKEN as error:
            raise self._damaged(error, 0) from None
        if kind != "Bundle":
            raise stop("wrong_file_type", file=self._name, found="JSON", allowed="FHIR Bundle")

    def __iter__(self) -> Iterator[Resource]:
        """Yields every resource in file order."""
        return self._of_bundle() if self._lines is None else self._of_lines(self._lines)

    def _refuse_cpr(self, text: str, key: str) -> None:
        if contains_cpr(text):
            column = "Bundle" if contains_cpr(key) else f"Bundle.{key[:40]}"
            raise stop("cpr_wrong_place", row=1, column=column, n=1)

    def _damaged(self, error: Exception, row: int) -> Stop:
        bad_bytes = isinstance(error, UnicodeDecodeError) or "UTF8" in str(error)
        if bad_bytes:
            return stop("encoding_json", file=self._name)
        return stop("damaged_file", row=row, file=self._name) if row else stop("damaged_json", file=self._name)

    def _of_bundle(self) -> Iterator[Resource]:
        meter = self._meter = _Metered(self._file, self._limits.resource_bytes, self._name)
        row = 0
        try:
            for entry in ijson.items(meter, "entry.item", buf_size=_BUFFER, use_float=True):
                row += 1
                meter.mark = meter.consumed
                yield self._entry(row, 0, entry)
        except _BROKEN as error:
            raise self._damaged(error, row) from None

    def supporting(self) -> Iterator[Resource]:
        """Yields the resources that others refer to, and some more: of NDJSON only the lines that may hold one are decoded.

        A line that is left out here is still read, and refused when it is damaged, by the iteration.
        """
        return self._of_bundle() if self._lines is None else self._of_lines(self._lines, _may_be_referred_to)

    def _of_lines(self, lines: Lines, wanted: Callable[[bytes], bool] | None = None) -> Iterator[Resource]:
        for row, data in lines.raw():
            if wanted is not None and not wanted(data):
                continue
            found = self._decoded(lines, row, data)
            if found is None:
                continue
            kind = found.get("resourceType")
            if kind == "Bundle":
                yield from self._of_entries(row, found)
            else:
                yield Resource(row, 0, "", kind if type(kind) is str else "", found, surely_none(data))

    def _decoded(self, lines: Lines, row: int, data: bytes) -> dict[str, object] | None:
        """The object of a line; None for an empty one."""
        try:
            found = orjson.loads(data)
            if len(data) > 2 * _SURELY_SHALLOW and data.count(b"{") + data.count(b"[") > _SURELY_SHALLOW:
                orjson.dumps(found)  # refuses nesting that the reader of a resource could not write out again
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            if not lines.text(data).strip():
                return None
            raise stop("damaged_file", row=row, file=self._name) from None
        if type(found) is not dict:
            raise stop("damaged_file", row=row, file=self._name)
        return found

    def _of_entries(self, row: int, found: dict[str, object]) -> Iterator[Resource]:
        entries = found.pop("entry", None)
        self._refuse_cpr(written(found), "")
        for entry in entries if isinstance(entries, list) else ():
            yield self._entry(row, row, entry)

    def _entry(self, row: int, scope: int, entry: object) -> Resource:
        body = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(body, dict):
            raise stop("damaged_file", row=row, file=self._name)
        if contains_cpr(written({key: value for key, value in entry.items() if key != "resource"})):
            raise stop("cpr_wrong_place", row=row, column="Bundle.entry", n=1)
        url, kind = entry.get("fullUrl"), body.get("resourceType")
        return Resource(row, scope, url if isinstance(url, str) else "", kind if isinstance(kind, str) else "", body, clear=False)


def _may_be_referred_to(line: bytes) -> bool:
    """False for a line of one resource of a type that none refers to. With escapes a name can be written in other ways."""
    named = line.split(b'"resourceType"')
    return len(named) != 2 or not named[1].startswith(_ALONE) or b"\\" in line
