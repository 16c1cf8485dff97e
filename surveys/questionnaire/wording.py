"""A text in the languages of a questionnaire, and the few words that may be piped into it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import get_language
from pydantic import BeforeValidator, RootModel, model_validator

from kip.core.yaml_source import Strict, gettext_noop, refusal

LANGUAGES = ("da", "en", "de", "ar", "tr", "pl", "uk", "fo", "kl")
REQUIRED = ("da", "en")  # what every questionnaire is asked in; the others are offered where a file has them in full
RIGHT_TO_LEFT = frozenset({"ar"})
PIPED = ("provider", "place")
_PLACE = re.compile(r"\{([^{}]*)\}")
_START = re.compile(r"(^|[.!?]\s+)\{(\w+)\}")


class Wording(RootModel[dict[str, str]]):
    """One text by language; Danish and English are always there. Holds no braces but {provider} and {place}."""

    model_config = {"frozen": True, "strict": True}

    @model_validator(mode="after")
    def _whole(self) -> Wording:
        for language in REQUIRED:
            if not self.root.get(language, "").strip():
                raise refusal(gettext_noop("the text is missing in %(language)s"), language=language)
        for language, text in self.root.items():
            if language not in LANGUAGES:
                raise refusal(gettext_noop("%(language)s is not a language that a questionnaire can be in"), language=language)
            for name in _PLACE.findall(text):
                if name not in PIPED:
                    raise refusal(
                        gettext_noop("{%(name)s} is not a word that can be put into a text"),
                        gettext_noop("Only {provider} and {place} can be used."),
                        name=name,
                    )
            if re.search(r"[{}]", _PLACE.sub("", text)):
                raise refusal(gettext_noop("a brace stands alone in the text in %(language)s"), language=language)
        return self

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(language for language, text in self.root.items() if text.strip())

    def in_language(self, language: str) -> str:
        """The text as written; Danish where the language has none."""
        return self.root.get(language, "") or self.root["da"]

    def __str__(self) -> str:
        return self.in_language((get_language() or "da")[:2])


class Terms(Strict):
    """What one profession's people and places are called."""

    provider: Wording
    place: Wording


def piped(wording: Wording, terms: Terms, language: str) -> str:
    """The text in a language with the profession's own words; a word that opens a sentence gets its capital letter."""
    text = wording.in_language(language)
    words = {name: getattr(terms, name).in_language(language) for name in PIPED}
    text = _START.sub(lambda found: found[1] + words[found[2]][:1].upper() + words[found[2]][1:], text)
    return _PLACE.sub(lambda found: words[found[1]], text)


def inline(raw: object) -> object:
    """An option whose texts stand beside its code ({code: ja, da: Ja, en: Yes}) with them gathered under `text`."""
    if not isinstance(raw, dict) or "text" in raw:
        return raw
    entry: dict[str, Any] = {key: value for key, value in raw.items() if key not in LANGUAGES}
    return {**entry, "text": {key: value for key, value in raw.items() if key in LANGUAGES}}


def as_tuple(raw: object) -> object:
    return tuple(raw) if isinstance(raw, list) else raw


Codes = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
TermsByProfession = Mapping[str, Terms]
