"""A definition as plain sentences in Danish or English, for the page "Sådan regner vi" (How we calculate)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from datacapture.engine.bounds import Bound
from datacapture.engine.catalogue import CodeSet, Library
from datacapture.engine.grammar import Age, Change, Clause, Event, Indicator, Value, Window
from datacapture.engine.prose_words import WORDS

Language = Literal["da", "en"]


@dataclass(frozen=True)
class Sentence:
    """One line of the explanation: the part of the calculation it belongs to, its text, and how deep it is nested."""

    role: str
    text: str
    depth: int = 0


def explain(library: Library, code: str, language: Language) -> list[Sentence]:
    """Sentences of an indicator in the order of the calculation; roles are the field names of the definition."""
    writer = Writer(library, language)
    indicator = library.indicators[code]
    lines = [Sentence("type", writer.kind_of(indicator))]
    for role, event in indicator.events().items():
        lines.append(Sentence(role, f"{writer.word('role', role)}: {writer.event(event)}."))
    for role, clause in indicator.clauses().items():
        lines += writer.part(role, clause)
    if indicator.components:
        lines.append(Sentence("components", writer.say("components", names=writer.titles(indicator.components))))
    if indicator.change:
        lines.append(Sentence("change", writer.change(indicator.change)))
    if indicator.of:
        lines.append(Sentence("of", writer.say("of", names=writer.titles([indicator.of]))))
        first, second = (writer.group(indicator, name) for name in indicator.compare or [])
        lines.append(Sentence("compare", writer.say("compare", first=first, second=second)))
    return lines


class Writer:
    """Words of one language for the parts of a definition."""

    def __init__(self, library: Library, language: Language) -> None:
        self.library, self.language = library, language
        self.words = WORDS[language]

    def word(self, group: str, key: str) -> str:
        return self.words.get(f"{group}.{key}", key)

    def say(self, phrase: str, **values: object) -> str:
        return self.words[phrase].format(**values)

    def kind_of(self, indicator: Indicator) -> str:
        """What is counted, and over how long."""
        unit = self.word("unit", indicator.unit)
        return self.say(f"type.{indicator.type}", unit=unit, months=indicator.period, per=indicator.per)

    def change(self, change: Change) -> str:
        """Which scores are subtracted, and how much counts as met."""
        names = self.names(change.codes)
        text = self.say("change", names=names, first=self.word("score", change.from_), last=self.word("score", change.to))
        if change.threshold is None:
            return text
        side = "down" if change.threshold < 0 else "up"
        return f"{text} {self.say(f'change.{side}', num=self.number(abs(change.threshold)))}"

    def group(self, indicator: Indicator, name: int | str) -> str:
        """A group that a gap compares: a fifth by deprivation (5 = most deprived), or a place among the municipalities."""
        return self.word(f"group.{indicator.by}", str(name))

    def titles(self, codes: list[str]) -> str:
        return ", ".join(getattr(self.library.indicators[code], self.language) for code in codes)

    def part(self, role: str, clause: Clause) -> list[Sentence]:
        """The heading of a part and its conditions; an empty all_of means every case."""
        body = self.lines(role, clause, 1)
        heading = self.word("role", role)
        if len(body) == 1:
            return [Sentence(role, f"{heading}: {body[0].text}")]
        return [Sentence(role, f"{heading}:"), *(replace(line, text=line.text[0].upper() + line.text[1:]) for line in body)]

    def lines(self, role: str, clause: Clause, depth: int) -> list[Sentence]:
        if clause.ref is not None:
            return self.lines(role, self.library.defines[clause.ref], depth)
        if clause.key in ("all_of", "any_of", "none_of"):
            return self._group(role, clause, depth)
        return [Sentence(role, f"{self.leaf(clause)}.", depth)]

    def _group(self, role: str, clause: Clause, depth: int) -> list[Sentence]:
        if not clause.parts:
            return [Sentence(role, self.say(f"empty.{clause.key}"), depth)]
        if len(clause.parts) == 1 and clause.key != "none_of":
            return self.lines(role, clause.parts[0], depth)
        inner = [line for part in clause.parts for line in self.lines(role, part, depth + 1)]
        return [Sentence(role, self.say(clause.key), depth), *inner]

    def short(self, clause: Clause) -> str:
        """One condition without what stands inside it."""
        if clause.key in ("all_of", "any_of", "none_of"):
            return self.say(clause.key if clause.parts else f"empty.{clause.key}")
        return f"{self.leaf(clause)}."

    def leaf(self, clause: Clause) -> str:
        """One condition that holds no others."""
        if clause.event is not None:
            return self.event(clause.event)
        if clause.age is not None:
            return self.age(clause.age, "years")
        if clause.age_months is not None:
            return self.age(clause.age_months, "months")
        if clause.sex is not None:
            return self.word("sex", clause.sex)
        if clause.deceased is not None:
            return self.say("deceased", window=self.window(clause.deceased, "starts"))
        if clause.registered is not None:
            return self.say("registered", at=self.word("at", clause.registered.at))
        assert clause.index_is is not None
        tests = [self.say("index_codes", names=self.names(clause.index_is.codes))] if clause.index_is.codes else []
        tests += [self.value(clause.index_is.value)] if clause.index_is.value else []
        return self.say("index_is", tests=self.say("and").join(tests))

    def age(self, age: Age, unit: str) -> str:
        at = self.word("at", age.at)
        name = self.word("age", unit)
        if age.min is not None and age.max is not None:
            if age.min == age.max:
                return self.say("age_is", min=age.min, unit=name, at=at)
            return self.say("age_between", min=age.min, max=age.max, unit=name, at=at)
        if age.min is not None:
            return self.say("age_from", min=age.min, unit=name, at=at)
        return self.say("age_to", max=age.max, unit=name, at=at)

    def event(self, event: Event) -> str:
        """One condition on events, in the order in which it is tested."""
        subject = self.word("kind", event.kind)
        if event.codes:
            subject = self.say("subject", kind=subject, names=self.names(event.codes))
        parts = [subject, self.window(event.within, event.when)]
        parts += [self.say(f"same.{event.same}")] if event.same else []
        parts += [self.say("near", text=self.inline(event.near))] if event.near is not None else []
        parts += [self.say(f"pick.{event.pick}")] if event.pick else []
        parts += [self.say(f"tie.{event.tie}")] if event.tie else []
        parts += [self.value(event.value)] if event.value else []
        parts += [self.say("also", window=self.window(extra.within, extra.when)) for extra in event.also]
        if event.min_count > 1:
            parts.append(self.say(f"distinct.{event.distinct or 'event'}", n=event.min_count))
        if event.sum:
            op = self.word("op", event.sum.op)
            parts.append(self.say("sum", of=self.word("sum", event.sum.of), op=op, num=self.number(event.sum.num)))
        return ", ".join(part for part in parts if part)

    def inline(self, clause: Clause) -> str:
        return "; ".join(line.text.rstrip(".") for line in self.lines("", clause, 0))

    def names(self, codes: list[str]) -> str:
        entries: list[CodeSet] = [self.library.sets[name] for name in codes]
        return self.say("or").join(getattr(entry, self.language) for entry in entries)

    def number(self, num: float) -> str:
        text = f"{num:g}"
        return text.replace(".", ",") if self.language == "da" else text

    def value(self, value: Value) -> str:
        if value.present:
            return self.say("value.present")
        if value.missing:
            return self.say("value.missing")
        if value.codes:
            return self.say("value.codes", names=self.names(value.codes))
        assert value.op is not None
        assert value.num is not None
        unit = f" {value.unit}" if value.unit else ""
        return self.say("value.number", op=self.word("op", value.op), num=self.number(value.num) + unit)

    def window(self, window: Window, when: str) -> str:
        """The window in words; the everyday windows have their own phrase."""
        text = self._days(window)
        return self.say(f"when.{when}", window=text) if when != "starts" else text

    def _days(self, window: Window) -> str:
        known = self.words.get(f"window.{window.first}..{window.last}")
        if known:
            return known
        if str(window.last) == "end" and window.first.anchor == "end" and len(window.first.steps) <= 2:
            amount, unit = window.first.steps[0]
            if amount < 0 and window.first.steps[1:] in ((), ((1, "d"),)):
                return self.say("latest", amount=self._amount(-amount, unit))
        if window.first == window.last:
            return self.say("on_day", day=self.bound(window.first))
        if window.first.open:
            return self.say("until", day=self.bound(window.last))
        if window.last.open:
            return self.say("since", day=self.bound(window.first))
        return self.say("from_to", first=self.bound(window.first), last=self.bound(window.last))

    def bound(self, bound: Bound) -> str:
        anchor = self.word("anchor", bound.anchor)
        if not bound.steps:
            return anchor
        (first, unit), rest = bound.steps[0], bound.steps[1:]
        side = "before" if first < 0 else "after"
        text = self.say(side, amount=self._amount(abs(first), unit), anchor=anchor)
        for amount, step in rest:
            text += self.say("plus" if amount > 0 else "minus", amount=self._amount(abs(amount), step))
        return text

    def _amount(self, amount: int, unit: str) -> str:
        return f"{amount} {self.word('one' if amount == 1 else 'many', unit)}"
