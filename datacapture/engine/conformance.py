"""Runs a conformance folder (measures.yaml, cases.jsonl) through the engine and compares with the expected results.

The form is that of tests/conformance/ecqm/README.md. Every case becomes a patient in a practice of its own, in the
temporary tables of `scratch`; the cases of one measurement period run together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from datacapture.engine import scratch
from datacapture.engine.bounds import LONGEST_PERIOD
from datacapture.engine.catalogue import Library
from datacapture.engine.compiler import compile_run
from datacapture.engine.conformance_lines import CASE, EVENT, PATIENT, check, day_of, lines
from datacapture.engine.library import build, read_sets
from datacapture.engine.run import RunReport, execute
from kip.core.workdays import add_months
from kip.core.yaml_source import DefinitionError, Source

MEASURES, CASES = "measures.yaml", "cases.jsonl"
REGION = PURPOSE = 1
COUNTED = ("population", "denominator", "exclusions", "exceptions", "unknown", "numerator")
META: dict[str, Any] = {
    "professions": ["general_practice"], "value": "effectiveness", "type": "proportion", "kind": "process",
    "direction": "higher", "source": "conformance", "verified": True,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One line of cases.jsonl; first and last are the days of the measurement period, both included."""

    line: int
    name: str
    measure: str
    first: date
    last: date
    patient: Mapping[str, Any]
    events: list[Mapping[str, Any]]
    expected: Mapping[str, int]


@dataclass(frozen=True)
class Suite:
    """A folder: ids maps the measures' names to the library's indicators; ignored counts the keys the form does not have.

    A measure with a denominator of its own has a second indicator, ID-P, that counts its population alone.
    """

    library: Library
    ids: Mapping[str, str]
    cases: list[Case]
    ignored: Mapping[str, int]


@dataclass(frozen=True)
class Miss:
    """A case in which the engine does not give what is expected."""

    case: Case
    found: Mapping[str, int]


@dataclass
class Score:
    """What became of one measure's cases."""

    passed: int = 0
    misses: list[Miss] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.passed + len(self.misses)


# ---- reading ----------------------------------------------------------------------------------------------------------
def read_suite(folder: Path) -> Suite:
    """The folder's measures and cases; raises DefinitionError with file, line and sentence."""
    source = Source(folder / MEASURES)
    raws = {str(name): (name, raw) for name, raw in source.section("measures", dict).items()}
    if not raws:
        raise DefinitionError(MEASURES, 1, "the file has no measures")
    ignored: dict[str, int] = {}
    cases = [_case(number, raw, ignored) for number, raw in lines(folder / CASES)]
    if not cases:
        raise DefinitionError(CASES, 1, "the file has no cases")
    for case in cases:
        if case.measure not in raws:
            raise DefinitionError(CASES, case.line, f"the measure {case.measure} is not in {MEASURES}")
    months = {case.measure: _months(case) for case in reversed(cases)}
    ids = {name: f"M{number}" for number, name in enumerate(raws, start=1)}
    entries = []
    for name, (key, raw) in raws.items():
        if not isinstance(raw, dict):
            raise source.error(("measures", key), f"the measure {name} must be a map")
        named = {"da": name, "en": name, "period": f"{min(months.get(name, 12), LONGEST_PERIOD)}m"}
        entries.append((("measures", key), {**META, **named, **_made_of(raw, ids), "id": ids[name]}))
    return Suite(_with_populations(build(source, read_sets(source, None), entries)), ids, cases, ignored)


def _made_of(raw: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """A measure that is made of others names them as the file does."""
    found = dict(raw)
    if isinstance(raw.get("components"), list):
        found["components"] = [ids.get(str(name), name) for name in raw["components"]]
    if "of" in raw:
        found["of"] = ids.get(str(raw["of"]), raw["of"])
    return found


def _case(number: int, raw: dict[str, Any], ignored: dict[str, int]) -> Case:
    try:
        check(raw, COUNTED)
    except ValueError as error:
        raise DefinitionError(CASES, number, f"the case cannot be read: {error}") from error
    patient, events = raw["patient"], raw["events"]
    for keys, known in [(raw, CASE), (patient, PATIENT), *((event, EVENT) for event in events)]:
        for key in set(keys) - set(known):
            ignored[key] = ignored.get(key, 0) + 1
    first, last = (date.fromisoformat(day[:10]) for day in raw["period"])
    expected = {name: value for name, value in raw["expected"].items() if name in COUNTED and value is not None}
    return Case(number, str(raw.get("case", number)), str(raw["measure"]), first, last, patient, events, expected)


def _months(case: Case) -> int:
    """Whole months that the case's period holds, at least one."""
    after = case.last + timedelta(days=1)
    count = (after.year - case.first.year) * 12 + after.month - case.first.month
    return max(count - (add_months(case.first, count) > after), 1)


# ---- running ----------------------------------------------------------------------------------------------------------
def run_suite(connection: psycopg.Connection[Any], suite: Suite) -> dict[str, Score]:
    """Scores by measure, in the file's order. Leaves nothing behind in the database."""
    with connection.cursor() as cursor:
        scratch.create(cursor)
        scratch.fill(cursor, _rows(suite))
    scores = {name: Score() for name in suite.ids}
    groups: dict[tuple[date, date], list[Case]] = {}
    for case in suite.cases:
        groups.setdefault((case.first, case.last), []).append(case)
    for cases in groups.values():
        for case, found in _counted(connection, suite, cases):
            score = scores[case.measure]
            if all(found[name] == number for name, number in case.expected.items()):
                score.passed += 1
            else:
                score.misses.append(Miss(case, found))
    with connection.cursor() as cursor:
        scratch.remove(cursor)
    return scores


def _counted(connection: psycopg.Connection[Any], suite: Suite, cases: list[Case]) -> Iterator[tuple[Case, dict[str, int]]]:
    """Each case of one period with what the engine counts for it."""
    library = suite.library
    wanted = {suite.ids[case.measure] for case in cases}
    codes = [code for code in library.indicators if code.partition("-")[0] in wanted]
    plan = compile_run(library, codes)
    report = execute(
        connection, plan, region_id=REGION, purpose_id=PURPOSE, months=[cases[0].last], first_day=cases[0].first,
        practice_ids=[case.line for case in cases],
    )  # fmt: skip
    bins = {code: _by_practice(report, code) for code in codes}
    for case in cases:
        code = suite.ids[case.measure]
        numerator, rest, excluded, unknown, exception = bins[code].get(case.line, (0, 0, 0, 0, 0))
        in_denominator = rest + excluded + unknown + exception
        if not plan.indicators[code].counts_events:
            in_denominator += numerator
        population = sum(bins[f"{code}-P"].get(case.line, ())) if f"{code}-P" in bins else in_denominator
        yield (
            case,
            {
                "population": population, "denominator": in_denominator, "exclusions": excluded, "exceptions": exception,
                "unknown": unknown, "numerator": numerator,
            },
        )  # fmt: skip


def _with_populations(library: Library) -> Library:
    more = {
        f"{code}-P": indicator.model_copy(update={"id": f"{code}-P", **dict.fromkeys(_FURTHER)})
        for code, indicator in library.indicators.items()
        if indicator.denominator is not None
    }
    return Library(library.defines, {**library.indicators, **more}, library.sets)


_FURTHER = ("denominator", "exclusions", "unknown", "exceptions", "numerator_count", "until", "change")


def _by_practice(report: RunReport, code: str) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for row in report.results[code].counts:
        found[row[0]] = tuple(a + b for a, b in zip(found.get(row[0], (0,) * 5), row[5:10], strict=True))
    return found


# ---- rows of the scratch tables ---------------------------------------------------------------------------------------
def _rows(suite: Suite) -> dict[str, Iterable[tuple[Any, ...]]]:
    codes = _Codes(suite.library)
    events = [_event(case, number, raw, codes) for case in suite.cases for number, raw in enumerate(case.events)]
    patients = [_patient(case) for case in suite.cases]
    professions = {name: suite.library.indicators[code].professions[0] for name, code in suite.ids.items()}
    return {
        "practices_region": [(REGION, "R")],
        "practices_practice": [(case.line, str(case.line), professions[case.measure], REGION) for case in suite.cases],
        "datacapture_patient": patients,
        "datacapture_eventcode": [(number, kind, "TEST", code) for (kind, code), number in codes.numbers.items()],
        "datacapture_codesetmember": sorted(codes.members),
        "datacapture_event": events,
    }


class _Codes:
    """Numbers of codes. A name in a case is the name of a set, or a code that the sets' own rules hold."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.numbers: dict[tuple[str, str], int] = {}
        self.members: set[tuple[str, int]] = set()

    def number(self, kind: str, names: Iterable[str], code: str | None = None) -> int:
        """Number of the code that an event with these names has."""
        names = [str(name) for name in names]
        key = (kind, code or "|".join(sorted(names)))
        if key not in self.numbers:
            self.numbers[key] = len(self.numbers) + 1
        for name in [*names, *([code] if code else [])]:
            holders = [entry.name for entry in self.library.sets.values() if any(entry.holds(s, name) for s in entry.rules)]
            for holder in {*holders, *([name] if name in self.library.sets else [])}:
                self.members.add((holder, self.numbers[key]))
        return self.numbers[key]


def _patient(case: Case) -> tuple[Any, ...]:
    raw = case.patient
    sex = {"male": 1, "female": 2}.get(str(raw.get("sex")), 0)
    days = (day_of(raw.get(name)) for name in ("birth", "deceased", "listed_from", "listed_to"))
    return (case.line, case.line, sex, *days, None)


def _event(case: Case, number: int, raw: Mapping[str, Any], codes: _Codes) -> tuple[Any, ...]:
    value = None if raw.get("value") is None else float(raw["value"])
    answers = raw.get("value_codes")
    answer = None
    if answers or (raw.get("has_value") and value is None):
        answer = codes.number("answer", answers or ["no known answer"])
    amounts = (None if raw.get(name) is None else float(raw[name]) for name in ("doses", "ddd", "qty"))
    code = codes.number(str(raw["kind"]), raw.get("codes") or [], raw.get("code"))
    return (
        case.line * 100_000 + number, case.line, case.line, code, day_of(raw.get("start")), day_of(raw.get("end")),
        bool(raw.get("ongoing")), value, raw.get("comparator") or "", raw.get("unit") or "", answer, raw.get("status") or "",
        raw.get("category"), raw.get("verified"), day_of(raw.get("authored")), raw.get("course") or "",
        raw.get("referral") or "", *amounts,
    )  # fmt: skip
