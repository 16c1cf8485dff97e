"""A text in Danish and English, and the schema base that reads `<name>_da` and `<name>_en` as one text."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from kip.core.numbers import danish
from kip.core.yaml_source import Strict

LANGUAGES = ("da", "en")


class Words(Strict):
    """One text in both languages; str() is the text in the active language."""

    da: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def __str__(self) -> str:
        return self.da if danish() else self.en


def as_tuple(raw: object) -> object:
    return tuple(raw) if isinstance(raw, list) else raw


Codes = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
ManyWords = Annotated[tuple[Words, ...], BeforeValidator(as_tuple)]


class Bilingual(Strict):
    """Base of entries whose texts stand as `<name>_da` and `<name>_en`; both must be there and hold something.

    A stored entry has them as `<name>: {da, en}` already.
    """

    TEXTS: ClassVar[tuple[str, ...]] = ()
    TEXT_LISTS: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _both_languages(cls, raw: object) -> object:
        if not isinstance(raw, dict):
            return raw
        entry: dict[str, Any] = dict(raw)
        for name in cls.TEXTS:
            if name not in entry:
                entry[name] = {language: _text(entry, f"{name}_{language}") for language in LANGUAGES}
        for name in cls.TEXT_LISTS:
            if name not in entry:
                entry[name] = _pairs(entry, name)
        return entry


def _text(entry: dict[str, Any], key: str) -> str:
    if key not in entry:
        raise ValueError(f"{key} is missing")
    value = entry.pop(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text")
    return value


def _pairs(entry: dict[str, Any], name: str) -> list[dict[str, str]]:
    danish_texts, english_texts = (entry.pop(f"{name}_{language}", []) for language in LANGUAGES)
    for texts in (danish_texts, english_texts):
        if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError(f"{name} must be a list of texts in each language")
    if len(danish_texts) != len(english_texts):
        raise ValueError(f"{name}_da and {name}_en must hold the same number of texts")
    return [{"da": da, "en": en} for da, en in zip(danish_texts, english_texts, strict=True)]
