"""A draft counted beside the running version on the real data: aggregates after the disclosure gate, nothing is stored else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import psycopg
from django.conf import settings
from django.db import connection

from datacapture.actions.computing import Tell, feedback_purpose, month_ends
from datacapture.engine.cases import BINS
from datacapture.engine.catalogue import Library
from datacapture.engine.compiler import IndicatorPlan
from datacapture.engine.criteria import Explained, explained_run
from datacapture.engine.grammar import Indicator
from datacapture.engine.run import RunReport, TimeBoxExceeded, bind, run_plan
from datacapture.results.areas import gate
from kip.core.scope import WORKER, activate
from kip.stats.disclosure import Rule, held, publish, publish_row, round_to, small
from kip.stats.overdispersion import Kind
from practices.models import Region

MONTHS = 24
TIME_BOX = 300.0  # seconds a region may take
VALUED = frozenset({"proportion", "composite_all", "rate"})
COUNTS = "select practice_id, month_end, sum(numerator)::int, sum(denominator_only)::int from ({counts}) q group by 1, 2"
REMEMBER = (
    "create temporary table definition_try on commit drop as"
    " select patient_id, coalesce(index_event_id, 0) as index_id, bin from ({states}) q"
)
MOVED = (
    "select coalesce(o.bin, 0), coalesce(n.bin, 0), count(*)::int from definition_try o full join"
    " (select patient_id, coalesce(index_event_id, 0) as index_id, bin from ({states}) q) n using (patient_id, index_id)"
    " where o.bin is distinct from n.bin group by 1, 2"
)
Counted = dict[tuple[int, date], tuple[int, int]]


@dataclass
class RegionTried:
    """Both versions' numerator and denominator by practice and month, and how many cases moved between two bins (0 = none).

    report: time and rows of each criterion of the draft.
    """

    region: Region
    old: Counted = field(default_factory=dict)
    new: Counted = field(default_factory=dict)
    moved: dict[tuple[int, int], int] = field(default_factory=dict)
    report: RunReport = field(default_factory=RunReport)


class TooSlow(Exception):
    """A test run took longer than it may; words: the criterion it was working on, by language."""

    def __init__(self, seconds: float, words: Mapping[str, str]) -> None:
        super().__init__(f"The test run was stopped after {seconds:.0f} s while it was working on: {words['en']}")
        self.seconds, self.words = seconds, dict(words)


def try_out(running: Library, library: Library, code: str, last: date, tell: Tell | None = None) -> dict[str, Any]:
    """Count `code` of both libraries for all regions, and what of it may be seen. Raises NotReady, TooSlow."""
    with activate(WORKER):
        regions, purpose_id = list(Region.objects.order_by("code")), feedback_purpose().pk
    months = month_ends(last, MONTHS)
    plans = explained_run(running, code), explained_run(library, code)
    found = []
    for number, region in enumerate(regions):
        if tell:
            tell(number, len(regions), str(region))
        with activate(WORKER):
            found.append(_region(plans, code, (running.indicators[code], library.indicators[code]), region, purpose_id, months))
    told = published(found, months, running.indicators[code], library.indicators[code])
    return {**told, "steps": _steps(found, plans[1])}


def _steps(found: Sequence[RegionTried], explained: Explained) -> list[dict[str, Any]]:
    """Each criterion of the draft with its seconds and rows over all regions; few rows are hidden, the rest rounded."""
    rule = Rule(threshold=settings.KIP_SMALL_CELL)
    steps = []
    for name in found[0].report.seconds if found else ():
        rows = sum(item.report.found.get(name, 0) for item in found)
        shown = None if bool(small(rows, rule)[0]) else int(round_to(rows)[0])
        seconds = round(sum(item.report.seconds.get(name, 0.0) for item in found), 3)
        steps.append({"da": explained.of(name, "da"), "en": explained.of(name, "en"), "seconds": seconds, "rows": shown})
    return steps


def _region(
    plans: tuple[Explained, Explained],
    code: str,
    definitions: tuple[Indicator, Indicator],
    region: Region,
    purpose_id: int,
    months: list[date],
) -> RegionTried:
    tried, (running, drafted) = RegionTried(region), definitions

    def before(cursor: psycopg.Cursor[Any], item: IndicatorPlan, params: Mapping[str, object]) -> None:
        if item.code == code:
            tried.old = _counted(cursor, item, params, running)
            cursor.execute(REMEMBER.format(states=item.states_sql), params)

    def after(cursor: psycopg.Cursor[Any], item: IndicatorPlan, params: Mapping[str, object]) -> None:
        if item.code == code:
            tried.new = _counted(cursor, item, params, drafted)
            rows = cursor.execute(MOVED.format(states=item.states_sql), params).fetchall()
            tried.moved = {(old, new): number for old, new, number in rows}
            cursor.execute("drop table definition_try")

    connection.ensure_connection()
    for explained, each, report in zip(plans, (before, after), (RunReport(), tried.report), strict=True):
        params = bind(explained.plan, region.pk, purpose_id, months)
        try:
            run_plan(connection.connection, explained.plan, params, report, each, time_box=TIME_BOX)
        except TimeBoxExceeded as error:
            words = {"da": explained.of(error.step, "da"), "en": explained.of(error.step, "en")}
            raise TooSlow(error.seconds, words) from error
    return tried


def _counted(cursor: psycopg.Cursor[Any], item: IndicatorPlan, params: Mapping[str, object], own: Indicator) -> Counted:
    rows = cursor.execute(COUNTS.format(counts=item.counts_sql), params).fetchall()
    if own.numerator_count is not None:  # events over persons
        return {(practice, month): (met, rest) for practice, month, met, rest in rows}
    return {(practice, month): (met, met + rest) for practice, month, met, rest in rows}


def published(found: Sequence[RegionTried], months: Sequence[date], before: Indicator, after: Indicator) -> dict[str, Any]:
    """What a person may see of a test run; plain data for the draft's row.

    regions: last month, both versions, cells and total rounded or None; months: the country's value by month; moved:
    cases that changed bin, by region and from bin to bin (names of BINS, "" = not counted).
    """
    rule = Rule(threshold=settings.KIP_SMALL_CELL)
    first = [_last(item.old, months[-1]) for item in found]
    second = [_last(item.new, months[-1]) for item in found]
    old, old_total = _side(first, before, rule)
    # What the second version shows differs from the first's by nobody or by enough people.
    new, new_total = _side(second, after, rule, first)
    totals = [sum(item.moved.values()) for item in found]
    moved = publish_row([totals], rule)
    # Cases that moved in a region of few practices, or mostly of one, are that practice's; so its region is silent, and
    # nothing that the other regions could be subtracted from is told either.
    shut = [(_shut(a, rule) or _shut(b, rule)) and total > 0 for a, b, total in zip(first, second, totals, strict=True)]
    pairs = sorted({pair for item in found for pair in item.moved})
    flows = publish_row([[sum(item.moved.get(pair, 0) for item in found) for pair in pairs] or [0]], rule)
    return {
        "month_end": months[-1].isoformat(),
        "regions": [
            {
                "da": item.region.name_da, "en": item.region.name_en, "old": a, "new": b,
                "moved": None if closed else _whole(number),
            }
            for item, a, b, number, closed in zip(found, old, new, moved.cells[0], shut, strict=True)
        ],
        "total": {"old": old_total, "new": new_total, "moved": None if any(shut) else _whole(moved.total[0])},
        "moved": [
            [_bin(a), _bin(b), None if any(shut) else _whole(number)]
            for (a, b), number in zip(pairs, flows.cells[0], strict=False)
        ],
        "months": _months(found, months, before, after, rule),
    }  # fmt: skip


@dataclass(frozen=True)
class _Cell:
    """Sums over a region's practices with patients in a month."""

    x: int
    n: int
    practices: int
    largest: int


def _last(counted: Counted, month: date) -> _Cell:
    sizes = [pair for (_practice, day), pair in counted.items() if day == month and pair[1]]
    return _Cell(sum(x for x, _ in sizes), sum(n for _, n in sizes), len(sizes), max((n for _, n in sizes), default=0))


def _shut(cell: _Cell, rule: Rule) -> bool:
    """Too few practices, or one that holds nearly all the patients."""
    return cell.practices < rule.min_units or cell.largest > rule.dominance * cell.n


def _kind(own: Indicator) -> Kind:
    return "rate" if own.type == "rate" else "proportion"


def _side(
    cells: Sequence[_Cell], own: Indicator, rule: Rule, former: Sequence[_Cell] = ()
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """One version's regions and their total; `former` are the counts of the version shown beside it."""
    x, n = np.array([[cell.x for cell in cells]]), np.array([[cell.n for cell in cells]])
    if former:
        x, n = held(x, n, [[cell.x for cell in former]], [[cell.n for cell in former]], rule, _kind(own))
    every = [*cells, *former]
    shut = [_shut(cell, rule) for cell in every]
    closed = np.array([shut[: len(cells)]])
    if former:
        closed = closed | np.array([shut[len(cells) :]])
    found = gate(x, n, closed, rule, _kind(own))
    shown = [
        _numbers(int(x[0, at]), int(n[0, at]), own, bool(found.rate[0, at]), bool(found.size[0, at])) for at in range(len(cells))
    ]
    gone = bool(found.parent[0])
    return shown, _numbers(int(x.sum()), int(n.sum()), own, gone, gone)


def _numbers(x: int, n: int, own: Indicator, hide_rate: bool, hide_size: bool) -> dict[str, Any]:
    top, size = int(round_to(x)[0]), int(round_to(n)[0])
    valued = own.type in VALUED and size > 0 and not hide_rate
    return {
        "x": None if hide_rate else top,
        "n": None if hide_size else size,
        "value": top / size * (own.per or 1) if valued else None,
    }


def _months(
    found: Sequence[RegionTried], months: Sequence[date], before: Indicator, after: Indicator, rule: Rule
) -> list[dict[str, Any]]:
    """The country by month: both versions side by side."""
    old = [_last(_joined([item.old for item in found]), month) for month in months]
    new = [_last(_joined([item.new for item in found]), month) for month in months]
    first = _country(old, before, rule)
    second = _country(new, after, rule, old)
    return [{"month_end": month.isoformat(), "old": a, "new": b} for month, a, b in zip(months, first, second, strict=True)]


def _joined(parts: Sequence[Counted]) -> Counted:
    return {key: pair for part in parts for key, pair in part.items()}


def _country(cells: Sequence[_Cell], own: Indicator, rule: Rule, former: Sequence[_Cell] = ()) -> list[float | None]:
    x, n = np.array([cell.x for cell in cells]), np.array([cell.n for cell in cells])
    if former:
        x, n = held(x, n, [cell.x for cell in former], [cell.n for cell in former], rule, _kind(own))
    shown = publish(
        x, n, rule=rule, kind=_kind(own), units=[cell.practices for cell in cells], largest=[cell.largest for cell in cells]
    )
    scale = own.per or 1
    return [float(value) * scale if own.type in VALUED and np.isfinite(value) else None for value in shown.value]


def _whole(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None


def _bin(number: int) -> str:
    return tuple(BINS)[number - 1] if number else ""
