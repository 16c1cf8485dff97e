"""What goes into a rule set and what comes out: plain data, no database, no request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import TypeAdapter

from accreditation.library.words import Words
from accreditation.rules import wording

LimitKind = Literal["breach", "requirement_notice", "warning_notice"]
ADMINISTRATIVE, COMMITTEE, NO_ROUTE = "administrative", "committee", "none"


@dataclass(frozen=True)
class Rated:
    """One rated indicator (CQC: key question). rating: a code of the rule set's scale, None while it is not rated."""

    number: str
    rating: str | None
    critical: bool = False
    assessed_by: tuple[str, ...] = ()
    standard: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Limit:
    """Enforcement that limits a CQC rating: a breach limits the whole, a notice one key question (`number`)."""

    kind: LimitKind
    number: str = ""


@dataclass(frozen=True)
class Case:
    """All a status follows from, and what is stored with a survey to compute it again.

    rated: every indicator of the first round (or of the earlier inspection). again: None in the first round; else only
    what was rated again, empty when nothing was received. raised_follow_up: a kind the surveyors chose above the rule's.
    """

    rated: tuple[Rated, ...]
    again: tuple[Rated, ...] | None = None
    limits: tuple[Limit, ...] = ()
    raised_follow_up: str = ""

    def as_data(self) -> dict[str, Any]:
        """JSON data; `from_data` gives an equal case."""
        data: dict[str, Any] = _CASE.dump_python(self, mode="json")
        return data

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Case:
        """Case of stored data; raises pydantic.ValidationError."""
        return _CASE.validate_python(data)


_CASE = TypeAdapter(Case)


@dataclass(frozen=True)
class Step:
    """One step of the reasoning: the rule (R0-R8 or the rule set's own), a stable code and its values; str() says it."""

    rule: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return wording.step(self.code, self.values)


@dataclass(frozen=True)
class Decision:
    """What the rules make of a case.

    status: what holds by rule now. route: "administrative" (the rule decides), "committee", or "none" (no decision).
    recommendation: what the rules recommend to whoever decides, else None. open: numbers below the passing ratings.
    follow_up: "", "material", "dialogue" or "visit". standards: displayed rating of each standard, never fed into the
    status. rated: all ratings with those of the second round merged in. relevant: how many are not outside the scale.
    """

    rule_set: str
    version: int
    status: str
    route: str
    recommendation: str | None
    open: tuple[str, ...]
    follow_up: str
    standards: Mapping[str, str]
    rated: tuple[Rated, ...]
    relevant: int
    steps: tuple[Step, ...]


class RuleError(ValueError):
    """A case the rules give no status for, or an act they refuse; `code` is stable, str() says it in the active language."""

    def __init__(self, code: str, numbers: Iterable[str] = ()) -> None:
        self.code, self.numbers = code, tuple(numbers)
        super().__init__(code, self.numbers)

    def __str__(self) -> str:
        return wording.fault(self.code, self.numbers)


class RuleSet(Protocol):
    """A rule set of one version. ratings and statuses: codes, best first; outside: the code that does not count, or None."""

    @property
    def code(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def digest(self) -> str: ...
    @property
    def ratings(self) -> tuple[str, ...]: ...
    @property
    def passes(self) -> frozenset[str]: ...
    @property
    def outside(self) -> str | None: ...
    @property
    def statuses(self) -> tuple[str, ...]: ...
    @property
    def words(self) -> Mapping[str, Words]: ...

    def decide(self, case: Case) -> Decision:
        """Status and reasoning; raises RuleError."""

    def standard_rating(self, ratings: Iterable[str]) -> str | None:
        """R1: the poorest of a standard's ratings, for display only."""
