"""Finds out what a file is from its bytes; its name is only compared with the finding."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

import orjson

from datacapture.intake.cpr import contains_cpr
from datacapture.intake.limits import DEFAULT, Limits
from datacapture.intake.rows import Stop, stop

HEAD_BYTES = 256 * 1024
ALLOWED = ("CSV", "JSON Lines", "FHIR JSON")


class Format(StrEnum):
    """The formats that intake reads, and `zip`, which may hold one of them."""

    CSV = "CSV"
    JSON_LINES = "JSON Lines"
    FHIR_BUNDLE = "FHIR JSON"
    FHIR_LINES = "FHIR NDJSON"
    ZIP = "ZIP"


_EXTENSIONS = {
    ".csv": {Format.CSV},
    ".txt": {Format.CSV},
    ".json": {Format.FHIR_BUNDLE, Format.FHIR_LINES, Format.JSON_LINES},
    ".jsonl": {Format.JSON_LINES, Format.FHIR_LINES, Format.FHIR_BUNDLE},
    ".ndjson": {Format.JSON_LINES, Format.FHIR_LINES, Format.FHIR_BUNDLE},
    ".zip": {Format.ZIP},
    ".xlsx": {Format.ZIP},
    ".xlsm": {Format.ZIP},
    "": set(Format),
}
_MAGIC = (
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Microsoft Office (97-2003)"),
    (b"\x1f\x8b", "GZIP"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"BZh", "BZIP2"),
    (b"\xfd7zXZ\x00", "XZ"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"MZ", "Windows-program"),
    (b"\x7fELF", "Linux-program"),
)
_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_BUNDLE = re.compile(rb'"resourceType"\s*:\s*"')


@dataclass(frozen=True, slots=True)
class Detected:
    """The format of a file, its size in bytes, and its name as it may be shown."""

    format: Format
    size: int
    name: str


def shown_name(filename: str) -> str:
    """The file name for messages: no folders, no control or direction characters, at most 80 characters.

    Raises `Stop` (`cpr_file_name`) when the name holds a CPR.
    """
    name = filename.replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip()
    if contains_cpr(filename):
        raise stop("cpr_file_name")
    return name if len(name) <= 80 else f"{name[:60]}…{name[-19:]}"


def megabytes(size: int) -> str:
    """A size for messages, in MB with one decimal below ten (decimal comma, as the messages are Danish
    first)."""
    value = size / 1_000_000
    return f"{value:.1f} MB".replace(".", ",") if value < 10 else f"{value:.0f} MB"


def detect(file: BinaryIO, filename: str, limits: Limits = DEFAULT) -> Detected:
    """Recognises a seekable binary file. Raises `Stop` for anything intake does not read; leaves the file at
    byte 0."""
    name = shown_name(filename)
    size = file.seek(0, 2)
    file.seek(0)
    if size > limits.file_bytes:
        raise stop("too_large", file=name, size=megabytes(size), limit=megabytes(limits.file_bytes))
    head = file.read(HEAD_BYTES)
    file.seek(0)
    extension = name[name.rfind(".") :].lower() if "." in name else ""
    found = _sniff(head, size, name, extension)
    if found not in _EXTENSIONS.get(extension, set()):
        raise stop("content_mismatch", file=name, extension=extension, found=str(found))
    return Detected(found, size, name)


def _foreign(found: str, name: str, extension: str) -> Stop:
    if extension and extension in _EXTENSIONS:
        return stop("content_mismatch", file=name, extension=extension, found=found)
    return stop("wrong_file_type", file=name, found=found, allowed=ALLOWED)


def _sniff(head: bytes, size: int, name: str, extension: str) -> Format:
    if not head.removeprefix(_UTF8_BOM).strip():
        raise stop("empty_file", file=name)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Format.ZIP
    for magic, found in _MAGIC:
        if head.startswith(magic):
            raise _foreign(found, name, extension)
    if head.startswith(_WIDE_BOMS):
        raise stop("encoding", row=1, file=name)
    text = head.removeprefix(_UTF8_BOM).lstrip()
    if b"\x00" in head:
        # UTF-16 without a mark has a NUL beside every second character; anything else with NULs is binary.
        wide = head.count(b"\x00") > len(head) // 4
        raise (stop("encoding", row=1, file=name) if wide else stop("damaged_file", row=_nul_row(head), file=name))
    if text.startswith(b"<"):
        raise _foreign("HTML" if b"<html" in text[:1000].lower() else "XML", name, extension)
    if text.startswith(b"["):
        raise stop("json_list", file=name)
    if text.startswith(b"{"):
        return _which_json(text, complete=size <= HEAD_BYTES)
    first_line = text.split(b"\n", 1)[0]
    if b";" in first_line or b"," in first_line:
        return Format.CSV
    if b"\t" in first_line or b"|" in first_line:
        raise stop("separator", file=name, row=1)
    raise _foreign("TXT", name, extension)


def _nul_row(head: bytes) -> int:
    return head[: head.index(b"\x00")].count(b"\n") + 1


def _which_json(text: bytes, *, complete: bool) -> Format:
    first, newline, rest = text.partition(b"\n")
    if not newline and not complete:
        return Format.FHIR_BUNDLE
    try:
        value = orjson.loads(first)
    except orjson.JSONDecodeError:
        # An object over several lines can only be a FHIR document; a broken first line of JSON Lines has no
        # resourceType.
        return Format.FHIR_BUNDLE if _BUNDLE.search(text) else Format.JSON_LINES
    kind = value.get("resourceType")
    if kind is None:
        return Format.JSON_LINES
    return Format.FHIR_BUNDLE if kind == "Bundle" and not rest.strip() else Format.FHIR_LINES
