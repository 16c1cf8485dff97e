"""A small data set in memory that can be put into the tables: the same objects feed the naive evaluator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg

from datacapture.engine.scratch import READ_TABLES


@dataclass
class Event:
    id: int
    kind: str
    sets: frozenset[str]
    code: str
    day: date | None
    ended: date | None = None
    ongoing: bool = False
    value: float | None = None
    comparator: str = ""
    unit: str = ""
    value_sets: frozenset[str] | None = None
    status: str = ""
    category: list[str] | None = None
    verified: bool | None = None
    authored: date | None = None
    course: str = ""
    referral: str = ""
    doses: float | None = None
    ddd: float | None = None
    qty: float | None = None


@dataclass
class Patient:
    id: int
    practice: int
    profession: str
    sex: str
    birth: date
    death: date | None = None
    listed_from: date | None = None
    listed_to: date | None = None
    quintile: int | None = None
    objects_since: date | None = None
    events: list[Event] = field(default_factory=list)


REGION, PURPOSE = 1, 7


def fill(connection: psycopg.Connection[Any], patients: Iterable[Patient]) -> None:
    """Replaces the content of all tables by these patients (region 1, purpose 7)."""
    patients = list(patients)
    codes: dict[tuple[str, str], int] = {}
    members: set[tuple[str, int]] = set()

    def code_id(kind: str, code: str, sets: Iterable[str]) -> int:
        number = codes.setdefault((kind, code), len(codes) + 1)
        members.update((name, number) for name in sets)
        return number

    events = []
    for patient in patients:
        for e in patient.events:
            value_code = None
            if e.value_sets is not None:
                value_code = code_id("answer", "|".join(sorted(e.value_sets)) or "NONE", e.value_sets)
            events.append((
                e.id, patient.practice, patient.id, code_id(e.kind, e.code, e.sets), e.day, e.ended, e.ongoing,
                e.value, e.comparator, e.unit, value_code, e.status, e.category, e.verified, e.authored, e.course,
                e.referral, e.doses, e.ddd, e.qty,
            ))  # fmt: skip
    practices = {(p.practice, str(p.practice), p.profession, REGION) for p in patients}
    rows: dict[str, Iterable[tuple[Any, ...]]] = {
        "practices_region": [(REGION, "R1")],
        "practices_practice": practices,
        "datacapture_patient": [
            (p.id, p.practice, 1 if p.sex == "male" else 2, p.birth, p.death, p.listed_from, p.listed_to, p.quintile)
            for p in patients
        ],
        "datacapture_eventcode": [(number, kind, "TEST", code) for (kind, code), number in codes.items()],
        "datacapture_codesetmember": members,
        "datacapture_event": events,
        "datacapture_objection": [(p.practice, p.id, PURPOSE, p.objects_since) for p in patients if p.objects_since is not None],
    }
    with connection.transaction(), connection.cursor() as cursor:
        for table, columns in READ_TABLES.items():
            cursor.execute(f"truncate {table}")
            with cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
                for row in rows[table]:
                    copy.write_row(row)
