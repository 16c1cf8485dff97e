"""Schema of the questionnaire library (schema_version 1). References between entries are checked in `checks`."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from kip.core.yaml_source import Strict, gettext_noop, refusal
from practices.enums import Profession
from surveys.questionnaire.wording import Codes, Wording, as_tuple, inline

CODE = r"^[A-Z]{1,6}[0-9]{0,2}(_[A-Z0-9]+)?$"
OPTION = r"^[a-z0-9]{1,12}$"
NOT_RELEVANT, DONT_KNOW = "nr", "vi"
ALL = "all"
END = "END"
Kind = Literal["single", "multiple", "single_of", "text"]
Values = Annotated[tuple[int, ...], BeforeValidator(as_tuple)]


class Option(Strict):
    """One answer that can be chosen; value: its place on the scale, None where it has none."""

    code: Annotated[str, Field(pattern=OPTION)]
    value: int | None = None
    text: Wording


class Unscored(Strict):
    """An answer beside the scale, counted on its own."""

    code: Literal["nr", "vi"]
    reason: Literal["not_relevant", "dont_know"] | None = None
    text: Wording


Options = Annotated[tuple[Annotated[Option, BeforeValidator(inline)], ...], BeforeValidator(as_tuple)]
UnscoredOptions = Annotated[tuple[Annotated[Unscored, BeforeValidator(inline)], ...], BeforeValidator(as_tuple)]


class Scale(Strict):
    """Options shared by items. positive, top_box, improvement: values on the scale that count as such."""

    kind: Literal["single", "multiple"]
    options: Options
    unscored: UnscoredOptions = ()
    positive: Values = ()
    top_box: Values = ()
    improvement: Values = ()

    @model_validator(mode="after")
    def _values_are_its_own(self) -> Self:
        values = [option.value for option in self.options if option.value is not None]
        if len(set(values)) != len(values) or (values and len(values) != len(self.options)):
            raise refusal(gettext_noop("a scale gives each option a value of its own, or none of them one"))
        for name in ("positive", "top_box", "improvement"):
            if not set(getattr(self, name)) <= set(values):
                raise refusal(gettext_noop("%(name)s names a value that no option of the scale has"), name=name)
        if set(self.positive) & set(self.improvement):
            raise refusal(gettext_noop("a value cannot be both positive and in need of improvement"))
        return self

    @property
    def values(self) -> tuple[int, ...]:
        """Values from lowest to highest; empty for a scale without."""
        return tuple(sorted(option.value for option in self.options if option.value is not None))


class Condition(Strict):
    """Holds when the earlier item's answer is one of `in_`, or (many choices) holds one of `any_`."""

    item: str
    in_: Annotated[Codes, Field(alias="in")] = ()
    any_: Annotated[Codes, Field(alias="any")] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.in_) == bool(self.any_):
            raise refusal(gettext_noop("a condition names the answers under either in or any"))
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        return self.in_ or self.any_


class ScreenOut(Strict):
    """Ends the questionnaire when fewer than so many options are chosen."""

    count_less_than: Annotated[int, Field(ge=1)]
    goto: Literal["END"]


class AfterText(Strict):
    """A text shown after some answers."""

    in_: Annotated[Codes, Field(alias="in")]
    text: Wording


class Item(Strict):
    """One question. type may be left out where a scale tells it. Codes are permanent: a changed meaning gets a new code.

    source: the item whose chosen options are this one's options (single_of); differs_from: an item that may not get the same
    answer; links_to: the dimension of another questionnaire that it is a short form of; revision: corrected typing errors.
    """

    code: Annotated[str, Field(pattern=CODE)]
    text: Wording
    type: Kind | None = None
    scale: str | None = None
    options: Options = ()
    dimension: str | None = None
    scored: bool = True
    casemix: bool = False
    help: Wording | None = None
    max_chars: Annotated[int, Field(ge=1, le=4000)] | None = None
    show_if: Condition | None = None
    screen_out_if: ScreenOut | None = None
    after_text_if: Annotated[AfterText, BeforeValidator(inline)] | None = None
    source: str | None = None
    differs_from: str | None = None
    links_to: str | None = None
    revision: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _kind_and_options_agree(self) -> Self:
        kind = self.type
        if (kind == "text") != (self.max_chars is not None):
            raise refusal(gettext_noop("a free text, and only that, has max_chars"))
        if (kind == "single_of") != (self.source is not None):
            raise refusal(gettext_noop("a question of type single_of, and only that, has a source"))
        ways = [bool(self.scale), bool(self.options), kind in ("text", "single_of")]
        if sum(ways) != 1:
            raise refusal(gettext_noop("a question has either a scale, options of its own, a source or free text"))
        if (self.dimension is None) == (self.scored and kind != "text"):
            raise refusal(gettext_noop("a scored question belongs to a dimension, another one does not"))
        return self


Items = Annotated[tuple[Item, ...], BeforeValidator(as_tuple)]


class Section(Strict):
    """Questions under one heading."""

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,11}$")]
    title: Wording | None = None
    note: Wording | None = None
    show_if: Condition | None = None
    items: Items


class Dimension(Strict):
    """Items that are read together. composite: False where each stands for itself; counts_if: answers count only then."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{3,6}$")]
    title: Wording
    items: Codes
    min_items: Annotated[int, Field(ge=1)] = 1
    min_n: Annotated[int, Field(ge=10)] = 10
    composite: bool = True
    professions: Codes = ()
    counts_if: Condition | None = None
    modelled_on: str | None = None
    note: str | None = None

    @field_validator("professions")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _professions(value)


class Breaks(Strict):
    """The items of the break matrix: whether a message was lost, and from where to where."""

    asked: str
    sender: str
    receiver: str


class AppendTo(Strict):
    """Where the questionnaire may be set into another one."""

    questionnaire: str
    after: str


class Questionnaire(Strict):
    """One instrument in one version. reference_period_months: 0 = the latest contact. use, note: for those who choose it."""

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{2,29}$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+(-draft)?$")]
    title: Wording
    respondent: Literal["patient_15_plus", "guardian_of_0_14"]
    professions: Codes | Literal["all"]
    reference_period_months: Annotated[int, Field(ge=0, le=36)]
    estimated_minutes: Annotated[int, Field(ge=1, le=30)]
    intro: Wording | None = None
    use: str | None = None
    note: str | None = None
    append_to: AppendTo | None = None
    breaks: Breaks | None = None
    dimensions: Annotated[tuple[Dimension, ...], BeforeValidator(as_tuple)]
    sections: Annotated[tuple[Section, ...], BeforeValidator(as_tuple)]

    @field_validator("professions")
    @classmethod
    def _known(cls, value: tuple[str, ...] | str) -> tuple[str, ...] | str:
        return value if value == ALL else _professions(tuple(value))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All questions in the order asked."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def by_code(self) -> dict[str, Item]:
        return {item.code: item for item in self.items}

    @property
    def is_draft(self) -> bool:
        return self.version.endswith("-draft")


def _professions(codes: tuple[str, ...]) -> tuple[str, ...]:
    for code in codes:
        if code not in set(Profession):
            raise refusal(gettext_noop("%(name)s is not a profession"), name=code)
    return codes
