"""The questionnaire library: reads it from YAML and refuses what could not be asked, with file, line and one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from kip.core.yaml_source import Loc, Source, gettext_noop
from practices.enums import Profession
from surveys.questionnaire.checks import Check
from surveys.questionnaire.form import Form
from surveys.questionnaire.schema import Questionnaire, Scale
from surveys.questionnaire.wording import LANGUAGES, REQUIRED, Terms

LIBRARY = Path(__file__).resolve().parents[1] / "questionnaires" / "kip.yaml"
VERSION = 1
_TOP = ("schema_version", "licence", "default_language", "languages", "terms", "scales", "questionnaires")
_TERMS, _SCALES, _ONE = TypeAdapter(Terms), TypeAdapter(Scale), TypeAdapter(Questionnaire)
_KEYS = (*Questionnaire.model_fields, *Scale.model_fields)


@dataclass(frozen=True)
class Library:
    """Scales by name, words by profession, questionnaires by id; languages: those that every text of the file is in."""

    licence: str
    languages: tuple[str, ...]
    terms: Mapping[str, Terms]
    scales: Mapping[str, Scale]
    questionnaires: Mapping[str, Questionnaire]

    def form(self, name: str) -> Form:
        """The questionnaire of that id; raises KeyError."""
        return Form(self.questionnaires[name], self.scales)


def load_library(path: Path | str = LIBRARY, text: str | None = None) -> Library:
    """The library of one file, or of `text` under the file's name; raises DefinitionError."""
    source = Source(Path(path), text)
    languages = _head(source)
    terms = {name: source.parse(_TERMS, ("terms", name), raw) for name, raw in source.section("terms", dict).items()}
    for name in Profession:
        if name not in terms:
            raise source.error(("terms",), gettext_noop("the profession %(name)s has no words"), name=name)
    scales = {name: source.parse(_SCALES, ("scales", name), raw) for name, raw in source.section("scales", dict).items()}
    check = Check(source, scales, languages)
    for name, words in terms.items():
        check.in_every_language(words, ("terms", name))
    for name, scale in scales.items():
        check.scale(scale, ("scales", name))
    return Library(source.data["licence"], languages, terms, scales, _questionnaires(source, check))


@cache
def library() -> Library:
    """KIP's own library."""
    return load_library()


def _head(source: Source) -> tuple[str, ...]:
    for key in source.data:
        if key not in _TOP:
            raise source.error((key,), gettext_noop("the key %(key)s is not known at the top of the file"), key=key)
    if source.data.get("schema_version") != VERSION:
        raise source.error(("schema_version",), gettext_noop("schema_version must be %(version)s"), version=VERSION)
    if not isinstance(source.data.get("licence"), str):
        raise source.error(("licence",), gettext_noop("the licence must be a text"))
    languages = source.section("languages", list)
    if not set(REQUIRED) <= set(languages) or not set(languages) <= set(LANGUAGES):
        raise source.error(("languages",), gettext_noop("languages must hold da and en, and only languages that are known"))
    if source.data.get("default_language", "da") not in languages:
        raise source.error(("default_language",), gettext_noop("default_language must be one of languages"))
    return tuple(languages)


def _questionnaires(source: Source, check: Check) -> dict[str, Questionnaire]:
    found: dict[str, Questionnaire] = {}
    for place, raw in enumerate(source.section("questionnaires", list)):
        loc: Loc = ("questionnaires", place)
        one: Questionnaire = source.parse(_ONE, loc, raw, _KEYS)
        if one.id in found:
            raise source.error((*loc, "id"), gettext_noop("the questionnaire %(name)s stands twice"), name=one.id)
        check.questionnaire(one, loc)
        found[one.id] = one
    for place, one in enumerate(found.values()):
        check.appended(one, found, ("questionnaires", place))
    return found
