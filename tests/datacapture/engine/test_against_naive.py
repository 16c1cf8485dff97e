"""The SQL engine and the naive evaluator give the same five bins, group by group."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

import datacapture.engine
from datacapture.engine.compiler import compile_run
from datacapture.engine.grammar import Clause, Indicator
from datacapture.engine.library import CodeSet, Library, load_definitions
from datacapture.engine.run import IndicatorResult, execute
from tests.datacapture.engine import naive
from tests.datacapture.engine.random_world import ENDS, ClauseMaker, random_patient
from tests.datacapture.engine.world import PURPOSE, REGION, Patient, fill

DEFINITIONS = Path(datacapture.engine.__file__).parents[1] / "definitions"
LIBRARY = load_definitions(DEFINITIONS)
RAW = yaml.safe_load((DEFINITIONS / "indicators.yaml").read_text(encoding="utf-8"))
RAW_BY_ID: dict[str, dict[str, Any]] = {raw["id"]: raw for raw in RAW["indicators"]}
DIRECT = [code for code, item in LIBRARY.indicators.items() if item.type not in ("composite_all", "gap")]
Groups = dict[tuple[int, date, int, int, int], tuple[Any, ...]]


def sql_groups(result: IndicatorResult) -> Groups:
    return {row[:5]: row[5:] for row in result.counts}


def naive_groups(raw: dict[str, Any], patients: list[Patient], ends: list[date], defines: dict[str, Any]) -> Groups:
    found = naive.count(raw, patients, ends, defines)
    return {key: cell.row() for key, cell in found.items()}


def kinds_of(raw: Any, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Kinds and sets that a raw definition reads, with refs followed."""
    if isinstance(raw, dict):
        if "ref" in raw:
            kinds_of(RAW["define"][raw["ref"]], found)
        if isinstance(raw.get("kind"), str) and "id" not in raw:
            found.setdefault(raw["kind"], set()).update(raw.get("codes", ()))
        if "index_is" in raw:
            found.setdefault("med", set()).update(raw["index_is"].get("codes", ()))
        for child in raw.values():
            kinds_of(child, found)
    elif isinstance(raw, list):
        for child in raw:
            kinds_of(child, found)
    return found


@pytest.fixture(scope="module")
def catalogue(engine_db: psycopg.Connection[Any]) -> tuple[dict[str, IndicatorResult], list[Patient]]:
    """All proportion and rate indicators of the catalogue over 40 random patients for each."""
    rng = random.Random(20261122)
    patients = []
    for place, code in enumerate(DIRECT):
        raw = RAW_BY_ID[code]
        kinds = [(kind, sorted(sets)) for kind, sets in sorted(kinds_of(raw, {}).items())]
        for number in range(40):
            profession = rng.choice(raw["professions"])
            events = 150 if code == "MED-01" else rng.choice((4, 8, 16))
            patients.append(random_patient(rng, 1 + place * 100 + number, profession, kinds, events))
    fill(engine_db, patients)
    plan = compile_run(LIBRARY, DIRECT)
    return execute(engine_db, plan, region_id=REGION, purpose_id=PURPOSE, months=ENDS).results, patients


@pytest.mark.parametrize("code", DIRECT)
def test_catalogue_indicator(code: str, catalogue: tuple[dict[str, IndicatorResult], list[Patient]]) -> None:
    results, patients = catalogue
    expected = naive_groups(RAW_BY_ID[code], patients, ENDS, RAW["define"])
    assert sql_groups(results[code]) == expected
    assert sum(sum(row[:5]) for row in expected.values()) > 0


@pytest.mark.parametrize("seed", range(30))
def test_random_definitions(seed: int, engine_db: psycopg.Connection[Any]) -> None:
    rng = random.Random(seed)
    known = {"event": {"kind": "lab", "codes": ["s1"], "within": ["end-12m+1d", "end"], "value": "present"}}
    raws = [ClauseMaker(rng, has_index=number % 2 == 1).indicator(number) for number in range(12)]
    patients = [
        random_patient(rng, number, "general_practice", ClauseMaker.kinds, rng.choice((3, 6, 12))) for number in range(1, 61)
    ]
    fill(engine_db, patients)
    indicators = {raw["id"]: Indicator.model_validate(raw) for raw in raws}
    sets = {name: CodeSet(name, name, name, {}) for name in ("s1", "s2")}
    plan = compile_run(Library({"known": Clause.model_validate(known)}, indicators, sets), indicators)
    report = execute(engine_db, plan, region_id=REGION, purpose_id=PURPOSE, months=ENDS)
    for raw in raws:
        assert sql_groups(report.results[raw["id"]]) == naive_groups(raw, patients, ENDS, {"known": known}), raw


def test_each_month_alone_equals_the_run_of_all_months(engine_db: psycopg.Connection[Any]) -> None:
    rng = random.Random(5)
    kinds = [(kind, sorted(sets)) for kind, sets in sorted(kinds_of(RAW_BY_ID["DM-02"], {}).items())]
    patients = [random_patient(rng, number, "general_practice", kinds, 12) for number in range(1, 200)]
    fill(engine_db, patients)
    plan = compile_run(LIBRARY, ["DM-02", "AB-02"])
    together = execute(engine_db, plan, region_id=REGION, purpose_id=PURPOSE, months=ENDS).results
    for end in ENDS:
        alone = execute(engine_db, plan, region_id=REGION, purpose_id=PURPOSE, months=[end]).results
        for code, result in alone.items():
            part = {key: bins for key, bins in sql_groups(together[code]).items() if key[1] == end}
            assert sql_groups(result) == part


@pytest.mark.parametrize("code", ["X-04", "X-05"])
def test_gap_has_the_counts_of_the_indicator_it_compares(
    code: str, catalogue: tuple[dict[str, IndicatorResult], list[Patient]], engine_db: psycopg.Connection[Any]
) -> None:
    results, patients = catalogue
    fill(engine_db, patients)
    plan = compile_run(LIBRARY, [code])
    found = execute(engine_db, plan, region_id=REGION, purpose_id=PURPOSE, months=ENDS).results[code]
    assert sql_groups(found) == sql_groups(results[LIBRARY.indicators[code].of or ""])
    assert len({row[4] for row in found.counts}) > 1


def test_every_indicator_of_the_catalogue_is_calculated() -> None:
    assert list(LIBRARY.indicators) == list(compile_run(LIBRARY, LIBRARY.indicators).indicators)
    assert len(LIBRARY.indicators) == 68
