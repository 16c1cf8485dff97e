"""Writes down what stays open after the first round."""

from accreditation.models import FollowUp, StandardIndicator, Survey
from accreditation.queries.cases import ruled


def open_rows(survey: Survey, kind: str) -> list[FollowUp]:
    """A follow-up of that kind for every indicator the rules leave open. Call within the step that opens it."""
    numbers = ruled(survey).open
    indicators = StandardIndicator.objects.filter(edition=survey.edition_id, number__in=numbers)
    rows = [FollowUp(survey=survey, practice_id=survey.practice_id, indicator=row, kind=kind) for row in indicators]
    return FollowUp.objects.bulk_create(rows)
