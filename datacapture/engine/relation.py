"""SQL of one EVENT: the events that match it, each with the mask of the months in which it does.

Two kinds of owner: a patient (scope without index) or a case, that is an index event. Order of the steps:
kind, codes, status and the other row tests, window and near; then pick and tie; then value and also.
"""

from __future__ import annotations

from dataclasses import dataclass

from datacapture.engine.grammar import Event
from datacapture.engine.masks import (
    ERROR_STATUS,
    Params,
    Place,
    Test,
    number_test,
    reached,
    value_test,
    window_test,
)

KEY_DAY_BITS = 40
KEY_EPOCH = "date '1850-01-01'"
_CARRIED = "value, value_code_id, comparator, unit"


@dataclass(frozen=True)
class Scope:
    """Where events are looked for: all events of a patient, or those seen from the cases of an index table."""

    table: str | None = None

    @property
    def place(self) -> Place:
        """Columns that bounds refer to inside a relation."""
        return Place("i.idx", "i.idx_end", "p.birth") if self.table else Place(None, None, "p.birth")

    @property
    def owner(self) -> str:
        return "i.case_id" if self.table else "e.patient_id"


def matches(event: Event, scope: Scope, params: Params, period: int, near: str | None) -> str:
    """CTE chain that ends in ``h(owner, event_id, ..., seen, mask)``.

    seen = months in which the event is the one looked at (before value and also); mask = months it matches.
    `near` is the table (case_id, mask) of the near clause, when the event has one.
    """
    ctes = [f"x as materialized ({_candidates(event, scope, params, period, near)})"]
    last = "x"
    if event.pick:
        direction = "desc" if event.pick == "last" else "asc"
        ctes.append(f"y as materialized ({_keep_first(last, 'owner', f'pday {direction}')})")
        last = "y"
    if event.tie:
        direction = "desc" if event.tie == "max" else "asc"
        ctes.append(f"z as materialized ({_keep_first(last, 'owner, pday', f'value {direction} nulls last')})")
        last = "z"
    condition = value_test(event.value, "r", params) if event.value else "true"
    ctes.append(
        f"h as materialized (select r.*, r.m as seen, case when {condition} then r.m & r.also_mask else 0 end as mask"
        f" from {last} r where r.m <> 0)"
    )
    return "with " + ", ".join(ctes)


def _keep_first(source: str, partition: str, order: str) -> str:
    """Drops from each row the months that a row earlier in the order already has (equal rows keep theirs)."""
    others = (
        f"coalesce(bit_or(m) over (partition by {partition} order by {order}"
        " groups between unbounded preceding and 1 preceding), 0)"
    )
    return (
        f"select owner, patient_id, event_id, code_id, pday, dday, idx, idx_end, course, referral, {_CARRIED},"
        f" amount, also_mask, m & ~{others} as m from {source} where m <> 0"
    )


def _candidates(event: Event, scope: Scope, params: Params, period: int, near: str | None) -> str:
    dates = ("e.authored", "e.authored", "false") if event.date else ("e.day", "e.ended", "e.ongoing")
    start, end, ongoing = dates
    window = window_test(event.within, event.when, dates, scope.place, params, period)
    also = [window_test(extra.within, extra.when, dates, scope.place, params, period) for extra in event.also]
    also_mask = " & ".join(test.whole() for test in also) or "-1::bigint"
    day = f"coalesce({start}, {end})"
    wheres = [*row_tests(event, params), *window.predicates, *_link(event)]
    if event.age_at_event:
        wheres += _age_at_event(event, day)
    mask = window.mask() if near is None else f"({window.mask()}) & n.mask"
    amount = f"e.{event.sum.of}" if event.sum else "null::float8"
    return (
        f"select {scope.owner} as owner, e.patient_id, e.event_id, e.code_id, coalesce({end}, {start}) as pday,"
        f" {day} as dday, {day} as idx, case when {ongoing} then 'infinity'::date else coalesce({end}, {start}) end as idx_end,"
        f" e.course, e.referral, e.value, e.value_code_id, e.comparator, e.unit, {amount} as amount,"
        f" {also_mask} as also_mask, coalesce({mask}, 0) as m"
        f" from {_sources(event, scope, near, window, also)} where {' and '.join(wheres)}"
    )


def _sources(event: Event, scope: Scope, near: str | None, window: Test, also: list[Test]) -> str:
    tables = f"{scope.table} i join kip_event e on e.patient_id = i.patient_id" if scope.table else "kip_event e"
    texts = [part for test in [window, *also] for part in [*test.predicates, *test.masks]]
    if event.age_at_event or any("p.birth" in text for text in texts):
        tables += " join kip_patient p on p.patient_id = e.patient_id"
    return f"{tables} join {near} n on n.case_id = e.event_id" if near else tables


def _link(event: Event) -> list[str]:
    return [f"e.{event.same} <> '' and e.{event.same} = i.{event.same}"] if event.same else []


def _age_at_event(event: Event, day: str) -> list[str]:
    assert event.age_at_event is not None
    limits = event.age_at_event
    tests = [f"{day} >= {reached('p.birth', limits.min or 0, 'y')}"]
    if limits.max is not None:
        tests.append(f"{day} < {reached('p.birth', limits.max + 1, 'y')}")
    return tests


def codes_of(kind: str, sets: list[str] | None, params: Params) -> str:
    """SQL list of the code ids of a kind, in any of the sets when sets are given."""
    kind_is = f"c.kind = {params.add(kind, 'text')}"
    if sets is None:
        return f"select c.code_id from kip_code c where {kind_is}"
    return (
        "select c.code_id from kip_code c join datacapture_codesetmember s on s.code_id = c.code_id"
        f" where {kind_is} and s.set_name = any({params.add(sets, 'text[]')})"
    )


def row_tests(event: Event, params: Params) -> list[str]:
    """Conditions on the event row alone."""
    tests = [f"e.code_id = any(array({codes_of(event.kind, event.codes, params)}))"]
    if event.status:
        tests.append(f"e.status = any({params.add(event.status, 'text[]')})")
    if ERROR_STATUS not in (event.status or []):
        tests.append(f"e.status <> '{ERROR_STATUS}'")
    if event.status_not:
        tests.append(f"e.status <> all({params.add(event.status_not, 'text[]')})")
    if event.category:
        tests.append(f"coalesce(e.category && {params.add(event.category, 'text[]')}, false)")
    if event.verified is not None:
        tests.append(f"e.verified is {'true' if event.verified else 'false'}")
    return tests


def clause_rows(event: Event, chain: str, params: Params) -> str:
    """SELECT of (owner, mask, last_key): months in which enough events match, and the latest event looked at."""
    single = event.min_count == 1 and event.sum is None
    key = (
        f"max(case when seen & %(last_bit)s <> 0 then ((mask & %(last_bit)s <> 0)::int::bigint << 62)"
        f" | (greatest(pday - {KEY_EPOCH}, 0)::bigint << {KEY_DAY_BITS}) | event_id end)"
    )
    if single:
        return f"{chain} select owner, bit_or(mask) as mask, {key} as last_key from h group by owner"
    return (
        f"{chain}, k as (select owner, {key} as last_key from h group by owner),"
        f" g as (select h.owner, t.bit from h join kip_month t on h.mask & t.bit <> 0{_code_join(event)}"
        f" group by h.owner, t.bit having {_enough(event, params)}),"
        " w as (select owner, bit_or(bit) as mask from g group by owner)"
        " select k.owner, coalesce(w.mask, 0) as mask, k.last_key from k left join w on w.owner = k.owner"
    )


def _code_join(event: Event) -> str:
    return " join kip_code c on c.code_id = h.code_id" if event.distinct == "code:5" else ""


def _enough(event: Event, params: Params) -> str:
    if event.sum:
        return number_test("sum(h.amount)", event.sum.op, event.sum.num, params)
    counted = {
        None: "*",
        "day": "distinct h.dday",
        "code": "distinct h.code_id",
        "code:5": "distinct left(c.code, 5)",
    }
    return f"count({counted[event.distinct]}) >= {event.min_count}"


def count_rows(chain: str) -> str:
    """SELECT of (owner, bit, n): number of matching events per owner and month."""
    return f"{chain} select h.owner, t.bit, count(*) as n from h join kip_month t on h.mask & t.bit <> 0 group by 1, 2"


def index_rows(chain: str, first_only: bool) -> str:
    """SELECT of the index table: one row per matching event, or per patient and month only the first."""
    earlier = (
        "coalesce(bit_or(mask) over (partition by patient_id order by idx, event_id"
        " rows between unbounded preceding and 1 preceding), 0)"
    )
    mask = f"mask & ~{earlier}" if first_only else "mask"
    return (
        f"{chain}, f as (select event_id as case_id, patient_id, idx, idx_end, course, referral, code_id, {_CARRIED},"
        f" {mask} as mask from h where mask <> 0) select * from f where mask <> 0"
    )


def day_rows(chain: str, index_table: str) -> str:
    """SELECT (owner, amount, mask): days from the index event to the first matching event, and the months of that."""
    earlier = (
        "coalesce(bit_or(mask) over (partition by owner order by dday groups between unbounded preceding and 1 preceding), 0)"
    )
    return (
        f"{chain}, f as (select owner, dday, mask & ~{earlier} as mask from h where mask <> 0 and dday is not null)"
        f" select f.owner, (f.dday - x.idx)::float8 as amount, bit_or(f.mask) as mask from f"
        f" join {index_table} x on x.case_id = f.owner where f.mask <> 0 group by 1, 2"
    )


def change_rows(chain: str, first: str, last: str) -> str:
    """SELECT (owner, amount, mask): score of one day minus that of another; several scores of a day count by their mean.

    A bounded score such as <9 is no number to subtract, and a single day is no change.
    """
    ends = {"first": "", "last": " desc"}
    picked = ", ".join(
        f"mask & ~coalesce(bit_or(mask) over (partition by owner order by dday{ends[name]}"
        f" rows between unbounded preceding and 1 preceding), 0) as {role}"
        for name, role in ((first, "m_from"), (last, "m_to"))
    )
    return (
        f"{chain}, s as (select owner, dday, avg(value) as score, bit_or(mask) as mask from h where mask <> 0"
        " and value is not null and comparator = '' and dday is not null group by owner, dday),"
        f" k as (select owner, dday, score, {picked} from s)"
        " select a.owner, b.score - a.score as amount, bit_or(a.m_from & b.m_to) as mask from k a join k b"
        " on b.owner = a.owner and b.dday <> a.dday and a.m_from & b.m_to <> 0 group by 1, 2"
    )


def amount_rows(rows: str, index_table: str) -> str:
    """SELECT (owner, amount, mask) with, beside the amounts, a row without one for the months that have none."""
    return (
        f"with v as materialized ({rows}) select owner, amount, mask from v union all"
        f" select i.case_id, null, %(all)s::bigint & ~coalesce(w.mask, 0) from {index_table} i left join"
        " (select owner, bit_or(mask) as mask from v group by owner) w on w.owner = i.case_id"
        " where %(all)s::bigint & ~coalesce(w.mask, 0) <> 0"
    )
