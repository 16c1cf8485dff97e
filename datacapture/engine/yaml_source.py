"""A YAML file as plain data that knows its lines, and refusals that name file, line and one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

Loc = tuple[str | int, ...]


class DefinitionError(ValueError):
    """A definition that cannot be used; str() is ``file:line: sentence``."""

    def __init__(self, file: str, line: int, sentence: str) -> None:
        super().__init__(f"{file}:{line}: {sentence}.")
        self.file, self.line, self.sentence = file, line, sentence


def read_text(path: Path) -> str:
    """Text of a file; raises DefinitionError when it is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DefinitionError(path.name, 1, "the file is missing or cannot be read") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(path.name, 1, "the file is not text in UTF-8") from error


class Source:
    """A YAML document as plain data together with the line of every value."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        """The file at path, or `text` under the file's name."""
        self.name = path.name
        self.lines: dict[Loc, int] = {}
        self._open: set[int] = set()
        root = self._compose(read_text(path) if text is None else text)
        self.data = self._build(root, ()) if root is not None else {}
        if not isinstance(self.data, dict):
            raise DefinitionError(self.name, 1, "the file must be a map of names")

    def _compose(self, text: str) -> yaml.Node | None:
        try:
            return yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise DefinitionError(self.name, line, f"the file is not valid YAML: {error.problem}") from error
        except yaml.YAMLError as error:
            raise DefinitionError(self.name, 1, f"the file is not valid YAML: {error}") from error

    def section(self, name: str, kind: type) -> Any:
        """The map or list of that name at the top; empty when it is absent."""
        found = self.data.get(name)
        if found is None:
            return kind()
        if not isinstance(found, kind):
            raise self.error((name,), f"{name} must be a {'map' if kind is dict else 'list'}")
        return found

    def _build(self, node: yaml.Node, loc: Loc) -> Any:
        self.lines.setdefault(loc, node.start_mark.line + 1)
        if id(node) in self._open:
            raise self.error(loc, "the value holds itself")
        self._open.add(id(node))
        try:
            return self._value(node, loc)
        finally:
            self._open.discard(id(node))

    def _value(self, node: yaml.Node, loc: Loc) -> Any:
        if isinstance(node, yaml.MappingNode):
            result: dict[Any, Any] = {}
            for key_node, value_node in node.value:
                if not isinstance(key_node, yaml.ScalarNode):
                    raise DefinitionError(self.name, key_node.start_mark.line + 1, "a key must be one word")
                key = self._build(key_node, (*loc, "?"))
                if key in result:
                    raise DefinitionError(self.name, key_node.start_mark.line + 1, f"the key {key} is given twice")
                self.lines[(*loc, key)] = key_node.start_mark.line + 1
                result[key] = self._build(value_node, (*loc, key))
            return result
        if isinstance(node, yaml.SequenceNode):
            return [self._build(child, (*loc, number)) for number, child in enumerate(node.value)]
        try:
            return yaml.SafeLoader("").construct_object(node)
        except (ValueError, yaml.YAMLError) as error:
            raise self.error(loc, f"{node.value} is not a value that can be read") from error

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


def _sentence(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"the key {error['loc'][-1]} is not known in {where.rpartition('.')[0] or 'this map'}"
    if error["type"] == "missing":
        return f"{where} is missing"
    if error["type"] == "model_type":
        return f"{where or 'the entry'} must be a map"
    text = error["msg"].removeprefix("Value error, ")
    return text if error["type"] == "value_error" else f"{where}: {text[0].lower()}{text[1:]}"
