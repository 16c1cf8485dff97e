"""Pathway definitions: a strict schema, and refusals that name file, line and one sentence (definitions/pathways.yaml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from datacapture.actions.library import DEFINITIONS
from datacapture.engine.catalogue import CodeSet
from datacapture.engine.grammar import KIND, Names, Profession, Value
from datacapture.engine.library import load_sets
from kip.core.workdays import add_months
from kip.core.yaml_source import DefinitionError, Source, Strict

HOSPITAL = "hospital"
ENTRY_MONTHS = 12
MOST_STEPS = 8
_SPAN = re.compile(r"([1-9]\d{0,2})(d|m)")


def _span(raw: object) -> object:
    if isinstance(raw, Span):
        return raw
    match = _SPAN.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        raise ValueError(f"'{raw}' is not a time: write a whole number of days or months, for example 28d or 12m")
    return Span(number=int(match[1]), unit="d" if match[2] == "d" else "m")


class Span(Strict):
    """A number of days or calendar months."""

    number: int
    unit: Literal["d", "m"]

    def after(self, day: date) -> date:
        """The last day of the span that begins on a day."""
        return day + timedelta(days=self.number) if self.unit == "d" else add_months(day, self.number)

    def before(self, day: date) -> date:
        """The latest day whose span is over on a day (month ends: the shorter month decides)."""
        return day - timedelta(days=self.number) if self.unit == "d" else add_months(day, -self.number)

    @property
    def sql(self) -> str:
        """The span as an interval."""
        return f"interval '{self.number} {'days' if self.unit == 'd' else 'months'}'"


SpanField = Annotated[Span, BeforeValidator(_span)]


class Match(Strict):
    """The events that count: a kind, code sets and a test of the value. Events entered in error never count."""

    kind: Annotated[str, Field(pattern=KIND)]
    codes: Names
    value: Value | None = None


class Step(Strict):
    """One step; see the head of pathways.yaml for each field."""

    id: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")]
    da: Annotated[str, Field(min_length=1, max_length=80)]
    en: Annotated[str, Field(min_length=1, max_length=80)]
    at: Annotated[list[Profession], Field(min_length=1)] | Literal["hospital"]
    event: Match
    having: Match | None = None
    from_: Annotated[Literal["start", "previous"], Field(alias="from")] = "previous"
    within: SpanField | None = None
    until: SpanField | None = None
    wanted: bool = True
    measure: Annotated[str, Field(pattern=r"^[A-Z]{1,4}-\d{2}$")] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.at == HOSPITAL and self.event.kind != "hosp":
            raise ValueError("a step at hospital looks for events of kind hosp")
        if self.within and self.until and self.until.after(_ANY_DAY) < self.within.after(_ANY_DAY):
            raise ValueError("until must not end before within")
        if not self.wanted and self.within:
            raise ValueError("a step that is not wanted has no time limit: give until alone")
        return self

    @property
    def patience(self) -> Span:
        """How long is waited before the step counts as not taken."""
        span = self.until or self.within
        assert span is not None
        return span


class Words(Strict):
    """A text in both languages."""

    da: str
    en: str


class Pathway(Strict):
    """An ordered way across practices and hospital."""

    id: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")]
    da: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=60)]
    about: Words
    trust: Literal["verified", "part", "draft"]
    source: str
    steps: Annotated[list[Step], Field(min_length=2, max_length=MOST_STEPS)]

    @model_validator(mode="after")
    def _way(self) -> Self:
        names = [step.id for step in self.steps]
        for place, step in enumerate(self.steps):
            if step.id in names[:place]:
                raise ValueError(f"the step {step.id} is given twice")
            if place == 0 and (step.within or step.until or not step.wanted or "from_" in step.model_fields_set):
                raise ValueError(f"the start {step.id} has no from, within, until or wanted")
            if place and not (step.within or step.until):
                raise ValueError(f"the step {step.id} needs within or until")
            if place and step.having:
                raise ValueError(f"having belongs to the start, not to the step {step.id}")
            if place and not self.steps[self.anchor(place)].wanted:
                raise ValueError(f"the step {step.id} follows one that is not wanted: count it from the start")
        return self

    def anchor(self, place: int) -> int:
        """The step that a later step is counted from."""
        return 0 if self.steps[place].from_ == "start" else place - 1

    def followers(self, place: int) -> list[int]:
        """The steps that are counted from this one."""
        return [later for later in range(1, len(self.steps)) if later > place and self.anchor(later) == place]

    def entry(self, month_end: date) -> tuple[date, date]:
        """First and last day of entering: twelve months that everybody's whole way fits after, up to the month end."""
        last = min(self._last_start(place, month_end) for place in range(1, len(self.steps)))
        return add_months(last, -ENTRY_MONTHS) + timedelta(days=1), last

    def _last_start(self, place: int, month_end: date) -> date:
        day = month_end
        while place:
            day, place = self.steps[place].patience.before(day), self.anchor(place)
        return day

    def sets(self) -> set[str]:
        """The code sets that the pathway cannot do without."""
        matches = [match for step in self.steps for match in (step.event, step.having) if match]
        return {name for match in matches for name in (*match.codes, *((match.value and match.value.codes) or ()))}


_ANY_DAY = date(2001, 1, 1)
_PATHWAY = TypeAdapter(Pathway)


def load_pathways(folder: Path = DEFINITIONS) -> dict[str, Pathway]:
    """Checked pathways by id, in the order of the file; raises DefinitionError."""
    source = Source(folder / "pathways.yaml")
    for key in source.data:
        if key not in ("version", "pathways"):
            raise source.error((key,), f"the key {key} is not known at the top of the file")
    sets = load_sets(folder / "codesets.yaml")
    found: dict[str, Pathway] = {}
    for number, raw in enumerate(source.section("pathways", list)):
        pathway = source.parse(_PATHWAY, ("pathways", number), raw)
        if pathway.id in found:
            raise source.error(("pathways", number), f"the pathway {pathway.id} is given twice")
        _check_sets(source, ("pathways", number), pathway, sets)
        found[pathway.id] = pathway
    return found


@cache
def pathways() -> dict[str, Pathway]:
    """The pathways of this installation. Callers must not change the map."""
    return load_pathways()


def _check_sets(source: Source, loc: tuple[str | int, ...], pathway: Pathway, sets: Mapping[str, CodeSet]) -> None:
    for place, step in enumerate(pathway.steps):
        for field in ("event", "having"):
            match = getattr(step, field)
            for name in match.codes if match else ():
                if name not in sets:
                    raise source.error((*loc, "steps", place, field, "codes"), f"the code set {name} is not known")


__all__ = ["ENTRY_MONTHS", "HOSPITAL", "DefinitionError", "Match", "Pathway", "Span", "Step", "load_pathways", "pathways"]
