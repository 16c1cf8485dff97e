"""A slow, plain evaluator of the clause grammar over in-memory patients: the oracle for the SQL engine.

Written from the grammar text and the conformance README, one patient and one month end at a time, on raw YAML data.
"""

from __future__ import annotations

import calendar
import operator
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.datacapture.engine.world import Event, Patient

OPS = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq}
BIN_NAMES = ("numerator", "denominator_only", "excluded", "unknown", "exception")


def plus(day: date, text: str) -> date:
    for amount, unit in re.findall(r"([+-]\d+)([dmy])", text):
        number = int(amount)
        if unit == "d":
            day = date.fromordinal(day.toordinal() + number)
            continue
        months = day.year * 12 + day.month - 1 + number * (12 if unit == "y" else 1)
        last = calendar.monthrange(months // 12, months % 12 + 1)[1]
        day = date(months // 12, months % 12 + 1, min(day.day, last))
    return day


@dataclass
class Context:
    patient: Patient
    start: date
    end: date
    defines: dict[str, Any]
    index: Event | None = None


def first_day(event: Event) -> date | None:
    return event.day or event.ended


def last_day(event: Event) -> date | None:
    return event.ended or event.day


def bound(text: str, c: Context) -> date | None:
    """None when open."""
    if text in ("-inf", "+inf"):
        return None
    name = re.match(r"[a-z_]+", text)[0]  # type: ignore[index]
    anchors: dict[str, Any] = {"start": c.start, "end": c.end, "birth": c.patient.birth}
    if c.index is not None:
        anchors["index"] = first_day(c.index)
        anchors["index_end"] = date.max if c.index.ongoing else last_day(c.index)
    base = anchors[name]
    return date.max if base == date.max else plus(base, text[len(name) :])


def inside(day: date | None, low: date | None, high: date | None) -> bool:
    return day is not None and (low is None or low <= day) and (high is None or day <= high)


def in_window(event: Event, spec: dict[str, Any], authored: bool, c: Context) -> bool:
    low, high = (bound(text, c) for text in spec.get("within", ["-inf", "end"]))
    start, end, ongoing = event.day, event.ended, event.ongoing
    if authored:
        start, end, ongoing = event.authored, event.authored, False
    when = spec.get("when", "starts")
    if when == "starts":
        return inside(start, low, high)
    if when == "ends":
        return inside(end, low, high)
    if when == "inside":
        return inside(start, low, high) and inside(end, low, high)
    if start is None and end is None:
        return False
    begins = high is None or start is None or start <= high
    until = date.max if ongoing else (end or start)
    return begins and (low is None or (until is not None and until >= low))


def years(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def months(birth: date, day: date) -> int:
    return (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)


def as_list(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [raw]


def value_ok(test: Any, value: float | None, comparator: str, unit: str, coded: frozenset[str] | None) -> bool:
    if test == "present" or (isinstance(test, dict) and "present" in test):
        return value is not None or coded is not None
    if "missing" in test:
        return value is None
    if "codes" in test:
        return coded is not None and any(name in coded for name in as_list(test["codes"]))
    if value is None or (test.get("unit") and unit and unit != test["unit"]):
        return False
    op, num = test["op"], test["num"]
    if comparator == "":
        return bool(OPS[op](value, num))
    if op in ("lt", "le") and comparator in ("<", "<="):
        return value < num or (value == num and (op == "le" or comparator == "<"))
    if op in ("gt", "ge") and comparator in (">", ">="):
        return value > num or (value == num and (op == "ge" or comparator == ">"))
    return False


def row_ok(event: Event, spec: dict[str, Any]) -> bool:
    if event.kind != spec["kind"]:
        return False
    if "codes" in spec and not any(name in event.sets for name in as_list(spec["codes"])):
        return False
    named = as_list(spec.get("status", []))
    if event.status == "entered-in-error" and "entered-in-error" not in named:
        return False
    if named and event.status not in named:
        return False
    if event.status in as_list(spec.get("status_not", [])):
        return False
    if "category" in spec and not set(event.category or []) & set(as_list(spec["category"])):
        return False
    return "verified" not in spec or event.verified is spec["verified"]


def candidate_ok(event: Event, spec: dict[str, Any], c: Context) -> bool:
    authored = spec.get("date") == "authored"
    if not row_ok(event, spec) or not in_window(event, spec, authored, c):
        return False
    if "same" in spec:
        mine = getattr(event, spec["same"])
        if mine == "" or c.index is None or mine != getattr(c.index, spec["same"]):
            return False
    if "age_at_event" in spec:
        limits = spec["age_at_event"]
        day = event.authored if authored else first_day(event)
        if day is None or not limits.get("min", 0) <= years(c.patient.birth, day) <= limits.get("max", 999):
            return False
    if "near" in spec:
        seen = Event(**{**event.__dict__})
        if authored:
            seen.day, seen.ended, seen.ongoing = event.authored, event.authored, False
        return holds(spec["near"], Context(c.patient, c.start, c.end, c.defines, seen))
    return True


def matching(spec: dict[str, Any], c: Context) -> list[Event]:
    authored = spec.get("date") == "authored"
    found = [event for event in c.patient.events if candidate_ok(event, spec, c)]
    if "pick" in spec and found:
        on: Any = (lambda e: e.authored) if authored else last_day
        chosen = (max if spec["pick"] == "last" else min)(on(e) for e in found)
        found = [e for e in found if on(e) == chosen]
        numbers = [e.value for e in found if e.value is not None]
        if "tie" in spec and numbers:
            number = (min if spec["tie"] == "min" else max)(numbers)
            found = [e for e in found if e.value == number]
    if "value" in spec:
        found = [e for e in found if value_ok(spec["value"], e.value, e.comparator, e.unit, e.value_sets)]
    return [e for e in found if all(in_window(e, extra, authored, c) for extra in spec.get("also", []))]


def event_holds(spec: dict[str, Any], c: Context) -> bool:
    found = matching(spec, c)
    if "sum" in spec:
        amounts = [getattr(e, spec["sum"]["of"]) for e in found]
        known = [amount for amount in amounts if amount is not None]
        return bool(known) and bool(OPS[spec["sum"]["op"]](sum(known), spec["sum"]["num"]))
    distinct = spec.get("distinct")
    if distinct == "day":
        authored = spec.get("date") == "authored"
        number = len({e.authored if authored else first_day(e) for e in found})
    elif distinct == "code":
        number = len({e.code for e in found})
    elif distinct == "code:5":
        number = len({e.code[:5] for e in found})
    else:
        number = len(found)
    return number >= spec.get("min_count", 1)


def age_ok(spec: dict[str, Any], count: Any, c: Context) -> bool:
    day = {"period_start": c.start, "period_end": c.end}.get(spec["at"]) or first_day(c.index)  # type: ignore[arg-type]
    if day is None or day < c.patient.birth:
        return False
    return bool(spec.get("min", 0) <= count(c.patient.birth, day) <= spec.get("max", 99999))


def holds(clause: dict[str, Any], c: Context) -> bool:
    ((key, spec),) = clause.items()
    p = c.patient
    if key == "all_of":
        return all(holds(part, c) for part in spec)
    if key == "any_of":
        return any(holds(part, c) for part in spec)
    if key == "none_of":
        return not any(holds(part, c) for part in spec)
    if key == "ref":
        return holds(c.defines[spec], c)
    if key in ("age", "age_months"):
        return age_ok(spec, years if key == "age" else months, c)
    if key == "sex":
        return bool(p.sex == spec)
    if key == "deceased":
        return inside(p.death, bound(spec[0], c), bound(spec[1], c))
    if key == "registered":
        day = {"period_start": c.start, "period_end": c.end}.get(spec["at"]) or first_day(c.index)  # type: ignore[arg-type]
        return p.listed_from is not None and p.listed_from <= day and (p.listed_to is None or p.listed_to >= day)
    if key == "index_is":
        e = c.index
        assert e is not None
        if "codes" in spec and not set(as_list(spec["codes"])) & e.sets:
            return False
        return "value" not in spec or value_ok(spec["value"], e.value, e.comparator, e.unit, e.value_sets)
    return event_holds(spec, c)


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def amount_of(indicator: dict[str, Any], c: Context) -> float | None:
    """Days to the first `until` event, or the change of score from one day of the course to another."""
    assert c.index is not None
    if "until" in indicator:
        authored = indicator["until"].get("date") == "authored"
        days = [e.authored if authored else first_day(e) for e in matching(indicator["until"], c)]
        return float(min((day - first_day(c.index)).days for day in days)) if days else None
    change = indicator["change"]
    spec = {"kind": change.get("kind", "prom"), "codes": change["codes"], "same": "course"}
    found = [e for e in matching(spec, c) if e.value is not None and e.comparator == ""]
    scores = {day: mean([e.value for e in found if first_day(e) == day]) for day in {first_day(e) for e in found}}
    if len(scores) < 2:
        return None
    ends = {"first": min(scores), "last": max(scores)}
    return scores[ends[change["to"]]] - scores[ends[change["from"]]]


def met(indicator: dict[str, Any], c: Context) -> bool:
    if "change" in indicator:
        amount, limit = amount_of(indicator, c), indicator["change"].get("threshold")
        return amount is not None and (limit is None or (amount <= limit if limit < 0 else amount >= limit))
    if "until" in indicator:
        return amount_of(indicator, c) is not None
    numerator = indicator.get("numerator") or indicator.get("numerator_clause")
    return numerator is not None and holds(numerator, c)


def bin_of(indicator: dict[str, Any], c: Context) -> str | None:
    """The bin of one case, or None when it does not count at all."""
    if not holds(indicator["population"], c):
        return None
    if "denominator" in indicator and not holds(indicator["denominator"], c):
        return None
    if "exclusions" in indicator and holds(indicator["exclusions"], c):
        return "excluded"
    if "unknown" in indicator and holds(indicator["unknown"], c):
        return "unknown"
    if "change" in indicator and amount_of(indicator, c) is None:
        return "unknown"
    if met(indicator, c):
        return "numerator"
    if "exceptions" in indicator and holds(indicator["exceptions"], c):
        return "exception"
    return "denominator_only"


def cases(
    indicator: dict[str, Any], patient: Patient, end: date, defines: dict[str, Any], start: date | None = None
) -> list[Context]:
    """Cases of a rolling period that ends on a day, or of the period from `start` to it."""
    period = str(indicator.get("period", "12m"))
    c = Context(patient, start or plus(end + timedelta(days=1), f"-{period}"), end, defines)
    if indicator.get("unit", "patient") == "patient":
        return [c]
    found = matching(indicator["index"], c)
    if indicator["index"].get("date") == "authored":
        found = [Event(**{**e.__dict__, "day": e.authored, "ended": e.authored, "ongoing": False}) for e in found]
    found.sort(key=lambda e: (first_day(e), e.id))
    if indicator["unit"] == "patient_index":
        found = found[:1]
    return [Context(patient, c.start, end, defines, event) for event in found]


@dataclass
class Cell:
    """Bins of one group and the amounts behind them."""

    bins: Counter[str] = field(default_factory=Counter)
    amounts: list[float] = field(default_factory=list)

    def row(self) -> tuple[Any, ...]:
        return (*(self.bins[name] for name in BIN_NAMES), sorted(self.amounts) or None)


def count(
    indicator: dict[str, Any], patients: list[Patient], ends: list[date], defines: dict[str, Any]
) -> dict[tuple[int, date, int, int, int], Cell]:
    """Cells by (practice, month end, sex, age band, quintile); groups without any case are absent."""
    result: dict[tuple[int, date, int, int, int], Cell] = {}
    for patient in patients:
        if patient.profession not in indicator["professions"]:
            continue
        for end in ends:
            if patient.objects_since is not None and patient.objects_since <= end:
                continue
            band = sum(years(patient.birth, end) >= limit for limit in (6, 18, 40, 65, 75, 85))
            key = (patient.practice, end, 1 if patient.sex == "male" else 2, band, patient.quintile or 0)
            for c in cases(indicator, patient, end, defines):
                name = bin_of(indicator, c)
                if name is None:
                    continue
                cell = result.setdefault(key, Cell())
                if "numerator_count" in indicator and name == "denominator_only":
                    cell.bins["numerator"] += len(matching(indicator["numerator_count"], c))
                cell.bins[name] += 1
                if name in ("numerator", "denominator_only") and ("until" in indicator or "change" in indicator):
                    amount = amount_of(indicator, c)
                    cell.amounts += [amount] if amount is not None else []
    return result
