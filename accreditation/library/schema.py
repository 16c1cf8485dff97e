"""Schema of a standards library (format kip.standards/1): what each entry may hold. References are checked in `checks`."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator

from accreditation.library.words import Bilingual, Codes, ManyWords, Words, as_tuple
from kip.core.yaml_source import Strict
from practices.enums import Profession

FORMAT = "kip.standards/1"
PROFESSIONS = tuple(Profession)
# Codes that other code relies on; a library file names exactly these and gives them their words.
METHODS = ("document", "interview", "observation", "record_review", "data", "survey_report", "certificate")
GUIDELINE, PLAN, GUIDELINE_IF_SHARED = "guideline", "plan", "guideline_if_3_or_more_staff_groups"
WRITTEN = (GUIDELINE, PLAN, GUIDELINE_IF_SHARED)
OWN_EVIDENCE = ("figures", "patient_answers", "learning")


class Indicator(Bilingual):
    """One point the practice is rated on.

    Below `least_people` (everybody who works there) or `least_staff_groups` the point is not relevant by rule;
    `may_be_not_relevant` says whether a surveyor may find it so. `minutes`: time to answer it in the self-assessment.
    """

    TEXTS: ClassVar = ("summary",)
    number: Annotated[str, Field(pattern=r"^[A-Z]{1,2}\d{1,2}(\.\d{1,2}){1,2}$")]
    summary: Words
    critical: Annotated[bool, Field(alias="patient_safety_critical")]
    assessed_by: Codes
    may_be_not_relevant: bool
    minutes: int
    written_requirement: str | None = None
    normally_not_relevant_for: Codes = ()
    least_people: int = 1
    least_staff_groups: int = 1
    own_evidence: Codes = ()
    sources: Codes = ()

    @field_validator("minutes", "least_people", "least_staff_groups")
    @classmethod
    def _above_nothing(cls, value: int) -> int:
        if value < 1:
            raise ValueError("minutes, least_people and least_staff_groups must be whole numbers above 0")
        return value

    @field_validator("assessed_by")
    @classmethod
    def _some_way(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("assessed_by must name at least one way of assessing")
        return value


Indicators = Annotated[tuple[Indicator, ...], BeforeValidator(as_tuple)]


class Standard(Bilingual):
    """A standard with its indicators; the fields in `editorial_fields` are KIP's own hints and never rated."""

    TEXTS: ClassVar = ("title", "purpose", "how_to_show")
    TEXT_LISTS: ClassVar = ("frequent_findings",)
    number: Annotated[str, Field(pattern=r"^[A-Z]{1,2}\d{1,2}(\.\d{1,2})?$")]
    title: Words
    theme: str
    applies_to: Codes
    purpose: Words
    indicators: Indicators
    how_to_show: Words
    frequent_findings: ManyWords = ()
    frequent_findings_sources: Codes = ()
    editorial_fields: Codes = ()
    sources: Codes = ()
    note: str | None = None


Standards = Annotated[tuple[Standard, ...], BeforeValidator(as_tuple)]


class Theme(Strict):
    """A theme that standards belong to."""

    code: str
    da: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    @cached_property
    def title(self) -> Words:
        return Words(da=self.da, en=self.en)


Themes = Annotated[tuple[Theme, ...], BeforeValidator(as_tuple)]


class Vocabulary(Strict):
    """The words of the codes: ways of assessing, written requirements, KIP's own evidence, staff groups and themes."""

    assessed_by: dict[str, Words]
    written_requirement: dict[str, Words]
    own_evidence: dict[str, Words]
    staff_groups: dict[str, Words]
    themes: Themes


class Head(Bilingual):
    """What a library says about itself."""

    TEXTS: ClassVar = ("title",)
    id: Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,30}$")]
    title: Words
    version: Annotated[int, Field(ge=1)]
    edition: str
    issued: dt.date
    verified: Literal["partial", "full", "none"]
    verified_scope: str
