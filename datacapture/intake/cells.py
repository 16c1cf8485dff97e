"""Reads one cell of a file into a value. Every parser takes text and raises `Unreadable` with a microcopy
key."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from datacapture.intake.rows import FEMALE, MALE
from datacapture.intake.systems import find_system, normal_code
from kip.core.workdays import COPENHAGEN

EARLIEST = date(1850, 1, 1)
KINDS = frozenset(("dx", "lab", "med", "svc", "prom", "hosp", "letter", "referral", "uth", "contact", "patient"))
COMPARATORS = {"": "", "=": "", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "≤": "<=", "≥": ">="}
_SEXES = {"1": MALE, "m": MALE, "male": MALE, "mand": MALE, "2": FEMALE, "f": FEMALE, "k": FEMALE}
_SEXES |= {"female": FEMALE, "kvinde": FEMALE}
_YES_NO = dict.fromkeys(("1", "true", "ja", "yes"), True) | dict.fromkeys(("0", "false", "nej", "no"), False)

_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DANISH_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?|[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
# One full stop with three digits after it: 1.234 is either one and a bit or one thousand. 0.234 can only be
# the former.
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}|[+-]?[0-9]{1,3}(?:,[0-9]{3}){2,}")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")
_UNIT = re.compile(r"[^\W_](?:[\w%/^*.·()\[\]{}+, -]{0,31})|%|1")
_STATUS = re.compile(r"[a-z][a-z-]{0,30}")
_TOKEN = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
_CATEGORY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NAME = re.compile(r"[A-ZÆØÅ][a-zæøåéüöä-]+(?: [A-ZÆØÅ][a-zæøåéüöä.-]*)+")


class Unreadable(ValueError):
    """The cell cannot be used; `key` says why. Carries no value."""

    def __init__(self, key: str = "value_unreadable") -> None:
        super().__init__(key)
        self.key = key


def is_formula(text: str) -> bool:
    """True when a spreadsheet would take the cell as a formula: a leading = + - @ (after blanks), except
    numbers.

    A lone comparator or dash is no formula, nor is an ICPC-2 process code such as -30 (a number).
    """
    text = text.lstrip()
    return text[:1] in ("=", "+", "-", "@") and len(text) > 1 and not _PLAIN_NUMBER.fullmatch(text.rstrip())


def looks_like_name(text: str) -> bool:
    """True for two or more capitalised words."""
    return _NAME.fullmatch(text.strip()) is not None


@lru_cache(maxsize=65536)
def read_day(text: str) -> date:
    """A local day from yyyy-mm-dd, d.m.yyyy or an ISO date and time (whose local day in Denmark it is)."""
    if match := _ISO_DAY.fullmatch(text):
        parts = (match[1], match[2], match[3])
    elif match := _DANISH_DAY.fullmatch(text):
        parts = (match[3], match[2], match[1])
    else:
        return _moment(text).astimezone(COPENHAGEN).date()
    try:
        day = date(*map(int, parts))
    except ValueError:
        raise Unreadable("date_unreadable") from None
    if day < EARLIEST:
        raise Unreadable("date_unreadable")
    return day


@lru_cache(maxsize=65536)
def read_moment(text: str) -> datetime:
    """A moment in UTC from an ISO date with or without time; without an offset it is Danish time."""
    return _moment(text).astimezone(UTC)


def _moment(text: str) -> datetime:
    if not (text[:4].isascii() and text[:4].isdigit() and 10 <= len(text) <= 40):
        raise Unreadable("date_unreadable")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=COPENHAGEN)
        if moment.date() < EARLIEST or moment.year > 9000:
            raise Unreadable("date_unreadable")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("date_unreadable") from None


@lru_cache(maxsize=65536)
def read_number(text: str) -> float:
    """A finite number with decimal comma or point; a comma is always decimal unless the grouping shows
    otherwise."""
    if _AMBIGUOUS.fullmatch(text):
        raise Unreadable("number_ambiguous")
    if len(text) > 40:
        raise Unreadable
    if _NUMBER.fullmatch(text):
        return float(text.replace(",", "."))
    if _GROUPED.fullmatch(text):
        decimal = "," if text.rfind(",") > text.rfind(".") else "."
        other = "." if decimal == "," else ","
        return float(text.replace(other, "").replace(decimal, "."))
    raise Unreadable


@lru_cache(maxsize=4096)
def read_kind(text: str) -> str:
    """One of KINDS."""
    kind = text.lower()
    if kind not in KINDS:
        raise Unreadable
    return kind


@lru_cache(maxsize=4096)
def read_system(text: str) -> str:
    """The name of a known code system."""
    system = find_system(text)
    if system is None:
        raise Unreadable("unknown_code_system")
    return system.name


@lru_cache(maxsize=4096)
def read_comparator(text: str) -> str:
    """'', '<', '>', '<=' or '>='."""
    try:
        return COMPARATORS[text]
    except KeyError:
        raise Unreadable from None


@lru_cache(maxsize=4096)
def read_sex(text: str) -> int:
    """1 male, 2 female."""
    try:
        return _SEXES[text.lower()]
    except KeyError:
        raise Unreadable from None


@lru_cache(maxsize=4096)
def read_flag(text: str) -> bool:
    """Yes or no, in Danish, English or digits."""
    try:
        return _YES_NO[text.lower()]
    except KeyError:
        raise Unreadable from None


@lru_cache(maxsize=4096)
def read_unit(text: str) -> str:
    """A unit of at most 32 characters."""
    if not _UNIT.fullmatch(text):
        raise Unreadable
    return text


@lru_cache(maxsize=4096)
def read_status(text: str) -> str:
    """A status in the lower-case words that FHIR uses."""
    status = text.lower().replace("_", "-")
    if not _STATUS.fullmatch(status):
        raise Unreadable
    return status


def read_token(text: str) -> str:
    """An opaque id of 1 to 128 visible characters."""
    if text.isascii() and text.isprintable() and len(text) <= 128:
        return text
    if not _TOKEN.fullmatch(text):
        raise Unreadable
    return text


# For cells that repeat from row to row; most other ids occur once and would only fill a cache.
read_repeated_token = lru_cache(maxsize=4096)(read_token)


@lru_cache(maxsize=4096)
def read_categories(text: str) -> tuple[str, ...]:
    """Up to eight short codes divided by |."""
    parts = tuple(part.strip() for part in text.split("|"))
    if len(parts) > 8 or not all(_CATEGORY.fullmatch(part) for part in parts):
        raise Unreadable
    return parts


@lru_cache(maxsize=4096)
def read_value_code(text: str) -> tuple[str, str]:
    """A coded answer: SYSTEM|CODE, or a code of the KIP system alone."""
    before, bar, after = text.partition("|")
    system = find_system(before) if bar else find_system("KIP")
    if system is None:
        raise Unreadable("unknown_code_system")
    code = normal_code(system.name, after if bar else before)
    if code is None:
        raise Unreadable("malformed_code")
    return (system.name, code)
