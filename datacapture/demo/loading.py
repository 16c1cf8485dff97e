"""Puts the demo country into the database, the way a delivery would: allowed codes only, pseudonyms, sealed numbers."""

import datetime as dt
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from django.db import connection

from datacapture.actions.storing import source_of
from datacapture.codes import code_sets, sets_of
from datacapture.demo import records
from datacapture.demo.codes import CODES
from datacapture.demo.facts import NO_DAY
from datacapture.keys import worker_ring
from datacapture.models import CodeSetMember, Enrolment, EventCode, Purpose
from practices.models import Cluster, Municipality, Practice, Region

Progress = Callable[[int, int, str], None]
EPOCH = dt.date(1970, 1, 1)
ENROLLED = dt.date(2013, 1, 1)
AGREEMENT = "2023-1"
PATIENT_COLUMNS = {
    "id": "int8", "practice_id": "int8", "local_id_sealed": "bytea", "sex": "int2", "birth": "date", "death": "date",
    "listed_from": "date", "listed_to": "date", "quintile": "int2",
}  # fmt: skip
PSEUDONYM_COLUMNS = {"practice_id": "int8", "patient_id": "int8", "purpose_id": "int8", "key_id": "varchar", "digest": "bytea"}
EVENT_COLUMNS = {
    "practice_id": "int8", "patient_id": "int8", "code_id": "int8", "day": "date", "ended": "date", "ongoing": "bool",
    "value": "float8", "comparator": "varchar", "unit": "varchar", "status": "varchar", "course": "varchar",
    "referral": "varchar", "doses": "float8", "source": "uuid", "received_at": "timestamptz",
}  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """How many rows the country has."""

    practices: int
    patients: int
    events: int


def load_organisation(country: Any) -> dict[str, Practice]:
    """Write regions, municipalities, clusters and practices; returns practices by their demo id."""
    regions = _regions(country.regions)
    towns = {
        town.code: Municipality.objects.create(code=town.code, name=town.name, region=regions[town.region])
        for town in country.municipalities
    }
    clusters = {
        item.id: Cluster.objects.create(
            name=item.da, region=regions[item.region], profession=item.profession, valid_from=dt.date(2018, 1, 1)
        )
        for item in country.clusters
    }
    made = Practice.objects.bulk_create(_practice(item, regions, towns, clusters) for item in country.practices)
    return {practice.number: practice for practice in made}


def _regions(items: Sequence[records.Region]) -> dict[str, Region]:
    made = {
        item.key: Region.objects.create(
            code=item.code or item.key, name_da=item.da, name_en=item.en, valid_from=item.valid_from, valid_to=item.valid_to
        )
        for item in items
    }
    for item in items:
        if item.successor:
            Region.objects.filter(pk=made[item.key].pk).update(successor=made[item.successor])
    return made


def _practice(item: records.Practice, regions: dict[str, Region], towns: dict[str, Any], clusters: dict[str, Any]) -> Practice:
    return Practice(
        number=item.id,
        name=item.name,
        profession=item.profession,
        region=regions[item.region],
        municipality=towns[item.municipality],
        cluster=clusters.get(item.cluster or ""),
        clinicians=item.clinicians,
        valid_from=item.valid_from,
        valid_to=item.valid_to,
    )


def make_purposes() -> Purpose:
    """The ended purpose of 2023 and its renewal of 2026, which is returned."""
    texts = {
        "legal_basis": "Sundhedsloven § 195-196 (demo)",
        "controller": "Demoregionen",
        "code_sets": sorted(name for name in code_sets() if not name.startswith("test_")),
        "recipients": ["Klinikken selv", "Regionen (tal uden patienter)"],
        "retention_days": 5 * 365,
    }
    names = {"name_da": "Klinisk feedback til praksis", "name_en": "Clinical feedback to practices"}
    Purpose.objects.create(
        code="feedback-2023", approval_number="DEMO-2023-1", key_id="feedback-2023-1",
        valid_from=dt.date(2023, 10, 1), valid_until=dt.date(2026, 9, 30), **names, **texts,
    )  # fmt: skip
    return Purpose.objects.create(
        code="feedback-2026", approval_number="DEMO-2026-1", key_id="feedback-2026-1",
        valid_from=dt.date(2026, 10, 1), valid_until=dt.date(2029, 9, 30), **names, **texts,
    )  # fmt: skip


def load_codes() -> dict[int, int]:
    """Write the allowed ones of the generator's codes with their sets; returns code ids by position in CODES."""
    ids = {}
    for position, code in enumerate(CODES):
        names = sets_of(code.system, code.code)
        if names:
            row, fresh = EventCode.objects.get_or_create(kind=code.kind, system=code.system, code=code.code)
            ids[position] = row.pk
            if fresh:
                CodeSetMember.objects.bulk_create(CodeSetMember(set_name=name, code=row) for name in sorted(names))
    return ids


def enrol(practices: Sequence[Practice], purpose: Purpose) -> None:
    Enrolment.objects.bulk_create(
        Enrolment(
            practice=practice, purpose=purpose, signer_name="Demo praksisleder", signer_title="Praksisleder",
            agreement_version=AGREEMENT, enrolled_from=ENROLLED,
        )
        for practice in practices
    )  # fmt: skip


def load_events(
    country: Any, practices: dict[str, Practice], purpose: Purpose, codes: dict[int, int], progress: Progress
) -> Loaded:
    """Write patients, pseudonyms and events of every practice that sends data. Runs in the worker's scope."""
    writer = _Writer(purpose, codes)
    for number, data in enumerate(country.practice_data(), 1):
        writer.write(practices[data.practice.id], data)
        progress(number, len(practices), data.practice.name)
    return Loaded(len(practices), writer.patients, writer.events)


class _Writer:
    """Writes one practice after the other by binary COPY into staging, since COPY is refused under row security."""

    def __init__(self, purpose: Purpose, codes: dict[int, int]) -> None:
        self.purpose, self.codes = purpose, codes
        self.ring = worker_ring([purpose])
        self.key = self.ring.current(purpose.code)
        self.patients = self.events = 0

    def write(self, practice: Practice, data: records.PracticeData) -> None:
        ids = _new_ids(len(data.patients))
        tokens = [f"P{token:06d}" for token in data.patients["token"].tolist()]
        _insert("datacapture_patient", PATIENT_COLUMNS, self._patients(practice, data, ids, tokens))
        _insert("datacapture_patientpseudonym", PSEUDONYM_COLUMNS, self._pseudonyms(practice, ids, tokens))
        _insert("datacapture_event", EVENT_COLUMNS, self._events(practice, data, ids))
        self.patients += len(ids)

    def _patients(self, practice: Practice, data: records.PracticeData, ids: list[int], tokens: list[str]) -> Iterator[Any]:
        people = data.patients[["sex", "birth", "death", "listed_from", "listed_to", "quintile"]].tolist()
        for number, token, (sex, birth, death, since, until, quintile) in zip(ids, tokens, people, strict=True):
            sealed = self.ring.seal(token, practice.pk)
            yield number, practice.pk, sealed, sex, _day(birth), _day(death), _day(since), _day(until), quintile or None

    def _pseudonyms(self, practice: Practice, ids: list[int], tokens: list[str]) -> Iterator[Any]:
        for number, token in zip(ids, tokens, strict=True):
            message = b"\x00".join((b"kip-patient", b"local", b"%d" % practice.pk, token.encode()))
            yield practice.pk, number, self.purpose.pk, self.key.key_id, hmac.digest(self.key.secret, message, "sha256")

    def _events(self, practice: Practice, data: records.PracticeData, ids: list[int]) -> Iterator[Any]:
        for row in _last_of_each(data.events).tolist():
            patient, code, start, end, value, comparator, status, course, referral, doses, _sampled, received, by, serial = row
            code_id = self.codes.get(code)
            if code_id is None or start < (ENROLLED - EPOCH).days:
                continue
            self.events += 1
            known = CODES[code]
            yield (
                practice.pk, ids[patient], code_id, _day(start), _day(end), known.kind == "dx" and end == NO_DAY,
                None if value != value else value, records.COMPARATORS[comparator], known.unit, records.STATUSES[status],
                f"F{course:06d}" if course else "", f"H{referral:06d}" if referral else "", doses or None,
                source_of(data.producers[by], f"{data.practice.id}-{serial:07d}"),
                dt.datetime.fromtimestamp(received, dt.UTC),
            )  # fmt: skip


def _last_of_each(events: np.ndarray) -> np.ndarray:
    """The last delivery of each event, in order of arrival: a redelivery replaces what came before."""
    _, from_the_end = np.unique(events["serial"][::-1], return_index=True)
    return events[np.sort(len(events) - 1 - from_the_end)]


@cache
def _day(number: int) -> dt.date | None:
    return None if number == NO_DAY else EPOCH + dt.timedelta(days=number)


def _new_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('datacapture_patient_id_seq') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def _insert(table: str, columns: dict[str, str], rows: Iterator[Any]) -> None:
    names = ", ".join(columns)
    fields = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE loading ({fields}) ON COMMIT DROP")
        with cursor.copy(f"COPY loading ({names}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(list(columns.values()))
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM loading")
        cursor.execute("DROP TABLE loading")
