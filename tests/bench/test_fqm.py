"""(b) Patients a second against fqm-execution (npm): one measure, the same patients, equal populations first."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from datacapture.engine.compiler import compile_run
from datacapture.engine.grammar import Indicator
from datacapture.engine.library import CodeSet, Library
from datacapture.engine.run import execute
from tests.bench.conftest import Note
from tests.bench.fqm_measure import URL, bundle
from tests.bench.measuring import timed
from tests.datacapture.engine.conftest import engine_db  # noqa: F401 - a fixture
from tests.datacapture.engine.world import PURPOSE, REGION, Event, Patient, fill

pytestmark = pytest.mark.bench
VERSION = "fqm-execution@1.8.6"
ALL, SAMPLE, EVENTS = 20_000, 400, 25
END = date(2025, 12, 31)
BINS = {1: (True, True), 2: (True, False)}
RAW: dict[str, Any] = {
    "id": "T-1", "da": "", "en": "", "professions": ["general_practice"], "value": "effectiveness", "type": "proportion",
    "kind": "outcome", "direction": "higher", "source": "test", "verified": False, "period": "12m",
    "population": {"all_of": [
        {"age": {"at": "period_end", "min": 18}}, {"event": {"kind": "dx", "codes": ["dm"], "within": ["-inf", "+inf"]}},
    ]},
    "numerator": {"event": {
        "kind": "lab", "codes": ["a1c"], "within": ["start", "end"], "pick": "last", "value": {"op": "lt", "num": 59},
    }},
}  # fmt: skip


def people() -> list[Patient]:
    """Patients with 25 events each: HbA1c on different days, other readings, and one in three with diabetes."""
    rng = random.Random(7)
    made = []
    for number in range(1, ALL + 1):
        born = date(1935, 1, 1) + timedelta(days=rng.randrange(28_000))
        days = [END - timedelta(days=back) for back in rng.sample(range(900), EVENTS)]
        codes = ["NPU27300" if rng.random() < 0.2 else f"NPU0{rng.randrange(1000, 1400)}" for _ in days]
        events = [
            Event(
                number * 100 + place,
                "lab",
                frozenset({"a1c"} if code == "NPU27300" else ()),
                code,
                day,
                value=rng.randrange(30, 100),
            )
            for place, (code, day) in enumerate(zip(codes, days, strict=True))
        ]
        if rng.random() < 1 / 3:
            events[0] = Event(number * 100, "dx", frozenset({"dm"}), "T90", days[0])
        made.append(Patient(number, number % 20, "general_practice", rng.choice(("male", "female")), born, events=events))
    return made


def as_fhir(patient: Patient) -> str:
    """A bundle with the patient and the events as resources."""
    subject = {"reference": f"Patient/p{patient.id}"}
    resources: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": f"p{patient.id}", "birthDate": str(patient.birth), "gender": patient.sex}
    ]
    for event in patient.events:
        code = {"coding": [{"system": f"{URL}codes", "code": event.code}]}
        base = {"id": f"e{event.id}", "subject": subject, "code": code}
        if event.kind == "dx":
            resources.append({"resourceType": "Condition", **base, "recordedDate": str(event.day)})
        else:
            quantity = {"value": event.value, "unit": "mmol/mol"}
            day = f"{event.day}T08:00:00.000+00:00"
            resources.append(
                {"resourceType": "Observation", "status": "final", **base, "effectiveDateTime": day, "valueQuantity": quantity}
            )
    entries = [{"fullUrl": f"{URL}{item['resourceType']}/{item['id']}", "resource": item} for item in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def installed(folder: Path) -> Path:
    """A folder with fqm-execution from npm; skips where that cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node and npm are not here, so fqm-execution cannot be compared.")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    got = subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund", VERSION], cwd=folder, check=False)
    if got.returncode:
        pytest.skip("npm could not install fqm-execution.")
    return folder


def test_patients_a_second(engine_db: psycopg.Connection[Any], tmp_path: Path, note: Note) -> None:  # noqa: F811
    folder, patients = installed(tmp_path), people()
    (folder / "measure.json").write_text(json.dumps(bundle()), encoding="utf-8")
    (folder / "patients.ndjson").write_text("\n".join(map(as_fhir, patients[:SAMPLE])), encoding="utf-8")
    subprocess.run(["node", str(Path(__file__).with_name("fqm_run.mjs")), str(folder)], check=True)
    theirs = json.loads((folder / "result.json").read_text())

    fill(engine_db, patients)
    engine_db.execute("analyze")
    sets = {name: CodeSet(name, name, name, {}) for name in ("dm", "a1c")}
    plan = compile_run(Library({}, {"T-1": Indicator.model_validate(RAW)}, sets), ["T-1"])
    run = {"region_id": REGION, "purpose_id": PURPOSE, "months": [END]}
    found = execute(engine_db, plan, **run).results["T-1"].states
    ours = {f"p{row[1]}": BINS[row[3]] for row in found}
    expected = {name: (one["denominator"], one["numerator"]) for name, one in theirs["populations"].items() if one["denominator"]}
    assert {name: bins for name, bins in ours.items() if int(name[1:]) <= SAMPLE} == expected
    assert {met for _, met in expected.values()} == {True, False}

    server = engine_db.info.backend_pid
    spent = sorted((timed(lambda: execute(engine_db, plan, **run), [server]) for _ in range(5)), key=lambda one: one.cpu)[2]
    other = sorted(theirs["rounds"], key=lambda one: one["cpu"])[1]
    wall, cpu = ALL / spent.wall / (SAMPLE / other["wall"]), ALL / spent.cpu / (SAMPLE / other["cpu"])
    note(
        "(b) fqm",
        "patients a second, one measure like CMS122 with 25 events a patient: KIP from loaded rows (20,000 patients) /"
        " fqm-execution from FHIR JSON text (400 of them), equal populations",
        ">= 150x",
        f"{wall:.0f}x by the clock, {cpu:.0f}x CPU; {ALL / spent.wall:,.0f} / {SAMPLE / other['wall']:,.0f} patients a second",
        wall >= 150,
    )
    assert wall >= 150
