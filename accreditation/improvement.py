"""Where a finding leads on to: a guideline of the standard, and what later apps offer, as an improvement project.

An app joins in its AppConfig.ready() with `offer`. As long as none has joined, a finding offers nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from accreditation.models import Survey
from practices.acting import Acting


@dataclass(frozen=True)
class Finding:
    """A rating below the passing ones: the survey, the indicator's number and its standard's."""

    survey: Survey
    number: str
    standard: str


@dataclass(frozen=True)
class Offer:
    """A link under a finding: what the person does there, and its address."""

    words: str
    url: str


Offering = Callable[[Acting, Finding], Offer | None]
_joined: list[Offering] = []


def offer(offering: Offering) -> Offering:
    """Join: `offering` answers for one finding with a link, or None where it has nothing for this person."""
    if offering not in _joined:
        _joined.append(offering)
    return offering


def leave(offering: Offering) -> None:
    """Join no more."""
    _joined.remove(offering)


def offers(by: Acting, finding: Finding) -> list[Offer]:
    """What the joined apps offer, in the order they joined."""
    return [found for offering in _joined if (found := offering(by, finding)) is not None]
