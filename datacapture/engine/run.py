"""Runs a compiled plan against a database: as results in memory, or stored in the count, tally and state tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from datacapture.engine.bounds import resolve
from datacapture.engine.cases import BINS, TALLY
from datacapture.engine.compiler import IndicatorPlan, RunPlan
from kip.core.workdays import add_months

MAX_MONTHS = 60
SHORTEST_BAND_MONTHS = 120  # a person then passes at most one age limit within a run
COUNT = ("practice_id", "month_end", "sex", "age_band", "quintile", *BINS, "amounts")
STATE = ("practice_id", "patient_id", "month_end", "bin", "index_event_id", "deciding_event_id", "deciding_day")
Progress = Callable[[str, int, int], None]
Each = Callable[["psycopg.Cursor[Any]", IndicatorPlan, Mapping[str, object]], None]


class TimeBoxExceeded(Exception):
    """A run took longer than it may; `step` is the criterion that was under way. str() is one sentence."""

    def __init__(self, step: str, seconds: float) -> None:
        super().__init__(f"The run was stopped after {seconds:.1f} s while it was working on {step}.")
        self.step, self.seconds = step, seconds


@dataclass(frozen=True)
class IndicatorResult:
    """Counts (rows of COUNT) and latest states (rows of STATE) of one indicator."""

    code: str
    counts: list[tuple[Any, ...]]
    states: list[tuple[Any, ...]]


@dataclass
class RunReport:
    """What a run did: results by indicator code (empty when stored), seconds and rows by statement, rows stored."""

    results: dict[str, IndicatorResult] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    rows: int = 0


def bind(
    plan: RunPlan,
    region_id: int,
    purpose_id: int,
    months: Sequence[date],
    practice_ids: Sequence[int] | None = None,
    patient_ids: Sequence[int] | None = None,
    first_day: date | None = None,
) -> dict[str, object]:
    """All parameters of the plan; raises ValueError when the months are not usable.

    With `first_day` there is one period of any length, from that day to the one day in `months`.
    """
    if not months or len(months) > MAX_MONTHS or list(months) != sorted(set(months)):
        raise ValueError(f"months must be 1 to {MAX_MONTHS} different month ends in order")
    if first_day is None and any((month + timedelta(days=1)).day != 1 for month in months):
        raise ValueError("every month must be given by its last day")
    if first_day is not None and len(months) > 1:
        raise ValueError("a period of its own has one last day")
    if months[-1] >= add_months(months[0], SHORTEST_BAND_MONTHS):
        raise ValueError("the months of one run must lie within ten years")
    arrays = {
        name: [resolve(bound, month, period or 12, first_day) for month in months]
        for name, (bound, period) in plan.params.arrays.items()
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
        "patient_ids": list(patient_ids) if patient_ids is not None else None,
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
    first_day: date | None = None,
    time_box: float | None = None,
) -> RunReport:
    """Results of every indicator of the plan for one region; nothing is stored, temporary tables are removed.

    Raises TimeBoxExceeded after `time_box` seconds.
    """
    report = RunReport()

    def read(cursor: psycopg.Cursor[Any], item: IndicatorPlan, params: Mapping[str, object]) -> None:
        counts = cursor.execute(item.counts_sql, params).fetchall()
        states = cursor.execute(item.states_sql, params).fetchall()
        report.results[item.code] = IndicatorResult(item.code, counts, states)

    params = bind(plan, region_id, purpose_id, months, practice_ids, first_day=first_day)
    run_plan(connection, plan, params, report, read, progress=progress, time_box=time_box)
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
    time_box: float | None = None,
    whole: bool = True,
    beside_others: bool = False,
) -> RunReport:
    """Writes counts, tallies and states of the indicators in version_ids (code -> version id), replacing those of the
    same versions and practices; one transaction, no row passes through Python. Raises TimeBoxExceeded.

    Stored counts are per practice, month-end, sex, age band and deprivation quintile (0 = unknown). The value of a
    proportion is numerator / (numerator + denominator_only); of a rate with counted events numerator / denominator_only;
    `amounts` holds the days (median_days) or score changes (mean_change) behind a cell, sorted. A gap is stored with
    the counts of the indicator it compares: its groups are added up from them by quintile or by the practice's municipality.

    The practices' basis is noted, so that `increment` can carry the counts on; without `whole` the versions join those
    of the present basis. `beside_others`: runs over other practices of the region may write at the same time.
    """
    report = RunReport()

    def write(cursor: psycopg.Cursor[Any], item: IndicatorPlan, params: Mapping[str, object]) -> None:
        if item.code not in version_ids:
            return
        values = {**params, "version_id": version_ids[item.code]}
        for statement in (insert_counts(item.counts_sql), insert_tallies(item.tallies_sql), insert_states(item.states_sql)):
            report.rows += max(cursor.execute(statement, values).rowcount, 0)

    params = {**bind(plan, region_id, purpose_id, months, practice_ids), "version_ids": list(version_ids.values())}
    before = [LOCK_SHARED if beside_others else LOCK, *_FORGET, *([_ALL_SEEN] if whole else []), _BASIS if whole else _JOIN_BASIS]
    run_plan(connection, plan, params, report, write, before=before, progress=progress, time_box=time_box)
    return report


# A region's counts are written by one run at a time, or by several that have parted its practices among them.
LOCK = "select pg_advisory_xact_lock(7402602, %(region_id)s::int)"
LOCK_SHARED = "select pg_advisory_xact_lock_shared(7402602, %(region_id)s::int)"
_OF_PRACTICES = (
    "practice_id in (select id from practices_practice where region_id = %(region_id)s)"
    " and (%(practice_ids)s::bigint[] is null or practice_id = any(%(practice_ids)s::bigint[]))"
)
_OF_RUN = f"version_id = any(%(version_ids)s) and {_OF_PRACTICES}"
# Before the first row is read: what changes from then on is touched anew.
_ALL_SEEN = f"delete from datacapture_touchedpatient where {_OF_PRACTICES}"
_BASIS = (
    "insert into datacapture_countbasis (practice_id, purpose_id, months, version_ids, counted_at)"
    " select id, %(purpose_id)s, %(months)s::date[], %(version_ids)s::bigint[], now() from practices_practice"
    " where region_id = %(region_id)s and (%(practice_ids)s::bigint[] is null or id = any(%(practice_ids)s::bigint[]))"
    " on conflict (practice_id) do update set purpose_id = excluded.purpose_id, months = excluded.months,"
    " version_ids = excluded.version_ids, counted_at = excluded.counted_at"
)
_JOIN_BASIS = (
    "update datacapture_countbasis set version_ids = version_ids || %(version_ids)s::bigint[], counted_at = now()"
    f" where {_OF_PRACTICES}"
)
_FORGET = (
    f"delete from datacapture_indicatorcount where {_OF_RUN} and month_end = any(%(months)s::date[])",
    f"delete from datacapture_casetally where {_OF_RUN}",
    f"delete from datacapture_casestate where {_OF_RUN}",
)


def _insert(table: str, columns: Sequence[str], select: str, extra: str = "") -> str:
    names, values = ", ".join(columns), ", ".join(f"q.{name}" for name in columns)
    more = f"{extra}, " if extra else ""
    return (
        f"insert into {table} (version_id, {more}{names}) select %(version_id)s, "
        f"{f'%({extra})s, ' if extra else ''}{values} from ({select}) q"
    )


def insert_counts(select: str) -> str:
    """Statement that stores rows of COUNT for one version."""
    return _insert("datacapture_indicatorcount", COUNT, select, "region_id") + " order by q.practice_id, q.month_end"


def insert_tallies(select: str) -> str:
    """Statement that stores rows of TALLY for one version."""
    return _insert("datacapture_casetally", TALLY, select)


def insert_states(select: str) -> str:
    """Statement that stores rows of STATE for one version."""
    return _insert("datacapture_casestate", STATE, select)


def run_plan(
    connection: psycopg.Connection[Any],
    plan: RunPlan,
    params: Mapping[str, object],
    report: RunReport,
    each: Each,
    *,
    before: Sequence[str] = (),
    after: Callable[[psycopg.Cursor[Any], Mapping[str, object]], None] | None = None,
    progress: Progress | None = None,
    time_box: float | None = None,
) -> None:
    """Runs the statements of the plan in one transaction and calls `each` when an indicator's cases stand, `after` at the end.

    A client-side cursor quotes the parameters: CREATE TABLE AS takes no server-side ones.
    """
    total = len(plan.setup) + len(plan.indicators)
    with connection.transaction(), psycopg.ClientCursor(connection, row_factory=tuple_row) as cursor:
        drop_temporary(cursor)
        for statement in before:
            cursor.execute(statement, params)
        ends = time.monotonic() + time_box if time_box is not None else None
        former = cursor.execute("select current_setting('statement_timeout')").fetchone()
        for done, (name, statement) in enumerate(_statements(plan), start=1):
            began = time.perf_counter()
            try:
                if ends is not None and not _time_left(cursor, ends):
                    raise TimeBoxExceeded(name, time_box or 0)
                report.found[name] = max(cursor.execute(statement, params).rowcount, 0)
                if name in plan.indicators:
                    each(cursor, plan.indicators[name], params)
            except psycopg.errors.QueryCanceled as error:
                if ends is None or time.monotonic() < ends:
                    raise
                raise TimeBoxExceeded(name, time_box or 0) from error
            report.seconds[name] = time.perf_counter() - began
            if progress:
                progress(name, done, total)
        cursor.execute("select set_config('statement_timeout', %s, true)", former)
        if after:
            after(cursor, params)
        drop_temporary(cursor)


def _statements(plan: RunPlan) -> Iterator[tuple[str, str]]:
    for step in [*plan.setup, *(item.cases for item in plan.indicators.values())]:
        yield step.name, step.sql


def _time_left(cursor: psycopg.Cursor[Any], ends: float) -> bool:
    """Gives the next statements what is left of the time box; False when nothing is."""
    left = int((ends - time.monotonic()) * 1000)
    if left > 0:
        cursor.execute("select set_config('statement_timeout', %s, true)", [str(left)])
    return left > 0


def drop_temporary(cursor: psycopg.Cursor[Any]) -> None:
    """Removes the temporary tables of this or an earlier run on the same connection."""
    cursor.execute(
        "select relname from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r' and starts_with(relname, 'kip_')"
    )
    names = [sql.Identifier(name) for (name,) in cursor.fetchall()]
    if names:
        cursor.execute(sql.SQL("drop table {}").format(sql.SQL(", ").join(sql.SQL("pg_temp.{}").format(name) for name in names)))
