"""Carrying counts on gives exactly what counting everything again gives, whatever changed."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datacapture.engine.compiler import compile_run
from datacapture.engine.increment import TooManyChanged, carry_on, shift_of
from datacapture.engine.run import COUNT, STATE, store
from kip.core.workdays import add_months
from tests.datacapture.engine.random_world import ENDS, near_edge, random_event, random_patient
from tests.datacapture.engine.test_against_naive import LIBRARY, RAW_BY_ID, kinds_of
from tests.datacapture.engine.world import PURPOSE, REGION, Event, Patient, fill

CODES = ["DM-02", "DM-08", "KOL-05", "AB-02", "AB-04", "DEP-01", "MED-01", "SPEC-02", "PSY-02", "X-04", "X-03"]
VERSIONS = {code: number for number, code in enumerate(CODES, start=11)}
MONTHS = [add_months(date(2023, 12, 1), month) - timedelta(days=1) for month in range(1, 13)]
RUN: dict[str, Any] = {"region_id": REGION, "purpose_id": PURPOSE, "version_ids": VERSIONS}


def kinds_for(code: str) -> list[tuple[str, list[str]]]:
    raw = RAW_BY_ID[code]
    found: dict[str, set[str]] = {}
    for part in [raw, *(RAW_BY_ID[name] for name in [*raw.get("components", []), *([raw["of"]] if "of" in raw else [])])]:
        kinds_of(part, found)
    return [(kind, sorted(sets)) for kind, sets in sorted(found.items())]


def world(rng: random.Random, each: int) -> list[Patient]:
    patients = []
    for place, code in enumerate(CODES):
        professions = RAW_BY_ID[code]["professions"]
        for number in range(each):
            profession = rng.choice(professions)
            patients.append(random_patient(rng, 1 + place * 100 + number, profession, kinds_for(code), rng.choice((3, 8, 20))))
    return patients


def change(rng: random.Random, patients: list[Patient]) -> list[Patient]:
    """Touches some patients in every way a delivery, an objection or a deletion can; returns those that changed."""
    changed = rng.sample(patients, rng.randrange(0, len(patients) // 3))
    for patient in changed:
        ways = rng.randrange(6)
        if ways == 0:
            patients.remove(patient)
        elif ways == 1:
            patient.objects_since = None if patient.objects_since else near_edge(rng)
        elif ways == 2 and patient.events:
            patient.events.remove(rng.choice(patient.events))
        elif ways == 3:
            patient.birth, patient.quintile = date(1950, 6, 30), rng.choice((None, 1, 5))
        elif ways == 4:
            patient.death = near_edge(rng)
        else:
            number = max((event.id for event in patient.events), default=patient.id * 1000) + 1
            patient.events += [
                random_event(rng, number + place, kinds_for(rng.choice(CODES)), near_edge(rng)) for place in range(3)
            ]
    return changed


def stored(connection: psycopg.Connection[Any], months: list[date]) -> tuple[list[Any], list[Any]]:
    counts = connection.execute(
        f"select version_id, region_id, {', '.join(COUNT)} from datacapture_indicatorcount where month_end = any(%s)", [months]
    )
    states = connection.execute(f"select version_id, {', '.join(STATE)} from datacapture_casestate")
    return sorted(map(repr, counts.fetchall())), sorted(map(repr, states.fetchall()))


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), steps=st.lists(st.sampled_from((0, 0, 1, 3)), min_size=1, max_size=3))
def test_carried_on_equals_counted_again(seed: int, steps: list[int], engine_db: psycopg.Connection[Any]) -> None:
    rng = random.Random(seed)
    patients = world(rng, 12)
    practices = sorted({patient.practice for patient in patients})
    plan, months = compile_run(LIBRARY, CODES), list(MONTHS)
    with engine_db.transaction(force_rollback=True):
        fill(engine_db, patients)
        store(engine_db, plan, months=months, **RUN)
        for step in steps:
            former, months = months, [add_months(day + timedelta(days=1), step) - timedelta(days=1) for day in months]
            changed = change(rng, patients)
            fill(engine_db, patients)
            rows = [(patient.practice, patient.id) for patient in changed for _ in range(2)]
            engine_db.cursor().executemany(
                "insert into datacapture_touchedpatient (practice_id, patient_id) values (%s, %s)", rows
            )
            done = carry_on(engine_db, plan, months=months, former=former, practice_ids=practices, most=2, **RUN)
            carried = stored(engine_db, months)
            store(engine_db, plan, months=months, **RUN)
            assert carried == stored(engine_db, months)
            assert done.patients - done.at_an_edge == len(changed)
            assert step or done.at_an_edge == 0


def test_nobody_is_computed_again_when_nothing_changed(engine_db: psycopg.Connection[Any]) -> None:
    patients = world(random.Random(3), 5)
    with engine_db.transaction(force_rollback=True):
        fill(engine_db, patients)
        store(engine_db, compile_run(LIBRARY, CODES), months=MONTHS, **RUN)
        before = stored(engine_db, MONTHS)
        practices = sorted({patient.practice for patient in patients})
        done = carry_on(engine_db, compile_run(LIBRARY, CODES), months=MONTHS, former=MONTHS, practice_ids=practices, **RUN)
        assert (done.patients, stored(engine_db, MONTHS)) == (0, before)
        assert before[0]


def test_a_wave_of_changes_is_left_to_a_whole_count(engine_db: psycopg.Connection[Any]) -> None:
    patients = world(random.Random(4), 5)
    practices = sorted({patient.practice for patient in patients})
    with engine_db.transaction(force_rollback=True):
        fill(engine_db, patients)
        plan = compile_run(LIBRARY, CODES)
        store(engine_db, plan, months=MONTHS, **RUN)
        rows = [(patient.practice, patient.id) for patient in patients]
        engine_db.cursor().executemany("insert into datacapture_touchedpatient (practice_id, patient_id) values (%s, %s)", rows)
        with pytest.raises(TooManyChanged):
            carry_on(engine_db, plan, months=MONTHS, former=MONTHS, practice_ids=practices, **RUN)
        left = engine_db.execute("select count(*) from datacapture_touchedpatient").fetchone()
        assert left == (len(patients),)


def test_months_must_follow() -> None:
    assert shift_of(ENDS[:1], [date(2023, 12, 31)]) == 0
    assert shift_of(MONTHS, [add_months(day + timedelta(days=1), 2) - timedelta(days=1) for day in MONTHS]) == 2
    with pytest.raises(ValueError, match="the months do not follow those counted before"):
        shift_of(MONTHS, MONTHS[1:])


def test_single_values_come_and_go_one_by_one(engine_db: psycopg.Connection[Any]) -> None:
    """Patients who waited as long, in the same cell: each goes, comes and changes without the others."""
    rng, plan, waits = random.Random(5), compile_run(LIBRARY, ["SPEC-02"]), dict.fromkeys(range(1, 7), 10)
    run = {**RUN, "months": MONTHS, "version_ids": {"SPEC-02": 11}}
    with engine_db.transaction(force_rollback=True):
        fill(engine_db, [waited(*pair) for pair in waits.items()])
        store(engine_db, plan, **run)
        assert any(str([10.0] * 6) in row for row in stored(engine_db, MONTHS)[0])
        for _ in range(8):
            changed = rng.sample(range(1, 7), 2)
            for number in changed:
                waits[number] = rng.choice([0, 10, 10, 15])
            fill(engine_db, [waited(*pair) for pair in waits.items() if pair[1]])
            touched = "insert into datacapture_touchedpatient (practice_id, patient_id) values (1, %s)"
            engine_db.cursor().executemany(touched, [(number,) for number in changed])
            carry_on(engine_db, plan, former=MONTHS, practice_ids=[1], most=9, **run)
            carried = stored(engine_db, MONTHS)
            store(engine_db, plan, **run)
            assert carried == stored(engine_db, MONTHS)


def waited(number: int, days: int) -> Patient:
    """Somebody referred on the same day as all others, who came so many days later."""
    sent = date(2023, 3, 1)
    referral = Event(number * 10, "referral", frozenset({"ref_modtaget"}), "A", sent, referral=f"r{number}")
    visit = Event(number * 10 + 1, "svc", frozenset({"svc_foerste"}), "B", sent + timedelta(days=days), referral=f"r{number}")
    born = date(1970, 1, 1)
    return Patient(number, 1, "physiotherapy", "male", born, listed_from=date(2015, 1, 1), events=[referral, visit])
