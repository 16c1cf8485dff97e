"""The newest month of some clinics comes as it does in life: as files through the intake, after the country is loaded.

These are the clinics with a planted story and those of the demo's region, so that receipts, dropped codes and lateness are
real where people sign in. Laboratory results of one clinic come as FHIR, everything else as event files.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from datacapture.demo.codes import CODES
from datacapture.demo.country import Country
from datacapture.demo.csvfile import write_csv
from datacapture.demo.facts import day
from datacapture.demo.records import EventRow, Practice, PracticeData
from datacapture.demo.signins import DEMO_REGION

FROM = day("2026-09-01")
NAME, MOST = "2026-09", 10
LABORATORY = np.array([code.kind == "lab" and code.system == "NPU" for code in CODES])
PROVIDER, NPU = "urn:oid:1.2.208.176.1.4", "urn:oid:1.2.208.176.2.1"


def arrives(practice: Practice) -> bool:
    """True for a clinic whose newest month comes as files; in a large country not all of the region's, or it takes hours."""
    chosen = bool(practice.stories) or (practice.region == DEMO_REGION and practice.ordinal <= MOST)
    return practice.sends_data and practice.valid_to is None and chosen


def without_newest(data: PracticeData) -> PracticeData:
    """What is there before the files come."""
    return replace(data, events=data.events[data.events["start"] < FROM])


def write_files(country: Country, folder: Path) -> int:
    """One folder for each clinic with its files, as `manage.py deliver_folder` takes them in; returns how many rows."""
    rows = 0
    by_fhir = next((item.id for item in country.practices if arrives(item) and item.profession == "general_practice"), "")
    for practice in filter(arrives, country.practices):
        data = country.data(practice)
        newest = replace(data, events=data.events[data.events["start"] >= FROM])
        place = folder / practice.id
        place.mkdir()
        if practice.id == by_fhir:
            laboratory = LABORATORY[newest.events["code"]]
            rows += _write_fhir(replace(newest, events=newest.events[laboratory]), place / f"proevesvar-{NAME}.json")
            newest = replace(newest, events=newest.events[~laboratory])
        rows += write_csv(newest, place / f"journal-{NAME}.csv")
    return rows


def _write_fhir(data: PracticeData, path: Path) -> int:
    """A bundle of observations; the last of several with one number, as a sender's own system would give."""
    rows = list({(row.producer, row.local_id): row for row in data.rows()}.values())
    entries = [{"resource": resource} for resource in _resources(data.practice, rows)]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}), encoding="utf-8")
    return len(rows)


def _resources(practice: Practice, rows: list[EventRow]) -> Iterator[dict[str, Any]]:
    yield {"resourceType": "Organization", "id": "o1", "identifier": [{"system": PROVIDER, "value": practice.id}]}
    for row in {row.patient: row for row in rows}.values():
        number = {"system": f"urn:kip:demo:{practice.id}", "value": row.patient}
        yield {"resourceType": "Patient", "id": row.patient, "identifier": [number], "gender": row.sex, "birthDate": row.birth}
    for row in rows:
        value: dict[str, Any] = {"value": float(row.value), "unit": row.unit} if row.value else {}
        yield {
            "resourceType": "Observation",
            "id": row.local_id,
            "identifier": [{"system": row.producer, "value": row.local_id}],
            "status": row.status or "final",
            "code": {"coding": [{"system": NPU, "code": row.code}]},
            "subject": {"reference": f"Patient/{row.patient}"},
            "effectiveDateTime": row.sampled_at,
            "issued": row.received_at,
            **({"valueQuantity": {**value, **({"comparator": row.comparator} if row.comparator else {})}} if value else {}),
        }
