"""A definition as plain sentences in Danish or English, for the page "Sådan regner vi" (How we calculate).

Conditions are told as a person would say them: nested lists of "all of this" and "at least one of this", and what is
missing as a sentence of its own instead of a negated one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from datacapture.engine.catalogue import Library
from datacapture.engine.grammar import Change, Clause, Event, Indicator
from datacapture.engine.prose_leaf import Phrase, Speaker

Language = Literal["da", "en"]
GROUPS = ("all_of", "any_of", "none_of")


@dataclass(frozen=True)
class Sentence:
    """One line of the explanation: the part of the calculation it belongs to, its text, and how deep it is nested."""

    role: str
    text: str
    depth: int = 0


def explain(library: Library, code: str, language: Language) -> list[Sentence]:
    """Sentences of an indicator in the order of the calculation; roles are the field names of the definition."""
    indicator = library.indicators[code]
    writer = Writer(library, language, indicator)
    lines = [Sentence("type", writer.kind_of())]
    for role, event in indicator.events().items():
        lines.append(Sentence(role, writer.counted(role, event)))
    for role, clause in indicator.clauses().items():
        lines += writer.part(role, simplified(clause, library.defines))
    if indicator.components:
        lines.append(Sentence("components", writer.say("components")))
        lines += [Sentence("components", name, 1) for name in writer.titles(indicator.components)]
    if indicator.change:
        lines += [Sentence("change", text) for text in writer.change(indicator.change)]
    if indicator.of:
        lines.append(Sentence("of", writer.say("of", name=writer.titles([indicator.of])[0])))
        first, second = (writer.group(name) for name in indicator.compare or [])
        lines.append(Sentence("compare", writer.say("compare", first=first, second=second)))
    return lines


def simplified(clause: Clause, defines: Mapping[str, Clause]) -> Clause:
    """The same condition with names written out and without layers that a reader must undo: groups of one, a group
    inside its like, and the negation of a negation."""
    if clause.ref is not None:
        return simplified(defines[clause.ref], defines)
    if clause.key not in GROUPS:
        return clause
    key, parts = clause.key, [simplified(part, defines) for part in clause.parts]
    like = "any_of" if key == "none_of" else key  # none of (any of a, b) is none of a, b
    parts = [inner for part in parts for inner in (part.parts if part.key == like and part.parts else [part])]
    if key == "none_of" and len(parts) == 1 and parts[0].key == "none_of":
        key, parts = "any_of", parts[0].parts
    if key != "none_of" and len(parts) == 1:
        return parts[0]
    return Clause.model_validate({key: parts})


def negated_leaf(clause: Clause) -> Clause | None:
    """The one condition of a simplified `none_of`, where it holds no others: it is told as what is missing."""
    if clause.key == "none_of" and len(clause.parts) == 1 and clause.parts[0].key not in GROUPS:
        return clause.parts[0]
    return None


class Writer(Speaker):
    """The sentences of one indicator in one language."""

    def __init__(self, library: Library, language: Language, indicator: Indicator) -> None:
        super().__init__(library, language, indicator.index, once=indicator.unit == "patient_index")
        self.indicator = indicator

    def kind_of(self) -> str:
        """What is counted, and over how long."""
        per = self.number(self.indicator.per or 0)
        share = self.indicator.change is not None and self.indicator.change.threshold is not None
        name = f"type.{self.indicator.type}{'.share' if share else ''}"
        return self.say(name, cases=self.cases, months=self.indicator.period, per=per)

    def counted(self, role: str, event: Event) -> str:
        """The sentence of an event field: what is counted, or what days are counted until."""
        phrase = "index.first" if role == "index" and self.once else role
        name = self.many(event) if phrase in ("index", "numerator_count") else self.named(event)
        return self.say(f"counted.{phrase}", what=f"{name}{self.tail(event, counted=True)}")

    def change(self, change: Change) -> list[str]:
        """Which scores are subtracted, and how much counts as met."""
        first, last = self.word("score", change.from_), self.word("score", change.to)
        lines = [self.say("change", names=self.names(change.codes), first=first, last=last), self.say("change.unknown")]
        if change.threshold is not None:
            side = "down" if change.threshold < 0 else "up"
            lines.append(self.say(f"change.{side}", num=self.number(abs(change.threshold))))
        return lines

    def group(self, name: int | str) -> str:
        """A group that a gap compares: a fifth by deprivation (5 = most deprived), or a place among the municipalities."""
        return self.word(f"group.{self.indicator.by}", str(name))

    def titles(self, codes: list[str]) -> list[str]:
        return [getattr(self.library.indicators[code], self.language) for code in codes]

    def part(self, role: str, clause: Clause) -> list[Sentence]:
        """A part of the flow: one sentence where it holds one condition, else a heading with its list."""
        if clause.key in GROUPS and not clause.parts:
            return [Sentence(role, self.say(f"{self._head(role)}.{'all' if clause.key != 'any_of' else 'nobody'}"))]
        missing = negated_leaf(clause)
        if missing is None and clause.key in GROUPS:
            heading = self.say(f"{self._head(role)}.list", which=self.say(f"which.{clause.key}"))
            return [Sentence(role, heading), *self._list(role, clause, 1)]
        phrase = self.phrase(missing or clause)
        text = self.say(f"{self._head(role)}.one", link=self._link(role, phrase), what=phrase.inside(missing is None))
        return [Sentence(role, text)]

    def _link(self, role: str, phrase: Phrase) -> str:
        who = "who" if role == "population" and self.index is None else "patient"
        return self.say(f"link.{who}.{'own' if phrase.own else 'theirs'}")

    def _head(self, role: str) -> str:
        """The heading's name; what counts as met is worded by whether more or less of it is better."""
        if role in ("numerator", "numerator_clause"):
            met = role == "numerator" and self.indicator.direction != "lower"
            return "role.met" if met else "role.counted"
        return f"role.{role}" if self.index is None or role != "population" else "role.population_of_events"

    def _list(self, role: str, clause: Clause, depth: int) -> Iterator[Sentence]:
        for part in clause.parts:
            missing = negated_leaf(part)
            if part.key in GROUPS and not part.parts:
                yield Sentence(role, self.say("never" if part.key == "any_of" else "always"), depth)
            elif missing is None and part.key in GROUPS:
                yield Sentence(role, self.say(f"group.{part.key}"), depth)
                yield from self._list(role, part, depth + 1)
            else:
                yield Sentence(role, self.phrase(missing or part).item(missing is None), depth)

    def fact(self, clause: Clause, holds: bool, seen: bool | None = None) -> str:
        """What is the case when a condition holds or not; for a group without what stands inside it.

        seen: whether there was an event that the condition could look at; None where that is not known.
        """
        missing = negated_leaf(clause)
        if clause.key in GROUPS and not clause.parts:
            return self.say("always" if holds else "never")
        if missing is None and clause.key in GROUPS:
            return self.say(f"fact.{clause.key}.{'yes' if holds else 'no'}")
        return self.phrase(missing or clause).item(holds if missing is None else not holds, seen)
