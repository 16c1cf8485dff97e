"""The values that every reader of intake yields: good rows, problems, and the exception that refuses a
file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

MALE = 1
FEMALE = 2


# A status that takes back what was sent under the same id, and the microcopy key that says so.
RETRACTED = {"entered-in-error": "entered_in_error", "refuted": "refuted"}


class Level(StrEnum):
    """How far a problem reaches: the file, the row, or only the reader's attention."""

    STOP = "stop"
    ROW = "row"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to tell the sender.

    `key` is a key of the microcopy section `intake`. `row` is the line of a CSV or JSON Lines file, or the
    number of the entry in a FHIR bundle; 0 means the file as a whole. `value` is empty whenever it could
    identify a person.
    """

    level: Level
    key: str
    row: int = 0
    column: str = ""
    value: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    further: bool = False


class Stop(Exception):
    """The file is refused and nothing may be stored. `problems` holds at least one problem with level
    stop."""

    def __init__(self, *problems: Problem) -> None:
        # Only the keys reach the exception text: it may end in a log.
        super().__init__(", ".join(problem.key for problem in problems))
        self.problems = problems


def stop(key: str, *, row: int = 0, column: str = "", **params: object) -> Stop:
    """Makes a `Stop` with one problem."""
    return Stop(Problem(Level.STOP, key, row, column, params=params))


@dataclass(frozen=True, slots=True)
class PatientId:
    """A patient identifier as it stands in the file, in memory only and never shown.

    `kind` is `cpr`, `x_ecpr`, `d_ecpr` or `local`. `number` is the practice's own record number, when the
    file has one beside the identifier. `birth` and `sex` follow from a CPR; `checksum_ok` is False when
    modulus 11 fails, which is only a note (modulus 11 was given up in 2007).
    """

    kind: str
    value: str = field(repr=False)
    number: str = field(default="", repr=False)
    birth: date | None = field(default=None, repr=False)
    sex: int | None = field(default=None, repr=False)
    checksum_ok: bool = True


@dataclass(frozen=True, slots=True)
class Digest:
    """A keyed pseudonym: HMAC-SHA-256 (32 bytes) under the key `key_id` of `purpose`."""

    purpose: str
    key_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class PatientKey:
    """What may be stored of a patient identifier.

    `digests` hold the current key of each purpose first and then older live keys, so that a store can find a
    patient known under an old key. `sealed` is the practice's own record number, encrypted, or None.
    """

    digests: tuple[Digest, ...]
    sealed: bytes | None = field(default=None, repr=False)


class EventRow(NamedTuple):
    """One coded event, or a patient on the list when `kind` is `patient` (then `system` and `code` are
    empty).

    `practice` holds every number the file gives for the sender (provider number, SOR). `code` is upper-case
    without dots. `alternatives` are further (system, code) pairs for the same event, as when MedCom codes
    both ICPC-2 and SKS. Dates are local days; `start` is the day an event counts from. `value` is in `unit`
    and may be bounded by `comparator`.
    """

    row: int
    practice: tuple[str, ...]
    patient: PatientId | PatientKey
    kind: str
    system: str
    code: str
    start: date | None
    end: date | None
    ongoing: bool
    value: float | None
    comparator: str
    unit: str
    value_code: tuple[str, str] | None
    status: str
    category: tuple[str, ...]
    verified: bool | None
    authored: date | None
    producer: str
    local_id: str
    course: str
    referral: str
    doses: float | None
    ddd: float | None
    quantity: float | None
    sampled_at: datetime | None
    received_at: datetime | None
    sex: int | None
    birth: date | None
    deceased: date | None
    listed_from: date | None
    listed_to: date | None
    alternatives: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A row whose event may not be stored: what an earlier file said under the same id may not stay either."""

    row: int
    producer: str
    local_id: str
