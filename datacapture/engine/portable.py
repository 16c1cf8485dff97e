"""The engine's SQL on other engines: the statements of a plan, translated by SQLGlot for DuckDB or Spark.

PostgreSQL is the engine of a region and of the country. Where the data outgrow one machine the same statements run
elsewhere over Parquet files (docs/scaling.md). SQLGlot spells most of them; the rules below rewrite, on the syntax tree,
the few constructs that the other engines lack. SQLGlot is optional: nothing in the portal imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal

import sqlglot
from sqlglot import exp

from datacapture.engine.compiler import RunPlan
from datacapture.engine.parquet import TABLES, files_of
from datacapture.engine.run import IndicatorResult

Dialect = Literal["duckdb", "spark"]
Node = exp.Expression
Rule = Callable[[Node, Mapping[str, object]], Node]
_BITWISE = (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseLeftShift, exp.BitwiseRightShift)
_FINITE = {"infinity": "9999-12-31", "-infinity": "0001-01-01"}
_RANK = "kip_rank"


@dataclass(frozen=True)
class Table:
    """A shared table of a run: its name and the SELECT that makes it."""

    name: str
    select: str


@dataclass(frozen=True)
class Reading:
    """The two SELECTs that read an indicator's counts and states from its tables."""

    code: str
    counts: str
    states: str


@dataclass(frozen=True)
class Script:
    """A plan in another engine's SQL: define the functions, make the tables in order, then read the indicators."""

    functions: list[str]
    tables: list[Table]
    readings: list[Reading]


def on_duckdb(connection: Any, work: Script, folder: Path, bucket: int | None = None) -> dict[str, IndicatorResult]:
    """Results by indicator code, as `datacapture.engine.run.execute` gives them, from files of `parquet.export`.

    With `bucket` only that bucket's patients are counted; see `datacapture.engine.buckets.merged`.
    """
    on_duckdb_tables(connection, work, folder, bucket)
    return _results(work, lambda select: connection.execute(select).fetchall())


def on_duckdb_tables(connection: Any, work: Script, folder: Path, bucket: int | None = None) -> None:
    """Makes the run's tables, for readings of one's own."""
    for name in TABLES:
        pattern = files_of(folder, name, bucket) / "**" / "*.parquet"
        connection.execute(f"create or replace temporary view {name} as from read_parquet('{pattern}')")
    for function in work.functions:
        connection.execute(function)
    for table in work.tables:
        connection.execute(f"create or replace temporary table {table.name} as {table.select}")


def on_spark(session: Any, work: Script, folder: Path, bucket: int | None = None) -> dict[str, IndicatorResult]:
    """The same on a Spark session. Each table is made at once: a plan of 200 steps takes longer to plan than to run."""
    for name in TABLES:
        session.read.parquet(str(files_of(folder, name, bucket))).createOrReplaceTempView(name)
    for function in work.functions:
        session.sql(function)
    for table in work.tables:
        session.sql(table.select).localCheckpoint().createOrReplaceTempView(table.name)
    return _results(work, lambda select: [tuple(row) for row in session.sql(select).collect()])


def _results(work: Script, read: Callable[[str], list[tuple[Any, ...]]]) -> dict[str, IndicatorResult]:
    return {
        item.code: IndicatorResult(item.code, [_count_row(row) for row in read(item.counts)], read(item.states))
        for item in work.readings
    }


def script(plan: RunPlan, params: Mapping[str, object], dialect: Dialect) -> Script:
    """The plan with its parameters (`datacapture.engine.run.bind`) written in. Index and ANALYZE statements are left out."""
    steps = [*plan.setup, *(item.cases for item in plan.indicators.values())]
    write = partial(translate, params=params, dialect=dialect)
    tables = [Table(*made) for step in steps if (made := _made(step.sql))]
    return Script(
        days_functions(plan, params, dialect),
        [Table(table.name, write(table.select)) for table in tables],
        [Reading(item.code, write(item.counts_sql), write(item.states_sql)) for item in plan.indicators.values()],
    )


def translate(statement: str, params: Mapping[str, object], dialect: Dialect) -> str:
    """One SELECT in the other engine's SQL. It calls the functions of `days_functions`."""
    tree = sqlglot.parse_one(statement, read="postgres")
    rules = _RULES[dialect]
    for node in reversed(list(tree.bfs())):
        for rule in rules:
            changed = rule(node, params)
            if changed is not node:
                node.replace(changed)
                node = changed
    for node in list(tree.find_all(exp.Placeholder)):
        node.replace(_literal(params[node.name]))
    return tree.sql(dialect=dialect)


def days_functions(plan: RunPlan, params: Mapping[str, object], dialect: Dialect) -> list[str]:
    """Statements that make a function for each list of days of the run: how many of them are on or before a day.

    A binary search in nested CASEs; width_bucket over an array is PostgreSQL's alone.
    """
    head = {
        "duckdb": "create or replace temporary macro {}(day) as {}",
        "spark": "create or replace temporary function {}(day date) returns int return {}",
    }[dialect]
    bodies = {name: _search(params[name], 0) for name in plan.params.arrays}  # type: ignore[arg-type]
    return [head.format(_function(name), f"case when day is null then null else {body} end") for name, body in bodies.items()]


def _function(name: str) -> str:
    return f"kip_months_{name}"


def _search(days: list[date], before: int) -> str:
    if not days:
        return str(before)
    middle = len(days) // 2
    low, high = _search(days[:middle], before), _search(days[middle + 1 :], before + middle + 1)
    return f"case when day < date '{days[middle]}' then {low} else {high} end"


def _made(statement: str) -> tuple[str, str] | None:
    head, found, select = statement.partition(" as ")
    made = head.removeprefix("create temporary table ")
    return (made, select) if found and made != head else None


def _count_row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """No amounts are None in PostgreSQL and an empty list in Spark."""
    return (*row[:-1], list(row[-1]) if row[-1] else None)


# ---- values -----------------------------------------------------------------------------------------------------
def _literal(value: object) -> Node:
    if isinstance(value, list):
        return exp.Array(expressions=[_literal(item) for item in value])
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    return exp.convert(value)


def _placeholder(node: Node) -> exp.Placeholder:
    """The placeholder inside casts and parentheses."""
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    assert isinstance(node, exp.Placeholder), node
    return node


def _value(node: Node, params: Mapping[str, object]) -> object:
    return params[_placeholder(node).name]


# ---- rules for both ---------------------------------------------------------------------------------------------
def _membership(node: Node, params: Mapping[str, object]) -> Node:
    """``x = any(array)`` and ``x <> all(array)`` become IN; an array without items is in nobody's list."""
    if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
        array, negated = node.expression.this.unnest(), False
    elif isinstance(node, exp.NEQ) and node.expression.name.lower() == "all":
        array, negated = node.expression.expressions[0], True
    else:
        return node
    if isinstance(array, exp.Array):
        (select,) = array.expressions
        return exp.In(this=node.this, query=exp.Subquery(this=select))
    values = _value(array, params)
    if not values:
        return exp.Boolean(this=negated)
    inside = exp.In(this=node.this, expressions=[_literal(value) for value in values])  # type: ignore[attr-defined]
    return exp.paren(exp.not_(inside)) if negated else inside


def _bucket(node: Node, params: Mapping[str, object]) -> Node:
    """``width_bucket(day, days)`` becomes a call of the function of those days."""
    if not isinstance(node, exp.WidthBucket):
        return node
    return exp.func(_function(_placeholder(node.args["threshold"]).name), node.this)


def _months(node: Node, params: Mapping[str, object]) -> Node:
    """``unnest(array) with ordinality`` becomes VALUES."""
    if not isinstance(node, exp.Unnest) or not node.args.get("offset"):
        return node
    values = _value(node.expressions[0], params)
    rows = [exp.Tuple(expressions=[_literal(item), exp.Literal.number(n)]) for n, item in enumerate(values, start=1)]  # type: ignore[arg-type]
    alias = node.args["alias"]
    columns = [*alias.columns, node.args["offset"]]
    return exp.Values(expressions=rows, alias=exp.TableAlias(this=alias.this, columns=columns))


def _finite(node: Node, params: Mapping[str, object]) -> Node:
    """Only PostgreSQL and DuckDB have endless days, and the two do not reckon alike with them."""
    if isinstance(node, exp.Cast) and node.is_type("date") and node.this.name in _FINITE:
        return exp.cast(exp.Literal.string(_FINITE[node.this.name]), "date")
    return node


def _parentheses(node: Node, params: Mapping[str, object]) -> Node:
    """PostgreSQL gives all bit operators one rank, the others do not."""
    return exp.paren(node) if isinstance(node, _BITWISE) and isinstance(node.parent, _BITWISE) else node


def _repeat(node: Node, params: Mapping[str, object]) -> Node:
    """``lateral generate_series(1, n)`` becomes a lateral SELECT."""
    if not isinstance(node, exp.Lateral) or not isinstance(node.this, exp.ExplodingGenerateSeries):
        return node
    series = exp.GenerateSeries(start=node.this.args["start"], end=node.this.args["end"])
    select = exp.select(exp.alias_(exp.Explode(this=series), "kip_n"))
    return exp.Lateral(this=exp.Subquery(this=select), alias=exp.TableAlias(this=exp.to_identifier("kip_series")))


# ---- rules for Spark --------------------------------------------------------------------------------------------
def _days_between(node: Node, params: Mapping[str, object]) -> Node:
    """A difference of days is a number. The engine takes it from a literal day, or casts it to float8."""
    if isinstance(node, exp.Sub) and isinstance(node.expression, exp.Cast) and node.expression.is_type("date"):
        return exp.DateDiff(this=node.this, expression=node.expression)
    if isinstance(node, exp.Cast) and node.is_type("double") and isinstance(node.this.unnest(), exp.Sub):
        gap = node.this.unnest()
        return exp.cast(exp.DateDiff(this=gap.this, expression=gap.expression), "double")
    return node


def _plain_lists(node: Node, params: Mapping[str, object]) -> Node:
    """IN (SELECT ...) may not stand in a column, and lists are put in order after they are made."""
    if isinstance(node, exp.In) and node.args.get("query") and node.find_ancestor(exp.Case):
        select = node.args["query"].this
        column = select.expressions[0]
        known = select.select(exp.ArrayAgg(this=column.unalias()), append=False)
        return exp.func("array_contains", exp.Subquery(this=known), node.this)
    if isinstance(node, exp.Filter) and isinstance(node.this, exp.ArrayAgg) and isinstance(node.this.this, exp.Order):
        listed = exp.Filter(this=exp.ArrayAgg(this=node.this.this.this), expression=node.expression)
        return exp.func("sort_array", listed)
    return node


def _no_fence(node: Node, params: Mapping[str, object]) -> Node:
    if isinstance(node, exp.CTE):
        node.set("materialized", None)
    return node


def _one_greatest(node: Node, params: Mapping[str, object]) -> Node:
    return node.this if isinstance(node, exp.Greatest) and not node.expressions else node


def _rank_frames(node: Node, params: Mapping[str, object]) -> Node:
    """A GROUPS frame becomes a RANGE over the dense rank, made one SELECT further in."""
    if not isinstance(node, exp.Select):
        return node
    frames = [w for w in node.find_all(exp.Window) if w.args.get("spec") and w.args["spec"].args["kind"].lower() == "groups"]
    if len(frames) != 1 or frames[0].find_ancestor(exp.Select) is not node:
        return node
    window = frames[0]
    ranked = exp.Window(
        this=exp.Anonymous(this="dense_rank"), partition_by=[item.copy() for item in window.args["partition_by"]],
        order=window.args["order"].copy(), over="OVER",
    )  # fmt: skip
    inner = exp.Select(expressions=[exp.Star(), exp.alias_(ranked, _RANK)])
    inner.set("from_", node.args["from_"])
    inner.set("where", node.args.pop("where", None))
    window.set("order", exp.Order(expressions=[exp.Ordered(this=exp.column(_RANK))]))
    window.args["spec"].set("kind", "RANGE")
    node.set("from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("kip_ranked")))))
    return node


_BOTH = [_membership, _bucket, _months, _finite, _parentheses, _repeat]
_RULES: dict[Dialect, list[Rule]] = {
    "duckdb": _BOTH,
    "spark": [*_BOTH, _no_fence, _days_between, _plain_lists, _one_greatest, _rank_frames],
}
