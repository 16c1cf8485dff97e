"""The team's report pages: the draft as it stands in the reader's language, who has spoken, and the hearing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from accreditation.enums import TeamRole
from accreditation.models import Agreement, Assignment, Hearing, HearingPoint, Survey, SurveyReport, TeamSummary
from accreditation.queries import ratings, visible
from accreditation.queries.report import content_of

BOTH = {"da", "en"}


@dataclass(frozen=True)
class Word:
    """What one member of the team has said of the ratings as they stand. said: the newest word on them, None for silence."""

    member: Assignment
    said: Agreement | None


@dataclass(frozen=True)
class Draft:
    """The report of a round. signed: what has been signed of it, newest first."""

    round: int
    content: Mapping[str, Any]
    summary: TeamSummary | None
    words: Sequence[Word]
    signed: Sequence[SurveyReport]


def draft_of(survey: Survey) -> Draft:
    """The report as it would be sent now."""
    round_number = ratings.round_being_rated(survey)
    return Draft(
        round_number,
        spoken(content_of(survey, round_number)),
        TeamSummary.objects.filter(survey=survey, round=round_number).first(),
        _words(survey, round_number),
        list(SurveyReport.objects.filter(survey=survey).order_by("-signed_at")),
    )


def _words(survey: Survey, round_number: int) -> list[Word]:
    seen = ratings.digest(survey, round_number)
    said = {row.by_id: row for row in Agreement.objects.filter(survey=survey, round=round_number, ratings=seen).order_by("at")}
    return [Word(item, said.get(item.user_id)) for item in visible.team(survey) if item.role != TeamRole.OBSERVER]


def spoken(part: Any) -> Any:
    """The same data; every {da, en} has its words in the active language as `text` besides."""
    if isinstance(part, list):
        return [spoken(item) for item in part]
    if not isinstance(part, dict):
        return part
    found = {name: spoken(item) for name, item in part.items()}
    if part.keys() >= BOTH:
        found["text"] = part["en" if get_language() == "en" else "da"]
    return found


def open_hearing_of(survey: Survey) -> tuple[Hearing | None, list[HearingPoint]]:
    """The hearing that runs, with its points in order."""
    hearing = Hearing.objects.filter(survey=survey, closed_at=None).first()
    points = hearing.points.select_related("indicator", "answered_by").order_by("number") if hearing else []
    return hearing, list(points)
