"""Reads and checks a CSV file with practices. Pure: what is known beforehand arrives as `Known`; nothing is written here."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from kip.core.forms import DATE_FORMATS, refuse_cpr
from kip.core.texts import text
from practices.enums import Profession
from practices.validators import sor_looks_right, validate_cvr, validate_number, validate_sor

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 20_000
MAX_CLINICIANS = 500
FIRST_DATA_ROW = 2
# English names as in the export, and the Danish words a region's own list is likely to use.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "ydernummer", "ydernr"),
    "name": ("name", "navn", "praksisnavn"),
    "profession": ("profession", "faggruppe"),
    "municipality": ("municipality", "kommune", "kommunekode"),
    "cluster": ("cluster", "klynge"),
    "sor": ("sor", "sor-kode", "sorkode"),
    "cvr": ("cvr", "cvr-nummer"),
    "clinicians": ("clinicians", "behandlere"),
    "valid_from": ("valid_from", "gyldig_fra"),
    "valid_to": ("valid_to", "gyldig_til"),
}
REQUIRED = ("number", "name", "profession", "municipality", "valid_from")
Row = tuple[int, dict[str, str]]  # place in the file counted from 1 with the header, cells by our column names


class FileRefused(ValueError):
    """The whole file cannot be used; the text says why."""


@dataclass(frozen=True)
class Problem:
    """One thing about one cell. A refused row is left out; a remark is only to be looked at."""

    row: int
    column: str
    value: str
    message: str
    refused: bool = True


@dataclass(frozen=True)
class Existing:
    """A practice that is stored already; `values` has the same keys as a checked row."""

    pk: int
    region_id: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Known:
    """Facts the rows are checked against.

    municipalities: code -> id, of the region alone; clusters: (name, profession) -> id; existing: (number, first day).
    """

    region_id: int
    profession: str
    municipalities: Mapping[str, int]
    clusters: Mapping[tuple[str, str], int]
    existing: Mapping[tuple[str, dt.date], Existing]


@dataclass
class Checked:
    """The outcome: rows by what would happen to them, and every problem in the order of the file."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    same: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)


def read_table(data: bytes, file: str) -> list[Row]:
    """The rows of a UTF-8 CSV file with comma or semicolon, by our column names; unknown columns are left out.

    Raises:
        FileRefused: not UTF-8, not readable as CSV, empty, too long, or a column missing or there twice.
    """
    written = _decoded(data)
    header = written.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next(reader, [])
        places = _places(names, file)
        rows = [
            (number, {name: _cell(cells, place) for name, place in places.items()})
            for number, cells in enumerate(reader, FIRST_DATA_ROW)
            if any(cell.strip() for cell in _fitting(cells, len(names), number))
        ]
    except csv.Error as error:
        where = text("intake.damaged_file.where", row=reader.line_num, file=file)
        raise FileRefused(f"{text('intake.damaged_file.what')} {where}") from error
    if not rows:
        raise FileRefused(f"{text('intake.empty_file.what')} {text('intake.empty_file.where', file=file)}")
    if len(rows) > MAX_ROWS:
        raise FileRefused(_("The file has more than %(n)s rows. Divide it into smaller files.") % {"n": MAX_ROWS})
    return rows


def _fitting(cells: list[str], width: int, number: int) -> list[str]:
    """The row's cells. Raises FileRefused when more of them are filled than the header names: they stand in wrong columns."""
    if any(cell.strip() for cell in cells[width:]):
        where = text("intake.row_shape.where", row=number)
        raise FileRefused(f"{text('intake.row_shape.what')} {where} {text('intake.row_shape.mend')}")
    return cells


def _cell(cells: list[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        words = (text("intake.encoding.what"), text("intake.encoding.where", row=row), text("intake.encoding.mend"))
        raise FileRefused(" ".join(words)) from error


def _places(header: list[str], file: str) -> dict[str, int]:
    written = [name.strip().lower().replace(" ", "_") for name in header]
    places: dict[str, int] = {}
    for name, aliases in COLUMNS.items():
        found = [place for place, word in enumerate(written) if word in aliases]
        if len(found) > 1:
            where = text("intake.duplicate_column.where", column=name, first=found[0] + 1, second=found[1] + 1)
            raise FileRefused(f"{text('intake.duplicate_column.what')} {where}")
        if found:
            places[name] = found[0]
        elif name in REQUIRED:
            where = text("intake.missing_column.where", column=name, file=file)
            raise FileRefused(f"{text('intake.missing_column.what')} {where}")
    return places


def check_rows(rows: list[Row], known: Known) -> Checked:
    """Check every cell, then the periods of each number against the register and against the rest of the file."""
    outcome = Checked()
    read = [(number, _read_row(number, row, known, outcome.problems)) for number, row in rows]
    periods = {key: item.values["valid_to"] for key, item in known.existing.items()}
    periods |= {(values["number"], values["valid_from"]): values["valid_to"] for _number, values in read if values}
    by_number: dict[str, list[tuple[dt.date, dt.date | None]]] = {}
    for (provider, first), last in periods.items():
        by_number.setdefault(provider, []).append((first, last))
    seen: set[tuple[str, dt.date]] = set()
    for number, values in read:
        if values is None or _clashes(number, values, known, by_number, seen, outcome.problems):
            outcome.refused += 1
            continue
        _sort_in(values, known, outcome)
    outcome.problems.sort(key=lambda problem: problem.row)
    return outcome


def _sort_in(values: dict[str, Any], known: Known, outcome: Checked) -> None:
    stored = known.existing.get((values["number"], values["valid_from"]))
    if stored is None:
        outcome.new.append(values)
    elif dict(stored.values) == values:
        outcome.same += 1
    else:
        outcome.changed.append((stored.pk, values))


def _clashes(
    number: int, values: dict[str, Any], known: Known,
    periods: Mapping[str, list[tuple[dt.date, dt.date | None]]], seen: set[tuple[str, dt.date]], problems: list[Problem],
) -> bool:  # fmt: skip
    key = (values["number"], values["valid_from"])
    stored = known.existing.get(key)
    message = ""
    if key in seen:
        message = _("The same number and first day stand earlier in the file.")
    elif stored is not None and stored.region_id != known.region_id:
        message = _("Another region has a practice with this number and first day.")
    elif stored is not None and stored.values["profession"] != values["profession"]:
        message = _("The practice is stored with another profession, which cannot be changed by a file.")
    elif any(first != key[1] and _overlap(first, last, key[1], values["valid_to"]) for first, last in periods[key[0]]):
        message = _("The number belongs to another practice in the same period. Close that one first.")
    seen.add(key)
    if message:
        problems.append(Problem(number, "number", values["number"], message))
    return bool(message)


def _overlap(first: dt.date, last: dt.date | None, other_first: dt.date, other_last: dt.date | None) -> bool:
    return (last is None or last >= other_first) and (other_last is None or other_last >= first)


def _read_row(number: int, row: dict[str, str], known: Known, problems: list[Problem]) -> dict[str, Any] | None:
    """The row's values, or None when a cell was refused."""
    refused = False
    values: dict[str, Any] = {}
    for column, reader in READERS.items():
        written = row.get(column, "")
        try:
            if not written and column in REQUIRED:
                raise ValidationError(text("form.required", field=_label(column)))
            values[column] = reader(written, values, known)
        except ValidationError as error:
            problems.append(Problem(number, column, written, error.messages[0]))
            refused = True
    if values.get("sor") and not sor_looks_right(values["sor"]):
        remark = _("The check digit does not fit. The row is taken in; please check the id.")
        problems.append(Problem(number, "sor", values["sor"], remark, refused=False))
    return None if refused else values


def _label(column: str) -> str:
    """The column's name as a Danish or an English file has it."""
    return COLUMNS[column][get_language() != "en" and len(COLUMNS[column]) > 1]


def _number(written: str, values: dict[str, Any], known: Known) -> str:
    validate_number(written.upper())
    return written.upper()


def _name(written: str, values: dict[str, Any], known: Known) -> str:
    refuse_cpr(written)
    if len(written) > 160:
        raise ValidationError(text("form.too_long", n=len(written) - 160, max=160))
    return written


def _profession(written: str, values: dict[str, Any], known: Known) -> str:
    code = _profession_words().get(written.lower())
    if code is None:
        raise ValidationError(_("This is not one of the professions."))
    if known.profession not in ("", code):
        raise ValidationError(_("Your role covers another profession."))
    return code


@cache
def _profession_words() -> dict[str, str]:
    words = {code: code for code in Profession.values}
    for language in ("da", "en"):
        with override(language):
            words |= {str(label).lower(): code for code, label in Profession.choices}
    return words


def _municipality(written: str, values: dict[str, Any], known: Known) -> int:
    # Spreadsheets remove the first zero of 0101.
    found = known.municipalities.get(written.zfill(4), known.municipalities.get(written))
    if found is None:
        raise ValidationError(_("No municipality in your region has this code."))
    return found


def _cluster(written: str, values: dict[str, Any], known: Known) -> int | None:
    found = known.clusters.get((written, values.get("profession", "")))
    if written and found is None and "profession" in values:
        raise ValidationError(_("Your region has no cluster of that name in this profession."))
    return found


def _sor(written: str, values: dict[str, Any], known: Known) -> str:
    if written:
        validate_sor(written)
    return written


def _cvr(written: str, values: dict[str, Any], known: Known) -> str:
    if written:
        validate_cvr(written)
    return written


def _clinicians(written: str, values: dict[str, Any], known: Known) -> int:
    if not written:
        return 1
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= MAX_CLINICIANS:
        raise ValidationError(text("form.range", lower="1", upper=str(MAX_CLINICIANS)))
    return int(written)


def _day(written: str, values: dict[str, Any], known: Known) -> dt.date | None:
    if not written:
        return None
    for pattern in DATE_FORMATS:
        try:
            return dt.datetime.strptime(written, pattern).date()
        except ValueError:
            continue
    raise ValidationError(_("Write the date as 2026-11-02 or 2.11.2026."))


def _last_day(written: str, values: dict[str, Any], known: Known) -> dt.date | None:
    day = _day(written, values, known)
    if day and values.get("valid_from") and day < values["valid_from"]:
        raise ValidationError(_("The last day is before the first day."))
    return day


READERS: Mapping[str, Callable[[str, dict[str, Any], Known], Any]] = {
    "number": _number,
    "name": _name,
    "profession": _profession,
    "municipality": _municipality,
    "cluster": _cluster,
    "sor": _sor,
    "cvr": _cvr,
    "clinicians": _clinicians,
    "valid_from": _day,
    "valid_to": _last_day,
}
