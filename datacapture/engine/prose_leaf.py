"""One condition of a definition as a sentence, said both ways: as it holds and as it does not."""

from __future__ import annotations

from dataclasses import dataclass

from datacapture.engine.catalogue import CodeSet, Library
from datacapture.engine.grammar import Age, Clause, Event, EventAge, IndexIs, Value
from datacapture.engine.prose_time import Clock
from datacapture.engine.prose_words import UNITS, WORDS

OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
OWN, MAIN, SUB, NOT = "!", "~", "^", "*"
NAMED_WHEN = {"dx": ("starts", "overlaps", "ends", "inside"), "med": ("starts", "overlaps", "ends")}


@dataclass(frozen=True)
class Phrase:
    """A condition in words without its subject, which is the patient unless the phrase has its `own`.

    yes, no: the condition as it holds and as it does not. Danish puts "ikke" elsewhere after "når": ~ is its place in a
    main clause and ^ in a subordinate one; English always takes the first. A text with * wants the word there.
    seen, gone: how it fails with and without an event, where that is told apart.
    """

    yes: str
    no: str
    own: bool
    danish: bool
    seen: str = ""
    gone: str = ""

    def item(self, holds: bool, seen: bool | None = None) -> str:
        """As a line of a list: a sentence with a capital and a full stop. seen: there was an event; None: not known."""
        no = self.no if seen is None else (self.seen if seen else self.gone) or self.no
        text = self._placed(self.yes if holds else no, MAIN)
        return f"{text[0].upper()}{text[1:]}."

    def inside(self, holds: bool) -> str:
        """Inside a sentence, after its subject."""
        return self._placed(self.yes if holds else self.no, SUB if self.danish else MAIN)

    def _placed(self, text: str, place: str) -> str:
        word = ("ikke" if self.danish else "not") if NOT in text else ""
        text = text.replace(NOT, "")
        before, after = (f"{word} " if place == SUB and word else "", f" {word}" if place == MAIN and word else "")
        return text.replace(SUB, before).replace(MAIN, after)


class Speaker(Clock):
    """Words of one language for conditions. index: the event that is a case; once: each patient has at most one."""

    def __init__(self, library: Library, language: str, index: Event | None, once: bool = False) -> None:
        super().__init__(WORDS[language], language)
        self.library, self.once = library, once
        self.index = index
        self.anchor_name = self.definite(index) if index else ""

    # ---- names ------------------------------------------------------------------------------------------------
    def entries(self, codes: list[str] | None) -> list[CodeSet]:
        return [self.library.sets[name] for name in codes or []]

    def names(self, codes: list[str]) -> str:
        said = [getattr(entry, self.language) for entry in self.entries(codes)]
        return said[0] if len(said) == 1 else self.say("or").join(self.say("quoted", name=name) for name in said)

    def named(self, event: Event) -> str:
        """The event's code sets, or the word for its kind."""
        return self.names(event.codes) if event.codes else self.kind("a", event.kind)

    def many(self, event: Event) -> str:
        """Events of that sort in the plural, as the code set says it."""
        said = [entry.many.get(self.language) for entry in self.entries(event.codes)]
        if said and all(said):
            return self.say("or").join(str(name) for name in said)
        return self.say("many", names=self.names(event.codes)) if event.codes else self.kind("many", event.kind)

    def definite(self, event: Event) -> str:
        """The index event with its article, as the code set says it, else by its kind."""
        said = {entry.the.get(self.language) for entry in self.entries(event.codes)}
        name = said.pop() if len(said) == 1 else None
        return name or self.kind("the", event.kind)

    @property
    def cases(self) -> str:
        """What the cases of the figure are, in the plural."""
        return self.say("patients") if self.index is None or self.once else self.many(self.index)

    def kind(self, form: str, kind: str) -> str:
        return self.words.get(f"kind.{form}.{kind}") or self.say(f"kind.{form}", kind=kind)

    # ---- conditions -------------------------------------------------------------------------------------------
    def phrase(self, clause: Clause) -> Phrase:
        """One condition that holds no others."""
        if clause.event is not None:
            return self.event(clause.event)
        if clause.age is not None:
            return self._age(clause.age, "years")
        if clause.age_months is not None:
            return self._age(clause.age_months, "months")
        if clause.sex is not None:
            return self._made(f"sex.{clause.sex}")
        if clause.deceased is not None:
            return self._made("deceased", w=self.window(clause.deceased))
        if clause.registered is not None:
            return self._made("registered", at=self.at(clause.registered.at))
        assert clause.index_is is not None
        return self._index_is(clause.index_is)

    def _index_is(self, test: IndexIs) -> Phrase:
        """What the index event itself must be."""
        said = {"the": self.anchor_name}
        if test.codes:
            said["s"] = self.names(test.codes)
        if test.value:
            said["of"] = self.with_value(test.value, [], "any", "of")
            return self._made("index_is.both" if test.codes else "index_is.value", **said)
        return self._made("index_is.codes.med" if self.index and self.index.kind == "med" else "index_is.codes", **said)

    def _made(self, key: str, **values: object) -> Phrase:
        """A phrase of the tables; without a form of its own the negative one has its "not" at the marked place."""
        yes = self.words[key]
        no = self.words.get(f"{key}.no", f"{yes}{NOT}")
        forms = (yes, no, self.words.get(f"{key}.seen", ""), self.words.get(f"{key}.gone", ""))
        said = [" ".join(text.lstrip(OWN).format(**values).split()).replace(" ,", ",") for text in forms]
        return Phrase(said[0], said[1], yes.startswith(OWN), self.language == "da", said[2], said[3])

    def _age(self, age: Age, unit: str) -> Phrase:
        at = self.at(age.at)
        if age.min is not None and age.max is not None:
            key = "age.is" if age.min == age.max else "age.between"
        else:
            key = "age.from" if age.min is not None else "age.to"
        return self._made(f"{key}.{unit}", min=age.min, max=age.max, at=at)

    def at(self, at: str) -> str:
        return self.say(f"at.{at}", the=self.anchor_name)

    def event(self, event: Event) -> Phrase:
        """One condition on events."""
        same = f" {self.say(f'same.{event.same}')}" if event.same else ""
        values = {"s": self.named(event), "w": same + self.tail(event)}
        if event.value is not None and event.value.op is not None:
            codes = event.codes or []
            values["test"], values["of"] = self.test(event.value, codes), self.test(event.value, codes, "of")
            values["not_test"] = self.test(event.value, codes, opposite=True)
            values["noun"] = self.noun(event.kind)
            values["tie"] = self.say(f"tie.{event.tie}") if event.tie else ""
        elif event.value is not None and event.value.codes:
            values["answer"] = self.names(event.value.codes)
        if event.sum is not None:
            values["op"], values["num"] = self.word("sum", event.sum.op), self.number(event.sum.num)
            values["of"] = self.word("sum", event.sum.of)
        return self._made(self._form(event), **values)

    def noun(self, kind: str) -> str:
        return self.words.get(f"value.{kind}", self.words["value.any"])

    def _form(self, event: Event) -> str:
        """The row of the table that tells the event."""
        if event.sum is not None:
            return "sum"
        if event.value is not None:
            if event.value.present:
                return "value.present"
            if event.value.missing:
                return "value.missing"
            if event.value.codes:
                return "value.answer"
            return f"value.{event.pick}" if event.pick else "value.number"
        if event.kind in NAMED_WHEN and event.when in NAMED_WHEN[event.kind]:
            ever = event.kind == "dx" and event.when == "overlaps" and event.within.first.open
            return ("dx.ever" if ever else f"{event.kind}.{event.when}") if event.codes else f"any.{event.kind}"
        name = f"event.{event.kind}" if event.codes else f"any.{event.kind}"
        return name if name in self.words else "event.other"

    def tail(self, event: Event, counted: bool = False) -> str:
        """When, under which further conditions and how often. counted: the event is what is counted, with its value."""
        told = event.kind in NAMED_WHEN and event.when in NAMED_WHEN[event.kind] and event.value is None and not counted
        open_end = counted and str(event.within.first) == "index" and event.within.last.open
        days = "" if open_end else self.window(event.within)  # days are counted from there anyhow
        parts = []
        if counted and event.same:
            parts.append(self.say(f"same.{event.same}"))
        if counted and event.value is not None:
            parts.append(self.with_value(event.value, event.codes or [], event.kind))
        parts.append(days if event.when == "starts" or told else self.say(f"when.{event.when}", window=days))
        parts += [self.say("also", window=self.window(extra.within)) if extra.when == "starts"
                  else self.say("also", window=self.say(f"when.{extra.when}", window=self.window(extra.within)))
                  for extra in event.also]  # fmt: skip
        parts += list(self._limits(event))
        if event.min_count > 1:
            parts.append(self.say(f"distinct.{event.distinct or 'event'}", n=event.min_count))
        elif event.pick and not counted and event.value is None:
            parts.append(self.say(f"pick.{event.pick}"))
        if event.near is not None:
            inner = Speaker(self.library, self.language, event)
            parts.append(self.say("near", text=inner.inline(event.near)))
        return "".join(part if part.startswith(",") else f" {part}" for part in parts if part)

    def _limits(self, event: Event) -> list[str]:
        """What else the event must be: its status, category, confirmation, and the patient's age on its day."""
        limits = [
            self.say(f"limit.{name}", values=self.say("or").join(getattr(event, name)))
            for name in ("status", "status_not", "category")
            if getattr(event, name)
        ]
        if event.verified is not None:
            limits.append(self.say(f"limit.verified.{'yes' if event.verified else 'no'}"))
        if event.age_at_event is not None:
            limits.append(self._event_age(event.age_at_event))
        if event.date == "authored":
            limits.append(self.say("limit.authored"))
        return limits

    def _event_age(self, age: EventAge) -> str:
        if age.min is not None and age.max is not None:
            return self.say("limit.age.between", min=age.min, max=age.max)
        return self.say("limit.age.from", min=age.min) if age.min is not None else self.say("limit.age.to", max=age.max)

    def inline(self, clause: Clause) -> str:
        """A condition with what is inside it on one line."""
        if clause.ref is not None:
            return self.inline(self.library.defines[clause.ref])
        if clause.key in ("all_of", "any_of", "none_of"):
            inner = self.say("and" if clause.key == "all_of" else "or").join(self.inline(part) for part in clause.parts)
            return self.say("not_so", text=inner) if clause.key == "none_of" else inner
        phrase = self.phrase(clause)
        return phrase.inside(True) if phrase.own else f"{self.say('the_patient')} {phrase.inside(True)}"

    # ---- values -----------------------------------------------------------------------------------------------
    def with_value(self, value: Value, codes: list[str], kind: str, form: str = "with") -> str:
        """The value that an event must have, after the event's name ("with") or after "a value" ("of")."""
        if value.present:
            return self.say("with.present")
        if value.missing:
            return self.say("with.missing")
        if value.codes:
            return self.say("with.answer", names=self.names(value.codes))
        test = self.test(value, codes, "of")
        return test if form == "of" else self.say("with.number", noun=self.noun(kind), of=test)

    def test(self, value: Value, codes: list[str], words: str = "op", opposite: bool = False) -> str:
        """ "under 59 mmol/mol"; where the definition names no unit, that of the code sets. opposite: what it is else."""
        assert value.op is not None
        assert value.num is not None
        own = {entry.unit for entry in self.entries(codes)}
        unit = value.unit or (own.pop() if len(own) == 1 else None)
        amount = f"{self.number(value.num)} {UNITS[self.language].get(unit, unit) if unit else ''}".strip()
        if opposite and value.op == "eq":
            return self.say("other_than", amount=amount)
        return f"{self.word(words, OPPOSITE[value.op] if opposite else value.op)} {amount}"
