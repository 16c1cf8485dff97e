"""The historic Danish sets (DDKM) as far as they could be verified: for mapping and demo data. They hold no indicators,
so nothing here can be rated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from accreditation.library.edition import Library
from accreditation.library.loading import STANDARDS, open_source
from accreditation.library.schema import PROFESSIONS
from accreditation.library.words import Bilingual, Codes, Words, as_tuple
from kip.core.yaml_source import Loc, Source, Strict

FORMAT = "kip.history/1"
Verified = Annotated[bool | Literal["partial"], Field(description="read in the source, or only the scope named")]


class HistoricStandard(Bilingual):
    """A title (and, where read, the purpose) of a historic standard; kip_standard: ours on the same subject."""

    TEXTS: ClassVar = ("title",)
    number: str
    number_status: str
    title: Words
    title_status: str
    scope: Literal["generic", "profession_specific"]
    kip_standard: Codes
    sources: Codes
    theme: str | None = None
    patient_safety_critical_theme: bool = False
    purpose_da: str | None = None
    purpose_en: str | None = None
    published_focus_en: Codes = ()
    note: str | None = None


class HistoricTheme(Strict):
    code: str
    title_da: str
    status: str


class Missing(Strict):
    """A place in the set that could not be read."""

    position: int | str
    reason: str


class HistoricProgramme(Strict):
    """One historic set: dates as written in the source, standards as far as they were read."""

    id: str
    profession: str
    name_da: str
    version: str | None
    issued: str | None
    standards_total: int | None
    verified: Verified
    verified_scope: str
    sources: Codes
    standards: Annotated[tuple[HistoricStandard, ...], BeforeValidator(as_tuple)]
    missing: Annotated[tuple[Missing, ...], BeforeValidator(as_tuple)] = ()
    themes: Annotated[tuple[HistoricTheme, ...], BeforeValidator(as_tuple)] = ()
    surveys: str | None = None
    cycle_years: int | None = None
    written_documents: str | None = None
    annexes: Codes = ()


_PROGRAMME = TypeAdapter(HistoricProgramme)


def load_history(library: Library, path: Path = STANDARDS / "ddkm_history.yaml") -> tuple[HistoricProgramme, ...]:
    """The historic sets, every reference to the library checked; raises DefinitionError."""
    source = open_source(path, FORMAT, ("format", "ddkm_programmes"))
    found: list[HistoricProgramme] = []
    for place, raw in enumerate(source.section("ddkm_programmes", list)):
        loc: Loc = ("ddkm_programmes", place)
        programme = source.parse(_PROGRAMME, loc, raw)
        _check(source, loc, programme, library, [other.id for other in found])
        found.append(programme)
    return tuple(found)


def _check(source: Source, loc: Loc, programme: HistoricProgramme, library: Library, ids: Sequence[str]) -> None:
    if programme.id in ids:
        raise source.error((*loc, "id"), f"the set {programme.id} is given twice")
    if programme.profession not in PROFESSIONS:
        raise source.error((*loc, "profession"), f"the set {programme.id} names an unknown profession {programme.profession}")
    ours = {standard.number for standard in library.standards}
    numbers: set[str] = set()
    for place, standard in enumerate(programme.standards):
        where: Loc = (*loc, "standards", place)
        if standard.number in numbers:
            raise source.error((*where, "number"), f"the number {standard.number} is given twice in {programme.id}")
        numbers.add(standard.number)
        for name, known in (("kip_standard", ours), ("sources", library.sources)):
            for code in getattr(standard, name):
                if code not in known:
                    raise source.error((*where, name), f"the standard {standard.number} names an unknown {name} {code}")


def counterparts(history: Sequence[HistoricProgramme], number: str) -> tuple[tuple[HistoricProgramme, HistoricStandard], ...]:
    """The historic standards on the same subject as one of ours, in the order of the file."""
    return tuple(
        (programme, standard) for programme in history for standard in programme.standards if number in standard.kip_standard
    )
