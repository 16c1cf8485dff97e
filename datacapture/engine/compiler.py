"""Compiles indicators to set-based SQL for a whole region and many month ends at once.

Plan of a run: temporary tables of the region's patients and relevant events, one table per distinct EVENT clause
(shared between indicators), one case table per indicator with five month masks, then counts and case states.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from datacapture.engine import relation
from datacapture.engine.bounds import INDEX_ANCHORS, Bound
from datacapture.engine.cases import (
    CaseSource,
    case_rows,
    case_table,
    composite_table,
    counts,
    edge_patients,
    patient_setup,
    states,
    tallies,
)
from datacapture.engine.grammar import Clause, Event, Indicator, Value, Window, canonical
from datacapture.engine.library import Library
from datacapture.engine.masks import (
    ALL,
    Params,
    Place,
    Test,
    age_test,
    months_from,
    months_until,
    value_test,
    window_test,
)
from datacapture.engine.relation import Scope


@dataclass(frozen=True)
class Step:
    """One SQL statement of a run, with a name for timing and progress."""

    name: str
    sql: str


@dataclass(frozen=True)
class IndicatorPlan:
    """Statements of one indicator.

    counts_events: the numerator counts events, denominator_only the persons. has_amounts: counts carry single values
    (days or score changes). A gap has the cases of the indicator it compares; the difference is made from its counts.
    """

    code: str
    cases: Step
    source: CaseSource
    counts_sql: str
    tallies_sql: str
    states_sql: str

    @property
    def counts_events(self) -> bool:
        return self.source.counted is not None

    @property
    def has_amounts(self) -> bool:
        return self.source.amounts is not None


@dataclass
class RunPlan:
    """A compiled run; parameters that depend on the months are bound at execution."""

    setup: list[Step] = field(default_factory=list)
    indicators: dict[str, IndicatorPlan] = field(default_factory=dict)
    params: Params = field(default_factory=Params)
    edge_sql: str = ""

    @property
    def setup_sql(self) -> list[str]:
        """The shared statements, in order."""
        return [step.sql for step in self.setup]


@dataclass
class Joins:
    """Clause tables that an expression reads, by table name; value = column that the owner equals."""

    tables: dict[str, str] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)

    def sql(self) -> str:
        return "".join(
            f" {'join' if name in self.required else 'left join'} {name} on {name}.owner = {owner}"
            for name, owner in self.tables.items()
        )


def compile_run(library: Library, indicator_codes: Iterable[str]) -> RunPlan:
    """Plan for the indicators (and those they are made of); raises KeyError for an unknown code."""
    return Compiler(library).run(list(indicator_codes))


class Compiler:
    """Builds one plan; each distinct EVENT clause becomes one table that all indicators share."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.plan = RunPlan()
        self.params = self.plan.params
        self.tables: dict[tuple[str, ...], str] = {}
        self.sets: set[str] = set()
        self.open_kinds: set[str] = set()
        self.professions: set[str] = set()
        self.period = 12

    def run(self, codes: list[str]) -> RunPlan:
        for code in codes:
            self._indicator(code)
        sets, kinds, professions = sorted(self.sets), sorted(self.open_kinds), sorted(self.professions)
        self.plan.setup[:0] = [Step(name, sql) for name, sql in patient_setup(self.params, sets, kinds, professions)]
        self.plan.edge_sql = edge_patients(self.params, sets, kinds)
        return self.plan

    def _table(self, prefix: str, key: tuple[str, ...], sql: str) -> str:
        name = f"kip_{prefix}{sum(known.startswith(f'kip_{prefix}') for known in self.tables.values()) + 1}"
        self.tables[key] = name
        self.plan.setup.append(Step(f"{name} {key[-1][:120]}", f"create temporary table {name} as {sql}"))
        return name

    def _indicator(self, code: str) -> CaseSource:
        if code in self.plan.indicators:
            return self.plan.indicators[code].source
        indicator = self.library.indicators[code]
        table = f"kip_i_{code.lower().replace('-', '_')}"
        if indicator.type == "gap":
            assert indicator.of is not None
            of = self._indicator(indicator.of)
            sql, source = f"select * from {of.cases}", replace(of, cases=table)
        elif indicator.type == "composite_all":
            parts = [self._indicator(part).cases for part in indicator.components or []]
            sql, source = composite_table(parts), CaseSource(table)
        else:
            self.period = indicator.period
            sql, source = self._cases(indicator, table)
        self.plan.indicators[code] = IndicatorPlan(
            code=code,
            cases=Step(code, f"create temporary table {table} as {sql}"),
            source=source,
            counts_sql=counts(case_rows(source), source.amounts is not None),
            tallies_sql=tallies(source),
            states_sql=states(source),
        )
        return source

    def _cases(self, indicator: Indicator, table: str) -> tuple[str, CaseSource]:
        scope = self.scope_of(indicator)
        joins = Joins()
        masks = {name: self.mask(clause, scope, joins) for name, clause in indicator.clauses().items()}
        for name in ("population", "denominator"):
            if name in masks:
                self._require(indicator.clauses()[name], scope, joins)
        if "numerator_clause" in masks:
            masks["numerator"] = masks.pop("numerator_clause")
        keys = {
            name: self._keys(clause, scope)
            for name, clause in indicator.clauses().items()
            if name in ("numerator", "numerator_clause", "exclusions", "exceptions")
        }
        keys.setdefault("numerator", keys.pop("numerator_clause", []))
        counted = self._count_table(indicator.numerator_count) if indicator.numerator_count else None
        amounts = self._amount_table(indicator, scope)
        masks |= _amount_masks(indicator, masks.get("unknown"), self.params)
        source = CaseSource(table, scope.table, counted, amounts)
        self.professions.update(indicator.professions)
        professions = self.params.add(list(indicator.professions), "text[]")
        return case_table(source, joins.sql(), masks, keys, professions), source

    def scope_of(self, indicator: Indicator) -> Scope:
        """Where the indicator's clauses are evaluated: its patients, or its index events."""
        self.period = indicator.period
        return Scope(self._index_table(indicator)) if indicator.index else Scope()

    def _amount_table(self, indicator: Indicator, scope: Scope) -> str | None:
        """Table (owner, amount, mask) of the days or score changes of the cases; None for a count of cases."""
        if scope.table is None:
            return None
        if indicator.until is not None:
            rows = relation.day_rows(self._matches(indicator.until, scope), scope.table)
        elif indicator.change is not None:
            scores = Event(kind=indicator.change.kind, codes=indicator.change.codes, same="course", value=Value(present=True))
            rows = relation.change_rows(self._matches(scores, scope), indicator.change.from_, indicator.change.to)
        else:
            return None
        return self._table("v", ("v", indicator.id), relation.amount_rows(rows, scope.table))

    # ---- tables -------------------------------------------------------------------------------------------
    def _matches(self, event: Event, scope: Scope) -> str:
        if event.codes:
            self.sets.update(event.codes)
        else:
            self.open_kinds.add(event.kind)
        near = self._near_table(event) if event.near is not None else None
        return relation.matches(event, scope, self.params, self.period, near)

    def _clause_table(self, event: Event, scope: Scope) -> str:
        key = ("c", scope.table or "", str(self.period), canonical(event))
        if key not in self.tables:
            chain = self._matches(event, scope)
            self._table("c", key, relation.clause_rows(event, chain, self.params))
        return self.tables[key]

    def _count_table(self, event: Event) -> str:
        key = ("r", str(self.period), canonical(event))
        if key not in self.tables:
            self._table("r", key, relation.count_rows(self._matches(event, Scope())))
        return self.tables[key]

    def _index_table(self, indicator: Indicator) -> str:
        assert indicator.index is not None
        key = ("x", indicator.unit, str(self.period), canonical(indicator.index))
        if key not in self.tables:
            chain = self._matches(indicator.index, Scope())
            self._table("x", key, relation.index_rows(chain, indicator.unit == "patient_index"))
        return self.tables[key]

    def _near_table(self, event: Event) -> str:
        """Table (case_id, mask) of the near clause with every candidate event as index."""
        assert event.near is not None
        key = ("n", str(self.period), canonical(event))
        if key in self.tables:
            return self.tables[key]
        anchor_key = ("x", "near", canonical(event))
        candidates = Event(
            kind=event.kind, codes=event.codes, status=event.status, status_not=event.status_not,
            category=event.category, verified=event.verified, date=event.date,
            within=Window(first=Bound("-inf"), last=Bound("+inf")), when="overlaps",
        )  # fmt: skip
        chain = self._matches(candidates, Scope())
        scope = Scope(self._table("x", anchor_key, relation.index_rows(chain, first_only=False)))
        joins = Joins()
        mask = self.mask(event.near, scope, joins)
        sql = (
            f"select i.case_id, {mask} as mask from {scope.table} i join kip_patient p on p.patient_id = i.patient_id"
            f"{joins.sql()}"
        )
        return self._table("n", key, sql)

    # ---- clauses ------------------------------------------------------------------------------------------
    def mask(self, clause: Clause, scope: Scope, joins: Joins) -> str:
        """SQL mask of the months in which the clause holds for a patient or case; never NULL."""
        if clause.ref is not None:
            return self.mask(self.library.defines[clause.ref], scope, joins)
        if clause.key in ("all_of", "any_of", "none_of"):
            parts = [self.mask(part, scope, joins) for part in clause.parts]
            if clause.key == "all_of":
                return f"({' & '.join(parts)})" if parts else ALL
            joined = f"({' | '.join(parts)})" if parts else "0::bigint"
            return joined if clause.key == "any_of" else f"({ALL} & ~{joined})"
        if clause.event is not None:
            table, owner = self.event_table(clause.event, scope)
            joins.tables[table] = owner
            return f"coalesce({table}.mask, 0)"
        return self._leaf(clause, scope).whole()

    def event_table(self, event: Event, scope: Scope) -> tuple[str, str]:
        if scope.table and _needs_index(event):
            return self._clause_table(event, scope), "i.case_id"
        return self._clause_table(event, Scope()), "p.patient_id"

    def _leaf(self, clause: Clause, scope: Scope) -> Test:
        place = Place("i.idx", "i.idx_end", "p.birth") if scope.table else Place(None, None, "p.birth")
        if clause.age is not None:
            return age_test(clause.age, "y", place, self.params, self.period)
        if clause.age_months is not None:
            return age_test(clause.age_months, "m", place, self.params, self.period)
        if clause.sex is not None:
            return Test([f"p.sex = {1 if clause.sex == 'male' else 2}"])
        if clause.deceased is not None:
            dates = ("p.death", "p.death", "false")
            return window_test(clause.deceased, "starts", dates, place, self.params, self.period)
        if clause.registered is not None:
            return self._registered(clause.registered.at, place)
        assert clause.index_is is not None
        test = Test()
        if clause.index_is.codes:
            names = self.params.add(clause.index_is.codes, "text[]")
            members = f"select s.code_id from datacapture_codesetmember s where s.set_name = any({names})"
            test.predicates.append(f"i.code_id = any(array({members}))")
        if clause.index_is.value:
            test.predicates.append(value_test(clause.index_is.value, "i", self.params))
        return test

    def _registered(self, at: str, place: Place) -> Test:
        if at == "index":
            day = place.column("index")
            return Test([f"p.listed_from <= {day}", f"(p.listed_to is null or p.listed_to >= {day})"])
        days = self.params.days(Bound("start" if at == "period_start" else "end"), self.period)
        until = f"(case when p.listed_to is null then {ALL} else {months_from(days, 'p.listed_to')} end)"
        return Test(["p.listed_from is not null"], [months_until(days, "p.listed_from"), until])

    def _require(self, clause: Clause, scope: Scope, joins: Joins) -> None:
        """Event clauses that must hold for a case to count at all become inner joins: fewer rows to look at."""
        if clause.ref is not None:
            self._require(self.library.defines[clause.ref], scope, joins)
        elif clause.all_of is not None:
            for part in clause.all_of:
                self._require(part, scope, joins)
        elif clause.event is not None:
            joins.required.add(self.event_table(clause.event, scope)[0])

    def _keys(self, clause: Clause, scope: Scope) -> list[str]:
        """Columns that tell which event decided a clause."""
        if clause.ref is not None:
            return self._keys(self.library.defines[clause.ref], scope)
        if clause.event is not None:
            return [f"{self.event_table(clause.event, scope)[0]}.last_key"]
        return [key for part in clause.parts for key in self._keys(part, scope)]


def _amount_masks(indicator: Indicator, unknown: str | None, params: Params) -> dict[str, str]:
    """Masks of a type with amounts: met when there is a value (of at least the threshold); no score change is unknown."""
    if indicator.until is not None:
        return {"numerator": f"(case when v.amount is not null then {ALL} else 0 end)"}
    if indicator.change is None:
        return {}
    limit = indicator.change.threshold
    met = "v.amount is not null"
    if limit is not None:
        met += f" and v.amount {'<=' if limit < 0 else '>='} {params.add(limit, 'float8')}"
    absent = f"(case when v.amount is null then {ALL} else 0 end)"
    return {
        "numerator": f"(case when {met} then {ALL} else 0 end)",
        "unknown": f"({unknown} | {absent})" if unknown else absent,
    }


def _needs_index(event: Event) -> bool:
    windows = [event.within, *(extra.within for extra in event.also)]
    anchors = {bound.anchor for window in windows for bound in (window.first, window.last)}
    return bool(anchors & INDEX_ANCHORS) or event.same is not None
