"""A list of people to ask, as a file: one e-mail address per line or row. Read whole, told line by line, never half-stored."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from surveys.questionnaire.wording import LANGUAGES

MOST_ROWS = 50_000
MOST_BYTES = 5_000_000
ADDRESS, LANGUAGE = "email", "sprog"
HEADS = {"email": ADDRESS, "e-mail": ADDRESS, "mail": ADDRESS, "adresse": ADDRESS, "sprog": LANGUAGE, "language": LANGUAGE}


@dataclass(frozen=True)
class Person:
    """Somebody to ask: the address in small letters, and the language to ask in."""

    address: str
    language: str = "da"


@dataclass(frozen=True)
class BadRow:
    """A row that was not taken; why: not_an_address, twice, other_language, too_many_rows or extra_columns."""

    line: int
    why: str


@dataclass(frozen=True)
class AddressList:
    """What a file holds. fault: why nothing of it can be read (too_large, not_text, no_address_column, empty), or ""."""

    people: tuple[Person, ...] = ()
    bad: tuple[BadRow, ...] = ()
    fault: str = ""


def read_addresses(data: bytes) -> AddressList:
    """The people of a CSV file (comma, semicolon or one address per line; UTF-8 or Windows-1252)."""
    if len(data) > MOST_BYTES:
        return AddressList(fault="too_large")
    text = _text(data)
    if text is None or "\0" in text:
        return AddressList(fault="not_text")
    rows = [(number, row) for number, row in _rows(text) if any(cell.strip() for cell in row)]
    if not rows:
        return AddressList(fault="empty")
    heads = [HEADS.get(cell.strip().casefold(), "") for cell in rows[0][1]]
    if ADDRESS in heads:
        rows = rows[1:]
    elif len(rows[0][1]) == 1:
        heads = [ADDRESS]
    else:
        return AddressList(fault="no_address_column")
    return _listed(rows, heads)


def _listed(rows: list[tuple[int, list[str]]], heads: list[str]) -> AddressList:
    people: dict[str, Person] = {}
    bad: list[BadRow] = []
    for number, row in rows:
        cells = {head: cell.strip() for head, cell in zip(heads, row, strict=False) if head}
        why = _fault(cells, row, heads, people)
        if why:
            bad.append(BadRow(number, why))
            continue
        address = cells[ADDRESS].casefold()
        people[address] = Person(address, cells.get(LANGUAGE) or "da")
    return AddressList(tuple(people.values()), tuple(bad), "" if people or bad else "empty")


def _fault(cells: dict[str, str], row: list[str], heads: list[str], people: dict[str, Person]) -> str:
    if len(row) > len(heads):
        return "extra_columns"
    address = cells.get(ADDRESS, "").casefold()
    try:
        validate_email(address)
    except ValidationError:
        return "not_an_address"
    if address in people:
        return "twice"
    if cells.get(LANGUAGE, "") not in ("", *LANGUAGES):
        return "other_language"
    return "too_many_rows" if len(people) >= MOST_ROWS else ""


def _text(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.lstrip().split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") >= first.count(",") else ",")
    for row in reader:
        yield reader.line_num, row
