"""One SQL, several engines: PostgreSQL whole, PostgreSQL in buckets and DuckDB over Parquet count the same."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacapture.engine.buckets import merged, split
from datacapture.engine.compiler import compile_run
from datacapture.engine.parquet import export
from datacapture.engine.portable import on_duckdb, script
from datacapture.engine.run import IndicatorResult, bind, execute
from tests.datacapture.engine.random_world import ENDS, random_patient
from tests.datacapture.engine.test_against_naive import LIBRARY, RAW_BY_ID, kinds_of
from tests.datacapture.engine.world import PURPOSE, REGION, Patient, fill

CATALOGUE = sorted(LIBRARY.indicators)
PLAN = compile_run(LIBRARY, CATALOGUE)
BUCKETS = 3
Results = dict[str, IndicatorResult]


def patients() -> list[Patient]:
    """40 random patients for each indicator that has clauses of its own."""
    rng = random.Random(20261122)
    made = []
    for place, raw in enumerate(RAW_BY_ID.values()):
        kinds = [(kind, sorted(sets)) for kind, sets in sorted(kinds_of(raw, {}).items())]
        for number in range(40 if kinds else 0):
            profession = rng.choice(raw["professions"])
            events = 150 if raw["id"] == "MED-01" else rng.choice((4, 8, 16))
            made.append(random_patient(rng, 1 + place * 100 + number, profession, kinds, events))
    return made


@pytest.fixture(scope="module")
def world(engine_db: psycopg.Connection[Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Results, Path]:
    """Results of the whole run, of the run in buckets of patients, and the folder with the exported rows."""
    people = patients()
    fill(engine_db, people)
    whole = execute(engine_db, PLAN, region_id=REGION, purpose_id=PURPOSE, months=ENDS).results
    folder = tmp_path_factory.mktemp("parquet")
    export(engine_db, folder, BUCKETS)
    practices = sorted({patient.practice for patient in people})
    parts = [
        execute(engine_db, PLAN, region_id=REGION, purpose_id=PURPOSE, months=ENDS, practice_ids=practices[part::BUCKETS])
        for part in range(BUCKETS)
    ]
    return whole, merged(part.results for part in parts), folder


def rows(result: IndicatorResult) -> tuple[list[Any], list[Any]]:
    return sorted(result.counts, key=repr), sorted(result.states, key=repr)


@pytest.fixture(scope="module")
def other(world: tuple[Results, Results, Path]) -> Results:
    with duckdb.connect() as connection:
        return on_duckdb(connection, script(PLAN, bind(PLAN, REGION, PURPOSE, ENDS), "duckdb"), world[2])


@pytest.mark.parametrize("code", CATALOGUE)
def test_all_ways_count_the_same(code: str, world: tuple[Results, Results, Path], other: Results) -> None:
    whole, parts, _ = world
    assert rows(whole[code])[0] != []
    assert rows(parts[code]) == rows(whole[code])
    assert rows(other[code]) == rows(whole[code])


def test_buckets_of_patients_add_up(world: tuple[Results, Results, Path]) -> None:
    """A bucket is a folder of the export: each is counted by itself, cells of one practice in several buckets."""
    whole, _, folder = world
    plan = compile_run(LIBRARY, ["DM-02", "MED-01", "PSY-02", "SPEC-02"])
    work = script(plan, bind(plan, REGION, PURPOSE, ENDS), "duckdb")
    parts = []
    for bucket in range(BUCKETS):
        with duckdb.connect() as connection:
            parts.append(on_duckdb(connection, work, folder, bucket))
    together = merged(parts)
    assert set(together) == set(plan.indicators)
    assert {code: rows(result) for code, result in together.items()} == {code: rows(whole[code]) for code in together}


@given(st.dictionaries(st.integers(1, 500), st.integers(0, 90)), st.integers(1, 200))
def test_split_gives_each_practice_one_bucket(events: dict[int, int], least: int) -> None:
    buckets = split(events, least)
    assert sorted(practice for bucket in buckets for practice in bucket) == sorted(events)
    assert len(buckets) <= max(sum(events.values()) // least, 1)
    assert all(buckets)


def test_split_evens_out() -> None:
    buckets = split({1: 50, 2: 30, 3: 30, 4: 20, 5: 70}, least=60)
    assert buckets == [[5], [1, 4], [2, 3]]
