"""Rules of a definition that reach over several clauses: names, circles, windows, units, and what a type needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from datacapture.engine.bounds import INDEX_ANCHORS, Bound, never_open
from datacapture.engine.catalogue import Library
from datacapture.engine.grammar import Clause, Event, Indicator, Value, Window
from kip.core.yaml_source import Loc, Source, nearest
from kip.core.yaml_source import gettext_noop as _

STRATIFIERS = frozenset({"age_band", "sex", "deprivation_quintile", "municipality"})
_GROUPS = {"deprivation_quintile": frozenset({1, 2, 3, 4, 5}), "municipality": frozenset({"p10", "p90"})}
KNOWN = _("Write one of: %(known)s.")
MEANT = _("Did you mean %(meant)s?")
INDEX = _("Give the indicator an index and unit: event, or count from start or end.")
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
                raise self.source.error(("define", seen[0]), _("the definitions refer in a circle: %(path)s"), path=path)
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
                    each = _("%(name)s takes each matching event, so %(field)s has no meaning")
                    raise self.source.error((*loc, name, field), each, name=name, field=field)
        if indicator.change is not None:
            self.names(indicator.change.codes, (*loc, "change"))
        for name in (*indicator.stratify, *indicator.adjust):
            if name not in STRATIFIERS and not name.startswith("age_"):
                divided = _("%(code)s is divided by %(name)s, which is not known")
                raise self.source.error(loc, divided, KNOWN, code=indicator.id, name=name, known=_listed(STRATIFIERS))
        self._made_of(indicator, loc)

    def _made_of(self, indicator: Indicator, loc: Loc) -> None:
        for other in [*(indicator.components or []), *([indicator.of] if indicator.of is not None else [])]:
            known = self.library.indicators.get(other)
            if known is None:
                unknown = _("%(code)s names an unknown indicator %(other)s")
                raise self.source.error(loc, unknown, code=indicator.id, other=other)
            if known.type in ("composite_all", "gap"):
                made = _("%(code)s is made of %(other)s, which is itself made of others")
                raise self.source.error(loc, made, code=indicator.id, other=other)
        if indicator.type == "composite_all":
            for other in indicator.components or []:
                if self.library.indicators[other].type != "proportion":
                    wrong = _("%(code)s is made of %(other)s, which is not a proportion")
                    raise self.source.error(loc, wrong, code=indicator.id, other=other)
        if indicator.type == "gap":
            groups = _GROUPS.get(str(indicator.by))
            if groups is None:
                by = _("%(code)s compares by %(by)s, which is not known")
                raise self.source.error((*loc, "by"), by, KNOWN, code=indicator.id, by=indicator.by, known=_listed(_GROUPS))
            if len(set(indicator.compare or [])) != 2 or not groups.issuperset(indicator.compare or []):
                two = _("%(code)s must compare two different groups of %(by)s")
                known = _listed(str(group) for group in groups)
                raise self.source.error((*loc, "compare"), two, KNOWN, code=indicator.id, by=indicator.by, known=known)

    def clause(self, clause: Clause, loc: Loc, period: int, has_index: bool) -> None:
        here = (*loc, clause.key)
        for number, part in enumerate(clause.parts):
            self.clause(part, (*here, number), period, has_index)
        if clause.ref is not None:
            if clause.ref not in self.library.defines:
                meant = nearest(clause.ref, self.library.defines)
                unknown = _("ref names an unknown clause %(name)s")
                raise self.source.error(here, unknown, MEANT if meant else "", name=clause.ref, meant=meant)
            self.clause(self.library.defines[clause.ref], here, period, has_index)
        if clause.event is not None:
            self.event(clause.event, here, period, has_index)
        if clause.deceased is not None:
            self.window(clause.deceased, here, period, has_index)
        if clause.index_is is not None:
            self.names([*(clause.index_is.codes or []), *_value_sets(clause.index_is)], here)
        timed = clause.age or clause.age_months or clause.registered
        if not has_index and (clause.index_is is not None or (timed is not None and timed.at == "index")):
            raise self.source.error(here, _("%(key)s needs an index event, and this indicator has none"), INDEX, key=clause.key)

    def event(self, event: Event, loc: Loc, period: int, has_index: bool) -> None:
        self.names([*(event.codes or []), *_value_sets(event)], loc)
        if event.value is not None and event.value.unit is not None:
            self.unit(event.value, event.codes or [], (*loc, "value"))
        self.window(event.within, (*loc, "within"), period, has_index)
        for number, extra in enumerate(event.also):
            self.window(extra.within, (*loc, "also", number), period, has_index)
        if event.same and not has_index:
            raise self.source.error(loc, _("same needs an index event, and this indicator has none"), INDEX)
        if event.near is not None:
            self.clause(event.near, (*loc, "near"), period, has_index=True)

    def window(self, window: Window, loc: Loc, period: int, has_index: bool) -> None:
        bounds: tuple[Bound, Bound] = (window.first, window.last)
        if not has_index and any(bound.anchor in INDEX_ANCHORS for bound in bounds):
            raise self.source.error(loc, _("the window counts from an index event, and this indicator has none"), INDEX)
        if never_open(*bounds, period):
            never = _("the window [%(first)s, %(last)s] can never hold a day")
            raise self.source.error(loc, never, _("Is the first day written last?"), first=bounds[0], last=bounds[1])

    def unit(self, value: Value, codes: list[str], loc: Loc) -> None:
        """The unit must be one that the sets are measured in; sets that say nothing of units are not asked."""
        own = {self.library.sets[name].unit for name in codes if name in self.library.sets} - {None}
        if self.units and value.unit not in (own or self.units):
            unknown = _("the unit %(unit)s is not known here (known: %(known)s)")
            raise self.source.error(
                (*loc, "unit"), unknown, unit=value.unit, known=_listed(str(unit) for unit in own or self.units)
            )

    def names(self, names: Iterable[str], loc: Loc) -> None:
        for name in names:
            if name not in self.library.sets:
                meant = nearest(name, self.library.sets)
                unknown = _("the code set %(name)s is not known")
                raise self.source.error((*loc, "codes"), unknown, MEANT if meant else "", name=name, meant=meant)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _value_sets(holder: Any) -> list[str]:
    return list(holder.value.codes or []) if holder.value is not None else []


def _refs(clause: Clause) -> Iterator[str]:
    if clause.ref is not None:
        yield clause.ref
    for part in clause.parts:
        yield from _refs(part)
    if clause.event is not None and clause.event.near is not None:
        yield from _refs(clause.event.near)
