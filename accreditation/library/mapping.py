"""From one version of a library to the next: what became of every indicator, checked strictly.

kept: all that a rating rests on is the same (its number may differ). changed: one indicator, written anew. split: one
became several. merged: several became one. removed: gone, with the reason. Every new indicator has an origin or is added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from accreditation.library.edition import Library
from accreditation.library.loading import open_source
from accreditation.library.schema import Indicator
from accreditation.library.words import Codes, Words, as_tuple
from kip.core.yaml_source import Loc, Source, Strict

FORMAT = "kip.mapping/1"
Kind = Literal["kept", "changed", "split", "merged", "removed"]
# What the rating rests on; hints, sources and time may change without a new meaning.
_MEANING = (
    "summary", "critical", "assessed_by", "may_be_not_relevant", "written_requirement",
    "normally_not_relevant_for", "least_people", "least_staff_groups",
)  # fmt: skip


class Outcome(Strict):
    """What became of one old indicator; why: the reason of a removal, in both languages."""

    old: str
    outcome: Kind
    new: Codes = ()
    why: Words | None = None


class EditionMapping(Strict):
    """The outcomes of all old indicators, and the indicators that are new."""

    library: str
    from_version: Annotated[int, Field(alias="from")]
    to_version: Annotated[int, Field(alias="to")]
    outcomes: Annotated[tuple[Outcome, ...], BeforeValidator(as_tuple)]
    added: Codes = ()

    @cached_property
    def by_old(self) -> Mapping[str, Outcome]:
        """Outcome by the old indicator's number."""
        return {outcome.old: outcome for outcome in self.outcomes}

    def origins(self, new: str) -> tuple[str, ...]:
        """Old indicators a new one comes from; empty when it is added. Their answers are proposals, never ratings."""
        return tuple(outcome.old for outcome in self.outcomes if new in outcome.new)


_MAPPING = TypeAdapter(EditionMapping)


def same_meaning(one: Indicator, other: Indicator) -> bool:
    """True when everything a rating rests on is the same."""
    return all(getattr(one, name) == getattr(other, name) for name in _MEANING)


def load_mapping(path: Path | str, old: Library, new: Library) -> EditionMapping:
    """A reviewed mapping between two versions of a library; raises DefinitionError."""
    source = open_source(Path(path), FORMAT, ("format", "library", "from", "to", "outcomes", "added"))
    mapping: EditionMapping = source.parse(_MAPPING, (), {key: value for key, value in source.data.items() if key != "format"})
    named = (mapping.library, mapping.from_version, mapping.to_version)
    versions = (old.head.id, old.head.version, new.head.version)
    if named != versions or old.head.id != new.head.id:
        raise source.error(("library",), f"the mapping is not from {versions[0]} {versions[1]} to {versions[2]}")
    _Check(source, mapping, old, new).all()
    return mapping


class _Check:
    def __init__(self, source: Source, mapping: EditionMapping, old: Library, new: Library) -> None:
        self.source, self.mapping = source, mapping
        self.old, self.new = old.indicators, new.indicators
        self.uses = Counter(number for outcome in mapping.outcomes for number in outcome.new)

    def all(self) -> None:
        seen: set[str] = set()
        for place, outcome in enumerate(self.mapping.outcomes):
            loc: Loc = ("outcomes", place)
            if outcome.old not in self.old:
                raise self.source.error(loc, f"the old indicator {outcome.old} does not exist")
            if outcome.old in seen:
                raise self.source.error(loc, f"the old indicator {outcome.old} has two outcomes")
            seen.add(outcome.old)
            self._outcome(outcome, loc)
        self._complete(seen)

    def _outcome(self, outcome: Outcome, loc: Loc) -> None:
        who = f"the old indicator {outcome.old}"
        for number in outcome.new:
            if number not in self.new:
                raise self.source.error(loc, f"{who} leads to the new indicator {number}, which does not exist")
        if len(set(outcome.new)) != len(outcome.new):
            raise self.source.error(loc, f"{who} names the same new indicator twice")
        fault = self._fault(outcome)
        if fault:
            raise self.source.error(loc, f"{who} is {outcome.outcome}, {fault}")

    def _fault(self, outcome: Outcome) -> str | None:
        """What is wrong with the shape of an outcome, as the end of a sentence."""
        count, shared = len(outcome.new), any(self.uses[number] > 1 for number in outcome.new)
        if outcome.outcome == "removed":
            return _first((count, "so it leads to no new indicator"), (outcome.why is None, "so it needs a reason (why)"))
        if outcome.why is not None:
            return "and only a removed indicator has a reason (why)"
        if outcome.outcome == "split":
            return _first(
                (count < 2, "so it leads to two or more new ones"), (shared, "so no other may lead to the same new ones")
            )
        if count != 1:
            return "so it leads to exactly one new indicator"
        if outcome.outcome == "merged":
            return None if shared else "so another old indicator must lead to the same new one"
        same = same_meaning(self.old[outcome.old], self.new[outcome.new[0]])
        return _first(
            (shared, "so no other may lead to the same new one"),
            (outcome.outcome == "kept" and not same, f"but {outcome.new[0]} does not say the same"),
            (outcome.outcome == "changed" and same, f"but {outcome.new[0]} says the same"),
        )

    def _complete(self, seen: set[str]) -> None:
        for number in self.old:
            if number not in seen:
                raise self.source.error(("outcomes",), f"the old indicator {number} has no outcome")
        for place, number in enumerate(self.mapping.added):
            loc: Loc = ("added", place)
            if number not in self.new:
                raise self.source.error(loc, f"the added indicator {number} does not exist")
            if self.uses[number] or number in self.mapping.added[:place]:
                raise self.source.error(loc, f"the added indicator {number} already has an origin or is given twice")
        for number in self.new:
            if not self.uses[number] and number not in self.mapping.added:
                raise self.source.error(("outcomes",), f"the new indicator {number} has no origin and is not added")


def _first(*faults: tuple[object, str]) -> str | None:
    return next((sentence for wrong, sentence in faults if wrong), None)
