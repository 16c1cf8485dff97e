"""Seeded random patients and random clauses that crowd the edges: window ends, equal days, gaps, odd statuses."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.datacapture.engine.world import Event, Patient

STATUSES = ("", "", "final", "active", "refuted", "entered-in-error")
EDGES = [timedelta(days=n) for n in (0, 1, -1, 2, 14, 30, 90, 180, 182, 364, 365, 366)]
ENDS = [
    date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 4, 30), date(2024, 12, 31), date(2025, 2, 28),
]  # fmt: skip
PREFIXES = tuple("ABCDEFGHIJKLMNOPQRST")
KindSets = Sequence[tuple[str, Sequence[str]]]


def near_edge(rng: random.Random) -> date:
    """A day on or close to a distance from a month end that windows use."""
    if rng.random() < 0.2:
        return date(2020, 1, 1) + timedelta(days=rng.randrange(2000))
    return rng.choice(ENDS) - rng.choice(EDGES) + timedelta(days=rng.choice((0, 0, 1, -1)))


def random_event(rng: random.Random, number: int, kinds: KindSets, anchor: date) -> Event:
    kind, sets = rng.choice(kinds)
    chosen = frozenset(rng.sample(list(sets), min(len(sets), rng.choice((0, 1, 1, 1, 2)))))
    day = anchor + timedelta(days=rng.randrange(-40, 40)) if rng.random() < 0.5 else near_edge(rng)
    ended = day + timedelta(days=rng.choice((0, 0, 1, 30, 400))) if rng.random() < 0.5 else None
    start = None if rng.random() < 0.05 else day
    has_number = rng.random() < 0.7
    return Event(
        id=number, kind=kind, sets=chosen, code=rng.choice(PREFIXES) + "|".join(sorted(chosen)) + rng.choice(("", "X")),
        day=start, ended=ended, ongoing=ended is None and rng.random() < 0.3,
        value=float(rng.choice((0, 2, 3, 5, 9, 10, 52, 59, 60, 75, 89, 130, 140, 700))) if has_number else None,
        comparator=rng.choice(("", "", "", "<", ">", "<=", ">=")), unit=rng.choice(("", "mmol/mol", "mmol/L", "%")),
        value_sets=frozenset(rng.sample(("s1", "s2"), rng.choice((0, 1)))) if rng.random() < 0.2 else None,
        status=rng.choice(STATUSES), category=rng.choice((None, ["survey"], ["survey", "laboratory"], [])),
        verified=rng.choice((None, True, False)), authored=near_edge(rng) if rng.random() < 0.7 else None,
        course=rng.choice(("", "A", "A", "B")), referral=rng.choice(("", "R1", "R2")),
        doses=rng.choice((None, 200.0, 300.0, 600.0)), ddd=rng.choice((None, 10.0)), qty=rng.choice((None, 1.0, 2.0)),
    )  # fmt: skip


def random_patient(rng: random.Random, number: int, profession: str, kinds: KindSets, events: int) -> Patient:
    birth = rng.choice((
        date(2004, 2, 29), date(2023, 11, 30), date(2012, 1, 31), date(1959, 12, 31), date(1960, 1, 1),
        date(1930 + rng.randrange(94), 1 + rng.randrange(12), 1 + rng.randrange(28)),
    ))  # fmt: skip
    listed = None if rng.random() < 0.05 else date(2015, 1, 1) + timedelta(days=rng.randrange(3000) ** 2 // 3000)
    anchor = near_edge(rng)
    return Patient(
        id=number, practice=100 + hash_of(profession) * 2 + rng.randrange(2), profession=profession,
        sex=rng.choice(("male", "female")), birth=birth,
        death=near_edge(rng) if rng.random() < 0.15 else None, listed_from=listed,
        listed_to=near_edge(rng) if rng.random() < 0.15 else None,
        objects_since=near_edge(rng) if rng.random() < 0.1 else None, quintile=number % 6 or None,
        events=[random_event(rng, number * 1000 + place, kinds, anchor) for place in range(events)],
    )  # fmt: skip


def hash_of(profession: str) -> int:
    """A small number per profession, the same in every process."""
    return sum(profession.encode()) % 997


class ClauseMaker:
    """Random clauses over the sets s1, s2 and kinds dx, lab."""

    kinds: KindSets = (("dx", ("s1", "s2")), ("lab", ("s1", "s2")))

    def __init__(self, rng: random.Random, has_index: bool) -> None:
        self.rng, self.has_index = rng, has_index

    def window(self, has_index: bool) -> list[str]:
        pick = self.rng.choice
        windows = [
            ["-inf", "end"], ["start", "end"], ["end-12m+1d", "end"], ["end-6m", "end"], ["start-1y", "end-1m"],
            ["-inf", "+inf"], ["end-1d", "+inf"], ["birth", "end"], ["birth+1y", "birth+60y"], ["birth", "birth+20y-1d"],
            ["end", "end"], ["start", "start+6m-1d"], ["start-1m", "end-1m"], ["end-2y-1m+1d", "+inf"], ["birth+13m", "end+1m"],
        ]  # fmt: skip
        if has_index:
            windows += 2 * [
                ["index", "index_end"], ["index-14d", "index+14d"], ["index+1d", "index+1y"], ["index", "index"],
                ["index-6m", "index"], ["-inf", "index"], ["index", "+inf"], ["start", "index"], ["index+1m-2d", "end"],
                ["index_end", "index_end+30d"], ["birth", "index"],
            ]  # fmt: skip
        return list(pick(windows))

    def value(self) -> Any:
        rng = self.rng
        number = {"op": rng.choice(("lt", "le", "gt", "ge", "eq")), "num": rng.choice((2, 9, 59, 130))}
        return rng.choice(("present", {"missing": True}, {"codes": "s1"}, number, number, {**number, "unit": "mmol/L"}))

    def event(self, depth: int, has_index: bool) -> dict[str, Any]:
        rng = self.rng
        kind, sets = rng.choice(self.kinds)
        spec: dict[str, Any] = {"kind": kind, "when": rng.choice(("starts", "starts", "ends", "overlaps", "inside"))}
        if rng.random() < 0.8:
            spec["codes"] = rng.sample(list(sets), rng.choice((1, 2)))
        spec["within"] = self.window(has_index)
        options: list[tuple[float, str, Any]] = [
            (0.1, "status", rng.choice((["final", ""], ["entered-in-error", "active"]))),
            (0.1, "status_not", ["refuted"]), (0.1, "category", ["laboratory"]), (0.1, "verified", rng.random() < 0.5),
            (0.4, "value", self.value()), (0.35, "pick", rng.choice(("last", "first"))),
            (0.15, "also", [{"when": rng.choice(("starts", "overlaps")), "within": self.window(has_index)}]),
            (0.1, "age_at_event", rng.choice(({"min": 20}, {"max": 60}, {"min": 18, "max": 70}))),
            (0.1, "date", "authored"), (0.3 if has_index else 0, "same", rng.choice(("course", "referral"))),
            (0.15 if depth else 0, "near", None),
        ]  # fmt: skip
        spec.update({name: value for chance, name, value in options if rng.random() < chance})
        if "pick" in spec and rng.random() < 0.5:
            spec["tie"] = rng.choice(("min", "max"))
        if "near" in spec:
            spec["near"] = self.clause(depth - 1, has_index=True)
        counting = rng.random()
        if counting < 0.12:
            spec["min_count"] = 2
            spec.update(rng.choice(({}, {"distinct": "day"}, {"distinct": "code"}, {"distinct": "code:5"})))
        elif counting < 0.2:
            spec["sum"] = {"of": rng.choice(("doses", "ddd", "qty")), "op": rng.choice(("gt", "le")), "num": 300}
        return spec

    def clause(self, depth: int, has_index: bool) -> dict[str, Any]:
        rng = self.rng
        if depth and rng.random() < 0.55:
            key = rng.choice(("all_of", "any_of", "none_of"))
            return {key: [self.clause(depth - 1, has_index) for _ in range(rng.choice((0, 1, 2, 2, 3)))]}
        at = rng.choice(("period_start", "period_end", *(["index"] if has_index else [])))
        low = rng.choice((0, 1, 18, 20))
        leaves: list[dict[str, Any]] = [
            {"age": {"at": at, "min": low, "max": low + rng.choice((0, 2, 45))}}, {"age_months": {"at": at, "min": 3}},
            {"age": {"at": at, "max": 64}}, {"sex": "female"}, {"deceased": self.window(has_index)},
            {"registered": {"at": at}}, {"ref": "known"},
        ]  # fmt: skip
        if has_index:
            leaves += [{"index_is": {"codes": ["s1"]}}, {"index_is": {"value": self.value()}}]
        return rng.choice(leaves) if rng.random() < 0.3 else {"event": self.event(depth, has_index)}

    def indicator(self, number: int) -> dict[str, Any]:
        """Raw definition with most of the flow filled."""
        rng = self.rng
        raw: dict[str, Any] = {
            "id": f"T-{number}", "da": "", "en": "", "professions": ["general_practice"], "value": "effectiveness",
            "type": "proportion", "kind": "process", "direction": "higher", "source": "test", "verified": False,
            "population": rng.choice(({"all_of": []}, self.clause(1, self.has_index))),
            "numerator": self.clause(2, self.has_index), "period": rng.choice(("12m", "12m", "3m", "2y")),
        }  # fmt: skip
        for name in ("denominator", "exclusions", "unknown", "exceptions"):
            if rng.random() < 0.4:
                raw[name] = self.clause(1, self.has_index)
        if self.has_index:
            raw["unit"] = rng.choice(("event", "patient_index"))
            raw["index"] = {**self.event(1, has_index=False), "min_count": 1}
            for name in ("distinct", "sum"):
                raw["index"].pop(name, None)
            self._amounts(raw)
        elif rng.random() < 0.15:
            del raw["numerator"]
            raw |= {"type": "rate", "per": 1000, "numerator_count": self.event(1, has_index=False)}
            for name in ("distinct", "sum", "min_count"):
                raw["numerator_count"].pop(name, None)
        return raw

    def _amounts(self, raw: dict[str, Any]) -> None:
        """Now and then days until an event, or a change of score, instead of a share."""
        chance = self.rng.random()
        if chance < 0.2:
            raw |= {"type": "median_days", "until": self.event(1, has_index=True)}
            raw["until"]["within"] = self.rng.choice((["index", "+inf"], ["index-14d", "end"], ["index", "index+30d"]))
            for name in ("distinct", "sum", "min_count"):
                raw["until"].pop(name, None)
        elif chance < 0.35:
            change = {"kind": "lab", "codes": ["s1", "s2"], "from": "first", "to": "last"}
            raw |= {"type": "mean_change", "change": change | self.rng.choice(({}, {"threshold": -5}, {"threshold": 3}))}
        if chance < 0.35:
            del raw["numerator"]
