"""Loads a folder of definitions (indicators.yaml, codesets.yaml) and refuses what cannot be calculated.

Each refusal names the file, the line and one sentence, so that an author can correct it without reading code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from datacapture.engine.catalogue import CodeSet, Library, plain_code
from datacapture.engine.checks import Check
from datacapture.engine.grammar import GRAMMAR_KEYS, Clause, Indicator
from kip.core.yaml_source import DefinitionError, Loc, Source
from kip.core.yaml_source import gettext_noop as _

__all__ = [
    "CodeSet",
    "DefinitionError",
    "Library",
    "build",
    "load_definitions",
    "load_sets",
    "plain_code",
    "read_sets",
    "restore",
]
_CLAUSE, _INDICATOR = TypeAdapter(Clause), TypeAdapter(Indicator)
_SET_NOTES = frozenset({"da", "en", "the", "many", "status", "note", "src", "unit", "range", "convert", "medcom", "dose_attr"})
_TOP = frozenset({"version", "define", "indicators"})


def load_definitions(path: Path | str) -> Library:
    """Library of the folder at path (indicators.yaml and codesets.yaml); raises DefinitionError."""
    folder = Path(path)
    sets = load_sets(folder / "codesets.yaml")
    source = Source(folder / "indicators.yaml")
    for key in source.data:
        if key not in _TOP:
            raise source.error((key,), _("the key %(key)s is not known at the top of the file"), key=key)
    entries: list[tuple[Loc, Any]] = [
        (("indicators", number), raw) for number, raw in enumerate(source.section("indicators", list))
    ]
    return build(source, sets, entries)


def load_sets(path: Path | str) -> dict[str, CodeSet]:
    """Code sets of one file, by name; raises DefinitionError for an unknown code system."""
    source = Source(Path(path))
    return read_sets(source, set(source.section("systems", dict)))


def read_sets(source: Source, systems: set[str] | None) -> dict[str, CodeSet]:
    """Code sets of a file; without `systems` every list is taken as the codes of a system."""
    result = {}
    for name, entry in source.section("sets", dict).items():
        loc: Loc = ("sets", name)
        if not isinstance(entry, dict):
            raise source.error(loc, _("the set %(name)s must name its codes by code system"), name=name)
        rules = {}
        for key, codes in entry.items():
            if key in _SET_NOTES:
                continue
            if systems is not None and key not in systems:
                raise source.error((*loc, key), _("the set %(name)s names an unknown code system %(key)s"), name=name, key=key)
            if not isinstance(codes, list) or not all(isinstance(code, str) and code for code in codes):
                raise source.error((*loc, key), _("the codes of the set %(name)s must be a list of texts"), name=name)
            rules[key] = tuple(plain_code(code) for code in codes)
        result[name] = code_set(name, entry, rules)
    return result


def code_set(name: str, entry: Mapping[str, Any], rules: Mapping[str, tuple[str, ...]]) -> CodeSet:
    """A set with the words that an entry of a file, or a stored version, gives it."""
    unit = entry.get("unit")
    words = {form: {str(key): str(said) for key, said in dict(entry.get(form) or {}).items()} for form in ("the", "many")}
    return CodeSet(name, str(entry.get("da", name)), str(entry.get("en", name)), rules, unit and str(unit), **words)


def build(source: Source, sets: Mapping[str, CodeSet], entries: Iterable[tuple[Loc, Any]]) -> Library:
    """Checked library of the clauses under `define` and the indicators given with their place in the file."""
    defines = {
        name: source.parse(_CLAUSE, ("define", name), raw, GRAMMAR_KEYS) for name, raw in source.section("define", dict).items()
    }
    indicators: dict[str, Indicator] = {}
    places: dict[str, Loc] = {}
    for loc, raw in entries:
        indicator = source.parse(_INDICATOR, loc, raw, GRAMMAR_KEYS)
        if indicator.id in indicators:
            raise source.error(loc, _("the indicator %(code)s is given twice"), code=indicator.id)
        indicators[indicator.id], places[indicator.id] = indicator, loc
    library = Library(defines, indicators, sets)
    check = Check(source, library)
    for name in defines:
        check.define(name)
    for code, indicator in indicators.items():
        check.indicator(indicator, places[code])
    return library


def restore(content: Mapping[str, Any]) -> Library:
    """Library of a stored version: its indicator, the clauses and sets it names, and the indicators it is made of."""
    indicator = _INDICATOR.validate_python(content["indicator"])
    defines = {name: _CLAUSE.validate_python(raw) for name, raw in content["clauses"].items()}
    sets = {
        name: code_set(name, raw, {system: tuple(codes) for system, codes in raw["rules"].items()})
        for name, raw in content["sets"].items()
    }
    indicators = {indicator.id: indicator}
    for part in content["components"].values():
        inner = restore(part)
        defines, sets, indicators = {**inner.defines, **defines}, {**inner.sets, **sets}, {**inner.indicators, **indicators}
    return Library(defines, indicators, sets)
