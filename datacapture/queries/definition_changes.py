"""What one definition says that another does not: in words and line by line."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from datacapture.engine.library import Library
from datacapture.engine.prose import Sentence, explain
from datacapture.engine.writing import definition_text
from datacapture.enums import Direction
from datacapture.models import DefinitionDraft, IndicatorVersion
from kip.core.numbers import danish, integer

SIGNS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "="}


@dataclass(frozen=True)
class DiffLine:
    """One line of a comparison: kind is added, removed or same; word says it for who cannot see the colour."""

    kind: str
    word: str
    text: str


@dataclass(frozen=True)
class Change:
    """What a version says that the one before it did not: in words, and line by line."""

    words: tuple[DiffLine, ...]
    lines: tuple[DiffLine, ...]

    def __bool__(self) -> bool:
        return bool(self.words)


def change_of(former: IndicatorVersion, version: IndicatorVersion) -> Change:
    """Two stored versions compared by their own explanations."""
    language = "da" if danish() else "en"
    said = [[text for _role, text, _depth in item.texts["method"][language]] for item in (former, version)]
    facts = [_facts(item.definition.get("indicator", {}), item.min_n) for item in (former, version)]
    texts = [definition_text(item.definition.get("indicator", {})) for item in (former, version)]
    return _change(said, facts, texts)


def draft_change(draft: DefinitionDraft, prose: Sequence[Sentence]) -> Change:
    """A draft compared with the version it was made from; prose: the draft's explanation."""
    language = "da" if danish() else "en"
    before = [text for _role, text, _depth in draft.base.texts["method"][language]]
    own = draft.base.definition.get("indicator", {})
    facts = [_facts(own, draft.base.min_n), _facts(draft.definition, draft.min_n)]
    words = [_shown_texts(draft.base.texts, draft.texts), _shown_texts(draft.texts, draft.texts)]
    return _change([before, [line.text for line in prose]], [[*facts[0], *words[0]], [*facts[1], *words[1]]],
                   [definition_text(own), definition_text(draft.definition)])  # fmt: skip


def _shown_texts(texts: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """The words of both languages as lines; actions one by one."""
    lines = [str(texts.get(name, "")) for name in wanted if name != "actions"]
    return lines + [f"{item['da']} / {item['en']}" for item in texts.get("actions", ())]


def _facts(own: Mapping[str, Any], min_n: int) -> list[str]:
    """What decides a verdict beside the clauses, as sentences."""
    target = own.get("target")
    lines = [
        _("Smallest denominator for a verdict: %(n)s.") % {"n": integer(min_n)},
        _("Direction: %(word)s.") % {"word": Direction(own.get("direction", Direction.NEUTRAL)).label},
    ]
    if target:
        lines.append(_("Target: %(op)s %(value)s.") % {"op": SIGNS[target["op"]], "value": target["num"]})
    names = {"da": own.get("da", ""), "en": own.get("en", "")}
    return [*lines, _("Name: %(da)s / %(en)s.") % names, _("Source: %(text)s.") % {"text": own.get("source", "")}]


def _change(said: Sequence[Sequence[str]], facts: Sequence[Sequence[str]], texts: Sequence[str]) -> Change:
    words = [line for pair in (said, facts) for line in _compared(*pair) if line.kind != "same"]
    lines = _compared(*(text.splitlines() for text in texts))
    return Change(tuple(words), tuple(lines) if any(line.kind != "same" for line in lines) else ())


def _compared(before: Sequence[str], after: Sequence[str]) -> list[DiffLine]:
    kinds = {"+ ": ("added", _("Added")), "- ": ("removed", _("Removed")), "  ": ("same", _("Unchanged"))}
    return [DiffLine(*kinds[line[:2]], line[2:]) for line in difflib.ndiff(before, after) if line[:2] in kinds]


def prose_of(library: Library, code: str) -> list[Sentence]:
    """The explanation of a library's indicator in the reader's language."""
    return explain(library, code, "da" if danish() else "en")
