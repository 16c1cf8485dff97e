"""The words of an indicator as YAML that a person edits: what is shown with a figure, in both languages."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import yaml
from pydantic import Field, TypeAdapter

from datacapture.actions.library import DEFINITIONS
from datacapture.engine.writing import dump, read_source
from kip.core.yaml_source import Strict

Effort = Literal["low", "medium"]
Kind = Literal["recall", "coding", "workflow", "prescribing", "cooperation", "patient"]


class ActionText(Strict):
    """One proposal: what to do, by which kind of work and with how much of it."""

    effort: Effort
    kind: Kind
    da: str = Field(min_length=1, max_length=300)
    en: str = Field(min_length=1, max_length=300)


class Texts(Strict):
    """The words that a draft may change; the list of patients, its theme and its links stay as they are."""

    why_da: str = Field(min_length=1, max_length=600)
    why_en: str = Field(min_length=1, max_length=600)
    numerator_da: str = Field(min_length=1, max_length=400)
    numerator_en: str = Field(min_length=1, max_length=400)
    denominator_da: str = Field(min_length=1, max_length=400)
    denominator_en: str = Field(min_length=1, max_length=400)
    direction_da: str = Field(min_length=1, max_length=100)
    direction_en: str = Field(min_length=1, max_length=100)
    verdict_noun_da: str = Field(min_length=1, max_length=300)
    verdict_noun_en: str = Field(min_length=1, max_length=300)
    list_reason_da: str | None = Field(default=None, max_length=300)
    list_reason_en: str | None = Field(default=None, max_length=300)
    actions: list[ActionText] = Field(min_length=1, max_length=5)


_TEXTS = TypeAdapter(Texts)


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, dict[str, str]]]:
    data = yaml.load((DEFINITIONS / "indicator_texts.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    kinds = ("effort", "kind")
    return {name: {item["code"]: {"da": item["da"], "en": item["en"]} for item in data["vocab"][name]} for name in kinds}


def changeable(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Of a version's stored texts those that a draft may change."""
    return {name: texts[name] for name in Texts.model_fields if texts.get(name)}


def texts_text(texts: Mapping[str, Any]) -> str:
    """YAML of a version's stored texts, or of what a draft holds."""
    shown = changeable(texts)
    actions = [
        {"effort": _code("effort", item["effort"]), "kind": _code("kind", item["kind"]), "da": item["da"], "en": item["en"]}
        for item in texts["actions"]
    ]
    return dump({**shown, "actions": actions})


def _code(name: str, words: Mapping[str, str]) -> str:
    return next(code for code, known in _words()[name].items() if known == dict(words))


def read_texts(text: str, code: str) -> dict[str, Any]:
    """The texts as a version stores them, with the words of effort and kind. Raises DefinitionError with line and sentence."""
    source = read_source(text, code)
    read: Texts = source.parse(_TEXTS, (), source.data, {*Texts.model_fields, *ActionText.model_fields})
    found = read.model_dump(exclude_none=True)
    for action in found["actions"]:
        action["effort"], action["kind"] = _words()["effort"][action["effort"]], _words()["kind"][action["kind"]]
    return found
