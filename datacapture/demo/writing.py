"""Writes patients and events as a delivery would leave them: allowed codes only, pseudonyms, sealed record numbers."""

import datetime as dt
import hmac
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from datacapture.demo import records
from datacapture.demo.bulk import copy_columns
from datacapture.demo.codes import CODES
from datacapture.models import Purpose
from kip.core.keyring import KeyRing

ENROLLED = dt.date(2013, 1, 1)
_FIRST_DAY = (ENROLLED - dt.date(1970, 1, 1)).days
_BATCH, _AHEAD = 100_000, 3
PATIENT = {
    "id": "int8", "practice": "int8", "sex": "int2", "birth": "int4", "death": "int4", "listed_from": "int4",
    "listed_to": "int4", "quintile": "int2",
}  # fmt: skip
EVENT = {
    "practice": "int8", "patient": "int8", "code": "int2", "began": "int4", "ended": "int4", "value": "float8",
    "comparator": "int2", "status": "int2", "course": "int4", "referral": "int4", "doses": "float8", "received": "int8",
    "producer": "int2", "serial": "int4",
}  # fmt: skip
_OF_ARRAY = {"began": "start", "ended": "end", "received": "received_at"}
_DAY = "CASE WHEN {0} <> -2147483648 THEN date '1970-01-01' + {0} END"
_NUMBERED = "CASE WHEN {0} > 0 THEN '{1}' || lpad({0}::text, 6, '0') ELSE '' END"
# The digest is that of datacapture.actions.storing.source_of: a later delivery of the same row finds its event.
_SOURCE = (
    "encode(substring(sha256(convert_to("
    "p.producers[e.producer + 1] || chr(31) || p.number || '-' || lpad(e.serial::text, 7, '0'), 'UTF8')) FOR 16), 'hex')::uuid"
)
_WRITE_PATIENTS = f"""
INSERT INTO datacapture_patient (id, practice_id, local_id_sealed, sex, birth, death, listed_from, listed_to, quintile)
SELECT e.id, e.practice, s.sealed, e.sex, {_DAY.format("e.birth")}, {_DAY.format("e.death")}, {_DAY.format("e.listed_from")},
    {_DAY.format("e.listed_to")}, nullif(e.quintile, 0)
FROM loading_patient e LEFT JOIN loading_secret s ON s.patient = e.id AND s.sealed IS NOT NULL
"""
_WRITE_PSEUDONYMS = """
INSERT INTO datacapture_patientpseudonym (practice_id, patient_id, purpose_id, key_id, digest)
SELECT e.practice, e.id, %s, %s, s.digest FROM loading_patient e JOIN loading_secret s ON s.patient = e.id
"""
_WRITE_PRODUCERS = """
INSERT INTO datacapture_producer (name) SELECT DISTINCT unnest(producers) FROM loading_practice ON CONFLICT DO NOTHING
"""
_WRITE_EVENTS = f"""
INSERT INTO datacapture_event (practice_id, patient_id, code_id, day, ended, ongoing, value, comparator, unit, status, course,
    referral, doses, source, received_at, producer_id)
SELECT e.practice, e.patient, c.id, date '1970-01-01' + e.began, {_DAY.format("e.ended")}, c.dx AND e.ended = -2147483648,
    nullif(e.value, 'NaN'), (%(comparators)s::text[])[e.comparator + 1], c.unit, (%(statuses)s::text[])[e.status + 1],
    {_NUMBERED.format("e.course", "F")}, {_NUMBERED.format("e.referral", "H")}, nullif(e.doses, 0), {_SOURCE},
    to_timestamp(e.received), r.id
FROM loading_event e JOIN loading_code c ON c.position = e.code JOIN loading_practice p ON p.id = e.practice
JOIN datacapture_producer r ON r.name = p.producers[e.producer + 1]
"""


@dataclass(frozen=True)
class Secrets:
    """What makes pseudonyms and sealed record numbers of a purpose."""

    ring: KeyRing
    purpose: Purpose

    def rows(self, practice: int, ids: np.ndarray, people: np.ndarray) -> Iterator[tuple[int, bytes | None, bytes]]:
        """(patient id, sealed number, digest); people known at several practices have a second digest, the same at all."""
        key = self.ring.current(self.purpose.code)
        place = b"%d" % practice
        for number, token, person in zip(ids.tolist(), people["token"].tolist(), people["person"].tolist(), strict=True):
            name = f"P{token:06d}"
            own = b"\x00".join((b"kip-patient", b"local", place, name.encode()))
            yield number, self.ring.seal(name, practice), hmac.digest(key.secret, own, "sha256")
            if person:
                shared = b"\x00".join((b"kip-patient", b"cpr", b"", b"demo-%d" % person))
                yield number, None, hmac.digest(key.secret, shared, "sha256")


class Writer:
    """Collects practices and writes them in batches of about 100,000 events.

    Without `secrets` patients get neither pseudonym nor sealed number: enough for the engine, not for a delivery. Call
    `flush` at the end. Needs an open transaction of the worker's or the owner's.
    """

    def __init__(self, cursor: Any, codes: dict[int, int], secrets: Secrets | None) -> None:
        self.cursor, self.secrets = cursor, secrets
        self.patients = self.events = 0
        self._known = np.zeros(len(CODES), dtype=bool)
        self._known[list(codes)] = True
        self._people: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._secret: list[tuple[int, bytes | None, bytes]] = []
        self._waiting = 0
        self._tables(codes)

    def _tables(self, codes: dict[int, int]) -> None:
        for table, columns in (("loading_patient", PATIENT), ("loading_event", EVENT)):
            fields = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            self.cursor.execute(f"CREATE TEMPORARY TABLE {table} ({fields}) ON COMMIT DROP")
        for table, fields in (
            ("loading_secret", "patient int8, sealed bytea, digest bytea"),
            ("loading_practice", "id int8, number text, producers text[]"),
            ("loading_code", "position int2, id int8, unit text, dx boolean"),
        ):
            self.cursor.execute(f"CREATE TEMPORARY TABLE {table} ({fields}) ON COMMIT DROP")
        rows = [(position, pk, CODES[position].unit, CODES[position].kind == "dx") for position, pk in codes.items()]
        self.cursor.executemany("INSERT INTO loading_code VALUES (%s, %s, %s, %s)", rows)

    def add(self, practice: int, data: records.PracticeData, most: int | None = None) -> None:
        """Write a practice (by its database id); at most `most` of its events."""
        events = _last_of_each(data.events)
        events = events[self._known[events["code"]] & (events["start"] >= _FIRST_DAY)][:most]
        ids = self._new_ids(len(data.patients))
        self.cursor.execute(
            "INSERT INTO loading_practice VALUES (%s, %s, %s)", [practice, data.practice.id, list(data.producers)]
        )
        here = {"practice": np.full(len(ids), practice), "id": ids}
        self._people.append({**here, **{name: data.patients[name] for name in PATIENT if name not in here}})
        there = {"practice": np.full(len(events), practice), "patient": ids[events["patient"]]}
        self._events.append({**there, **{name: events[_OF_ARRAY.get(name, name)] for name in EVENT if name not in there}})
        if self.secrets:
            self._secret.extend(self.secrets.rows(practice, ids, data.patients))
        self.patients += len(ids)
        self.events += len(events)
        self._waiting += len(events)
        if self._waiting >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if not self._people:
            return
        self._stage("loading_patient", PATIENT, self._people)
        self._stage("loading_event", EVENT, self._events)
        if self.secrets:
            with self.cursor.copy("COPY loading_secret FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "bytea", "bytea"])
                for row in self._secret:
                    copy.write_row(row)
        self.cursor.execute(_WRITE_PATIENTS)
        if self.secrets:
            purpose = self.secrets.purpose
            self.cursor.execute(_WRITE_PSEUDONYMS, [purpose.pk, self.secrets.ring.current(purpose.code).key_id])
        self.cursor.execute(_WRITE_PRODUCERS)
        self.cursor.execute(_WRITE_EVENTS, {"comparators": list(records.COMPARATORS), "statuses": list(records.STATUSES)})
        self.cursor.execute("TRUNCATE loading_patient, loading_event, loading_secret, loading_practice")
        self._people, self._events, self._secret, self._waiting = [], [], [], 0

    def _stage(self, table: str, kinds: dict[str, str], parts: list[dict[str, Any]]) -> None:
        copy_columns(self.cursor, table, kinds, {name: np.concatenate([part[name] for part in parts]) for name in kinds})

    def _new_ids(self, count: int) -> np.ndarray:
        self.cursor.execute("SELECT nextval('datacapture_patient_id_seq') FROM generate_series(1, %s)", [count])
        return np.array([row[0] for row in self.cursor.fetchall()], dtype=np.int64)


def made_ahead(
    make: Callable[[records.Practice], records.PracticeData], practices: Iterable[records.Practice]
) -> Iterator[records.PracticeData]:
    """Yield each practice's data in order, made in a thread of its own while the database is busy with those before."""
    with ThreadPoolExecutor(1) as maker:
        waiting: deque[Future[records.PracticeData]] = deque()
        for practice in practices:
            waiting.append(maker.submit(make, practice))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _last_of_each(events: np.ndarray) -> np.ndarray:
    """The last delivery of each event, in order of arrival: a redelivery replaces what came before."""
    _, from_the_end = np.unique(events["serial"][::-1], return_index=True)
    return events[np.sort(len(events) - 1 - from_the_end)]
