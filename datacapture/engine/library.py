"""Loads a folder of definitions (indicators.yaml, codesets.yaml) and refuses what cannot be calculated.

Each refusal names the file, the line and one sentence, so that an author can correct it without reading code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from datacapture.engine.bounds import INDEX_ANCHORS, Bound, never_open
from datacapture.engine.grammar import Clause, Event, Indicator, Window

Loc = tuple[str | int, ...]


class DefinitionError(ValueError):
    """A definition that cannot be used; str() is ``file:line: sentence``."""

    def __init__(self, file: str, line: int, sentence: str) -> None:
        super().__init__(f"{file}:{line}: {sentence}.")
        self.file, self.line, self.sentence = file, line, sentence


@dataclass(frozen=True)
class CodeSet:
    """A named set of codes: rules by code system, ``DE11*`` = prefix, otherwise exact."""

    name: str
    da: str
    en: str
    rules: Mapping[str, tuple[str, ...]]

    def holds(self, system: str, code: str) -> bool:
        """True when the code (any case, dots ignored) is in the set."""
        plain = plain_code(code)
        return any(plain.startswith(rule[:-1]) if rule.endswith("*") else plain == rule for rule in self.rules.get(system, ()))


@dataclass(frozen=True)
class Library:
    """All definitions of a folder, checked."""

    defines: Mapping[str, Clause]
    indicators: Mapping[str, Indicator]
    sets: Mapping[str, CodeSet]

    def sets_of(self, system: str, code: str) -> list[str]:
        """Names of the sets that hold the code."""
        return [name for name, entry in self.sets.items() if entry.holds(system, code)]


def plain_code(code: str) -> str:
    """A code as it is stored and compared: upper case, no dots."""
    return code.upper().replace(".", "")


class _Source:
    """A YAML document as plain data together with the line of every value."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.lines: dict[Loc, int] = {}
        try:
            root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise DefinitionError(self.name, line, f"the file is not valid YAML: {error.problem}") from error
        self.data = self._build(root, ()) if root is not None else {}

    def _build(self, node: yaml.Node, loc: Loc) -> Any:
        self.lines.setdefault(loc, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            result: dict[Any, Any] = {}
            for key_node, value_node in node.value:
                key = self._build(key_node, (*loc, "?"))
                if key in result:
                    raise DefinitionError(self.name, key_node.start_mark.line + 1, f"the key {key} is given twice")
                self.lines[(*loc, key)] = key_node.start_mark.line + 1
                result[key] = self._build(value_node, (*loc, key))
            return result
        if isinstance(node, yaml.SequenceNode):
            return [self._build(child, (*loc, number)) for number, child in enumerate(node.value)]
        constructor = yaml.SafeLoader("")
        return constructor.construct_object(node)

    def line(self, loc: Loc) -> int:
        """Line of the value, or of the nearest value around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def error(self, loc: Loc, sentence: str) -> DefinitionError:
        return DefinitionError(self.name, self.line(loc), sentence.rstrip("."))

    def parse(self, adapter: TypeAdapter[Any], loc: Loc, data: object) -> Any:
        try:
            return adapter.validate_python(data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise self.error(loc + tuple(first["loc"]), _sentence(first)) from error


_CLAUSE, _INDICATOR = TypeAdapter(Clause), TypeAdapter(Indicator)
_SET_NOTES = frozenset({"da", "en", "status", "note", "src", "unit", "range", "convert", "medcom", "dose_attr"})


def _sentence(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"the key {error['loc'][-1]} is not known in {where.rpartition('.')[0] or 'this map'}"
    if error["type"] == "missing":
        return f"{where} is missing"
    text = error["msg"].removeprefix("Value error, ")
    return text if error["type"] == "value_error" else f"{where}: {text[0].lower()}{text[1:]}"


def load_definitions(path: Path | str) -> Library:
    """Library of the folder at path (indicators.yaml and codesets.yaml); raises DefinitionError."""
    folder = Path(path)
    sets = load_sets(folder / "codesets.yaml")
    source = _Source(folder / "indicators.yaml")
    return _library(source, sets)


def load_sets(path: Path | str) -> dict[str, CodeSet]:
    """Code sets of one file, by name; raises DefinitionError for an unknown code system."""
    source = _Source(Path(path))
    systems = set(source.data.get("systems", {}))
    result = {}
    for name, entry in source.data.get("sets", {}).items():
        for key in entry:
            if key not in systems and key not in _SET_NOTES:
                raise source.error(("sets", name, key), f"the set {name} names an unknown code system {key}")
        rules = {system: tuple(plain_code(code) for code in entry[system]) for system in systems & set(entry)}
        result[name] = CodeSet(name, str(entry.get("da", name)), str(entry.get("en", name)), rules)
    return result


def _library(source: _Source, sets: Mapping[str, CodeSet]) -> Library:
    defines = {name: source.parse(_CLAUSE, ("define", name), raw) for name, raw in (source.data.get("define") or {}).items()}
    indicators: dict[str, Indicator] = {}
    for number, raw in enumerate(source.data.get("indicators") or []):
        loc: Loc = ("indicators", number)
        indicator = source.parse(_INDICATOR, loc, raw)
        if indicator.id in indicators:
            raise source.error(loc, f"the indicator {indicator.id} is given twice")
        indicators[indicator.id] = indicator
    library = Library(defines, indicators, sets)
    check = _Check(source, library)
    for name, clause in defines.items():
        check.circles(name, (name,))
        check.clause(clause, ("define", name), period=12, has_index=True)
    for number, indicator in enumerate(indicators.values()):
        check.indicator(indicator, ("indicators", number))
    return library


class _Check:
    """Rules that reach over several clauses: names, circles, windows and the index."""

    def __init__(self, source: _Source, library: Library) -> None:
        self.source, self.library = source, library

    def circles(self, name: str, seen: tuple[str, ...]) -> None:
        for target in _refs(self.library.defines[name]):
            if target in seen:
                path = " -> ".join((*seen, target))
                raise self.source.error(("define", seen[0]), f"the definitions refer in a circle: {path}")
            if target in self.library.defines:
                self.circles(target, (*seen, target))

    def indicator(self, indicator: Indicator, loc: Loc) -> None:
        has_index = indicator.unit != "patient"
        for name, clause in indicator.clauses().items():
            self.clause(clause, (*loc, name), indicator.period, has_index)
        for name, event in indicator.events().items():
            self.event(event, (*loc, name), indicator.period, has_index and name != "index")
        for other in [*(indicator.components or []), *([indicator.of] if indicator.of else [])]:
            if other not in self.library.indicators:
                raise self.source.error(loc, f"{indicator.id} names an unknown indicator {other}")

    def clause(self, clause: Clause, loc: Loc, period: int, has_index: bool) -> None:
        here = (*loc, clause.key)
        for number, part in enumerate(clause.parts):
            self.clause(part, (*here, number), period, has_index)
        if clause.ref is not None:
            if clause.ref not in self.library.defines:
                raise self.source.error(here, f"ref names an unknown clause {clause.ref}")
            self.clause(self.library.defines[clause.ref], here, period, has_index)
        if clause.event is not None:
            self.event(clause.event, here, period, has_index)
        if clause.deceased is not None:
            self.window(clause.deceased, here, period, has_index)
        if clause.index_is is not None:
            self.names([*(clause.index_is.codes or []), *_value_sets(clause.index_is)], here)
        timed = clause.age or clause.age_months or clause.registered
        if not has_index and (clause.index_is is not None or (timed is not None and timed.at == "index")):
            raise self.source.error(here, f"{clause.key} needs an index event, and this indicator has none")

    def event(self, event: Event, loc: Loc, period: int, has_index: bool) -> None:
        self.names([*(event.codes or []), *_value_sets(event)], loc)
        self.window(event.within, (*loc, "within"), period, has_index)
        for number, extra in enumerate(event.also):
            self.window(extra.within, (*loc, "also", number), period, has_index)
        if event.same and not has_index:
            raise self.source.error(loc, "same needs an index event, and this indicator has none")
        if event.near is not None:
            self.clause(event.near, (*loc, "near"), period, has_index=True)

    def window(self, window: Window, loc: Loc, period: int, has_index: bool) -> None:
        bounds: tuple[Bound, Bound] = (window.first, window.last)
        if not has_index and any(bound.anchor in INDEX_ANCHORS for bound in bounds):
            raise self.source.error(loc, "the window counts from an index event, and this indicator has none")
        if never_open(*bounds, period):
            raise self.source.error(loc, f"the window [{bounds[0]}, {bounds[1]}] can never hold a day")

    def names(self, names: Iterable[str], loc: Loc) -> None:
        for name in names:
            if name not in self.library.sets:
                raise self.source.error((*loc, "codes"), f"the code set {name} is not known")


def _value_sets(holder: Any) -> list[str]:
    return list(holder.value.codes or []) if holder.value is not None else []


def _refs(clause: Clause) -> Iterator[str]:
    if clause.ref is not None:
        yield clause.ref
    for part in clause.parts:
        yield from _refs(part)
    if clause.event is not None and clause.event.near is not None:
        yield from _refs(clause.event.near)
