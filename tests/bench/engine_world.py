"""The engine on the filled country: one region of everybody, totals of every indicator, in PostgreSQL and in DuckDB."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from django.db import connection, connections

from datacapture.actions.computing import Setup, month_ends, prepare
from datacapture.demo.scale import Filled
from datacapture.engine.buckets import split
from datacapture.engine.compiler import IndicatorPlan
from datacapture.engine.parquet import export
from datacapture.engine.portable import Script, on_duckdb_tables, script
from datacapture.engine.run import RunReport, bind, run_plan
from kip.core.scope import WORKER, activate

MONTH_END = date(2026, 9, 30)
_COUNTED = (
    "select practice_id, month_end, count(*), sum(numerator), sum(denominator_only), sum(excluded), sum(unknown), sum(exception)"
    " from ({}) q group by practice_id, month_end"
)
_STATES = "select practice_id, bin, count(*), sum(deciding_event_id) from ({}) q group by practice_id, bin"
Totals = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Country:
    """The filled database. For one run of everything all practices are put into one region."""

    events: int
    patients: int
    practices: list[int]
    region: int
    setup: Setup
    seconds: float

    @classmethod
    def of(cls, filled: Filled) -> Country:
        with connections["owner"].cursor() as cursor:
            cursor.execute("UPDATE practices_practice SET region_id = (SELECT min(region_id) FROM practices_practice)")
            cursor.execute("SELECT array_agg(id ORDER BY id), min(region_id) FROM practices_practice")
            practices, region = cursor.fetchone()
        with activate(WORKER):
            setup = prepare(MONTH_END)
        return cls(filled.events, filled.patients, practices, region, setup, filled.seconds)

    def halves(self, parts: int = 2) -> list[list[int]]:
        """Practices in two buckets of equal events."""
        with activate(WORKER), connection.cursor() as cursor:
            cursor.execute("SELECT practice_id, count(*) FROM datacapture_event GROUP BY 1")
            loads = dict(cursor.fetchall())
        return split(loads, sum(loads.values()) // parts)

    def bound(self, months: Sequence[date], practices: Sequence[int] | None = None) -> dict[str, object]:
        return bind(self.setup.plan, self.region, self.setup.purpose.pk, months, practices)


def postgres(country: Country, months: Sequence[date], practices: Sequence[int] | None = None) -> Totals:
    """Totals by indicator, from every count and every state, on this thread's connection."""
    totals: Totals = {}

    def read(cursor: psycopg.Cursor[Any], item: IndicatorPlan, params: Mapping[str, object]) -> None:
        rows = cursor.execute(_COUNTED.format(item.counts_sql), params).fetchall()
        totals[item.code] = rows + cursor.execute(_STATES.format(item.states_sql), params).fetchall()

    with activate(WORKER):
        run_plan(connection.connection, country.setup.plan, country.bound(months, practices), RunReport(), read)
    return totals


def backend() -> int:
    """Process of this thread's database session."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid


class Workers:
    """Two sessions at work at once, each with a bucket of the practices, as two workers of the portal have them."""

    def __init__(self, country: Country) -> None:
        self.country, self.buckets = country, country.halves()
        self.pools = [ThreadPoolExecutor(1) for _ in self.buckets]
        self.servers = [pool.submit(backend).result() for pool in self.pools]

    def run(self, months: Sequence[date]) -> Totals:
        parts = [
            pool.submit(postgres, self.country, months, bucket) for pool, bucket in zip(self.pools, self.buckets, strict=True)
        ]
        found = [part.result() for part in parts]
        return {code: [row for part in found for row in part[code]] for code in found[0]}

    def close(self) -> None:
        for pool in self.pools:
            pool.submit(lambda: connection.close()).result()
            pool.shutdown()


class Duck:
    """The same run in DuckDB on two threads over Parquet files, translated beforehand."""

    def __init__(self, country: Country, months: Sequence[date]) -> None:
        self.scratch = tempfile.TemporaryDirectory(prefix="kip-bench-")
        self.folder = Path(self.scratch.name)
        with activate(WORKER):
            export(connection.connection, self.folder)
        self.script: Script = script(country.setup.plan, country.bound(months), "duckdb")

    def run(self, threads: int = 2) -> Totals:
        with duckdb.connect(config={"threads": threads}) as engine:
            on_duckdb_tables(engine, self.script, self.folder)
            totals: Totals = {}
            for item in self.script.readings:
                totals[item.code] = engine.execute(_COUNTED.format(item.counts)).fetchall()
                totals[item.code] += engine.execute(_STATES.format(item.states)).fetchall()
            return totals


def same(one: Totals, other: Totals) -> bool:
    """Every total of every practice and month is the same number."""
    return {code: sorted(map(str, map(_plain, rows))) for code, rows in one.items()} == {
        code: sorted(map(str, map(_plain, rows))) for code, rows in other.items()
    }


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value if value is None or isinstance(value, date) else int(value) for value in row)


def periods(count: int = 24) -> list[date]:
    return month_ends(MONTH_END, count)
