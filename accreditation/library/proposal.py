"""A first draft of the mapping between two versions, from numbers and texts, for a person to review.

The draft always passes the strict check but for one thing: a removal needs a reason, and only a person can write it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher

from accreditation.library.edition import Library
from accreditation.library.mapping import FORMAT, EditionMapping, Outcome, same_meaning
from accreditation.library.schema import Indicator

ALIKE = 0.6  # share of equal text from which one indicator is taken for a new wording of another
PART = 0.6  # share of the shorter text's longer words found in the other, from which it is taken for a part of it
SAME_NUMBER = 0.2  # what an equal number adds to the likeness
_WORD = re.compile(r"\w{4,}")


def propose_mapping(old: Library, new: Library) -> EditionMapping:
    """Kept where the meaning is the same, else the most likely origin by text and number."""
    return _Draft(old, new).mapping()


def likeness(one: Indicator, other: Indicator) -> float:
    """Share of equal text, 0-1, of the Danish and English texts together."""
    first, second = (f"{indicator.summary.da} {indicator.summary.en}" for indicator in (one, other))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def part_of(one: Indicator, other: Indicator) -> float:
    """Share of the longer words of the shorter Danish text that stand in the other, 0-1."""
    first, second = (set(_WORD.findall(indicator.summary.da.lower())) for indicator in (one, other))
    return len(first & second) / max(min(len(first), len(second)), 1)


class _Draft:
    """targets: new numbers of each old indicator that has any; free: new indicators without origin."""

    def __init__(self, old: Library, new: Library) -> None:
        self.libraries = old, new
        self.old: Mapping[str, Indicator] = old.indicators
        self.new: Mapping[str, Indicator] = new.indicators
        self.targets: dict[str, list[str]] = {}
        self.free = dict.fromkeys(self.new)

    def mapping(self) -> EditionMapping:
        self._keep()
        self._pair()
        self._split()
        merged = self._merge()
        old, new = self.libraries
        return EditionMapping.model_validate(
            {
                "library": new.head.id,
                "from": old.head.version,
                "to": new.head.version,
                "outcomes": tuple(self._outcome(number, merged) for number in self.old),
                "added": tuple(self.free),
            }
        )

    def _take(self, old: str, new: str) -> None:
        self.targets.setdefault(old, []).append(new)
        self.free.pop(new, None)

    def _left(self) -> list[str]:
        return [number for number in self.old if number not in self.targets]

    def _keep(self) -> None:
        for number in self._left():
            same = [other for other in self.free if same_meaning(self.old[number], self.new[other])]
            if same:
                self._take(number, number if number in same else same[0])

    def _pair(self) -> None:
        """The most alike pairs first; each old and each new indicator once."""
        pairs = sorted(
            (-likeness(self.old[one], self.new[other]) - SAME_NUMBER * (one == other), one, other)
            for one in self._left()
            for other in self.free
        )
        for score, one, other in pairs:
            if -score >= ALIKE and one not in self.targets and other in self.free:
                self._take(one, other)

    def _kept(self, old: str) -> bool:
        return same_meaning(self.old[old], self.new[self.targets[old][0]])

    def _split(self) -> None:
        for number in list(self.free):
            origins = [old for old in self.targets if not self._kept(old) and part_of(self.old[old], self.new[number]) >= PART]
            if origins:
                self._take(max(origins, key=lambda old: part_of(self.old[old], self.new[number])), number)

    def _merge(self) -> frozenset[str]:
        """New numbers that several old indicators lead to."""
        found = set()
        single = {targets[0]: old for old, targets in self.targets.items() if len(targets) == 1 and not self._kept(old)}
        for number in self._left():
            into = [new for new in single if part_of(self.old[number], self.new[new]) >= PART]
            if into:
                best = max(into, key=lambda new: part_of(self.old[number], self.new[new]))
                self.targets[number] = [best]
                found.add(best)
        return frozenset(found)

    def _outcome(self, number: str, merged: frozenset[str]) -> Outcome:
        targets = tuple(self.targets.get(number, ()))
        if not targets:
            return Outcome(old=number, outcome="removed")
        if len(targets) > 1:
            return Outcome(old=number, outcome="split", new=targets)
        if targets[0] in merged:
            return Outcome(old=number, outcome="merged", new=targets)
        return Outcome(old=number, outcome="kept" if self._kept(number) else "changed", new=targets)


def mapping_text(mapping: EditionMapping, old: Library, new: Library) -> str:
    """The mapping as a file to review: both texts stand beside every outcome but kept, and a removal asks for its reason."""
    head = {"format": FORMAT, "library": mapping.library, "from": mapping.from_version, "to": mapping.to_version}
    lines = [f"{name}: {value}" for name, value in head.items()] + ["outcomes:" if mapping.outcomes else "outcomes: []"]
    for outcome in mapping.outcomes:
        if outcome.outcome != "kept":
            lines += [f"# old {outcome.old}: {old.indicators[outcome.old].summary.da}"]
            lines += [f"# new {number}: {new.indicators[number].summary.da}" for number in outcome.new]
        reason = ", why: {da: '', en: ''}" if outcome.outcome == "removed" else ""
        lines.append(f"- {{old: {outcome.old}, outcome: {outcome.outcome}, new: [{', '.join(outcome.new)}]{reason}}}")
    lines.append(f"added: [{', '.join(mapping.added)}]")
    return "\n".join(lines) + "\n"
