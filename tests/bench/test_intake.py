"""(e) Intake: parsing against fhir.resources, and a whole delivery against raw COPY of the same rows."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.organization import Organization
from fhir.resources.R4B.patient import Patient as FhirPatient

from datacapture.enums import DeliveryState
from datacapture.intake.fhir_rows import FhirRows
from datacapture.intake.record import Rules
from datacapture.intake.rows import EventRow
from datacapture.models import Event
from kip.core.scope import WORKER, activate
from tests.bench.conftest import Note
from tests.bench.measuring import compare, timed
from tests.datacapture.intake.intake_samples import TODAY, identifier, supporting
from tests.datacapture.intake_files import counts, csv_file, enrol, hand_in, line, purpose

pytestmark = pytest.mark.bench
RESOURCES, ROWS = 4_000, 100_000
KINDS = {"Organization": Organization, "Patient": FhirPatient, "Condition": Condition, "Observation": Observation}


def resources() -> list[dict[str, Any]]:
    """The sender, then one patient in twenty resources, one diagnosis, and readings."""
    made: list[dict[str, Any]] = supporting("", "")[2:]
    for number in range(RESOURCES):
        patient, day = f"p{number // 20}", str(date(2025, 1, 1) + timedelta(days=number % 600))
        base = {"id": f"r{number}", "subject": {"reference": f"Patient/{patient}"}}
        if number % 20 == 0:
            made.append({
                "resourceType": "Patient", "id": patient, "gender": "female", "birthDate": "1950-01-01",
                "identifier": [identifier("urn:oid:1.2.208.176.1.2", f"0101{50 + number // 20 % 40}{1000 + number // 20}")],
            })  # fmt: skip
        elif number % 20 == 1:
            code = {"coding": [{"system": "urn:oid:1.2.208.176.2.31", "code": "T90"}]}
            made.append({"resourceType": "Condition", **base, "code": code, "recordedDate": day})
        else:
            code = {"coding": [{"system": "urn:oid:1.2.208.176.2.1", "code": "NPU27300"}]}
            made.append({
                "resourceType": "Observation", **base, "status": "final", "code": code, "effectiveDateTime": day,
                "valueQuantity": {"value": 40 + number % 50, "unit": "mmol/mol"},
            })  # fmt: skip
    return made


def test_parsing_against_fhir_resources(note: Note) -> None:
    lines = [json.dumps(item) for item in resources()]
    text = "\n".join(lines).encode()

    def ours() -> list[Any]:
        return list(FhirRows(io.BytesIO(text), "bulk.ndjson", lines=True).rows(Rules(TODAY)))

    kinds = [KINDS[orjson.loads(item)["resourceType"]] for item in lines]

    def theirs() -> list[Any]:
        return [kind.model_validate_json(item) for kind, item in zip(kinds, lines, strict=True)]

    rows, parsed = ours(), theirs()
    assert [row for row in rows if not isinstance(row, EventRow)] == []
    assert len(rows) == RESOURCES
    read = [(row.start, row.value) for row in rows if row.kind == "lab"]
    assert read == [(item.effectiveDateTime, float(item.valueQuantity.value)) for item in parsed if isinstance(item, Observation)]
    found = compare(ours, theirs, rounds=5)
    note(
        "(e) parsing", "FHIR NDJSON to checked rows (two passes, CPR search, units, codes) / fhir.resources alone",
        ">= 25x",
        f"{1 / found.wall:.1f}x by the clock, {1 / found.cpu:.1f}x CPU; {RESOURCES / found.ours.cpu:,.0f} /"
        f" {RESOURCES / found.theirs.cpu:,.0f} resources a CPU second", 1 / found.cpu >= 25,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_delivery_against_copy(country: dict[str, Any], settings: Any, tmp_path: Path, note: Note) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
    practice = country["north_1"]
    with activate(WORKER):
        enrol(practice, purpose())
    content = csv_file(*[
        line(str(number), patient=f"0101{50 + number // 50 % 40}{1000 + number // 50}", value=str(40 + number % 50),
             start=str(date(2026, 1, 1) + timedelta(days=number % 250)))
        for number in range(ROWS)
    ])  # fmt: skip

    def deliver() -> None:
        delivery = hand_in(practice, content)
        assert delivery.state == DeliveryState.STORED

    def again() -> None:
        assert counts(hand_in(practice, content)) == {"same": ROWS}

    first, second = timed(deliver), timed(again)
    with activate(WORKER):
        assert Event.objects.count() == ROWS
    raw = sorted((timed(lambda: _copy(content)) for _ in range(5)), key=lambda one: one.wall)[2]
    note(
        "(e) delivery", "a CSV delivery of 100,000 rows from upload to stored, checked and pseudonymised / raw COPY of its lines",
        "told, no goal",
        f"{ROWS / first.wall:,.0f} / {ROWS / raw.wall:,.0f} rows a second ({raw.wall / first.wall:.3f}x),"
        f" {ROWS / first.cpu:,.0f} rows a CPU second of the worker; the same file again {ROWS / second.wall:,.0f} rows a second,"
        " no row changed", None,
    )  # fmt: skip


def _copy(content: bytes) -> None:
    body = content.partition(b"\r\n")[2]
    columns = ", ".join(f"c{number} text" for number in range(content.partition(b"\r\n")[0].count(b";") + 1))
    with activate(WORKER), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE raw_lines ({columns}) ON COMMIT DROP")
        with cursor.copy("COPY raw_lines FROM STDIN (FORMAT csv, DELIMITER ';')") as copy:
            copy.write(body)
