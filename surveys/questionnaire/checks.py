"""Static checks of a questionnaire: every reference leads somewhere, nothing is a dead end, no language has a hole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from pydantic import BaseModel

from kip.core.yaml_source import Loc, Source, gettext_noop
from surveys.questionnaire.schema import Condition, Dimension, Item, Questionnaire, Scale
from surveys.questionnaire.wording import Wording

Place = tuple[Item, Loc]


def options_of(item: Item, scales: Mapping[str, Scale], items: Mapping[str, Item]) -> tuple[str, ...]:
    """Codes that can be chosen, unscored ones last; those of a single_of question are its source's. Empty for free text."""
    if item.source:
        return options_of(items[item.source], scales, items)
    if item.scale:
        scale = scales[item.scale]
        return (*(option.code for option in scale.options), *(option.code for option in scale.unscored))
    return tuple(option.code for option in item.options)


def kind_of(item: Item, scales: Mapping[str, Scale]) -> str:
    """single, multiple, single_of or text."""
    return item.type or scales[item.scale or ""].kind


def wordings(entry: BaseModel, loc: Loc = ()) -> Iterator[tuple[Wording, Loc]]:
    """Every text in an entry with its place."""
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        for place, part in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
            here = (*loc, name) if place is None else (*loc, name, place)
            if isinstance(part, Wording):
                yield part, here
            elif isinstance(part, BaseModel):
                yield from wordings(part, here)


@dataclass
class Check:
    """Checks one file; raises DefinitionError with the line of what is wrong.

    codes: item codes seen so far in the file; needs: by item, the single answers without which nobody comes to it.
    """

    source: Source
    scales: Mapping[str, Scale]
    languages: tuple[str, ...]
    codes: set[str] = field(default_factory=set)
    needs: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)

    def in_every_language(self, entry: BaseModel, loc: Loc) -> None:
        for wording, place in wordings(entry, loc):
            for language in self.languages:
                if language not in wording.languages:
                    self._refuse(place, gettext_noop("the text is missing in %(language)s"), language=language)

    def scale(self, scale: Scale, loc: Loc) -> None:
        self.in_every_language(scale, loc)
        self._distinct(
            [*(option.code for option in scale.options), *(option.code for option in scale.unscored)], (*loc, "options")
        )

    def questionnaire(self, one: Questionnaire, loc: Loc) -> None:
        self.in_every_language(one, loc)
        self._distinct([section.id for section in one.sections], (*loc, "sections"))
        self._distinct([dimension.code for dimension in one.dimensions], (*loc, "dimensions"))
        earlier: dict[str, Item] = {}
        for place, section in enumerate(one.sections):
            here: Loc = (*loc, "sections", place)
            if not section.items:
                self._refuse(here, gettext_noop("the section %(name)s asks nothing"), name=section.id)
            self._condition(section.show_if, earlier, (*here, "show_if"))
            for number, item in enumerate(section.items):
                self._item(item, earlier, (*here, "items", number))
                earlier[item.code] = item
                self._reached(item, section.show_if, (*here, "items", number))
        for place, dimension in enumerate(one.dimensions):
            self._dimension(dimension, earlier, (*loc, "dimensions", place))
        self._breaks(one, earlier, loc)
        for item, here in _placed(one, loc):
            if item.dimension and item.dimension not in {dimension.code for dimension in one.dimensions}:
                self._refuse((*here, "dimension"), gettext_noop("the dimension %(name)s does not exist"), name=item.dimension)

    def appended(self, one: Questionnaire, all_: Mapping[str, Questionnaire], loc: Loc) -> None:
        if one.append_to is None:
            return
        host = all_.get(one.append_to.questionnaire)
        if host is None or one.append_to.after not in {section.id for section in host.sections}:
            self._refuse((*loc, "append_to"), gettext_noop("append_to names a section that does not exist"))

    def _item(self, item: Item, earlier: Mapping[str, Item], loc: Loc) -> None:
        if item.code in self.codes:
            self._refuse((*loc, "code"), gettext_noop("the question %(name)s stands twice"), name=item.code)
        self.codes.add(item.code)
        if item.scale and item.scale not in self.scales:
            self._refuse((*loc, "scale"), gettext_noop("the scale %(name)s does not exist"), name=item.scale)
        if item.scored and item.scale and not self.scales[item.scale].values:
            self._refuse((*loc, "scale"), gettext_noop("a scored question needs a scale with values"))
        if item.scored and not item.scale and item.type != "text":
            self._refuse(loc, gettext_noop("a scored question needs a scale with values"))
        self._distinct([option.code for option in item.options], (*loc, "options"))
        for name in (item.source, item.differs_from):
            if name and name not in earlier:
                self._refuse(loc, gettext_noop("the question %(name)s is not asked before this one"), name=name)
        if item.source and kind_of(earlier[item.source], self.scales) != "multiple":
            self._refuse((*loc, "source"), gettext_noop("a source must be a question with many choices"))
        self._condition(item.show_if, earlier, (*loc, "show_if"))
        codes = options_of(item, self.scales, {**earlier, item.code: item})
        if item.after_text_if:
            self._known(item.after_text_if.in_, codes, (*loc, "after_text_if"))
        if item.screen_out_if and (kind_of(item, self.scales) != "multiple" or item.screen_out_if.count_less_than > len(codes)):
            self._refuse((*loc, "screen_out_if"), gettext_noop("everybody would be sent to the end here"))

    def _condition(self, condition: Condition | None, earlier: Mapping[str, Item], loc: Loc) -> None:
        if condition is None:
            return
        asked = earlier.get(condition.item)
        if asked is None:
            self._refuse(loc, gettext_noop("the question %(name)s is not asked before this one"), name=condition.item)
        if (kind_of(asked, self.scales) == "multiple") != bool(condition.any_):
            self._refuse(loc, gettext_noop("use any after many choices, and in after a single one"))
        self._known(condition.codes, options_of(asked, self.scales, earlier), loc)

    def _reached(self, item: Item, around: Condition | None, loc: Loc) -> None:
        """Refuses a question that nobody can come to: the answers that lead to it exclude each other."""
        needs: dict[str, frozenset[str]] = {}
        for condition in filter(None, (around, item.show_if)):
            for code, allowed in (*self.needs.get(condition.item, {}).items(), (condition.item, frozenset(condition.in_))):
                if allowed:
                    needs[code] = needs.get(code, allowed) & allowed
        if not all(needs.values()):
            self._refuse(loc, gettext_noop("nobody can come to the question %(name)s"), name=item.code)
        self.needs[item.code] = needs

    def _dimension(self, dimension: Dimension, items: Mapping[str, Item], loc: Loc) -> None:
        for code in dimension.items:
            if code not in items or items[code].dimension != dimension.code:
                self._refuse((*loc, "items"), gettext_noop("%(name)s is not a question of this dimension"), name=code)
        left = {code for code, item in items.items() if item.dimension == dimension.code} - set(dimension.items)
        if left:
            self._refuse((*loc, "items"), gettext_noop("the dimension leaves out its question %(name)s"), name=min(left))
        if dimension.min_items > len(dimension.items):
            self._refuse((*loc, "min_items"), gettext_noop("min_items is more than the dimension has"))
        if dimension.counts_if:
            self._condition(dimension.counts_if, items, (*loc, "counts_if"))

    def _breaks(self, one: Questionnaire, items: Mapping[str, Item], loc: Loc) -> None:
        if one.breaks is None:
            return
        asked, sender, receiver = (items.get(code) for code in (one.breaks.asked, one.breaks.sender, one.breaks.receiver))
        if asked is None or sender is None or receiver is None or not sender.source or sender.source != receiver.source:
            self._refuse((*loc, "breaks"), gettext_noop("breaks must name a yes/no question and two of the same source"))

    def _known(self, codes: tuple[str, ...], options: tuple[str, ...], loc: Loc) -> None:
        for code in codes:
            if code not in options:
                self._refuse(loc, gettext_noop("no answer has the code %(name)s"), name=code)

    def _distinct(self, codes: list[str], loc: Loc) -> None:
        for code in codes:
            if codes.count(code) > 1:
                self._refuse(loc, gettext_noop("the code %(name)s stands twice"), name=code)

    def _refuse(self, loc: Loc, sentence: str, **values: object) -> NoReturn:
        raise self.source.error(loc, sentence, "", **values)


def _placed(one: Questionnaire, loc: Loc) -> Iterator[Place]:
    for place, section in enumerate(one.sections):
        for number, item in enumerate(section.items):
            yield item, (*loc, "sections", place, "items", number)
