"""Runs a compiled plan against a database: as results in memory, or stored in the count and state tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from datacapture.engine.bounds import add_months, resolve
from datacapture.engine.compiler import IndicatorPlan, RunPlan

MAX_MONTHS = 60
SHORTEST_BAND_MONTHS = 120  # a person then passes at most one age limit within a run
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class IndicatorResult:
    """Counts and latest states of one indicator.

    counts: (practice_id, month_end, sex, age_band, numerator, denominator_only, excluded, unknown, exception).
    states: (practice_id, patient_id, month_end, bin, index_event_id, deciding_event_id, deciding_day).
    """

    code: str
    counts: list[tuple[Any, ...]]
    states: list[tuple[Any, ...]]


@dataclass
class RunReport:
    """What a run did: results by indicator code (empty when stored), seconds by statement, rows stored."""

    results: dict[str, IndicatorResult] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    rows: int = 0


def bind(
    plan: RunPlan,
    region_id: int,
    purpose_id: int,
    months: Sequence[date],
    practice_ids: Sequence[int] | None = None,
) -> dict[str, object]:
    """All parameters of the plan for these month ends; raises ValueError when they are not usable."""
    if not months or len(months) > MAX_MONTHS or list(months) != sorted(set(months)):
        raise ValueError(f"months must be 1 to {MAX_MONTHS} different month ends in order")
    if any((month + timedelta(days=1)).day != 1 for month in months):
        raise ValueError("every month must be given by its last day")
    if months[-1] >= add_months(months[0], SHORTEST_BAND_MONTHS):
        raise ValueError("the months of one run must lie within ten years")
    arrays = {
        name: [resolve(bound, month, period or 12) for month in months] for name, (bound, period) in plan.params.arrays.items()
    }
    return {
        **plan.params.values,
        **arrays,
        "months": list(months),
        "all": (1 << len(months)) - 1,
        "last_bit": 1 << (len(months) - 1),
        "last_month": months[-1],
        "region_id": region_id,
        "purpose_id": purpose_id,
        "practice_ids": list(practice_ids) if practice_ids is not None else None,
    }


def execute(
    connection: psycopg.Connection[Any],
    plan: RunPlan,
    *,
    region_id: int,
    purpose_id: int,
    months: Sequence[date],
    progress: Progress | None = None,
    practice_ids: Sequence[int] | None = None,
) -> RunReport:
    """Results of every indicator of the plan for one region; nothing is stored, temporary tables are removed."""
    report = RunReport()

    def read(cursor: psycopg.Cursor[Any], item: IndicatorPlan, params: Mapping[str, object]) -> None:
        counts = cursor.execute(item.counts_sql, params).fetchall()
        states = cursor.execute(item.states_sql, params).fetchall()
        report.results[item.code] = IndicatorResult(item.code, counts, states)

    _run(connection, plan, bind(plan, region_id, purpose_id, months, practice_ids), report, read, progress)
    return report


def store(
    connection: psycopg.Connection[Any],
    plan: RunPlan,
    *,
    region_id: int,
    purpose_id: int,
    months: Sequence[date],
    version_ids: Mapping[str, int],
    progress: Progress | None = None,
    practice_ids: Sequence[int] | None = None,
) -> RunReport:
    """Writes counts and states of the indicators in version_ids (code -> version id), replacing those of the
    same versions, months and practices; one transaction, no row passes through Python."""
    report = RunReport()

    def write(cursor: psycopg.Cursor[Any], item: IndicatorPlan, params: Mapping[str, object]) -> None:
        if item.code not in version_ids:
            return
        values = {**params, "version_id": version_ids[item.code]}
        for statement in _store_statements(item):
            report.rows += max(cursor.execute(statement, values).rowcount, 0)

    _run(connection, plan, bind(plan, region_id, purpose_id, months, practice_ids), report, write, progress)
    return report


_OF_RUN = (
    "version_id = %(version_id)s and practice_id in (select id from practices_practice where region_id = %(region_id)s)"
    " and (%(practice_ids)s::bigint[] is null or practice_id = any(%(practice_ids)s::bigint[]))"
)


def _store_statements(item: IndicatorPlan) -> list[str]:
    return [
        f"delete from datacapture_indicatorcount where {_OF_RUN} and month_end = any(%(months)s::date[])",
        f"delete from datacapture_casestate where {_OF_RUN}",
        "insert into datacapture_indicatorcount (version_id, practice_id, region_id, month_end, sex, age_band,"
        " numerator, denominator_only, excluded, unknown, exception) select %(version_id)s, q.practice_id,"
        " %(region_id)s, q.month_end, q.sex, q.age_band, q.numerator, q.denominator_only, q.excluded, q.unknown,"
        f" q.exception from ({item.counts_sql}) q",
        "insert into datacapture_casestate (version_id, practice_id, patient_id, month_end, bin, index_event_id,"
        " deciding_event_id, deciding_day) select %(version_id)s, q.practice_id, q.patient_id, q.month_end, q.bin,"
        f" q.index_event_id, q.deciding_event_id, q.deciding_day from ({item.states_sql}) q",
    ]


def _run(
    connection: psycopg.Connection[Any],
    plan: RunPlan,
    params: Mapping[str, object],
    report: RunReport,
    each: Callable[[psycopg.Cursor[Any], IndicatorPlan, Mapping[str, object]], None],
    progress: Progress | None,
) -> None:
    """Runs the plan. A client-side cursor quotes the parameters: CREATE TABLE AS takes no server-side ones."""
    total = len(plan.setup) + len(plan.indicators)
    done = 0

    def tell(name: str, began: float) -> None:
        nonlocal done
        done += 1
        report.seconds[name] = time.perf_counter() - began
        if progress:
            progress(name, done, total)

    with connection.transaction(), psycopg.ClientCursor(connection, row_factory=tuple_row) as cursor:
        _drop(cursor)
        for step in plan.setup:
            began = time.perf_counter()
            cursor.execute(step.sql, params)
            tell(step.name, began)
        for item in plan.indicators.values():
            began = time.perf_counter()
            cursor.execute(item.cases.sql, params)
            each(cursor, item, params)
            tell(item.code, began)
        _drop(cursor)


def _drop(cursor: psycopg.Cursor[Any]) -> None:
    """Removes the temporary tables of this or an earlier run on the same connection."""
    cursor.execute(
        "select relname from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r' and starts_with(relname, 'kip_')"
    )
    for (name,) in cursor.fetchall():
        cursor.execute(sql.SQL("drop table pg_temp.{}").format(sql.Identifier(name)))
