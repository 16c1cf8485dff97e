"""A YAML file as plain data that knows its lines, and refusals that name file, line and one sentence.

A sentence is a text with %(names)s, marked by `gettext_noop`, and its values: the command line reads it in English and
a page in the reader's language, with how to mend it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

DEEPEST = 60  # levels of lists and maps; a definition that people read has less than a third
Loc = tuple[str | int, ...]


class Strict(BaseModel):
    """Base of all schemas of reference files: immutable, no unknown keys, no silent type changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True, allow_inf_nan=False)


def gettext_noop(text: str) -> str:
    """Marks a text for translators where no language is known yet. Django's own needs settings."""
    return text


class DefinitionError(ValueError):
    """A definition that cannot be used; str() is ``file:line: sentence``.

    place: the keys that lead to the value ("numerator.event.codes"), "" for the file. quoted: the line as it stands.
    """

    def __init__(
        self, file: str, line: int, sentence: str, mend: str = "", *, place: str = "", quoted: str = "", **values: object
    ) -> None:
        self.file, self.line, self.place, self.quoted = file, line, place, quoted
        self._said, self._values = (sentence, mend), values
        self.sentence = _filled(sentence, values)
        super().__init__(f"{file}:{line}: {self.sentence}.")

    def told(self) -> tuple[str, str]:
        """What is wrong and how to mend it ("" where that follows), in the reader's language."""
        sentence, mend = (_filled(gettext(text), self._values) if text else "" for text in self._said)
        return sentence, mend

    def of(self, place: str, quoted: str) -> DefinitionError:
        """The same refusal with its place and line told."""
        sentence, mend = self._said
        return DefinitionError(self.file, self.line, sentence, mend, place=place, quoted=quoted, **self._values)


def _filled(text: str, values: Mapping[str, object]) -> str:
    return text % values if values else text


def refusal(sentence: str, mend: str = "", **values: object) -> PydanticCustomError:
    """A refusal by a schema's own rule, for a validator to raise."""
    context = {"said": _filled(sentence, values), "sentence": sentence, "mend": mend, "values": values}
    return PydanticCustomError("refused", "{said}", context)


def read_text(path: Path) -> str:
    """Text of a file; raises DefinitionError when it is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DefinitionError(path.name, 1, gettext_noop("the file is missing or cannot be read")) from error
    except UnicodeDecodeError as error:
        raise DefinitionError(path.name, 1, gettext_noop("the file is not text in UTF-8")) from error


def nearest(name: object, known: Iterable[str]) -> str:
    """The known name that a person most likely meant, or ""."""
    found = difflib.get_close_matches(str(name), list(known), n=1)
    return found[0] if found else ""


class Source:
    """A YAML document as plain data together with the line of every value."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        """The file at path, or `text` under the file's name."""
        self.name = path.name
        self.lines: dict[Loc, int] = {}
        self._open: set[int] = set()
        written = read_text(path) if text is None else text
        self.texts = written.splitlines()
        root = self._compose(written)
        self.data = self._build(root, ()) if root is not None else {}
        if not isinstance(self.data, dict):
            raise self._at(1, gettext_noop("the file must be a map of names"))

    def _compose(self, text: str) -> yaml.Node | None:
        self._shallow(text)
        try:
            return yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise self._at(
                line, gettext_noop("the file is not valid YAML: %(problem)s"),
                gettext_noop("Look at brackets, colons and indentation here and on the line before."), problem=error.problem,
            ) from error  # fmt: skip
        except yaml.YAMLError as error:
            raise self._at(1, gettext_noop("the file is not valid YAML: %(problem)s"), problem=error) from error

    def _shallow(self, text: str) -> None:
        """Refuses what is nested so deep that reading it would not come to an end; what is no YAML is told of later."""
        depth = 0
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > DEEPEST:
                    raise self._at(event.start_mark.line + 1 if event.start_mark else 1, *TOO_DEEP)
        except yaml.YAMLError:
            return

    def section(self, name: str, kind: type) -> Any:
        """The map or list of that name at the top; empty when it is absent."""
        found = self.data.get(name)
        if found is None:
            return kind()
        if not isinstance(found, kind):
            must = gettext_noop("%(name)s must be a map") if kind is dict else gettext_noop("%(name)s must be a list")
            raise self.error((name,), must, name=name)
        return found

    def _build(self, node: yaml.Node, loc: Loc) -> Any:
        self.lines.setdefault(loc, node.start_mark.line + 1)
        if id(node) in self._open:
            raise self.error(loc, gettext_noop("the value holds itself"))
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
                    raise self._at(key_node.start_mark.line + 1, gettext_noop("a key must be one word"))
                key = self._build(key_node, (*loc, "?"))
                if key in result:
                    raise self._at(key_node.start_mark.line + 1, gettext_noop("the key %(key)s is given twice"), key=key)
                self.lines[(*loc, key)] = key_node.start_mark.line + 1
                result[key] = self._build(value_node, (*loc, key))
            return result
        if isinstance(node, yaml.SequenceNode):
            return [self._build(child, (*loc, number)) for number, child in enumerate(node.value)]
        try:
            return yaml.SafeLoader("").construct_object(node)
        except (ValueError, yaml.YAMLError) as error:
            raise self.error(loc, gettext_noop("%(value)s is not a value that can be read"), value=node.value) from error

    def line(self, loc: Loc) -> int:
        """Line of the value, or of the nearest value around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def _at(self, line: int, sentence: str, mend: str = "", **values: object) -> DefinitionError:
        quoted = self.texts[line - 1].strip() if 0 < line <= len(self.texts) else ""
        return DefinitionError(self.name, line, sentence, mend, place="", quoted=quoted, **values)

    def error(self, loc: Loc, sentence: str, mend: str = "", **values: object) -> DefinitionError:
        """A refusal of the value at loc."""
        found = self._at(self.line(loc), sentence.rstrip("."), mend, **values)
        return found.of(".".join(str(part) for part in loc), found.quoted)

    def parse(self, adapter: TypeAdapter[Any], loc: Loc, data: object, keys: Iterable[str] = ()) -> Any:
        """The data as the schema reads it. keys: all that the schema knows, to name the one that was meant."""
        try:
            return adapter.validate_python(data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            sentence, mend, values = _sentence(first, keys)
            raise self.error(loc + tuple(first["loc"]), sentence, mend, **values) from error


TOO_DEEP = (
    gettext_noop("lists and maps stand inside each other too many times"),
    gettext_noop("Give an inner part a name under define, and refer to it by ref."),
)
_BY_TYPE = {
    "literal_error": gettext_noop("%(where)s must be one of: %(expected)s"),
    "missing": gettext_noop("%(where)s is missing"),
    "model_type": gettext_noop("%(where)s must be a map"),
    "dict_type": gettext_noop("%(where)s must be a map"),
    "list_type": gettext_noop("%(where)s must be a list"),
    "string_type": gettext_noop("%(where)s must be a text"),
    "bool_type": gettext_noop("%(where)s must be true or false"),
    "int_type": gettext_noop("%(where)s must be a whole number"),
    "int_from_float": gettext_noop("%(where)s must be a whole number"),
    "float_type": gettext_noop("%(where)s must be a number"),
    "finite_number": gettext_noop("%(where)s must be a number"),
    "greater_than_equal": gettext_noop("%(where)s must be at least %(ge)s"),
    "less_than_equal": gettext_noop("%(where)s must be at most %(le)s"),
    "string_too_short": gettext_noop("%(where)s must not be empty"),
    "string_too_long": gettext_noop("%(where)s must have at most %(max_length)s characters"),
    "too_short": gettext_noop("%(where)s must name at least %(min_length)s"),
    "too_long": gettext_noop("%(where)s must name at most %(max_length)s"),
    "string_pattern_mismatch": gettext_noop("%(where)s is not written as it must be (%(pattern)s)"),
}
_MENDS = {
    "string_type": gettext_noop("Put quotation marks around a text that looks like a number or a date."),
    "int_type": gettext_noop("Write the number without quotation marks and without decimals."),
    "float_type": gettext_noop("Write the number without quotation marks, with a point before decimals."),
    "model_type": gettext_noop("A map is written {name: value, name: value}."),
    "list_type": gettext_noop("A list is written [first, second]."),
}
_KNOWN: dict[str, Callable[[Any], object]] = {"expected": lambda text: text.replace(" or ", ", ").replace("'", "")}


def _sentence(error: Mapping[str, Any], keys: Iterable[str]) -> tuple[str, str, dict[str, object]]:
    """Sentence, mend and values of pydantic's refusal."""
    context = error.get("ctx") or {}
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "refused":
        return context["sentence"], context["mend"], context["values"]
    if error["type"] == "extra_forbidden":
        key, around = str(error["loc"][-1]), where.rpartition(".")[0]
        meant = nearest(key, keys)
        mend = gettext_noop("Did you mean %(meant)s?") if meant and meant != key else ""
        if around:
            return (
                gettext_noop("the key %(key)s is not known in %(around)s"),
                mend,
                {"key": key, "around": around, "meant": meant},
            )
        return gettext_noop("the key %(key)s is not known in this map"), mend, {"key": key, "meant": meant}
    if error["type"] == "value_error":
        return str(error["msg"]).removeprefix("Value error, ").replace("%", "%%"), "", {"where": where}
    if error["type"] in _BY_TYPE:
        values = {name: _KNOWN.get(name, str)(value) for name, value in context.items()}
        if not where:
            return gettext_noop("the entry must be a map"), _MENDS["model_type"], {}
        return _BY_TYPE[error["type"]], _MENDS.get(error["type"], ""), {"where": where, **values}
    return gettext_noop("%(where)s cannot be read: %(problem)s"), "", {"where": where, "problem": error["msg"]}
