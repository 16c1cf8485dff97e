"""Rules of a definition that reach over several clauses: names, circles, windows, units, and what a type needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from datacapture.engine.bounds import INDEX_ANCHORS, Bound, never_open
from datacapture.engine.catalogue import Library
from datacapture.engine.grammar import Clause, Event, Indicator, Value, Window
from datacapture.engine.yaml_source import Loc, Source

STRATIFIERS = frozenset({"age_band", "sex", "deprivation_quintile", "municipality"})
_GROUPS = {"deprivation_quintile": frozenset({1, 2, 3, 4, 5}), "municipality": frozenset({"p10", "p90"})}
_COUNTING = ("min_count", "distinct", "sum")


class Check:
    """Raises DefinitionError at the first thing that cannot be calculated."""

    def __init__(self, source: Source, library: Library) -> None:
        self.source, self.library = source, library
        self.units = {entry.unit for entry in library.sets.values()} - {None}

    def define(self, name: str) -> None:
        """A named clause: no circle, and everything in it can hold."""
        self._circles(name, (name,))
        self.clause(self.library.defines[name], ("define", name), period=12, has_index=True)

    def _circles(self, name: str, seen: tuple[str, ...]) -> None:
        for target in _refs(self.library.defines[name]):
            if target in seen:
                path = " -> ".join((*seen, target))
                raise self.source.error(("define", seen[0]), f"the definitions refer in a circle: {path}")
            if target in self.library.defines:
                self._circles(target, (*seen, target))

    def indicator(self, indicator: Indicator, loc: Loc) -> None:
        """One indicator: its clauses and events, and the indicators it is made of."""
        has_index = indicator.unit != "patient"
        for name, clause in indicator.clauses().items():
            self.clause(clause, (*loc, name), indicator.period, has_index)
        for name, event in indicator.events().items():
            self.event(event, (*loc, name), indicator.period, has_index and name != "index")
            for field in _COUNTING:
                if getattr(event, field) not in (None, 1):
                    raise self.source.error((*loc, name, field), f"{name} takes each matching event, so {field} has no meaning")
        if indicator.change is not None:
            self.names(indicator.change.codes, (*loc, "change"))
        for name in (*indicator.stratify, *indicator.adjust):
            if name not in STRATIFIERS and not name.startswith("age_"):
                raise self.source.error(loc, f"{indicator.id} is divided by {name}, which is not known")
        self._made_of(indicator, loc)

    def _made_of(self, indicator: Indicator, loc: Loc) -> None:
        for other in [*(indicator.components or []), *([indicator.of] if indicator.of else [])]:
            known = self.library.indicators.get(other)
            if known is None:
                raise self.source.error(loc, f"{indicator.id} names an unknown indicator {other}")
            if known.type in ("composite_all", "gap"):
                raise self.source.error(loc, f"{indicator.id} is made of {other}, which is itself made of others")
        if indicator.type == "composite_all":
            for other in indicator.components or []:
                if self.library.indicators[other].type != "proportion":
                    raise self.source.error(loc, f"{indicator.id} is made of {other}, which is not a proportion")
        if indicator.type == "gap":
            groups = _GROUPS.get(str(indicator.by))
            if groups is None:
                raise self.source.error((*loc, "by"), f"{indicator.id} compares by {indicator.by}, which is not known")
            if len(set(indicator.compare or [])) != 2 or not groups.issuperset(indicator.compare or []):
                raise self.source.error((*loc, "compare"), f"{indicator.id} must compare two different groups of {indicator.by}")

    def clause(self, clause: Clause, loc: Loc, period: int, has_index: bool) -> None:
        here = (*loc, clause.key)
        for number, part in enumerate(clause.parts):
            self.clause(part, (*here, number), period, has_index)
        if clause.ref is not None:
            if clause.ref not in self.library.defines:
                raise self.source.error(here, f"ref names an unknown clause {clause.ref}")
            self.clause(self.library.defines[clause.ref], here, period, has_index)
        if clause.event is not None:
            self.event(clause.event, here, period, has_index)
        if clause.deceased is not None:
            self.window(clause.deceased, here, period, has_index)
        if clause.index_is is not None:
            self.names([*(clause.index_is.codes or []), *_value_sets(clause.index_is)], here)
        timed = clause.age or clause.age_months or clause.registered
        if not has_index and (clause.index_is is not None or (timed is not None and timed.at == "index")):
            raise self.source.error(here, f"{clause.key} needs an index event, and this indicator has none")

    def event(self, event: Event, loc: Loc, period: int, has_index: bool) -> None:
        self.names([*(event.codes or []), *_value_sets(event)], loc)
        if event.value is not None and event.value.unit is not None:
            self.unit(event.value, event.codes or [], (*loc, "value"))
        self.window(event.within, (*loc, "within"), period, has_index)
        for number, extra in enumerate(event.also):
            self.window(extra.within, (*loc, "also", number), period, has_index)
        if event.same and not has_index:
            raise self.source.error(loc, "same needs an index event, and this indicator has none")
        if event.near is not None:
            self.clause(event.near, (*loc, "near"), period, has_index=True)

    def window(self, window: Window, loc: Loc, period: int, has_index: bool) -> None:
        bounds: tuple[Bound, Bound] = (window.first, window.last)
        if not has_index and any(bound.anchor in INDEX_ANCHORS for bound in bounds):
            raise self.source.error(loc, "the window counts from an index event, and this indicator has none")
        if never_open(*bounds, period):
            raise self.source.error(loc, f"the window [{bounds[0]}, {bounds[1]}] can never hold a day")

    def unit(self, value: Value, codes: list[str], loc: Loc) -> None:
        """The unit must be one that the sets are measured in; sets that say nothing of units are not asked."""
        own = {self.library.sets[name].unit for name in codes if name in self.library.sets} - {None}
        if self.units and value.unit not in (own or self.units):
            known = ", ".join(sorted(str(unit) for unit in own or self.units))
            raise self.source.error((*loc, "unit"), f"the unit {value.unit} is not known here (known: {known})")

    def names(self, names: Iterable[str], loc: Loc) -> None:
        for name in names:
            if name not in self.library.sets:
                raise self.source.error((*loc, "codes"), f"the code set {name} is not known")


def _value_sets(holder: Any) -> list[str]:
    return list(holder.value.codes or []) if holder.value is not None else []


def _refs(clause: Clause) -> Iterator[str]:
    if clause.ref is not None:
        yield clause.ref
    for part in clause.parts:
        yield from _refs(part)
    if clause.event is not None and clause.event.near is not None:
        yield from _refs(clause.event.near)
