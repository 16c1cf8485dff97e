"""The explanation of a patient says what the count says, condition by condition."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import psycopg
import pytest

from datacapture.actions.library import content
from datacapture.engine.compiler import compile_run
from datacapture.engine.library import restore
from datacapture.engine.run import TimeBoxExceeded, execute
from datacapture.engine.trace import trace
from tests.datacapture.engine import naive
from tests.datacapture.engine.random_world import ENDS, random_patient
from tests.datacapture.engine.test_against_naive import LIBRARY, RAW, RAW_BY_ID, kinds_of
from tests.datacapture.engine.test_run import END, RUN, diabetic, lab
from tests.datacapture.engine.world import PURPOSE, REGION, fill


def test_a_patient_is_explained_with_the_deciding_event(engine_db: psycopg.Connection[Any]) -> None:
    day = date(2025, 6, 1)
    fill(engine_db, [diabetic(1, lab(101, day, 50), lab(102, date(2025, 1, 1), 80)), diabetic(2), diabetic(3, lab(301, day, 70))])
    found = {
        patient: trace(engine_db, LIBRARY, "DM-02", patient_id=patient, month_end=END, language="en", **RUN)[0]
        for patient in (1, 2, 3)
    }
    assert [found[patient].bin for patient in (1, 2, 3)] == ["numerator", "unknown", "denominator_only"]
    numerators = {patient: next(line for line in case.lines if line.role == "numerator") for patient, case in found.items()}
    assert [numerators[patient].holds for patient in (1, 2, 3)] == [True, False, False]
    assert (numerators[1].event.id, numerators[1].event.day, numerators[1].event.what) == (101, day, "NPU27300 50")
    assert (numerators[2].event, numerators[3].event.what) == (None, "NPU27300 70")
    assert [line.text for line in found[1].lines if line.role == "population"] == [
        "All of this holds:", "Is on the clinic's list at the end of the period.",
        "Is at least 18 years old at the end of the period.", "Has the diagnosis diabetes (any type) in the period.",
    ]  # fmt: skip
    assert [line.text for line in found[2].lines if line.role in ("exclusions", "unknown", "numerator")] == [
        "None of this holds:", "Has not died in the period.", "Does not have the diagnosis palliative phase in the period.",
        "Has no result for HbA1c in the last 12 months.",
        "Has no value for HbA1c in the last 12 months.",
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["DM-02", "KOL-05", "AB-04", "DEP-01", "SPEC-02", "PSY-02", "DM-08", "X-04"])
def test_the_explained_bin_is_the_naive_one(code: str, engine_db: psycopg.Connection[Any]) -> None:
    rng = random.Random(code)
    raw = RAW_BY_ID[code]
    parts = raw.get("components") or ([raw["of"]] if "of" in raw else [code])
    kinds: dict[str, set[str]] = {}
    for part in parts:
        kinds_of(RAW_BY_ID[part], kinds)
    listed = [(kind, sorted(sets)) for kind, sets in sorted(kinds.items())]
    patients = [random_patient(rng, number, raw["professions"][0], listed, 12) for number in range(1, 25)]
    fill(engine_db, patients)
    end = ENDS[-1]
    for patient in patients:
        if patient.objects_since and patient.objects_since <= end:
            continue
        found = trace(
            engine_db, LIBRARY, code, patient_id=patient.id, region_id=REGION, purpose_id=PURPOSE, month_end=end, language="da"
        )
        expected = [
            (part, context.index.id if context.index else None, naive.bin_of(RAW_BY_ID[part], context) or "")
            for part in parts
            for context in naive.cases(RAW_BY_ID[part], patient, end, RAW["define"])
        ]
        assert sorted((case.code, case.index.id if case.index else None, case.bin) for case in found) == sorted(
            expected, key=repr
        )


def test_a_stored_version_is_the_definition_it_was_made_from() -> None:
    for code, definition in LIBRARY.indicators.items():
        stored = content(LIBRARY, definition)
        again = restore(stored)
        assert again.indicators[code] == definition
        assert compile_run(again, [code]).indicators[code].counts_sql == compile_run(LIBRARY, [code]).indicators[code].counts_sql


def test_a_run_stops_at_its_time_box_and_names_the_criterion(engine_db: psycopg.Connection[Any]) -> None:
    fill(engine_db, [diabetic(1)])
    with pytest.raises(TimeBoxExceeded) as stopped:
        execute(engine_db, compile_run(LIBRARY, ["DM-02"]), months=[END], time_box=0.0, **RUN)
    assert stopped.value.step == "months"
    assert str(stopped.value) == "The run was stopped after 0.0 s while it was working on months."
    done = execute(engine_db, compile_run(LIBRARY, ["DM-02"]), months=[END], time_box=60, **RUN)
    assert done.seconds.keys() == done.found.keys()
    assert done.found["patients"] == 1
    assert engine_db.execute("show statement_timeout").fetchone() == ("0",)
