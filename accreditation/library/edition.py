"""A library of standards, and the edition of it that one profession is rated on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accreditation.library.schema import PROFESSIONS, Head, Indicator, Standard, Standards, Vocabulary
from kip.core.yaml_source import Strict


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 (64 hex digits) of JSON-able content, whatever the order of its keys."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def indicators_of(standards: Iterable[Standard]) -> dict[str, Indicator]:
    """Indicators by number, in the order of the standards."""
    return {indicator.number: indicator for standard in standards for indicator in standard.indicators}


class Edition(Strict):
    """Generic core and profession module as one immutable set; `content` is what a survey is pinned to."""

    library: str
    version: int
    edition: str
    issued: dt.date
    profession: str
    vocabulary: Vocabulary
    standards: Standards

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        return indicators_of(self.standards)

    @cached_property
    def _standard_of(self) -> Mapping[str, Standard]:
        return {indicator.number: standard for standard in self.standards for indicator in standard.indicators}

    def standard_of(self, number: str) -> Standard:
        """The standard an indicator belongs to; raises KeyError for an unknown number."""
        return self._standard_of[number]

    def content(self) -> dict[str, Any]:
        """Everything the edition says, as JSON data; `restore` gives an equal edition."""
        return self.model_dump(mode="json", by_alias=True)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return digest_of(self.content())


def restore(content: Mapping[str, Any]) -> Edition:
    """Edition of stored content; raises pydantic.ValidationError when the content is not an edition's."""
    return Edition.model_validate_json(json.dumps(content))


@dataclass(frozen=True)
class Library:
    """One version of a library: the generic core and all profession modules."""

    head: Head
    vocabulary: Vocabulary
    sources: Mapping[str, str]
    generic: tuple[Standard, ...]
    modules: tuple[Standard, ...]

    @property
    def standards(self) -> tuple[Standard, ...]:
        """The generic core first, then the modules, in the order of the file."""
        return self.generic + self.modules

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        return indicators_of(self.standards)

    def edition_for(self, profession: str) -> Edition:
        """The edition one profession is rated on; raises KeyError for an unknown profession."""
        if profession not in PROFESSIONS:
            raise KeyError(profession)
        return Edition(
            library=self.head.id,
            version=self.head.version,
            edition=self.head.edition,
            issued=self.head.issued,
            profession=str(profession),
            vocabulary=self.vocabulary,
            standards=tuple(_for(standard, str(profession)) for standard in self.standards if profession in standard.applies_to),
        )


def _for(standard: Standard, profession: str) -> Standard:
    """The standard as one profession has it: what it says of others does not change this profession's edition."""
    indicators = tuple(
        indicator.model_copy(
            update={"normally_not_relevant_for": tuple(p for p in indicator.normally_not_relevant_for if p == profession)}
        )
        for indicator in standard.indicators
    )
    return standard.model_copy(update={"applies_to": (profession,), "indicators": indicators})
