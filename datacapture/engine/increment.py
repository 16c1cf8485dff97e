"""Carries stored counts on: only patients with a change, or whose windows a new month end passes, are computed again.

Counts are the sum of the tallies. A patient's former tallies are taken out, the new ones put in, and the counts changed
by the difference; when the months move on, tallies, counts and states are moved with them first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from datacapture.engine.bounds import resolve
from datacapture.engine.cases import BINS, TALLY, changes
from datacapture.engine.compiler import IndicatorPlan, RunPlan
from datacapture.engine.run import COUNT, LOCK, STATE, RunReport, bind, insert_states, run_plan
from kip.core.workdays import add_months

_COLUMNS = ", ".join(TALLY)
_MASKS = ("older", *BINS)
_OF = "version_id = any(%(version_ids)s) and practice_id = any(%(practice_ids)s)"
_KEY = ("practice_id", "version_id", "month_end", "sex", "age_band", "quintile")


class TooManyChanged(Exception):
    """So many patients changed that counting the practices as a whole is less work; nothing was done."""


@dataclass(frozen=True)
class Carried:
    """What was carried on: patients computed again, those of them because of a new month, and the run's report."""

    patients: int
    at_an_edge: int
    report: RunReport


def carry_on(
    connection: psycopg.Connection[Any],
    plan: RunPlan,
    *,
    region_id: int,
    purpose_id: int,
    months: Sequence[date],
    former: Sequence[date],
    version_ids: Mapping[str, int],
    practice_ids: Sequence[int],
    most: float = 0.5,
    time_box: float | None = None,
) -> Carried:
    """Brings counts, tallies and states that stand for the months `former` to `months`, in one transaction.

    The practices must have been counted (`run.store`) for the same purpose, versions and number of months.
    Raises ValueError when the months do not follow, TooManyChanged when more than the share `most` of the patients would
    be computed, TimeBoxExceeded after `time_box` seconds.
    """
    step = shift_of(former, months)
    params = {
        **bind(plan, region_id, purpose_id, months, practice_ids),
        "version_ids": list(version_ids.values()),
        "step": step,
        "added": ((1 << step) - 1) << (len(months) - step),
        "former_last": former[-1],
        "edges": _edges(plan, former[-1], months[-1], births=False),
        "births": _edges(plan, former[-1], months[-1], births=True),
    }
    with connection.transaction(), psycopg.ClientCursor(connection, row_factory=tuple_row) as cursor:
        cursor.execute(LOCK, params)
        touched = set(cursor.execute(_TAKE_TOUCHED, params).fetchall())
        edge = set(cursor.execute(plan.edge_sql, params).fetchall()) if step else set()
        changed = touched | edge
        if len(changed) > most * max(_count(cursor, params), 1):
            raise TooManyChanged
        if step:
            for statement in (*_MOVE, *_MOVE_COUNTS):
                cursor.execute(statement, params)
        cursor.execute(_MOVE_BASIS, params)
        report = RunReport()
        if changed:
            whom = {"patient_ids": sorted(patient for _, patient in changed), "changed_ids": sorted({at for at, _ in changed})}
            _replace(connection, plan, {**params, **whom}, version_ids, report, time_box)
    return Carried(len(changed), len(edge - touched), report)


def shift_of(former: Sequence[date], months: Sequence[date]) -> int:
    """How many months later the new months are; raises ValueError when they are not the same months moved on."""
    for step in range(len(months)):
        moved = [add_months(day + timedelta(days=1), step) - timedelta(days=1) for day in former]
        if moved == list(months):
            return step
    raise ValueError("the months do not follow those counted before")


def _count(cursor: psycopg.Cursor[Any], params: Mapping[str, object]) -> int:
    found = cursor.execute(
        "select count(*) from datacapture_patient where practice_id = any(%(practice_ids)s)", params
    ).fetchone()
    return int(found[0]) if found else 0


def _edges(plan: RunPlan, last: date, new: date, *, births: bool) -> str:
    """The days that some bound, or some limit of age, passes between two month ends, as a PostgreSQL multirange."""
    bounds = [key for name, key in plan.params.arrays.items() if (name in plan.params.births) is births]
    spans = [(resolve(bound, last, period or 12), resolve(bound, new, period or 12)) for bound, period in bounds]
    return "{" + ",".join(f"[{first},{past}]" for first, past in spans) + "}"


# ---- months ---------------------------------------------------------------------------------------------------------
_TAKE_TOUCHED = (
    "with taken as (delete from datacapture_touchedpatient where practice_id = any(%(practice_ids)s)"
    " returning practice_id, patient_id)"
    " select distinct practice_id, patient_id from taken"
)
_MOVE_BASIS = (
    "update datacapture_countbasis set months = %(months)s::date[], counted_at = now() where practice_id = any(%(practice_ids)s)"
)
_MOVED = ", ".join(
    f"{name} = ({name} >> %(step)s) | case when {name} & %(last_bit)s <> 0 then %(added)s::bigint else 0 end" for name in _MASKS
)
_MOVE = (
    f"update datacapture_casetally set {_MOVED} where {_OF}",
    f"delete from datacapture_casetally where {_OF} and ({' | '.join(BINS)}) = 0",
    f"update datacapture_casestate set month_end = %(last_month)s where {_OF}",
)
_MOVE_COUNTS = (
    f"delete from datacapture_indicatorcount where {_OF} and month_end > %(former_last)s",
    f"insert into datacapture_indicatorcount (version_id, region_id, {', '.join(COUNT)})"
    f" select version_id, region_id, {', '.join('m.day' if name == 'month_end' else name for name in COUNT)}"
    " from datacapture_indicatorcount cross join (select unnest(%(months)s::date[]) as day) m"
    f" where {_OF} and month_end = %(former_last)s and m.day > %(former_last)s",
)

# ---- patients -------------------------------------------------------------------------------------------------------
_OF_PATIENTS = f"{_OF} and patient_id = any(%(patient_ids)s)"
_NEW = "create temporary table kip_new_tally as select version_id, {columns} from datacapture_casetally where false"
_DELTA = (
    f"select version_id, {_COLUMNS.replace(' n,', ' -n as n,')} from datacapture_casetally where {_OF_PATIENTS}"
    f" union all select version_id, {_COLUMNS} from kip_new_tally"
)
_SUMS = ", ".join(f"{name} = c.{name} + d.{name}" for name in BINS)
# A list of single values after some went and some came; in order, as `counts` makes it.
_LIST = (
    "nullif(array(select v.amount from (select u.amount, sum(u.times)::int as times from ({known}"
    "select * from unnest(d.amounts, d.times)) u(amount, times) group by u.amount) v"
    " cross join lateral generate_series(1, v.times) order by v.amount), '{{}}')"
)
_KNOWN = "select unnest(c.amounts), 1 union all "
_MERGE = (
    f"merge into datacapture_indicatorcount c using (select * from ({changes(_DELTA)}) q where "
    + " or ".join([*(f"{name} <> 0" for name in BINS), "amounts is not null"])
    + f") d on {' and '.join(f'c.{name} = d.{name}' for name in _KEY)}"
    + f" when matched and {' and '.join(f'c.{name} + d.{name} = 0' for name in BINS)} then delete"
    + f" when matched and d.amounts is null then update set {_SUMS}"
    + f" when matched then update set {_SUMS}, amounts = {_LIST.format(known=_KNOWN)}"
    + f" when not matched then insert (version_id, region_id, {', '.join(COUNT)}) values (d.version_id, %(region_id)s, "
    + ", ".join(f"d.{name}" if name != "amounts" else _LIST.format(known="") for name in COUNT)
    + ")"
)


# By patient first: with old statistics the planner would go through every state of the practices.
_FORGET_STATES = (
    "with mine as materialized (select id, version_id, practice_id from datacapture_casestate"
    " where patient_id = any(%(patient_ids)s)) delete from datacapture_casestate where id in"
    f" (select id from mine where {_OF})"
)


def _replace(
    connection: psycopg.Connection[Any],
    plan: RunPlan,
    params: Mapping[str, object],
    version_ids: Mapping[str, int],
    report: RunReport,
    time_box: float | None,
) -> None:
    """Computes the patients anew and puts the difference into the counts."""

    def collect(cursor: psycopg.Cursor[Any], item: IndicatorPlan, values: Mapping[str, object]) -> None:
        if item.code not in version_ids:
            return
        own = {**values, "version_id": version_ids[item.code]}
        cursor.execute(
            f"insert into kip_new_tally (version_id, {_COLUMNS}) select %(version_id)s, {_COLUMNS} from ({item.tallies_sql}) q",
            own,
        )
        cursor.execute(insert_states(item.states_sql), own)

    def finish(cursor: psycopg.Cursor[Any], values: Mapping[str, object]) -> None:
        cursor.execute("analyze kip_new_tally")
        cursor.execute(_MERGE, values)
        cursor.execute(f"delete from datacapture_casetally where {_OF_PATIENTS}", values)
        cursor.execute(
            f"insert into datacapture_casetally (version_id, {_COLUMNS}) select version_id, {_COLUMNS} from kip_new_tally", values
        )

    before = (_FORGET_STATES, _NEW.format(columns=_COLUMNS))
    run_plan(connection, plan, params, report, collect, before=before, after=finish, time_box=time_box)


# ---- checking -------------------------------------------------------------------------------------------------------
def differences(
    connection: psycopg.Connection[Any],
    plan: RunPlan,
    *,
    region_id: int,
    purpose_id: int,
    months: Sequence[date],
    version_ids: Mapping[str, int],
    practice_ids: Sequence[int],
) -> list[tuple[str, int]]:
    """(indicator code, practice) wherever counting everything again differs from what is stored.

    Practices whose data changed meanwhile are left out: their stored counts are not wrong, only not carried on yet.
    """
    found: set[tuple[str, int]] = set()

    def compare(cursor: psycopg.Cursor[Any], item: IndicatorPlan, params: Mapping[str, object]) -> None:
        if item.code in version_ids:
            own = {**params, "version_id": version_ids[item.code]}
            for table, columns, select in (
                ("datacapture_indicatorcount", COUNT, item.counts_sql),
                ("datacapture_casestate", STATE, item.states_sql),
            ):
                rows = cursor.execute(_difference(table, ", ".join(columns), select), own)
                found.update((item.code, practice) for (practice,) in rows)

    params = bind(plan, region_id, purpose_id, months, practice_ids)
    run_plan(connection, plan, params, RunReport(), compare)
    late = "select distinct practice_id from datacapture_touchedpatient where practice_id = any(%s)"
    changed = {practice for (practice,) in connection.execute(late, [list(practice_ids)])}
    return sorted((code, practice) for code, practice in found if practice not in changed)


def _difference(table: str, columns: str, select: str) -> str:
    stored = (
        f"select {columns} from {table} where version_id = %(version_id)s and practice_id = any(%(practice_ids)s)"
        " and month_end = any(%(months)s::date[])"
    )
    again = f"select {columns} from ({select}) q"
    return (
        f"with again as ({again}), stored as ({stored}) select distinct practice_id from"
        " ((table again except all table stored) union all (table stored except all table again)) d"
    )
