"""Answers as arrays: for each person and scored question a state, and the value where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kip.stats.arrays import BoolArray, FloatArray, IntArray
from surveys.questionnaire.branching import Answers, chosen, kept, shown
from surveys.questionnaire.form import Form
from surveys.questionnaire.schema import DONT_KNOW as DONT_KNOW_CODE
from surveys.questionnaire.schema import NOT_RELEVANT as NOT_RELEVANT_CODE
from surveys.questionnaire.schema import Dimension, Item

HIDDEN, BLANK, NOT_RELEVANT, DONT_KNOW, VALID = range(5)


class Coded(NamedTuple):
    """people x items. state: one of the five above; value: place on the item's scale, NaN unless the answer is valid."""

    items: tuple[str, ...]
    state: IntArray
    value: FloatArray

    def column(self, code: str) -> tuple[IntArray, FloatArray]:
        """State and value of one item; raises ValueError for an unknown one."""
        place = self.items.index(code)
        return self.state[:, place], self.value[:, place]


def scored_items(form: Form) -> tuple[Item, ...]:
    return tuple(item for item in form.questionnaire.items if item.dimension is not None)


def coded(form: Form, people: Sequence[Answers]) -> Coded:
    """Answers of each person, hidden questions dropped: what was sent to a question that is not asked is HIDDEN."""
    items = scored_items(form)
    place = {item.code: number for number, item in enumerate(items)}
    values = [{option.code: option.value for option in scale.options} if (scale := form.scale(item)) else {} for item in items]
    state = np.full((len(people), len(items)), HIDDEN, dtype=np.int64)
    value = np.full((len(people), len(items)), np.nan)
    for row, answers in enumerate(people):
        standing = kept(form.questionnaire, answers)
        for item in shown(form.questionnaire, answers):
            if item.code in place:
                column = place[item.code]
                state[row, column], value[row, column] = _cell(standing.get(item.code), values[column])
    return Coded(tuple(place), state, value)


def counting(form: Form, dimension: Dimension, people: Sequence[Answers]) -> BoolArray:
    """True for the people whose answers count in the dimension: all, but where it says whose do."""
    condition = dimension.counts_if
    if condition is None:
        return np.ones(len(people), dtype=np.bool_)
    standing = [kept(form.questionnaire, answers).get(condition.item) for answers in people]
    return np.asarray([any(code in condition.codes for code in chosen(answer)) for answer in standing], dtype=np.bool_)


def _cell(answer: object, values: dict[str, int | None]) -> tuple[int, float]:
    if not answer:
        return BLANK, float("nan")
    if answer == NOT_RELEVANT_CODE:
        return NOT_RELEVANT, float("nan")
    if answer == DONT_KNOW_CODE:
        return DONT_KNOW, float("nan")
    value = values.get(str(answer))
    return (BLANK, float("nan")) if value is None else (VALID, float(value))
