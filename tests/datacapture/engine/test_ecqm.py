"""The 307 published eCQM cases, in the SQL engine and in the naive evaluator."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from datacapture.engine.compiler import compile_run
from datacapture.engine.grammar import Clause, Indicator
from datacapture.engine.library import CodeSet, Library
from datacapture.engine.run import execute
from tests.datacapture.engine.naive import bin_of
from tests.datacapture.engine.naive import cases as naive_cases
from tests.datacapture.engine.world import PURPOSE, REGION, Event, Patient, fill

FOLDER = Path(__file__).parents[2] / "conformance" / "ecqm"
RAW = yaml.safe_load((FOLDER / "measures.yaml").read_text(encoding="utf-8"))
CASES = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
META = {
    "da": "", "en": "", "professions": ["general_practice"], "value": "effectiveness", "type": "proportion",
    "kind": "process", "direction": "higher", "source": "conformance suite", "verified": True,
}  # fmt: skip
BIN_NUMBER = {"numerator": 1, "denominator_only": 2, "excluded": 3, "unknown": 4, "exception": 5}


def to_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def to_patient(number: int, case: dict[str, Any]) -> Patient:
    raw = case["patient"]
    patient = Patient(number, 1, "general_practice", raw["sex"], date.fromisoformat(raw["birth"]), to_date(raw["deceased"]))
    for place, e in enumerate(case["events"]):
        coded = frozenset(e.get("value_codes") or ())
        has_code = bool(coded) or (e.get("has_value") and e.get("value") is None)
        patient.events.append(
            Event(
                id=number * 1000 + place, kind=e["kind"], sets=frozenset(e["codes"]), code="|".join(sorted(e["codes"])),
                day=to_date(e.get("start")), ended=to_date(e.get("end")), ongoing=e.get("ongoing", False),
                value=e.get("value"), unit=e.get("unit") or "", value_sets=coded if has_code else None,
                status=e.get("status") or "", category=e.get("category"), verified=e.get("verified"),
                authored=to_date(e.get("authored")),
            )
        )  # fmt: skip
    return patient


PATIENTS = {number: to_patient(number, case) for number, case in enumerate(CASES, start=1)}


def expected_bins(case: dict[str, Any]) -> dict[str, int]:
    """Bins of a case from its published counts (numerator is counted after exclusions)."""
    e = case["expected"]
    left = e["population"] - e["exclusions"] - e["numerator"] - e["exceptions"]
    bins = {
        "numerator": e["numerator"], "denominator_only": left, "excluded": e["exclusions"], "exception": e["exceptions"],
    }  # fmt: skip
    return {name: number for name, number in bins.items() if number}


@pytest.fixture(scope="module")
def sql_bins(engine_db: psycopg.Connection[Any]) -> dict[int, dict[str, int]]:
    """Bins of every case by patient number, all measures in one plan, one run per period."""
    sets = {name: CodeSet(name, name, name, {"TEST": (name,)}) for name in RAW["sets"]}
    defines = {name: Clause.model_validate(raw) for name, raw in RAW["define"].items()}
    indicators = {name: Indicator.model_validate({"id": name, **META, **raw}) for name, raw in RAW["measures"].items()}
    plan = compile_run(Library(defines, indicators, sets), indicators)
    fill(engine_db, PATIENTS.values())
    names = {number: name for name, number in BIN_NUMBER.items()}
    result: dict[int, dict[str, int]] = {number: {} for number in PATIENTS}
    for end in sorted({case["period"][1] for case in CASES}):
        report = execute(engine_db, plan, region_id=REGION, purpose_id=PURPOSE, months=[date.fromisoformat(end)])
        for number, case in enumerate(CASES, start=1):
            if case["period"][1] == end:
                rows = [row for row in report.results[case["measure"]].states if row[1] == number]
                for row in rows:
                    result[number][names[row[3]]] = result[number].get(names[row[3]], 0) + 1
    return result


@pytest.mark.parametrize("number", PATIENTS, ids=lambda n: f"{CASES[n - 1]['measure']}-{CASES[n - 1]['case']}")
def test_engine_agrees_with_the_published_result(number: int, sql_bins: dict[int, dict[str, int]]) -> None:
    assert sql_bins[number] == expected_bins(CASES[number - 1])


@pytest.mark.parametrize("number", PATIENTS, ids=lambda n: f"{CASES[n - 1]['measure']}-{CASES[n - 1]['case']}")
def test_naive_evaluator_agrees_with_the_published_result(number: int) -> None:
    case = CASES[number - 1]
    measure = RAW["measures"][case["measure"]]
    bins: dict[str, int] = {}
    for context in naive_cases(measure, PATIENTS[number], date.fromisoformat(case["period"][1]), RAW["define"]):
        name = bin_of(measure, context)
        if name is not None:
            bins[name] = bins.get(name, 0) + 1
    assert bins == expected_bins(case)
