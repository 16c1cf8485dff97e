"""Reads a standards library from YAML and refuses what cannot be rated: each refusal names file, line and one sentence."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import TypeAdapter

from accreditation.library.checks import Check
from accreditation.library.edition import Library
from accreditation.library.schema import FORMAT, Head, Standard, Vocabulary
from kip.core.yaml_source import Loc, Source

STANDARDS = Path(__file__).resolve().parents[1] / "standards"
_VERSION = re.compile(r"[a-z-]+-\d+")  # a mapping ends in "-1-to-2"
_TOP = ("format", "vocab", "sources", "kip_library")
_GENERIC, _MODULES = "generic_standards", "profession_modules"
_HEAD, _STANDARD, _VOCABULARY = TypeAdapter(Head), TypeAdapter(Standard), TypeAdapter(Vocabulary)
_SOURCES = TypeAdapter(dict[str, str])


def load_library(path: Path | str) -> Library:
    """The library of one file; raises DefinitionError."""
    source = open_source(Path(path), FORMAT, _TOP)
    vocabulary = source.parse(_VOCABULARY, ("vocab",), source.section("vocab", dict))
    sources = source.parse(_SOURCES, ("sources",), source.section("sources", dict))
    check = Check(source, vocabulary, sources)
    check.vocabulary_is_known()
    entry = source.section("kip_library", dict)
    head = source.parse(_HEAD, ("kip_library",), {key: value for key, value in entry.items() if key not in (_GENERIC, _MODULES)})
    generic, modules = (_standards(source, check, part) for part in (_GENERIC, _MODULES))
    return Library(head, vocabulary, sources, generic, modules)


def load_libraries(folder: Path = STANDARDS) -> tuple[Library, ...]:
    """All versions in a folder, oldest first; a file is named after its library and version. Raises DefinitionError."""
    found = []
    for path in sorted(path for path in folder.glob("*.yaml") if _VERSION.fullmatch(path.stem)):
        library = load_library(path)
        name = f"{library.head.id}-{library.head.version}"
        if path.stem != name:
            raise Source(path).error(("kip_library", "version"), f"the file must be called {name}.yaml, after what it holds")
        found.append(library)
    return tuple(sorted(found, key=lambda library: (library.head.id, library.head.version)))


def open_source(path: Path, form: str, top: tuple[str, ...]) -> Source:
    """A file of a format, its top keys checked; raises DefinitionError."""
    source = Source(path)
    for key in source.data:
        if key not in top:
            raise source.error((key,), f"the key {key} is not known at the top of the file")
    if source.data.get("format") != form:
        raise source.error(("format",), f"the format must be {form}")
    return source


def _standards(source: Source, check: Check, part: str) -> tuple[Standard, ...]:
    loc: Loc = ("kip_library", part)
    entries = source.data["kip_library"].get(part)
    if not isinstance(entries, list):
        raise source.error(loc, f"{part} must be a list of standards")
    found = []
    for place, raw in enumerate(entries):
        standard = source.parse(_STANDARD, (*loc, place), raw)
        check.standard(standard, (*loc, place), generic=part == _GENERIC)
        found.append(standard)
    return tuple(found)
