"""What "Help me" says at an indicator: never rated, and no measure of how often a finding occurs."""

from __future__ import annotations

from dataclasses import dataclass

from accreditation.library.edition import Edition
from accreditation.library.words import Words


@dataclass(frozen=True)
class Help:
    """How an indicator can be shown, what others have lacked, and what KIP already holds that may be evidence.

    methods: how the surveyor will look at it. own_evidence: codes figures, patient_answers, learning. minutes: estimate.
    """

    number: str
    how_to_show: Words
    frequent_findings: tuple[Words, ...]
    methods: tuple[Words, ...]
    written: Words | None
    own_evidence: tuple[str, ...]
    minutes: int


def help_for(edition: Edition, number: str) -> Help:
    """Help for one indicator; the texts are its standard's. Raises KeyError for an unknown number."""
    indicator, standard, words = edition.indicators[number], edition.standard_of(number), edition.vocabulary
    return Help(
        number=number,
        how_to_show=standard.how_to_show,
        frequent_findings=standard.frequent_findings,
        methods=tuple(words.assessed_by[method] for method in indicator.assessed_by),
        written=words.written_requirement[indicator.written_requirement] if indicator.written_requirement else None,
        own_evidence=indicator.own_evidence,
        minutes=indicator.minutes,
    )
