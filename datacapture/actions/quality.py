"""The quality of practices' data: computed set-based after a delivery and every night, one stored row per number.

Effect is told in measures: 3 means that the fault holds back as much as three of the practice's measures not being there.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.db import connection

from datacapture.actions import quality_sql as sql
from datacapture.actions.suspicions import MEASURED, bounds_of
from datacapture.codes import sets_of
from datacapture.enums import QualityMeasure
from datacapture.models import Enrolment, EventCode, IndicatorVersion, QualityResult
from datacapture.queries.needed_sets import sets_named
from datacapture.results.thin import thin_months
from datacapture.results.units import Bounds, History, implausible, shifted
from kip.core import jobs
from kip.core.scope import Persona, Scope
from kip.core.workdays import add_months
from kip.stats.intervals import wilson
from practices.models import Practice

JOB = "datacapture.quality_practice"
LATE_DAYS = 30
LATE_SHARE = 0.1
LEAST_LOSS = 0.05
LEAST_PEERS = 5
LEAST_CONTACTS = 20


@dataclass(frozen=True)
class Setting:
    """What a practice's data are held against: the sets each of its profession's running measures needs."""

    measures: Mapping[str, Sequence[frozenset[str]]]
    allowed: Mapping[int, frozenset[str]]
    professions: Mapping[int, str]

    def needing(self, practice_id: int, name: str) -> int:
        """How many of the practice's measures need a code set."""
        return sum(name in sets for sets in self.measures.get(self.professions[practice_id], ()))

    def number(self, practice_id: int) -> int:
        return len(self.measures.get(self.professions[practice_id], ()))

    def expected(self, practice_id: int) -> frozenset[str]:
        """The sets that the practice's measures need and its purposes let in."""
        needed = frozenset().union(*self.measures.get(self.professions[practice_id], ()))
        return needed & self.allowed.get(practice_id, frozenset())


@dataclass
class _Found:
    """The rows of one computation, before they are written."""

    rows: list[QualityResult] = field(default_factory=list)

    def add(self, practice_id: int, measure: QualityMeasure, n: int, x: int, **more: Any) -> None:
        self.rows.append(QualityResult(practice_id=practice_id, measure=measure, n=n, x=x, **more))


def ask_for(practice_id: int) -> None:
    """Queue one practice's computation; several deliveries before it starts make one. Call as the worker."""
    jobs.enqueue(JOB, scope=Scope(Persona.WORKER, practice_id=practice_id), key=str(practice_id), practice_id=practice_id)


def looked_at(today: date) -> date:
    """The last month-end that is at least thirty days past: what should have come by then is missing, not on its way."""
    return (today - timedelta(days=LATE_DAYS) + timedelta(days=1)).replace(day=1) - timedelta(days=1)


def compute(practices: Sequence[Practice], as_of: date) -> int:
    """Replace the stored quality rows of these practices; returns how many there are. Needs the worker's scope."""
    ids = [practice.pk for practice in practices]
    names: dict[str, Any] = {
        "practices": ids, "as_of": as_of, "year": add_months(as_of, -12), "late": LATE_DAYS, "least": LEAST_PEERS,
        "before": add_months(as_of, -24), "quarter": add_months(as_of, -3),
    }  # fmt: skip
    setting, found = _setting(practices), _Found()
    with connection.cursor() as cursor:
        for part in (_coverage, _months, _missing, _coding, _unknown, _units, _lateness, _repeats):
            part(cursor, names, setting, found)
        regions = {practice.pk: practice.region_id for practice in practices}
        for row in found.rows:
            row.region_id, row.as_of = regions[row.practice_id], as_of
        QualityResult.objects.filter(practice_id__in=ids).delete()
        QualityResult.objects.bulk_create(found.rows, batch_size=2000)
        cursor.execute(sql.USUAL, names)
    return len(found.rows)


def _setting(practices: Sequence[Practice]) -> Setting:
    measures: dict[str, list[frozenset[str]]] = defaultdict(list)
    running = IndicatorVersion.objects.filter(retired_at=None).select_related("indicator")
    for version in running:
        for profession in version.indicator.professions:
            measures[profession].append(_needed(version.definition))
    allowed: dict[int, set[str]] = defaultdict(set)
    enrolled = Enrolment.objects.filter(practice__in=practices, withdrawn_on=None).select_related("purpose")
    for enrolment in enrolled:
        allowed[enrolment.practice_id] |= set(enrolment.purpose.code_sets)
    return Setting(
        measures,
        {practice_id: frozenset(names) for practice_id, names in allowed.items()},
        {practice.pk: practice.profession for practice in practices},
    )


def _needed(definition: Mapping[str, Any]) -> frozenset[str]:
    """The code sets a measure cannot do without; those of exclusions and exceptions alone are rare by nature."""
    needed: frozenset[str] = frozenset().union(*map(_needed, definition.get("components", {}).values()))
    own = {part: rule for part, rule in definition.get("indicator", {}).items() if part not in ("exclusions", "exceptions")}
    return needed | sets_named(definition, own)


def _lost(n: int, x: int, before: float | None) -> float:
    """The share that is surely gone since before: to the upper limit of the present share, so that chance is no fault."""
    if not before:
        return 0.0
    lost = 1 - float(wilson(x, n).upper[0]) / before
    return lost if lost >= LEAST_LOSS else 0.0


Names = Mapping[str, Any]


def _rows(cursor: Any, statement: str, names: Names) -> Iterator[tuple[Any, ...]]:
    cursor.execute(statement, names)
    yield from cursor.fetchall()


def _coverage(cursor: Any, names: Names, setting: Setting, found: _Found) -> None:
    shares: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for practice_id, label, n, x in _rows(cursor, sql.COVERAGE, names):
        shares[practice_id][label] = (n, x)
    for practice_id, by_label in shares.items():
        n, x = by_label.get("now", (0, 0))
        if not n:
            continue
        listed, seen = by_label.get("before", (0, 0))
        before = seen / listed if seen else None
        effect = _lost(n, x, before) * setting.number(practice_id)
        found.add(practice_id, QualityMeasure.COVERAGE, n, x, value=x / n, before=before, effect=effect)


def _months(cursor: Any, names: Names, setting: Setting, found: _Found) -> None:
    """Months that hold less than a quarter of the practice's usual month."""
    by_practice: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for practice_id, month, events in _rows(cursor, sql.MONTHS, names):
        by_practice[practice_id].append((month, events))
    for practice_id, months in by_practice.items():
        flags = thin_months([events for _, events in months])
        thin = [month for (month, _), flag in zip(months, flags, strict=True) if flag]
        if thin:
            share = len(thin) / len(months)
            found.add(
                practice_id, QualityMeasure.COVERAGE, len(months), len(thin), key="months", value=share, since=thin[0],
                effect=share * setting.number(practice_id),
            )  # fmt: skip


def _missing(cursor: Any, names: Names, setting: Setting, found: _Found) -> None:
    """Sets the practice's measures need, its purposes let in and nobody sent in two years; none when nothing came at all."""
    seen: dict[int, set[str]] = defaultdict(set)
    for practice_id, name in _rows(cursor, sql.SETS_SEEN, names):
        seen[practice_id].add(name)
    for practice_id in seen:
        expected = setting.expected(practice_id)
        for name in sorted(expected - seen[practice_id]):
            effect = float(setting.needing(practice_id, name))
            found.add(practice_id, QualityMeasure.MISSING, len(expected), 0, key=name, effect=effect)


def _coding(cursor: Any, names: Names, setting: Setting, found: _Found) -> None:
    """The last quarter against the nine months before it: a drop comes from the transfer more often than from the clinic."""
    shares: dict[int, dict[bool, tuple[int, int]]] = defaultdict(dict)
    for practice_id, now, n, x in _rows(cursor, sql.CODING, names):
        shares[practice_id][now] = (n, x)
    for practice_id, by_time in shares.items():
        n, x = by_time.get(True, (0, 0))
        if n < LEAST_CONTACTS:
            continue
        contacts, coded = by_time.get(False, (0, 0))
        before = coded / contacts if contacts >= LEAST_CONTACTS and coded else None
        needing = sum(
            any(name.startswith("dx_") for name in sets) for sets in setting.measures.get(setting.professions[practice_id], ())
        )
        found.add(practice_id, QualityMeasure.CODING, n, x, value=x / n, before=before, effect=_lost(n, x, before) * needing)


def _unknown(cursor: Any, names: Names, setting: Setting, found: _Found) -> None:
    for practice_id, code, n, x in _rows(cursor, sql.UNKNOWN, names):
        found.add(practice_id, QualityMeasure.UNKNOWN, int(n), int(x), key=code, value=x / n, effect=x / n)


def _units(cursor: Any, names: Names, setting: Setting, found: _Found) -> None:
    """Months in which the values of one code from one producer lie a unit's factor from the practice's own."""
    measured = {code.pk: code for code in EventCode.objects.filter(kind=MEASURED)}
    bounds = {pk: limit for pk, code in measured.items() if (limit := bounds_of(code.kind, code.system, code.code))}
    limits = {**names, "codes": list(bounds)}
    earlier = {
        (practice_id, code_id): History(n, middle, high - low)
        for practice_id, code_id, n, (low, middle, high) in _rows(cursor, sql.VALUE_HISTORY, limits)
    }
    groups: dict[tuple[int, int, str], list[tuple[date, int, float]]] = defaultdict(list)
    for practice_id, code_id, _, month, n, middle, producer in _rows(cursor, sql.VALUE_MONTHS, limits):
        groups[practice_id, code_id, producer].append((month, n, middle))
    for (practice_id, code_id, producer), months in groups.items():
        history = earlier[practice_id, code_id]
        wrong = [item for item in months if _wrong(item[1], item[2], history, bounds[code_id])]
        if not wrong:
            continue
        n, x = sum(item[1] for item in months), sum(item[1] for item in wrong)
        code = measured[code_id]
        needing = max((setting.needing(practice_id, name) for name in sets_of(code.system, code.code)), default=0)
        found.add(
            practice_id, QualityMeasure.UNIT, n, x, key=code.code, producer=producer, since=wrong[0][0],
            value=10.0 ** (median(item[2] for item in wrong) - history.median), effect=needing * x / n,
        )  # fmt: skip


def _wrong(n: int, middle: float, history: History, bounds: Bounds) -> bool:
    return shifted(n, middle, history) or implausible(n, middle, bounds)


def _lateness(cursor: Any, names: Names, setting: Setting, found: _Found) -> None:
    for practice_id, producer, n, x, (middle, upper) in _rows(cursor, sql.LATENESS, names):
        effect = setting.number(practice_id) * x / n if not producer and x / n > LATE_SHARE else 0.0
        found.add(practice_id, QualityMeasure.LATENESS, n, x, producer=producer, value=middle, upper=upper, effect=effect)


def _repeats(cursor: Any, names: Names, setting: Setting, found: _Found) -> None:
    """Corrections and repeats are told, but hold no figure back: the last value wins and nothing counts twice."""
    for statement, key in ((sql.CORRECTED, ""), (sql.REPEATED, "repeats")):
        for practice_id, n, x in _rows(cursor, statement, names):
            if n:
                found.add(practice_id, QualityMeasure.CORRECTED, int(n), int(x), key=key, value=min(1.0, float(x / n)))
