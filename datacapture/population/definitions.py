"""What the population page asks (definitions/population.yaml), as a strict schema that names file, line and a sentence."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from datacapture.actions.library import DEFINITIONS
from datacapture.engine.grammar import Names
from datacapture.engine.library import load_definitions
from kip.core.yaml_source import Source, Strict

Ident = Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")]
Text = Annotated[str, Field(min_length=1, max_length=90)]


class Disease(Strict):
    """A chronic disease, and the measure whose list leads on."""

    id: Ident
    da: Text
    en: Text
    codes: Names
    measure: str


class Found(Strict):
    """Newly noted diseases among people who were tested without being known to have it."""

    id: Ident
    da: Text
    en: Text
    test: Names
    disease: Names
    measure: str


class Avoidable(Strict):
    """Admissions that care in good time often spares, per `per` persons from an age."""

    codes: Names
    age: Annotated[int, Field(ge=0, le=120)]
    per: Annotated[int, Field(ge=1)]
    measure: str


class Asked(Strict):
    """The whole page."""

    version: int
    diseases: Annotated[list[Disease], Field(min_length=1)]
    found: list[Found]
    early: list[str]
    medicine: list[str]
    same: list[str]
    many_measure: str
    avoidable: Avoidable
    older: str

    def measures(self) -> set[str]:
        """Every measure the page names."""
        named = {item.measure for item in (*self.diseases, *self.found, self.avoidable)}
        return named | {*self.early, *self.medicine, *self.same, self.many_measure, self.older}

    def sets(self) -> set[str]:
        """Every code set the page names."""
        lists = (
            [item.codes for item in self.diseases] + [item.test + item.disease for item in self.found] + [self.avoidable.codes]
        )
        return {name for names in lists for name in names}


def load_asked(folder: Path = DEFINITIONS) -> Asked:
    """The checked file; raises DefinitionError."""
    source = Source(folder / "population.yaml")
    asked: Asked = source.parse(TypeAdapter(Asked), (), source.data)
    library = load_definitions(folder)
    for kind, named, known in (
        ("code set", asked.sets(), library.sets),
        ("measure", asked.measures(), library.indicators),
    ):
        for name in sorted(named):
            if name not in known:
                raise source.error((), f"the {kind} {name} is not known")
    return asked


@cache
def asked() -> Asked:
    """What this installation asks."""
    return load_asked()
