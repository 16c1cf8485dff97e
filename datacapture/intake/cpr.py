"""Recognises Danish civil registration numbers (CPR) and replacement numbers (eCPR).

Sources: the CPR office's note on the structure of the number (date, century digit, sex in the last digit);
dk-core's invariants `x-ecpr` and `d-ecpr` for replacement numbers. Modulus 11 is a note only: numbers issued
since 2007 may fail it.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

import orjson

from datacapture.intake.rows import FEMALE, MALE, PatientId

_DAY_MONTH = r"(?:(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2]))"
_GAP = "[-\u2010-\u2015\u2212 \u00a0/.]?"
_SERIAL = r"(?:[0-9]{4}|[01567][A-Za-z]{2}[0-9])"
# Only digits bound the shape: letters before it (as in "cpr0101...") must not hide a number.
_SHAPE = re.compile(rf"(?<![0-9]){_DAY_MONTH}[0-9]{{2}}{_GAP}{_SERIAL}(?![0-9])")
_WHOLE = re.compile(rf"({_DAY_MONTH}[0-9]{{2}})[- ]?({_SERIAL})")
# Long machine-made tokens in which ten digits in a row are chance: UUIDs, digests and ISO basic timestamps
# with offset.
_HARMLESS = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|(?=[0-9]*[a-fA-F])[0-9a-fA-F]{32,128}"
    r"|(?:19|20)[0-9]{2}-?[0-9]{2}-?[0-9]{2}T[0-9:.]{4,15}(?:[+-][0-9]{2}:?[0-9]{2}|Z)?"
    r")(?![0-9A-Za-z])"
)
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _plain(text: str) -> str:
    """Folds full-width digits and drops invisible characters, which would otherwise hide a number."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_INVISIBLE))


def _date_exists(shape: str) -> bool:
    day, month, year = int(shape[:2]), int(shape[2:4]), int(shape[4:6])
    return day <= _DAYS[month - 1] and (day, month, year % 4 == 0) != (29, 2, False)


def _hits(text: str) -> Iterator[re.Match[str]]:
    harmless: Iterator[re.Match[str]] | None = None
    first = last = -1
    for match in _SHAPE.finditer(text):
        if not _date_exists(match[0]):
            continue
        harmless = harmless or _HARMLESS.finditer(text)
        # Both searches run from left to right, so one look at each token is enough.
        while last < match.end() and (token := next(harmless, None)):
            first, last = token.span()
        if not first <= match.start() < match.end() <= last:
            yield match


def contains_cpr(text: str) -> bool:
    """True when `text` holds the shape of a CPR or eCPR with a date that exists, anywhere."""
    return next(_hits(_plain(text)), None) is not None


# What a line of JSON may hide a number with: an escape, a character outside ASCII and Latin-1 letters (which fold to
# nothing else), or a power of ten. Everything that could stand between the two halves of a number is one class.
_CLASSES = bytearray(b"-" * 256)
_CLASSES[0x30:0x3A] = b"0" * 10
_CLASSES[0x41:0x5B] = _CLASSES[0x61:0x7B] = b"a" * 26
_CLASSES[ord("e")] = _CLASSES[ord("E")] = ord("e")
_CLASSES[0xC0:0x100] = b"x" * 64
_CLASSES[0xC3] = ord("-")
_CLASSES[ord("\\")] = ord("x")
_TABLE = bytes(_CLASSES)
_CONTROL = re.compile(r"\\u00[01][0-9a-f]")
_POWER = re.compile(rb"[:,\[]\s*-?[0-9.]+[eE]")
_LIKE_SHAPE = re.compile(r"000000-?0(?:00|[ae][ae])0")


def surely_none(line: bytes) -> bool:
    """True when no text, key or number of a line of JSON (UTF-8) can hold a CPR or eCPR, by its bytes alone.

    False says nothing: the texts must then be read with `contains_cpr`. A date that does not exist, a longer number, a
    harmless token, and whatever bytes do not show as it will be read, are all left to that.
    """
    plain = line.translate(_TABLE).decode()  # text is searched faster than bytes
    if "x" in plain or ("0e" in plain and _POWER.search(line)):
        return False
    return "000000" not in plain or _LIKE_SHAPE.search(plain) is None


def written(value: object) -> str:
    """A JSON value as one text for the search. A control character is a blank in it: its escape would end in a digit, and
    hide the number after it.

    Raises orjson.JSONEncodeError for nesting that is too deep.
    """
    return _CONTROL.sub(" ", orjson.dumps(value).decode())


def found_numbers(text: str) -> list[str]:
    """Every CPR or eCPR in `text`, normalised to ten characters. For comparison in memory only: never show or
    store."""
    return ["".join(c for c in match[0] if c.isalnum()).upper() for match in _hits(_plain(text))]


def modulus_11_ok(cpr: str) -> bool:
    """Tests the old check digit of ten digits; False is no error."""
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, cpr, strict=True)) % 11 == 0


def birth_date(cpr: str) -> date | None:
    """The date of birth in ten digits, by the century digit; None when the day does not exist in that
    year."""
    year, century = int(cpr[4:6]), int(cpr[6])
    if century <= 3:
        year += 1900
    elif century in (4, 9):
        year += 2000 if year <= 36 else 1900
    else:
        year += 2000 if year <= 57 else 1800
    try:
        return date(year, int(cpr[2:4]), int(cpr[:2]))
    except ValueError:
        return None


def sex(cpr: str) -> int:
    """1 (male) for an odd last digit, 2 (female) for an even one."""
    return MALE if int(cpr[9]) % 2 else FEMALE


def read_patient(text: str) -> PatientId | None:
    """Reads the patient-identifier field: a CPR, an eCPR, or the practice's own id of 1 to 64 visible
    characters.

    None means unusable. Nine or ten digits that are no CPR are refused: they are most often a mistyped CPR or
    one whose first zero a spreadsheet has removed, and must not be kept as if they were a local id.
    """
    text = _plain(text).strip()
    match = _WHOLE.fullmatch(text)
    if match and _date_exists(match[1]):
        number = (match[1] + match[2]).upper()
        if not number.isdigit():
            return PatientId("x_ecpr" if number[6] in "17" else "d_ecpr", number)
        birth = birth_date(number)
        if birth is None:
            return None
        return PatientId("cpr", number, birth=birth, sex=sex(number), checksum_ok=modulus_11_ok(number))
    bare = text.replace("-", "").replace(" ", "")
    if not text or len(text) > 64 or not text.isprintable() or (bare.isdigit() and len(bare) in (9, 10)):
        return None
    # A local id that holds a CPR somewhere inside ("P-" + CPR) would be stored with it.
    return None if contains_cpr(text) else PatientId("local", text)
