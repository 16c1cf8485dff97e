"""A definition as YAML text that a person edits, and the strict reading of what the person wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from datacapture.engine.bounds import parse_bound
from datacapture.engine.catalogue import Library
from datacapture.engine.checks import Check
from datacapture.engine.compiler import compile_run
from datacapture.engine.grammar import GRAMMAR_KEYS, Indicator
from kip.core.yaml_source import DefinitionError, Source
from kip.core.yaml_source import gettext_noop as _

WIDTH = 100
_INDICATOR = TypeAdapter(Indicator)


def definition_text(content: Mapping[str, Any]) -> str:
    """YAML of an indicator as a stored version holds it, in the words of the definition files."""
    return dump(_plain(content))


def dump(data: object) -> str:
    """YAML as people write it here: keys in their order, short maps and lists on one line."""
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=WIDTH, default_flow_style=None)


def _plain(node: Any) -> Any:
    """Windows as two texts, a period as months, and `present` as the one word it is."""
    if isinstance(node, Mapping):
        if node.keys() == {"first", "last"}:
            return [str(parse_bound(node["first"])), str(parse_bound(node["last"]))]
        if node == {"present": True}:
            return "present"
        return {name: f"{value}m" if name == "period" else _plain(value) for name, value in node.items()}
    return [_plain(value) for value in node] if isinstance(node, list) else node


def read_definition(text: str, library: Library, code: str) -> Indicator:
    """The indicator of a text, checked as if it stood in the definition files.

    Raises DefinitionError with the line and one sentence; also for another id than `code`.
    """
    source = read_source(text, code)
    indicator: Indicator = source.parse(_INDICATOR, (), source.data, GRAMMAR_KEYS)
    if indicator.id != code:
        raise source.error(("id",), _("the id must stay %(code)s"), code=code)
    own = Library(library.defines, {**library.indicators, code: indicator}, library.sets)
    Check(source, own).indicator(indicator, ())
    compile_run(own, [code])
    return indicator


def read_source(text: str, code: str) -> Source:
    """YAML of a person: no anchors or aliases, which can blow a short text up to any size."""
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
                raise DefinitionError(code, token.start_mark.line + 1, _("anchors (&) and aliases (*) are not allowed"))
    except yaml.YAMLError:
        pass  # the source says what is wrong, and where
    return Source(Path(code), text)
