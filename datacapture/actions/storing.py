"""From rows to stored events: COPY into temporary tables, then set-based SQL, all in the caller's transaction.

The temporary tables belong to the worker and have no row rules; COPY straight into a table with row-level security is
refused by PostgreSQL. A patient is found by any live key and afterwards known under the current one. Last value wins: a
changed event leaves what it said before in the history (design note performance.md 2).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from datacapture import codes
from datacapture.actions import storing_sql as sql
from datacapture.actions import suspicions
from datacapture.intake.rows import EventRow, PatientKey, Problem, Withdrawn
from datacapture.policies import Gate

LISTED = "patient"
VALUE = "value"
LONGEST_UNIT, LONGEST_STATUS, LONGEST_TOKEN = 24, 24, 64
Code = tuple[str, str, str]


@dataclass
class Stored:
    """What became of the rows handed to `store`. `same` rows were known and unchanged.

    `removed` counts stored events that dropped rows withdrew (their history is kept). `patients` and `known` count the
    file's patients and those of them that earlier files had; `warnings` is what only stored data can tell of the rows.
    `objected` counts rows by code system ('' for a listed patient); `without_birth` and `too_long` are line numbers of rows
    that could not be kept (a new patient without sex or birth, a unit or status longer than a stored one).
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    removed: int = 0
    new_patients: int = 0
    patients: int = 0
    known: int = 0
    warnings: list[Problem] = field(default_factory=list)
    objected: Counter[str] = field(default_factory=Counter)
    without_birth: list[int] = field(default_factory=list)
    too_long: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class _Person:
    """A patient of the file: what its rows say, the last one winning."""

    number: int
    key: PatientKey
    sex: int | None = None
    birth: Any = None
    death: Any = None
    listed_from: Any = None
    listed_to: Any = None
    relisted: bool = False
    lines: list[int] = field(default_factory=list)

    def take(self, row: EventRow) -> None:
        self.sex = row.sex or self.sex
        self.birth = row.birth or self.birth
        self.death = row.deceased or self.death
        if row.listed_from is not None:
            self.listed_from, self.listed_to, self.relisted = row.listed_from, row.listed_to, True
        elif row.listed_to is not None:
            self.listed_to = row.listed_to
        if row.kind == LISTED:
            self.lines.append(row.row)


class Staging:
    """Numbers the patients and codes of one file while its rows go by."""

    def __init__(self) -> None:
        self.people: dict[bytes, _Person] = {}
        self.codes: dict[Code, int] = {}
        self.producers: dict[str, int] = {}
        self.too_long: list[tuple[int, str]] = []

    def person(self, row: EventRow) -> _Person:
        key = row.patient
        if not isinstance(key, PatientKey):
            raise TypeError("a row to store has a pseudonym, never a patient identifier")
        primary = key.digests[0].value
        found = self.people.get(primary)
        if found is None:
            found = self.people[primary] = _Person(len(self.people) + 1, key)
        found.take(row)
        return found

    def code(self, kind: str, system: str, code: str) -> int:
        return self.codes.setdefault((kind, system, code), len(self.codes) + 1)

    def producer(self, name: str) -> int | None:
        return self.producers.setdefault(name, len(self.producers) + 1) if name else None

    def event(self, row: EventRow, person: _Person) -> tuple[Any, ...] | None:
        """The row as `storing_sql.EVENT` has it, or None when a text is longer than can be stored."""
        if len(row.unit) > LONGEST_UNIT or len(row.status) > LONGEST_STATUS:
            self.too_long.append((row.row, "unit" if len(row.unit) > LONGEST_UNIT else "status"))
            return None
        answer = self.code(VALUE, *row.value_code) if row.value_code else None
        return (
            row.row, person.number, source_of(row.producer, row.local_id), self.producer(row.producer),
            self.code(row.kind, row.system, row.code), answer, row.start, row.end, row.ongoing, row.value, row.comparator,
            row.unit, row.status, list(row.category) or None, row.verified, row.authored, _short(row.course),
            _short(row.referral), row.doses, row.ddd, row.quantity,
        )  # fmt: skip


def source_of(producer: str, local_id: str) -> UUID:
    """The key by which a redelivery is known: a digest of producer and local id, unique within the practice."""
    return UUID(bytes=hashlib.sha256(f"{producer}\x1f{local_id}".encode()).digest()[:16])


def store(rows: Iterable[EventRow | Withdrawn], *, practice_id: int, delivery_id: int | None, gates: Sequence[Gate]) -> Stored:
    """Store the rows of one practice; every event must have passed `gates`. Needs the worker's scope and a transaction.

    Deliveries of the same practice wait for each other (advisory lock until the transaction ends).
    """
    lock(practice_id)
    staging = Staging()
    names = {"practice": practice_id, "delivery": delivery_id}
    with connection.cursor() as cursor:
        for statement in sql.CREATE:
            cursor.execute(statement)
        _copy_events(cursor, rows, staging)
        _copy_people(cursor, staging, {gate.code: gate.purpose_id for gate in gates})
        _codes(cursor, staging, gates)
        stored = Stored(too_long=staging.too_long)
        _match(cursor, names, stored)
        _honour_objections(cursor, names, gates, stored)
        stored.warnings = suspicions.of_values(cursor, practice_id, staging.codes)
        _write_patients(cursor, names, stored)
        _write_events(cursor, names, stored)
        cursor.execute(sql.DROP)
    return stored


def lock(practice_id: int) -> None:
    """Wait for any other change of the practice's events; released with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('kip-intake-' || %s, 0))", [str(practice_id)])


def hold_purposes(purpose_ids: Sequence[int]) -> None:
    """Keep purposes from being deleted until the transaction ends, without waiting for other deliveries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM datacapture_purpose WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(purpose_ids)])


def _short(token: str) -> str:
    """A course or referral id as stored: longer ones only need to stay equal to themselves."""
    return token if len(token) <= LONGEST_TOKEN else hashlib.sha256(token.encode()).hexdigest()


def _copy(cursor: Any, table: str, columns: Mapping[str, str], records: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(list(columns.values()))
        for record in records:
            copy.write_row(record)


def _copy_events(cursor: Any, rows: Iterable[EventRow | Withdrawn], staging: Staging) -> None:
    nothing = (None,) * (len(sql.EVENT) - 3)

    def records() -> Iterable[tuple[Any, ...]]:
        for row in rows:
            if isinstance(row, Withdrawn):
                yield row.row, None, source_of(row.producer, row.local_id), *nothing
                continue
            person = staging.person(row)
            if row.kind != LISTED and (record := staging.event(row, person)):
                yield record

    _copy(cursor, "intake_event", sql.EVENT, records())


def _copy_people(cursor: Any, staging: Staging, purpose_ids: Mapping[str, int]) -> None:
    people = staging.people.values()
    _copy(
        cursor, "intake_patient", sql.PATIENT,
        (
            (p.number, p.key.sealed, p.sex, p.birth, p.death, p.listed_from, p.listed_to, p.relisted, p.lines)
            for p in people
        ),
    )  # fmt: skip
    _copy(cursor, "intake_digest", sql.DIGEST, (record for p in people for record in _digests(p, purpose_ids)))


def _digests(person: _Person, purpose_ids: Mapping[str, int]) -> Iterable[tuple[Any, ...]]:
    """The first digest of each purpose is made with its current key; only that one is stored."""
    seen: set[str] = set()
    for digest in person.key.digests:
        yield person.number, purpose_ids[digest.purpose], digest.key_id, digest.value, digest.purpose not in seen
        seen.add(digest.purpose)


def _codes(cursor: Any, staging: Staging, gates: Sequence[Gate]) -> None:
    records = [(number, *code) for code, number in staging.codes.items()]
    _copy(cursor, "intake_code", sql.CODE, records)
    cover = [
        (number, gate.purpose_id, gate.since)
        for number, kind, system, code in records
        for gate in gates
        if kind != VALUE and codes.allowed(system, code, gate.code_sets)
    ]
    _copy(cursor, "intake_cover", sql.COVER, cover)
    members = [(number, name) for number, _, system, code in records for name in sorted(codes.sets_of(system, code))]
    _copy(cursor, "intake_member", sql.MEMBER, members)
    _copy(cursor, "intake_producer", sql.PRODUCER, [(number, name) for name, number in staging.producers.items()])
    for statement in sql.CODES:
        cursor.execute(statement)


def _match(cursor: Any, names: Mapping[str, Any], stored: Stored) -> None:
    """Find known patients; a new one without sex and birth cannot be kept, nor can its rows."""
    cursor.execute(sql.MATCH, names)
    stored.known = cursor.rowcount
    cursor.execute(sql.NAMELESS_EVENTS)
    stored.without_birth = [line for (line,) in cursor.fetchall()]
    cursor.execute(sql.NAMELESS_PATIENTS)
    stored.without_birth += [line for (lines,) in cursor.fetchall() for line in lines]


def _honour_objections(cursor: Any, names: Mapping[str, Any], gates: Sequence[Gate], stored: Stored) -> None:
    cursor.execute(sql.OBJECTED_EVENTS, names)
    for system, count in cursor.fetchall():
        stored.objected[system] += count
    cursor.execute(sql.OBJECTED_PATIENTS, {**names, "purposes": [gate.purpose_id for gate in gates]})
    listed = sum(len(lines) for (lines,) in cursor.fetchall())
    if listed:
        stored.objected[""] += listed


def _write_patients(cursor: Any, names: Mapping[str, Any], stored: Stored) -> None:
    """Listed-patient rows count as new, changed or same by the patient they speak of, repeats as same."""
    cursor.execute(sql.NEW_IDS)
    stored.new_patients = cursor.rowcount
    stored.patients = stored.known + stored.new_patients
    cursor.execute(sql.NEW_PATIENTS, names)
    cursor.execute(sql.CHANGED_PATIENTS, names)
    changed = {patient for (patient,) in cursor.fetchall()}
    cursor.execute(sql.SEAL_PATIENTS, names)
    cursor.execute(sql.PSEUDONYMS, names)
    cursor.execute(sql.LISTED)
    for patient, is_new, count in cursor.fetchall():
        stored.new += is_new
        stored.changed += patient in changed
        stored.same += count - (is_new or patient in changed)


def _write_events(cursor: Any, names: Mapping[str, Any], stored: Stored) -> None:
    cursor.execute(sql.INCOMING)
    total = int(cursor.fetchone()[0])
    cursor.execute(sql.WITHDRAW, names)
    stored.removed = cursor.rowcount
    cursor.execute(sql.HISTORY, names)
    changed = cursor.rowcount
    cursor.execute(sql.UPSERT, names)
    new = cursor.rowcount - changed
    stored.new += new
    stored.changed += changed
    stored.same += total - new - changed
