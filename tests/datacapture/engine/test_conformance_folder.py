"""Folders of the conformance form: random ones against the naive evaluator, the shared one, and broken ones."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datacapture.engine.conformance import read_suite, run_suite
from kip.core.yaml_source import DefinitionError
from tests.datacapture.engine import naive
from tests.datacapture.engine.random_world import ClauseMaker, near_edge, random_patient
from tests.datacapture.engine.world import Event, Patient

SHARED = Path(__file__).parents[2] / "conformance" / "ecqm"
NAMES = {"excluded": "exclusions", "exception": "exceptions"}


@pytest.fixture
def scratch_db(engine_db: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    with engine_db.transaction(force_rollback=True):
        yield engine_db


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def event_line(e: Event) -> dict[str, Any]:
    line = {
        "kind": e.kind, "codes": sorted(e.sets), "code": e.code, "start": iso(e.day), "end": iso(e.ended), "ongoing": e.ongoing,
        "status": e.status, "category": e.category, "verified": e.verified, "value": e.value, "comparator": e.comparator,
        "unit": e.unit, "authored": iso(e.authored), "course": e.course, "referral": e.referral, "doses": e.doses, "ddd": e.ddd,
        "qty": e.qty,
    }  # fmt: skip
    if e.value_sets is not None:
        line |= {"value_codes": sorted(e.value_sets), "has_value": True}
    return {name: value for name, value in line.items() if value is not None and value != ""} | {"codes": sorted(e.sets)}


def patient_line(p: Patient) -> dict[str, Any]:
    return {
        "birth": iso(p.birth), "sex": p.sex, "deceased": iso(p.death), "listed_from": iso(p.listed_from),
        "listed_to": iso(p.listed_to),
    }  # fmt: skip


def expected(raw: dict[str, Any], patient: Patient, first: date, last: date, defines: dict[str, Any]) -> dict[str, int]:
    """The counts a conformance file would hold, by the naive evaluator."""
    found: Counter[str] = Counter()
    population_only = {name: raw[name] for name in ("population", "unit", "index") if name in raw}
    for context in naive.cases(raw, patient, last, defines, first):
        found["population"] += naive.holds(population_only["population"], context)
        name = naive.bin_of(raw, context)
        if name == "denominator_only" and "numerator_count" in raw:
            found["numerator"] += len(naive.matching(raw["numerator_count"], context))
        if name:
            found["denominator"] += 1
            found[NAMES.get(name, name)] += 1
    return {name: found[name] for name in ("population", "denominator", "exclusions", "exceptions", "unknown", "numerator")}


def write(folder: Path, measures: dict[str, Any], defines: dict[str, Any], lines: list[dict[str, Any]]) -> Path:
    sets = {name: {"TEST": [name]} for name in ("s1", "s2")}
    text = yaml.safe_dump({"sets": sets, "define": defines, "measures": measures}, sort_keys=False)
    (folder / "measures.yaml").write_text(text, "utf-8")
    (folder / "cases.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder


KNOWN = {"known": {"event": {"kind": "lab", "codes": "s1", "within": ["end-12m+1d", "end"], "value": "present"}}}


def random_folder(seed: int, folder: Path) -> Path:
    """A few measures with crowded edges; each case has a period of its own length."""
    rng = random.Random(seed)
    measures, lines = {}, []
    for number in range(4):
        raw = ClauseMaker(rng, has_index=number % 2 == 1).indicator(number)
        raw.pop("period")
        periods = [
            (last - timedelta(days=rng.choice((30, 90, 180, 364, 365, 729))), last) for last in (near_edge(rng), near_edge(rng))
        ]
        measure = {
            name: value for name, value in raw.items() if name not in ("id", "da", "en", "source", "verified", "direction")
        }
        measures[f"Measure {number}.x"] = measure
        for place in range(12):
            patient = random_patient(rng, place + 1, "general_practice", ClauseMaker.kinds, rng.choice((3, 6, 12)))
            first, last = rng.choice(periods)
            lines.append({
                "measure": f"Measure {number}.x", "case": f"{number}/{place}", "period": [iso(first), iso(last)],
                "patient": patient_line(patient), "events": [event_line(e) for e in patient.events],
                "expected": expected(raw, patient, first, last, KNOWN),
            })  # fmt: skip
    return write(folder, measures, KNOWN, lines)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_random_folders_agree_with_the_naive_evaluator(seed: int, engine_db: psycopg.Connection[Any], tmp_path: Path) -> None:
    suite = read_suite(random_folder(seed, tmp_path))
    with engine_db.transaction(force_rollback=True):
        scores = run_suite(engine_db, suite)
    misses = [(miss.case.name, miss.case.expected, miss.found) for score in scores.values() for miss in score.misses]
    assert misses == []
    assert sum(score.total for score in scores.values()) == 48
    assert suite.ignored == {}


def test_the_shared_cases_all_pass(scratch_db: psycopg.Connection[Any]) -> None:
    scores = run_suite(scratch_db, read_suite(SHARED))
    assert {name: (score.passed, score.total) for name, score in scores.items()} == {
        "CMS122": (42, 42), "CMS131": (51, 51), "CMS124": (29, 29), "CMS125": (58, 58), "CMS130": (58, 58),
        "CMS75": (20, 20), "CMS68": (19, 19), "CMS154": (30, 30),
    }  # fmt: skip


MEASURE = {"population": {"all_of": []}, "numerator": {"event": {"kind": "lab", "codes": ["s1"], "within": ["start", "end"]}}}
CASE = {
    "measure": "M", "case": "one", "period": ["2025-01-01", "2025-06-30"],
    "patient": {"birth": "1950-01-01", "sex": "other"},
    "events": [{"kind": "lab", "codes": ["s1"], "start": "2025-06-30T23:59:00Z"}],
    "expected": {"population": 1, "numerator": 1},
}  # fmt: skip


def test_a_miss_shows_both_results_and_the_temporary_tables_go(scratch_db: psycopg.Connection[Any], tmp_path: Path) -> None:
    late = {**CASE, "case": "late", "period": ["2025-01-01", "2025-06-29"]}
    suite = read_suite(write(tmp_path, {"M": MEASURE, "Empty": MEASURE}, {}, [CASE, late]))
    scores = run_suite(scratch_db, suite)
    assert [(name, score.passed, score.total) for name, score in scores.items()] == [("M", 1, 2), ("Empty", 0, 0)]
    miss = scores["M"].misses[0]
    assert (miss.case.name, miss.case.line, miss.found["numerator"], miss.found["population"]) == ("late", 2, 0, 1)
    left = scratch_db.execute("select count(*) from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r'")
    assert left.fetchone() == (0,)


def test_codes_are_set_names_or_codes_that_the_sets_hold(scratch_db: psycopg.Connection[Any], tmp_path: Path) -> None:
    five = {"event": {"kind": "med", "codes": ["s1"], "distinct": "code:5", "min_count": 2}}
    events = [{"kind": "med", "codes": [code], "start": "2025-02-01"} for code in ("N02BE01", "N02BE51", "C07AB02", "X99")]
    lines = [
        {**CASE, "events": events[:2], "expected": {"numerator": 0}},
        {**CASE, "events": events[1:], "expected": {"numerator": 1}},
    ]
    folder = write(tmp_path, {"M": {**MEASURE, "numerator": five}}, {}, lines)
    text = (folder / "measures.yaml").read_text("utf-8").replace("- s1\n  s2", "- N02*\n    - C07*\n  s2", 1)
    (folder / "measures.yaml").write_text(text, "utf-8")
    assert run_suite(scratch_db, read_suite(folder))["M"].passed == 2


BROKEN_LINES = [
    ("{", "cases.jsonl:1: the line is not valid JSON."),
    ("[]", "cases.jsonl:1: the line must be a JSON object."),
    (json.dumps({**CASE, "measure": "N"}), "cases.jsonl:1: the measure N is not in measures.yaml."),
    (json.dumps({**CASE, "expected": {}}), "cases.jsonl:1: the case cannot be read: expected must name one of population,"
     " denominator, exclusions, exceptions, unknown, numerator."),
    (json.dumps({**CASE, "period": ["2025-07-01", "2025-06-30"]}),
     "cases.jsonl:1: the case cannot be read: the period must be its first and last day."),
    (json.dumps({name: value for name, value in CASE.items() if name != "patient"}),
     "cases.jsonl:1: the case cannot be read: patient is missing."),
    (json.dumps({**CASE, "period": ["2025-13-01", "2025-06-30"]}),
     "cases.jsonl:1: the case cannot be read: period must be a list of its first and last day."),
    (json.dumps({**CASE, "patient": []}), "cases.jsonl:1: the case cannot be read: patient must be a map."),
    (json.dumps({**CASE, "patient": {"birth": 1950}}),
     "cases.jsonl:1: the case cannot be read: patient.birth must be a date like 2025-12-31."),
    (json.dumps({**CASE, "events": ["x"]}), "cases.jsonl:1: the case cannot be read: events must be a list of maps."),
    (json.dumps({**CASE, "expected": {"numerator": "1"}}),
     "cases.jsonl:1: the case cannot be read: expected.numerator must be a whole number from 0 up."),
    ("[" * 100_000, "cases.jsonl:1: lists and maps stand inside each other too many times."),
    ("", "cases.jsonl:1: the file has no cases."),
    *((json.dumps({**CASE, "events": [{**CASE["events"][0], **change}]}),
       f"cases.jsonl:1: the case cannot be read: event 1{said}.")
      for change, said in [
        ({"kind": None}, " has no kind"), ({"codes": "s1"}, ": codes must be a list of names"),
        ({"category": "x"}, ": category must be a list of names"), ({"ongoing": "no"}, ": ongoing must be true or false"),
        ({"verified": "yes"}, ": verified must be true or false"), ({"value": "7"}, ": value must be a number"),
        ({"value": 10**400}, ": value must be a number"), ({"value": True}, ": value must be a number"),
        ({"start": 20250301}, ": start must be a date like 2025-12-31"), ({"kind": "l\0b"}, ": kind must be a text"),
      ]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "sentence"), BROKEN_LINES)
def test_broken_cases_are_refused(line: str, sentence: str, tmp_path: Path) -> None:
    write(tmp_path, {"M": MEASURE}, {}, [])
    (tmp_path / "cases.jsonl").write_text(line + "\n", "utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_suite(tmp_path)
    assert str(refused.value) == sentence


def test_odd_but_sound_folders_run(scratch_db: psycopg.Connection[Any], tmp_path: Path) -> None:
    """Names that are numbers or hold spaces, a case twice, blank lines, a mark before the text, events without codes, whole
    lifetimes as a period, days at the ends of the calendar, and measures that are made of others."""
    contact = {**MEASURE, "numerator": {"event": {"kind": "contact", "within": ["start", "end"]}}}
    measures = {
        "M": MEASURE, "Måling 1/ø (x)": contact,
        "Both": {"type": "composite_all", "components": ["M", "Måling 1/ø (x)"]},
        "Gap": {"type": "gap", "of": "M", "by": "deprivation_quintile", "compare": [5, 1]},
    }  # fmt: skip
    seen = {"kind": "contact", "start": "2025-02-01"}
    far = [{"kind": "lab", "codes": ["s1"], "start": day, "end": day} for day in ("0001-01-01", "9999-12-31")]
    lines = [
        CASE, CASE, {**CASE, "measure": "Måling 1/ø (x)", "events": [seen]},
        {**CASE, "measure": "Both", "events": [*CASE["events"], seen]},
        {**CASE, "measure": "Both", "expected": {"population": 1, "numerator": 0}}, {**CASE, "measure": "Gap"},
        {**CASE, "events": far, "expected": {"numerator": 0}}, {**CASE, "period": ["1900-01-01", "2025-12-31"]},
        {**CASE, "period": ["2025-06-30", "2025-06-30"]}, {**CASE, "measure": "12", "expected": {"population": 1, "unknown": 0}},
    ]  # fmt: skip
    folder = write(tmp_path, {**measures, 12: MEASURE}, {}, lines)  # type: ignore[dict-item]
    text = (folder / "cases.jsonl").read_text("utf-8")
    (folder / "cases.jsonl").write_text("\ufeff\n" + text.replace("\n", "\r\n\r\n"), "utf-8")
    scores = run_suite(scratch_db, read_suite(folder))
    assert {name: (score.passed, score.total) for name, score in scores.items()} == {
        "M": (5, 5), "Måling 1/ø (x)": (1, 1), "Both": (2, 2), "Gap": (1, 1), "12": (1, 1),
    }  # fmt: skip


def test_broken_folders_are_refused(tmp_path: Path) -> None:
    def said() -> str:
        with pytest.raises(DefinitionError) as refused:
            read_suite(tmp_path)
        return str(refused.value)

    assert said() == "measures.yaml:1: the file is missing or cannot be read."
    write(tmp_path, {}, {}, [CASE])
    assert said() == "measures.yaml:1: the file has no measures."
    write(tmp_path, {"M": {**MEASURE, "numerater": {}}}, {}, [CASE])
    assert said() == "measures.yaml:21: the key numerater is not known in this map."
    (tmp_path / "cases.jsonl").unlink()
    assert said() == "cases.jsonl:1: the file is missing or cannot be read."
