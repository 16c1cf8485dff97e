"""Which indicators a practice is asked about, and whether it must write its agreement down: computed, each "no" with its reason.

The rule of three staff groups was approved by IKAS (KEU-Syd, 2015); size and profession rules stand in the library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from accreditation.library.schema import GUIDELINE, GUIDELINE_IF_SHARED, Indicator, Standard
from accreditation.library.words import Words

SHARED_FROM = 3  # staff groups that make a written guideline necessary


class ReasonCode(StrEnum):
    OTHER_PROFESSION = "other_profession"
    TOO_FEW_PEOPLE = "too_few_people"
    TOO_FEW_STAFF_GROUPS = "too_few_staff_groups"
    NORMALLY_NOT_RELEVANT = "normally_not_relevant"
    ORAL_AGREEMENT_IS_ENOUGH = "oral_agreement_is_enough"


_TEXTS = {
    ReasonCode.OTHER_PROFESSION: ("Standarden gælder for andre faggrupper.", "The standard applies to other professions."),
    ReasonCode.TOO_FEW_PEOPLE: (
        "Punktet gælder kun, når mindst {n} personer arbejder i klinikken.",
        "The point applies only when at least {n} people work in the practice.",
    ),
    ReasonCode.TOO_FEW_STAFF_GROUPS: (
        "Punktet gælder kun, når mindst {n} personalegrupper er fælles om en arbejdsgang.",
        "The point applies only when at least {n} staff groups share a workflow.",
    ),
    ReasonCode.NORMALLY_NOT_RELEVANT: (
        "Punktet er normalt ikke relevant i jeres fag. Tag det med, hvis det passer på jeres klinik.",
        "The point is normally not relevant in your profession. Include it if it fits your practice.",
    ),
    ReasonCode.ORAL_AGREEMENT_IS_ENOUGH: (
        "Højst to personalegrupper er fælles om arbejdsgangen, så en mundtlig aftale er nok.",
        "No more than two staff groups share the workflow, so an oral agreement is enough.",
    ),
}


@dataclass(frozen=True)
class Reason:
    """Why something is not asked: a stable code, and the sentence in both languages."""

    code: ReasonCode
    text: Words


@dataclass(frozen=True)
class PracticeFacts:
    """What the rules need to know of a practice.

    people: everybody who works there, owners included (1 or more). shared_by: for an indicator's number, how many staff
    groups share its workflow, where the practice has said so; else all its staff groups are taken to share it.
    """

    profession: str
    people: int
    staff_groups: frozenset[str]
    shared_by: Mapping[str, int] = field(default_factory=dict)

    def sharing(self, number: str) -> int:
        """Staff groups that share the workflow of an indicator; never more than the practice has."""
        return min(self.shared_by.get(number, len(self.staff_groups)), len(self.staff_groups))


@dataclass(frozen=True)
class Applicability:
    """What is asked of one practice for one indicator.

    reason: why it is not relevant, else None. may_be_changed: the answer is a proposal the practice or a surveyor may
    turn round; otherwise it is a rule. written: what must be written here ("guideline", "plan" or None), and when a
    guideline is not asked, written_reason.
    """

    number: str
    relevant: bool
    reason: Reason | None
    may_be_changed: bool
    written: str | None
    written_reason: Reason | None


def applicability(standards: Iterable[Standard], facts: PracticeFacts) -> dict[str, Applicability]:
    """By indicator number, in the order of the standards, for an edition's standards or a whole library's.

    Raises ValueError when the practice has nobody in it.
    """
    if facts.people < 1:
        raise ValueError("a practice has at least one person")
    return {indicator.number: _asked(indicator, standard, facts) for standard in standards for indicator in standard.indicators}


def _asked(indicator: Indicator, standard: Standard, facts: PracticeFacts) -> Applicability:
    reason = _not_relevant(indicator, standard, facts)
    written, oral = _written(indicator, facts) if reason is None else (None, None)
    proposal = indicator.may_be_not_relevant if reason is None else reason.code == ReasonCode.NORMALLY_NOT_RELEVANT
    return Applicability(indicator.number, reason is None, reason, proposal, written, oral)


def _not_relevant(indicator: Indicator, standard: Standard, facts: PracticeFacts) -> Reason | None:
    if facts.profession not in standard.applies_to:
        return _reason(ReasonCode.OTHER_PROFESSION)
    if facts.people < indicator.least_people:
        return _reason(ReasonCode.TOO_FEW_PEOPLE, indicator.least_people)
    if facts.sharing(indicator.number) < indicator.least_staff_groups and indicator.least_staff_groups > 1:
        return _reason(ReasonCode.TOO_FEW_STAFF_GROUPS, indicator.least_staff_groups)
    if facts.profession in indicator.normally_not_relevant_for:
        return _reason(ReasonCode.NORMALLY_NOT_RELEVANT)
    return None


def _written(indicator: Indicator, facts: PracticeFacts) -> tuple[str | None, Reason | None]:
    if indicator.written_requirement != GUIDELINE_IF_SHARED:
        return indicator.written_requirement, None
    if facts.sharing(indicator.number) >= SHARED_FROM:
        return GUIDELINE, None
    return None, _reason(ReasonCode.ORAL_AGREEMENT_IS_ENOUGH)


def _reason(code: ReasonCode, n: int = 0) -> Reason:
    da, en = (text.format(n=n) for text in _TEXTS[code])
    return Reason(code, Words(da=da, en=en))
