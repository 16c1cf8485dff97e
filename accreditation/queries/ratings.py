"""The team's ratings: what is current, what waits for a choice, and what was said before."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from uuid import UUID

from accreditation.enums import State
from accreditation.models import FollowUpRating, StandardIndicator, Survey, SurveyorRating

Rating = SurveyorRating | FollowUpRating
KEPT_IN: Mapping[int, type[SurveyorRating] | type[FollowUpRating]] = {1: SurveyorRating, 2: FollowUpRating}
SECOND_ROUND = (State.FOLLOW_UP_RECEIVED, State.FOLLOW_UP_RATED, State.IN_HEARING_2)


def round_being_rated(survey: Survey) -> int:
    """2 while the follow-up is being rated, else 1."""
    return 2 if survey.state in SECOND_ROUND else 1


def rows(survey: Survey, round_number: int) -> list[Rating]:
    """Every revision of the round, oldest first."""
    return list(KEPT_IN[round_number].objects.filter(survey=survey).order_by("indicator_id", "revision"))


def current_of(given: Iterable[Rating]) -> dict[int, Rating]:
    """By indicator id: the newest revision that is not conflicting."""
    return {row.indicator_id: row for row in given if not row.conflicting}


def waiting_of(given: Iterable[Rating]) -> dict[int, list[Rating]]:
    """By indicator id: conflicting revisions that nobody has chosen between yet."""
    listed = list(given)
    settled: set[UUID] = {pk for row in listed for pk in row.resolves}
    waiting: dict[int, list[Rating]] = {}
    for row in listed:
        if row.conflicting and row.pk not in settled:
            waiting.setdefault(row.indicator_id, []).append(row)
    return waiting


def current(survey: Survey, round_number: int = 1) -> dict[int, Rating]:
    return current_of(rows(survey, round_number))


def waiting(survey: Survey, round_number: int = 1) -> dict[int, list[Rating]]:
    return waiting_of(rows(survey, round_number))


def history(survey: Survey, indicator: StandardIndicator, round_number: int = 1) -> list[Rating]:
    """All revisions of one indicator, oldest first."""
    return [row for row in rows(survey, round_number) if row.indicator_id == indicator.pk]


def digest(survey: Survey, round_number: int) -> str:
    """SHA-256 of the current ratings with their reasons: what a member of the team agrees with."""
    said = sorted((pk, row.rating, row.reason) for pk, row in current(survey, round_number).items())
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
