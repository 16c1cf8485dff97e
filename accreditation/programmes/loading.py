"""Reads kinds.yaml and refuses a kind that cannot be run: each refusal names file, line and one sentence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from accreditation.clocks import Clock
from accreditation.enums import State
from accreditation.library import Words
from accreditation.library.loading import open_source
from accreditation.library.words import Codes
from accreditation.machine import steps
from accreditation.programmes.kinds import DEFAULT, Covers, Kind, Place, Team
from accreditation.rules import RULE_SETS
from kip.core.yaml_source import Loc, Source, Strict
from practices.enums import Profession

FORMAT = "kip.kinds/1"
FILE = Path(__file__).with_name("kinds.yaml")
BY_PROFESSION = "by_profession"
OUTCOMES = frozenset({"accredited", "accredited_with_remarks", "not_accredited", "provisional", "reviewed"})


class _Entry(Strict):
    """A kind as it stands in the file; a clock there holds only what differs from the general clock."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")]
    title: Words
    purpose: Words
    rule_set: str
    rule_set_version: int
    covers: Covers
    place: Place
    cycle_months: Annotated[int | None, Field(ge=1)] = None
    public: bool
    team: dict[str, Team]
    states: Codes
    clocks: dict[str, dict[str, Any]]


_CHANGES = TypeAdapter(dict[str, dict[str, Any]])
_WORDS, _CLOCK, _ENTRY = TypeAdapter(Codes), TypeAdapter(Clock), TypeAdapter(_Entry)


def load_kinds(path: Path = FILE) -> dict[str, Kind]:
    """Kinds by code, in the order of the file; raises DefinitionError."""
    source = open_source(path, FORMAT, ("format", "events", "clocks", "kinds"))
    reader = _Reader(source)
    found: dict[str, Kind] = {}
    for place, raw in enumerate(source.section("kinds", list)):
        loc: Loc = ("kinds", place)
        made = reader.kind(source.parse(_ENTRY, loc, raw), loc)
        if made.code in found:
            raise source.error((*loc, "code"), f"the kind {made.code} is given twice")
        found[made.code] = made
    return found


@cache
def kinds() -> Mapping[str, Kind]:
    """The kinds KIP ships, read once per process."""
    return load_kinds()


def kind(code: str) -> Kind:
    """A kind KIP ships; raises KeyError."""
    return kinds()[code]


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.events: tuple[str, ...] = source.parse(_WORDS, ("events",), source.section("events", list))
        self.clocks: dict[str, dict[str, Any]] = source.parse(_CHANGES, ("clocks",), source.section("clocks", dict))

    def kind(self, entry: _Entry, loc: Loc) -> Kind:
        who = f"the kind {entry.code}"
        self._known(entry.states, tuple(State), (*loc, "states"), f"{who} names an unknown state")
        self._rules(entry, loc, who)
        self._team(entry, loc, who)
        self._reachable(entry.states, loc, who)
        clocks = {name: self._forms(name, given, entry, (*loc, "clocks", name)) for name, given in entry.clocks.items()}
        fields = {name: getattr(entry, name) for name in _Entry.model_fields if name != "clocks"}
        return Kind(**fields, clocks=clocks)

    def _rules(self, entry: _Entry, loc: Loc, who: str) -> None:
        rules = RULE_SETS.get((entry.rule_set, entry.rule_set_version))
        if rules is None:
            raise self.source.error(
                (*loc, "rule_set"), f"{who} names an unknown rule set {entry.rule_set} version {entry.rule_set_version}"
            )
        for state in entry.states:
            if state in OUTCOMES - {"reviewed"} and state not in rules.statuses:
                raise self.source.error((*loc, "states"), f"{who} has the state {state}, which its rule set never gives")

    def _team(self, entry: _Entry, loc: Loc, who: str) -> None:
        self._known(entry.team, (DEFAULT, *Profession), (*loc, "team"), f"{who} names an unknown profession")
        if DEFAULT not in entry.team:
            raise self.source.error((*loc, "team"), f"{who} has no default team")

    def _reachable(self, states: tuple[str, ...], loc: Loc, who: str) -> None:
        """Every state can be come to from the first one by the steps of a survey."""
        reached, waiting = {str(State.PLANNED)}, [str(State.PLANNED)]
        moves = [(str(step.source), str(step.target)) for step in steps(states)]
        while waiting:
            state = waiting.pop()
            found = {target for source, target in moves if source == state} - reached
            reached |= found
            waiting += found
        for state in states:
            if state not in reached:
                raise self.source.error((*loc, "states"), f"{who} can never come to the state {state}")

    def _forms(self, name: str, given: Mapping[str, Any], entry: _Entry, loc: Loc) -> dict[str, Clock]:
        """The clock of a kind, in general and for the professions that have their own."""
        if name not in self.clocks:
            raise self.source.error(loc, f"the kind {entry.code} names an unknown clock {name}")
        merged = {"name": name, **self.clocks[name], **given}
        own = merged.pop(BY_PROFESSION, {})
        general: Loc = ("clocks", name)
        place = self._place((*loc, BY_PROFESSION), (*general, BY_PROFESSION))
        own = self.source.parse(_CHANGES, place, own)
        self._known(own, tuple(Profession), place, f"the clock {name} names an unknown profession")
        forms = {DEFAULT: merged} | {profession: {**merged, **change} for profession, change in own.items()}
        where = self._place(*((*loc, key) for key in given), general)
        made = {}
        for profession, raw in forms.items():
            own_place = self._place((*loc, BY_PROFESSION, profession), (*general, BY_PROFESSION, profession))
            clock = self.source.parse(_CLOCK, where if profession == DEFAULT else own_place, raw)
            for moment in (clock.starts, clock.stops):
                if moment not in self.events and moment not in entry.states:
                    raise self.source.error(loc, f"the clock {name} waits for {moment}, which the kind {entry.code} never has")
            made[profession] = clock
        return made

    def _place(self, *places: Loc) -> Loc:
        """The first of the places that stands in the file."""
        return next((place for place in places if place in self.source.lines), places[-1])

    def _known(self, names: Collection[str], known: Collection[str], loc: Loc, sentence: str) -> None:
        seen: set[str] = set()
        for name in names:
            if name not in known:
                raise self.source.error(loc, f"{sentence} {name}")
            if name in seen:
                raise self.source.error(loc, f"{name} is named twice")
            seen.add(name)
