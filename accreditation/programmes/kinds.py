"""A programme kind: which states, clocks, scale, team and rules a survey of it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from accreditation.clocks import Basis, Clock
from accreditation.library import Words, digest_of
from accreditation.library.words import Codes
from accreditation.rules import RuleSet, rule_set
from kip.core.yaml_source import Strict

DEFAULT = "default"  # the entry for professions that have none of their own
Covers = Literal["all", "open", "chosen", "points"]
Place = Literal["practice", "meeting", "none"]


class Team(Strict):
    """How many surveyors a visit has."""

    least: Annotated[int, Field(ge=0)]
    most: Annotated[int, Field(ge=1)]
    basis: Basis

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.most < self.least:
            raise ValueError("a team has at most as many as `most`, which must not be below `least`")
        return self


class Kind(Strict):
    """One kind, complete: `content` can be stored with a survey, so that a later change of the file does not touch it.

    covers: which indicators are rated (all that apply, the open ones of an earlier survey, chosen standards, or free
    points). place: where it happens. clocks: by name, then by profession.
    """

    code: str
    title: Words
    purpose: Words
    rule_set: str
    rule_set_version: int
    covers: Covers
    place: Place
    cycle_months: int | None = None
    public: bool
    team: dict[str, Team]
    states: Codes
    clocks: dict[str, dict[str, Clock]]

    @property
    def rules(self) -> RuleSet:
        """The rule set with its scale, statuses and their words."""
        return rule_set(self.rule_set, self.rule_set_version)

    @property
    def hearing(self) -> bool:
        """True when the practice is heard on the report."""
        return "in_hearing" in self.states

    @property
    def committee(self) -> bool:
        """True when a committee may decide."""
        return bool({"decision", "committee_round_2"} & set(self.states))

    def team_for(self, profession: str) -> Team:
        """How many surveyors a practice of a profession gets."""
        return self.team.get(profession, self.team[DEFAULT])

    def clock(self, name: str, profession: str = "") -> Clock:
        """A clock as it is for a profession; raises KeyError when the kind has no such clock."""
        forms = self.clocks[name]
        return forms.get(profession, forms[DEFAULT])

    def content(self) -> dict[str, Any]:
        """Everything the kind says, as JSON data."""
        return self.model_dump(mode="json")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return digest_of(self.content())


def restore_kind(content: Mapping[str, Any]) -> Kind:
    """Kind of stored content; raises pydantic.ValidationError."""
    return Kind.model_validate_json(json.dumps(content))
