"""Two versions of a questionnaire: what is different, and which figures may be shown in one line over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from surveys.questionnaire.form import Form
from surveys.questionnaire.schema import Dimension, Item

SHARED = 0.8  # of the item codes that two versions of a dimension must have in common to stand in one line
What = Literal["added", "removed", "reworded", "other_answers", "other_condition", "other_dimension", "corrected"]


@dataclass(frozen=True)
class Change:
    """What happened to the item or dimension of that code."""

    kind: Literal["item", "dimension"]
    code: str
    what: What


@dataclass(frozen=True)
class Compatibility:
    """Codes whose results before and after may be compared; the rest gets a break mark."""

    items: frozenset[str]
    dimensions: frozenset[str]


def changes(old: Form, new: Form) -> list[Change]:
    """Every difference, in the order of the newer version, removed parts last."""
    before, after = old.questionnaire.by_code, new.questionnaire.by_code
    found = [Change("item", code, what) for code in after for what in _item_changes(code, old, new)]
    found += [Change("item", code, "removed") for code in before if code not in after]
    former, latter = ({one.code: one for one in form.questionnaire.dimensions} for form in (old, new))
    for code, dimension in latter.items():
        if code not in former:
            found.append(Change("dimension", code, "added"))
        elif dimension.title != former[code].title:
            found.append(Change("dimension", code, "reworded"))
    return found + [Change("dimension", code, "removed") for code in former if code not in latter]


def compatibility(old: Form, new: Form) -> Compatibility:
    """An item: the same code asked with the same answers. A dimension: at least 80 % of the item codes shared, both ways."""
    before, after = old.questionnaire.by_code, new.questionnaire.by_code
    items = {code for code in after if code in before and _answers(new, after[code]) == _answers(old, before[code])}
    former = {one.code: one for one in old.questionnaire.dimensions}
    dimensions = {
        one.code for one in new.questionnaire.dimensions if one.code in former and _shared(former[one.code], one, items) >= SHARED
    }
    return Compatibility(frozenset(items), frozenset(dimensions))


def _shared(old: Dimension, new: Dimension, same: set[str]) -> float:
    both = set(old.items) & set(new.items) & same
    return len(both) / max(len(old.items), len(new.items))


def _answers(form: Form, item: Item) -> object:
    """What can be answered, without the words."""
    scale = form.scale(item)
    if scale:
        return (scale.kind, tuple((option.code, option.value) for option in scale.options), scale.positive, scale.top_box)
    return (item.type, tuple(option.code for option in item.options), item.source)


def _item_changes(code: str, old: Form, new: Form) -> Iterator[What]:
    before, after = old.questionnaire.by_code.get(code), new.questionnaire.by_code[code]
    if before is None:
        yield "added"
        return
    if before.revision != after.revision:
        yield "corrected"
    elif (before.text, before.help) != (after.text, after.help):
        yield "reworded"
    if _answers(old, before) != _answers(new, after):
        yield "other_answers"
    if before.show_if != after.show_if:
        yield "other_condition"
    if before.dimension != after.dimension:
        yield "other_dimension"
