"""Composite indicators, case states, deciding events, and the stored tables."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

import psycopg
import pytest

from datacapture.engine.compiler import compile_run
from datacapture.engine.run import execute, store
from tests.datacapture.engine import naive
from tests.datacapture.engine.random_world import ENDS, random_patient
from tests.datacapture.engine.test_against_naive import LIBRARY, RAW, RAW_BY_ID, kinds_of, sql_groups
from tests.datacapture.engine.world import PURPOSE, REGION, Event, Patient, fill

END = date(2025, 12, 31)
BIN = {name: number for number, name in enumerate(naive.BIN_NAMES, start=1)}
RUN: dict[str, Any] = {"region_id": REGION, "purpose_id": PURPOSE}


def lab(number: int, day: date, value: float, **more: Any) -> Event:
    return Event(number, "lab", frozenset({"lab_hba1c"}), "NPU27300", day, value=value, **more)


def diabetic(number: int, *events: Event, **more: Any) -> Patient:
    dx = Event(number * 100 + 99, "dx", frozenset({"dx_diabetes"}), "T90", date(2020, 1, 1), ongoing=True)
    born = date(1960, 1, 1)
    return Patient(number, 1, "general_practice", "male", born, listed_from=date(2015, 1, 1), events=[dx, *events], **more)


@pytest.fixture
def three(engine_db: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """One patient below 59, one above, one without a reading, one who objects, one with a withdrawn low reading."""
    day = date(2025, 6, 1)
    wrong = lab(501, date(2025, 9, 1), 40, status="entered-in-error")
    fill(engine_db, [
        diabetic(1, lab(101, day, 50), lab(102, date(2025, 1, 1), 80)), diabetic(2, lab(201, day, 70)), diabetic(3),
        diabetic(4, lab(401, day, 50), objects_since=END), diabetic(5, lab(502, day, 60), wrong),
    ])  # fmt: skip
    return engine_db


def test_states_name_the_bin_and_the_deciding_event(three: psycopg.Connection[Any]) -> None:
    report = execute(three, compile_run(LIBRARY, ["DM-02"]), months=[END], **RUN)
    assert sorted(report.results["DM-02"].states) == [
        (1, 1, END, 1, None, 101, date(2025, 6, 1)),
        (1, 2, END, 2, None, 201, date(2025, 6, 1)),
        (1, 3, END, 4, None, None, None),
        (1, 5, END, 2, None, 502, date(2025, 6, 1)),
    ]
    assert report.results["DM-02"].counts == [(1, END, 1, 4, 0, 1, 2, 0, 1, 0, None)]


def test_objection_counts_from_its_own_month(three: psycopg.Connection[Any]) -> None:
    months = [date(2025, 11, 30), END]
    report = execute(three, compile_run(LIBRARY, ["DM-01"]), months=months, **RUN)
    assert [(row[1], row[5], row[6]) for row in sorted(report.results["DM-01"].counts)] == [
        (months[0], 4, 1),
        (END, 3, 1),
    ]


def test_store_replaces_its_own_rows(three: psycopg.Connection[Any]) -> None:
    plan = compile_run(LIBRARY, ["DM-01", "DM-02"])
    for _ in range(2):
        store(three, plan, months=[date(2025, 11, 30), END], version_ids={"DM-02": 8}, **RUN)
    counts = three.execute(
        "select version_id, practice_id, region_id, month_end, numerator, denominator_only, unknown"
        " from datacapture_indicatorcount order by month_end"
    ).fetchall()
    assert counts == [(8, 1, 1, date(2025, 11, 30), 2, 2, 1), (8, 1, 1, END, 1, 2, 1)]
    states = three.execute("select patient_id, bin from datacapture_casestate order by 1").fetchall()
    assert states == [(1, 1), (2, 2), (3, 4), (5, 2)]


def test_run_of_some_practices_leaves_the_others_alone(three: psycopg.Connection[Any]) -> None:
    plan = compile_run(LIBRARY, ["DM-02"])
    assert execute(three, plan, months=[END], practice_ids=[2], **RUN).results["DM-02"].counts == []
    assert len(execute(three, plan, months=[END], practice_ids=[1], **RUN).results["DM-02"].counts) == 1


@pytest.mark.parametrize(
    ("months", "sentence"),
    [
        ([], "months must be 1 to 60 different month ends in order"),
        ([END, END], "months must be 1 to 60 different month ends in order"),
        ([END, date(2025, 11, 30)], "months must be 1 to 60 different month ends in order"),
        ([date(2025, 12, 30)], "every month must be given by its last day"),
        ([date(2014, 12, 31), END], "the months of one run must lie within ten years"),
    ],
)
def test_unusable_months_are_refused(months: list[date], sentence: str, engine_db: psycopg.Connection[Any]) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is compared
        execute(engine_db, compile_run(LIBRARY, ["DM-01"]), months=months, **RUN)
    assert str(refused.value) == sentence


def composite_bin(patient: Patient, end: date) -> str | None:
    """All-or-none over the components, from the naive bins."""
    bins = []
    for code in RAW_BY_ID["DM-08"]["components"]:
        raw = RAW_BY_ID[code]
        bins += [naive.bin_of(raw, context) for context in naive.cases(raw, patient, end, RAW["define"])]
    if "numerator" in bins or "denominator_only" in bins:
        return "denominator_only" if "denominator_only" in bins else "numerator"
    return next((name for name in ("excluded", "unknown", "exception") if name in bins), None)


def random_region(codes: list[str], number: int) -> list[Patient]:
    rng = random.Random(number)
    kinds: dict[str, set[str]] = {}
    for code in codes:
        kinds_of(RAW_BY_ID[code], kinds)
    listed = [(kind, sorted(sets)) for kind, sets in sorted(kinds.items())]
    return [random_patient(rng, n, "general_practice", listed, rng.choice((8, 16, 30))) for n in range(1, number)]


def test_composite_equals_the_naive_combination(engine_db: psycopg.Connection[Any]) -> None:
    patients = random_region(RAW_BY_ID["DM-08"]["components"], 400)
    fill(engine_db, patients)
    result = execute(engine_db, compile_run(LIBRARY, ["DM-08"]), months=ENDS, **RUN).results["DM-08"]
    got: Counter[tuple[date, str]] = Counter()
    for key, bins in sql_groups(result).items():
        got.update({(key[1], name): number for name, number in zip(naive.BIN_NAMES, bins[:5], strict=True) if number})
    expected: Counter[tuple[date, str]] = Counter()
    for patient in patients:
        for end in ENDS:
            name = composite_bin(patient, end)
            if name and not (patient.objects_since and patient.objects_since <= end):
                expected[end, name] += 1
    assert got == expected
    assert {name for _, name in expected} == {"numerator", "denominator_only", "excluded"}


@pytest.mark.parametrize("code", ["DM-02", "KOL-05", "AB-04", "DEP-01", "MED-04"])
def test_states_equal_the_naive_bins_of_the_latest_month(code: str, engine_db: psycopg.Connection[Any]) -> None:
    patients = random_region([code], 300)
    fill(engine_db, patients)
    result = execute(engine_db, compile_run(LIBRARY, [code]), months=ENDS, **RUN).results[code]
    expected = []
    for patient in patients:
        if patient.objects_since and patient.objects_since <= ENDS[-1]:
            continue
        for context in naive.cases(RAW_BY_ID[code], patient, ENDS[-1], RAW["define"]):
            name = naive.bin_of(RAW_BY_ID[code], context)
            if name:
                expected.append((patient.id, BIN[name], context.index.id if context.index else None))
    assert sorted((row[1], row[3], row[4]) for row in result.states) == sorted(expected)
    assert expected
