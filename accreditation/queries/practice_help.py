"""Help at a point: how it can be shown, what was seen here and elsewhere, and what the portal already knows of the practice."""

from collections.abc import Sequence
from dataclasses import dataclass

from accreditation.library import Help, help_for
from accreditation.models import FindingTally, FollowUpRating, SurveyorRating
from accreditation.queries.pinned import edition_of
from accreditation.queries.practice_self import Task
from accreditation.queries.ratings import Rating, current_of
from kip.core.own_evidence import Offer, offered

QUARTERS = 4


@dataclass(frozen=True)
class Elsewhere:
    """How often the point was open in the country's finished reports of the last counted quarters; hidden: too few to say."""

    surveys: int
    findings: int
    hidden: bool


@dataclass(frozen=True)
class OwnKind:
    """What the portal offers of a kind: first what speaks of the point's own standard, then the rest."""

    kind: str
    words: str
    near: Sequence[Offer]
    far: Sequence[Offer]

    @property
    def every(self) -> list[Offer]:
        return [*self.near, *self.far]


@dataclass(frozen=True)
class PointHelp:
    """before: the rating of the former survey at the same point; elsewhere: None when nothing has been counted."""

    hints: Help
    before: Rating | None
    elsewhere: Elsewhere | None
    own: Sequence[OwnKind]

    def offer(self, chosen: str) -> tuple[str, Offer] | None:
        """By "kind:key", as the form gives it."""
        kind, _colon, key = chosen.partition(":")
        return next(((one.kind, item) for one in self.own if one.kind == kind for item in one.every if item.key == key), None)

    @property
    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """For a field that chooses between all offers."""
        return [(one.words, [(f"{one.kind}:{item.key}", f"{item.key} {item.title}") for item in one.every]) for one in self.own]


def help_of(task: Task) -> PointHelp:
    """The number of queries does not depend on how much there is to show."""
    survey = task.asked.survey
    hints = help_for(edition_of(survey), task.number)
    return PointHelp(hints, _before(task), _elsewhere(task), _own(task, hints))


def _before(task: Task) -> Rating | None:
    """The newest rating that the former survey gave this point."""
    survey = task.asked.survey
    if survey.previous_id is None:
        return None
    point = task.own.proposed.indicator_id if task.own and task.own.proposed else task.asked.indicator_id
    for kept in (FollowUpRating, SurveyorRating):
        found = current_of(kept.objects.filter(survey=survey.previous_id, indicator=point).order_by("revision")).get(point)
        if found is not None:
            return found
    return None


def _elsewhere(task: Task) -> Elsewhere | None:
    """Over the last quarters; each quarter's number is public already, so the sum tells nothing more."""
    rows = list(FindingTally.objects.filter(region=None, indicator=task.asked.indicator_id).order_by("-quarter")[:QUARTERS])
    if not rows:
        return None
    shown = [row for row in rows if not row.suppressed]
    return Elsewhere(sum(row.surveys or 0 for row in shown), sum(row.findings or 0 for row in shown), not shown)


def _own(task: Task, hints: Help) -> list[OwnKind]:
    words = edition_of(task.asked.survey).vocabulary.own_evidence
    found = []
    for kind in hints.own_evidence:
        offers = offered(kind, task.asked.practice_id)
        if offers:
            near = [one for one in offers if task.standard.number in one.standards]
            found.append(OwnKind(kind, str(words[kind]), near, [one for one in offers if one not in near]))
    return found
