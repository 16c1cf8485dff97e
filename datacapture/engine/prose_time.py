"""Windows, amounts of time and numbers of a definition in words."""

from __future__ import annotations

from collections.abc import Mapping

from datacapture.engine.bounds import Bound
from datacapture.engine.grammar import Window

DAY = (1, "d")
Step = tuple[int, str]


class Clock:
    """Says when: "i de seneste 12 måneder", "fra henvisningen til 30 dage efter". anchor_name: the index event."""

    def __init__(self, words: Mapping[str, str], language: str) -> None:
        self.words, self.language, self.anchor_name = words, language, ""

    def word(self, group: str, key: str) -> str:
        return self.words.get(f"{group}.{key}", key)

    def say(self, phrase: str, **values: object) -> str:
        return self.words[phrase].format(**values)

    def number(self, num: float) -> str:
        """12.500,5 in Danish, 12,500.5 in English; never in powers of ten."""
        text = f"{num:,.10f}".rstrip("0").rstrip(".")
        return text.translate(str.maketrans(",.", ".,")) if self.language == "da" else text

    def amount(self, amount: int, unit: str) -> str:
        return f"{self.number(amount)} {self.word('one' if amount == 1 else 'many', unit)}"

    def window(self, window: Window) -> str:
        """The window in words; the everyday windows have their own phrase."""
        known = self.words.get(f"window.{window.first}..{window.last}")
        if known:
            return known.format(the=self.anchor_name)
        if window.first.anchor == window.last.anchor:
            text = self._around(window.first, window.last)
            if text:
                return text
        if window.first == window.last:
            return self.say("on_day", day=self.bound(window.first))
        if window.first.open:
            return self.say("until", day=self.bound(window.last))
        if window.last.open:
            return self.say("since", day=self.bound(window.first))
        return self._between(window.first, window.last)

    def _between(self, first: Bound, last: Bound) -> str:
        if str(first) == "start" and last.anchor == "end" and _one_way(last.steps, -1):
            return self.say("period_but_last", amount=self._amounts(last.steps))
        if first.anchor != last.anchor:
            return self.say("from_to", first=self.bound(first), last=self.bound(last))
        if not first.steps and _one_way(last.steps, 1):
            return self.say("from_and_after", day=self.bound(first), amount=self._amounts(last.steps))
        if not last.steps and _one_way(first.steps, -1):
            return self.say("up_to_and_with", day=self.bound(last), amount=self._amounts(first.steps))
        return self.say("from_to", first=self.bound(first), last=self.bound(last))

    def _around(self, first: Bound, last: Bound) -> str:
        """Windows whose two ends count from the same day."""
        common, low, high = _shared(first.steps, last.steps)
        if len(low) == len(high) == 1 and low[0][0] < 0 and (-low[0][0], low[0][1]) == high[0]:
            centre = self.bound(Bound(first.anchor, common))
            return self.say("around" if not common else "around_a_day", amount=self.amount(*high[0]), day=centre)
        if first.anchor == "end" and not last.steps and _one_way(first.steps[:1], -1) and first.steps[1:] in ((), (DAY,)):
            number, unit = -first.steps[0][0], first.steps[0][1]
            one = self.words.get(f"latest.{number}{unit}")
            return one or self.say("latest", amount=self.amount(number, unit))
        if last.steps == ((-1, "d"),) and _one_way(first.steps, -1) and len(first.steps) == 1:
            day = self.say(f"just.{first.anchor}", the=self.anchor_name)
            return self.say("just_before", day=day, amount=self._amounts(first.steps))
        if str(first) == "start" and len(last.steps) == 2 and last.steps[1] == (-1, "d") and last.steps[0][0] > 0:
            return self.say("first_part", amount=self.amount(*last.steps[0]))
        if first.steps == (DAY,) and _one_way(last.steps, 1):
            return self.say("after_the_day", day=self.bound(Bound(first.anchor)), amount=self._amounts(last.steps))
        for name, low, high in (("before_and_after", -1, 1), ("after_and_after", 1, 1), ("before_and_before", -1, -1)):
            if _one_way(first.steps, low) and _one_way(last.steps, high):
                both = {"first": self._amounts(first.steps), "last": self._amounts(last.steps)}
                return self.say(name, day=self.bound(Bound(first.anchor)), **both)
        return ""

    def bound(self, bound: Bound) -> str:
        """One end of a window in words: "3 måneder og 1 dag før periodens slutning"."""
        anchor = self.say(f"anchor.{bound.anchor}", the=self.anchor_name)
        if not bound.steps:
            return anchor
        side = 1 if bound.steps[0][0] > 0 else -1
        same = [step for step in bound.steps if step[0] * side > 0]
        text = self.say("before" if side < 0 else "after", amount=self._amounts(tuple(same)), anchor=anchor)
        rest = [step for step in bound.steps if step[0] * side < 0]
        if rest:
            text += self.say("minus" if side > 0 else "plus", amount=self._amounts(tuple(rest)))
        return text

    def _amounts(self, steps: tuple[Step, ...]) -> str:
        return self.say("and").join(self.amount(abs(amount), unit) for amount, unit in steps)


def _one_way(steps: tuple[Step, ...], side: int) -> bool:
    return bool(steps) and all(amount * side > 0 for amount, _unit in steps)


def _shared(first: tuple[Step, ...], last: tuple[Step, ...]) -> tuple[tuple[Step, ...], tuple[Step, ...], tuple[Step, ...]]:
    """The steps that both begin with, and what is left of each."""
    size = 0
    while size < min(len(first), len(last)) and first[size] == last[size]:
        size += 1
    return first[:size], first[size:], last[size:]
