"""Synthetic files for the intake tests. Civil registration numbers are put together here and stand in no file."""

import io
import json
from datetime import date

from datacapture.intake.check import Decision, Examination, Outcome, examine
from datacapture.intake.rows import Stop
from kip.core.keyring import SEALING, UPLOADS, KeyRing

TODAY = date(2026, 11, 22)
PROVIDER = "091034"
HEADER = "practice;patient;kind;system;code;start;end;value;comparator;unit;status;producer;local_id"
KEPT = Decision(Outcome.KEPT)


def cpr(day: date = date(1947, 9, 25), serial: str = "9989") -> str:
    """A number with the shape of a CPR."""
    return f"{day:%d%m%y}{serial}"


def ring(*key_ids: str, purpose: str = "clinical") -> KeyRing:
    """A key ring with fixed keys; the first id is current."""
    ids = key_ids or ("k1",)
    return KeyRing(
        {
            purpose: {key_id: key_id.encode().ljust(32, b"\1") for key_id in ids},
            SEALING: {"s1": b"\2" * 32},
            UPLOADS: {"u1": b"\3" * 32},
        }
    )


class Everything:
    """A purpose filter that keeps all."""

    def decide(self, system: str, code: str, day: date | None) -> Decision:
        return KEPT


class Narrow:
    """A purpose filter for diabetes in ICPC-2, HbA1c and the list, from 2024 on; closed for ATC."""

    def decide(self, system: str, code: str, day: date | None) -> Decision:
        if system == "ATC":
            return Decision(Outcome.PURPOSE_CLOSED, {"purpose": "Diabetes", "date": "1. oktober 2026"})
        if (system, code) not in (("ICPC2", "T90"), ("NPU", "NPU27300"), ("SKS", "DE11"), ("", "")):
            return Decision(Outcome.CODE_OUTSIDE_PURPOSE, {"purpose": "Diabetes"})
        if day is not None and day < date(2024, 1, 1):
            return Decision(Outcome.DATE_BEFORE_ENROLMENT, {"date": "1. januar 2024"})
        return KEPT


def run(data: bytes | str, filename: str = "udtraek.csv", **more: object) -> Examination:
    """Examines bytes as the practice PROVIDER."""
    raw = data if isinstance(data, bytes) else data.encode()
    options = {"practice_numbers": [PROVIDER], "purpose_filter": Everything(), "today": TODAY, **more}
    return examine(io.BytesIO(raw), filename=filename, **options)


def refused(data: bytes | str, filename: str = "udtraek.csv", **more: object) -> list[tuple[str, int, str]]:
    """The (key, row, column) of each problem of a refused file; an accepted file gives []."""
    try:
        run(data, filename, **more)
    except Stop as error:
        return [(problem.key, problem.row, problem.column) for problem in error.problems]
    return []


def line(**cells: str) -> str:
    """A CSV line of a good HbA1c result with some cells changed; the header's columns only."""
    values = {
        "practice": PROVIDER,
        "patient": "P-1",
        "kind": "lab",
        "system": "NPU",
        "code": "NPU27300",
        "start": "2026-03-02",
        "value": "48",
        "unit": "mmol/mol",
        "status": "final",
        "producer": "LAB",
        "local_id": "r1",
    } | cells
    return ";".join(values.get(name, "") for name in HEADER.split(";"))


def file_of(*lines: str, header: str = HEADER) -> str:
    """A CSV file."""
    return "\r\n".join((header, *lines)) + "\r\n"


def identifier(system: str, value: str) -> dict[str, str]:
    """A FHIR Identifier."""
    return {"system": system, "value": value}


def condition(ident: str, codes: list[tuple[str, str]], **more: object) -> dict[str, object]:
    """A Condition of the sample patient."""
    return {
        "resourceType": "Condition",
        "id": ident,
        "code": {"coding": [{"system": s, "code": c} for s, c in codes], "text": "tekst"},
        "subject": {"reference": "Patient/p1"},
        "recordedDate": "2023-03-15",
        **more,
    }


ICPC2 = "urn:oid:1.2.208.176.2.31"
SKS_D = "urn:oid:1.2.208.176.2.4.12"


def supporting(title: str, number: str) -> list[dict[str, object]]:
    """The first entries of a ConditionList document: Composition, Patient, Organization."""
    return [
        {
            "resourceType": "Composition",
            "id": "c1",
            "title": title,
            "subject": {"reference": "Patient/p1"},
            "author": [{"reference": "Organization/o1"}],
        },
        {
            "resourceType": "Patient",
            "id": "p1",
            "identifier": [identifier("urn:oid:1.2.208.176.1.2", number)],
            "name": [{"family": "Prøvesen", "given": ["Test"]}],
            "gender": "male",
            "birthDate": "1947-09-25",
        },
        {
            "resourceType": "Organization",
            "id": "o1",
            "identifier": [
                identifier("urn:oid:1.2.208.176.1.1", "325381000016008"),
                identifier("urn:oid:1.2.208.176.1.4", PROVIDER),
            ],
        },
    ]


def bundle(resources: list[dict[str, object]], *, indent: int | None = 2) -> str:
    """A document bundle with full addresses."""
    entries = [
        {"fullUrl": f"https://example.dk/{item['resourceType']}/{item.get('id', '')}", "resource": item} for item in resources
    ]
    head = {"resourceType": "Bundle", "type": "document", "timestamp": "2024-05-01T12:00:00+01:00"}
    return json.dumps({**head, "entry": entries}, indent=indent, ensure_ascii=False)
