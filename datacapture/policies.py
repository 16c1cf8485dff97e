"""Who may do what with deliveries and agreements, and what a purpose lets in. Pure rules, no queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from datacapture import codes
from datacapture.intake.check import Decision, Outcome
from practices.enums import PRACTICE_ROLES, Role

AGREEMENT_VERSION = "1.0"


@dataclass(frozen=True)
class Gate:
    """An open enrolment: the purpose, what it lets in, and from which day."""

    purpose_id: int
    code: str
    name: str
    code_sets: frozenset[str]
    since: date

    def lets_in(self, system: str, code: str, day: date | None) -> bool:
        """True for an allow-listed code dated on or after the enrolment."""
        return day is not None and day >= self.since and codes.allowed(system, code, self.code_sets)


@dataclass(frozen=True)
class IntakeFilter:
    """The lock on intake: an event is kept only when one open enrolment lets it in (design note datacapture.md 1.3)."""

    gates: Sequence[Gate]

    def decide(self, system: str, code: str, day: date | None) -> Decision:
        """As `datacapture.intake.check.PurposeFilter`; a listed patient ('', '') is kept for any open enrolment."""
        names = ", ".join(gate.name for gate in self.gates)
        if not system:
            return Decision(Outcome.KEPT)
        listing = [gate for gate in self.gates if codes.allowed(system, code, gate.code_sets)]
        if not listing:
            return Decision(Outcome.CODE_OUTSIDE_PURPOSE, {"purpose": names})
        if not any(gate.lets_in(system, code, day) for gate in listing):
            return Decision(Outcome.DATE_BEFORE_ENROLMENT, {"date": min(gate.since for gate in listing).isoformat()})
        return Decision(Outcome.KEPT)


def is_open(valid_from: date, valid_until: date, today: date) -> bool:
    """A purpose takes in from its first to its last day, both included."""
    return valid_from <= today <= valid_until


def may_deliver(role: str) -> bool:
    """Every role of a practice may send its files."""
    return role in PRACTICE_ROLES


def may_sign(role: str) -> bool:
    """Only the practice manager binds the practice: agreements and keys of the interface."""
    return role == Role.PRACTICE_MANAGER


def may_register_objection(role: str) -> bool:
    """A patient may turn to anyone who treats them or leads the practice."""
    return role in (Role.PRACTICE_MANAGER, Role.CLINICIAN)


APPROVERS = 2


def may_prepare_release(role: str) -> bool:
    """The analyst starts, stops, checks, publishes and withdraws a release; the numbers themselves come from the worker."""
    return role == Role.NATIONAL_ANALYST


def may_approve_release(role: str) -> bool:
    """Two people let a release out, and neither of them made it: the steering group and the regions' administrators."""
    return role in (Role.STEERING_GROUP_MEMBER, Role.REGIONAL_ADMINISTRATOR)


def may_read_releases(role: str) -> bool:
    """Whoever prepares or approves, and the consultants whose work list follows from a release."""
    return may_prepare_release(role) or may_approve_release(role) or role == Role.QUALITY_CONSULTANT


def may_draft_definition(role: str) -> bool:
    """The analyst writes definitions."""
    return role == Role.NATIONAL_ANALYST


def may_check_definition(role: str) -> bool:
    """Another analyst or the steering group lets a definition run; never the one who wrote it."""
    return role in (Role.NATIONAL_ANALYST, Role.STEERING_GROUP_MEMBER)


def uncovered(wanted: Collection[str], known: Collection[str]) -> list[str]:
    """Code sets that a purpose names but the library lacks."""
    return sorted(set(wanted) - set(known))
