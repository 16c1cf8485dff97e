"""Why a patient is in or out: every condition of a definition with its answer and the event that decided it.

The compiler's own masks are asked condition by condition, so that the explanation cannot differ from the count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import psycopg

from datacapture.engine.cases import BINS
from datacapture.engine.catalogue import Library
from datacapture.engine.compiler import Compiler, Joins, RunPlan
from datacapture.engine.grammar import Clause, Indicator
from datacapture.engine.prose import GROUPS, Language, Writer, negated_leaf, simplified
from datacapture.engine.relation import KEY_DAY_BITS, Scope
from datacapture.engine.run import RunReport, bind, run_plan

_ID_MASK = (1 << KEY_DAY_BITS) - 1


@dataclass(frozen=True)
class TracedEvent:
    """An event that a condition looked at. what: code, and value with unit when there is one."""

    id: int
    day: date | None
    what: str


@dataclass(frozen=True)
class TracedLine:
    """One condition: the part of the calculation, what is the case in words, its depth, whether it holds, and the event
    looked at last."""

    role: str
    text: str
    depth: int
    holds: bool
    event: TracedEvent | None = None


@dataclass(frozen=True)
class TracedCase:
    """One case of an indicator. bin: a name of `cases.BINS`, or "" when the case is not counted at all."""

    code: str
    index: TracedEvent | None
    bin: str
    amount: float | None
    lines: list[TracedLine] = field(default_factory=list)


@dataclass(frozen=True)
class _Node:
    role: str
    told: Callable[[bool, bool], str]
    depth: int
    mask: str
    key: str


@dataclass(frozen=True)
class _Question:
    """The SELECT that answers every condition of one indicator, one row per case, and the conditions in its order."""

    code: str
    sql: str
    nodes: list[_Node]


def trace(
    connection: psycopg.Connection[Any],
    library: Library,
    code: str,
    *,
    patient_id: int,
    region_id: int,
    purpose_id: int,
    month_end: date,
    language: Language,
) -> list[TracedCase]:
    """The patient's cases of an indicator (or of those it is made of) on a month end; reads only what the connection may."""
    tracer = _Tracer(library, language)
    indicator = library.indicators[code]
    codes = indicator.components or ([indicator.of] if indicator.of else [code])
    questions = [tracer.question(library.indicators[part]) for part in codes]
    plan = tracer.run(codes)
    found: list[TracedCase] = []

    def ask(cursor: psycopg.Cursor[Any], params: Mapping[str, object]) -> None:
        for question in questions:
            bins = _bins(cursor, plan, question.code, params)
            rows = cursor.execute(question.sql, params).fetchall()
            events = _events(cursor, rows, len(question.nodes))
            found.extend(_case(question, row, bins, events) for row in rows)

    params = bind(plan, region_id, purpose_id, [month_end], patient_ids=[patient_id])
    run_plan(connection, plan, params, RunReport(), lambda *_: None, after=ask)
    return found


class _Tracer(Compiler):
    """A compiler that also writes down every condition of an indicator."""

    def __init__(self, library: Library, language: Language) -> None:
        super().__init__(library)
        self.language = language

    def question(self, indicator: Indicator) -> _Question:
        scope, joins, writer = self.scope_of(indicator), Joins(), Writer(self.library, self.language, indicator)
        parts = {role: simplified(clause, self.library.defines) for role, clause in indicator.clauses().items()}
        nodes = [node for role, clause in parts.items() for node in self._nodes(role, clause, scope, joins, writer, 0)]
        source = f"{scope.table} i join kip_patient p on p.patient_id = i.patient_id" if scope.table else "kip_patient p"
        here = "i.mask & %(last_bit)s <> 0" if scope.table else "true"
        columns = ["i.case_id" if scope.table else "null::bigint"]
        columns += [f"({node.mask}) & %(last_bit)s <> 0" for node in nodes] + [node.key for node in nodes]
        order = " order by i.idx, i.case_id" if scope.table else ""
        sql = f"select {', '.join(columns)} from {source}{joins.sql()} where {here}{order}"
        return _Question(indicator.id, sql, nodes)

    def _nodes(self, role: str, clause: Clause, scope: Scope, joins: Joins, writer: Writer, depth: int) -> Iterator[_Node]:
        """A condition that holds others, followed by those; one that holds none with the event that decided it."""
        if depth == 0 and clause.key in GROUPS and not clause.parts:
            return  # every case: there is nothing to explain
        missing = negated_leaf(clause)
        event = (missing or clause).event
        mask, key = self.mask(clause, scope, joins), "null::bigint"
        if event is not None:
            key = f"{self.event_table(event, scope)[0]}.last_key"
        yield _Node(role, partial(writer.fact, clause), depth, mask, key)
        if missing is None:
            for part in clause.parts:
                yield from self._nodes(role, part, scope, joins, writer, depth + 1)


def _bins(
    cursor: psycopg.Cursor[Any], plan: RunPlan, code: str, params: Mapping[str, object]
) -> dict[int | None, tuple[str, float | None]]:
    """Bin and amount by index event; a rate of counted events has its persons in the denominator."""
    source = plan.indicators[code].source
    cases = " ".join(f"when {name} & %(last_bit)s <> 0 then '{name}'" for name in BINS)
    rows = cursor.execute(f"select case_id, case {cases} end, amount from {source.cases}", params)
    return {case_id: (name, amount) for case_id, name, amount in rows.fetchall() if name}


def _events(cursor: psycopg.Cursor[Any], rows: list[tuple[Any, ...]], nodes: int) -> dict[int, TracedEvent]:
    ids = {key & _ID_MASK for row in rows for key in row[1 + nodes :] if key is not None}
    ids |= {row[0] for row in rows if row[0] is not None}
    found = cursor.execute(
        "select e.event_id, coalesce(e.ended, e.day), c.code, e.comparator, e.value, e.unit from kip_event e"
        " join kip_code c on c.code_id = e.code_id where e.event_id = any(%s)",
        [sorted(ids)],
    )
    return {row[0]: TracedEvent(row[0], row[1], _what(*row[2:])) for row in found.fetchall()}


def _what(code: str, comparator: str, value: float | None, unit: str) -> str:
    return code if value is None else f"{code} {comparator}{value:g} {unit}".rstrip()


def _case(
    question: _Question,
    row: tuple[Any, ...],
    bins: Mapping[int | None, tuple[str, float | None]],
    events: Mapping[int, TracedEvent],
) -> TracedCase:
    count = len(question.nodes)
    holds, keys = row[1 : 1 + count], row[1 + count :]
    lines = []
    for node, met, key in zip(question.nodes, holds, keys, strict=True):
        event = events.get(key & _ID_MASK) if key is not None else None
        lines.append(TracedLine(node.role, node.told(bool(met), event is not None), node.depth, bool(met), event))
    name, amount = bins.get(row[0], ("", None))
    return TracedCase(question.code, events.get(row[0]), name, amount, lines)
