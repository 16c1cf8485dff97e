"""A questionnaire with the scales that it uses: what is stored, asked and scored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from surveys.questionnaire.checks import kind_of, options_of
from surveys.questionnaire.schema import Item, Questionnaire, Scale

_SCALE, _QUESTIONNAIRE = TypeAdapter(Scale), TypeAdapter(Questionnaire)


@dataclass(frozen=True)
class Form:
    """One version of an instrument, whole in itself."""

    questionnaire: Questionnaire
    scales: Mapping[str, Scale]

    def kind(self, item: Item) -> str:
        """single, multiple, single_of or text."""
        return kind_of(item, self.scales)

    def options(self, item: Item) -> tuple[str, ...]:
        """Codes that can be chosen, unscored ones last; none for free text."""
        return options_of(item, self.scales, self.questionnaire.by_code)

    def scale(self, item: Item) -> Scale | None:
        return self.scales[item.scale] if item.scale else None

    def content(self) -> dict[str, Any]:
        """As JSON, with only the scales in use."""
        used = sorted({item.scale for item in self.questionnaire.items if item.scale})
        return {"questionnaire": _plain(self.questionnaire), "scales": {name: _plain(self.scales[name]) for name in used}}

    @property
    def digest(self) -> str:
        """SHA-256 of the content (64 hex digits): two versions with the same one ask the same."""
        text = json.dumps(self.content(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def restore(content: Mapping[str, Any]) -> Form:
    """A stored version as `Form.content` wrote it; raises pydantic.ValidationError for anything else."""
    scales = {name: _SCALE.validate_python(raw) for name, raw in content["scales"].items()}
    return Form(_QUESTIONNAIRE.validate_python(content["questionnaire"]), scales)


def _plain(entry: Questionnaire | Scale) -> dict[str, Any]:
    return entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
