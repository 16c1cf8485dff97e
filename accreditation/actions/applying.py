"""Writes which indicators are asked of a practice, and the empty answers to them."""

from typing import Any

from accreditation.models import Applicability, EditionMapping, SelfAssessment, StandardIndicator, Survey
from accreditation.queries.relevance import computed, reason_data


def apply(survey: Survey) -> int:
    """Compute anew what is asked; what a person has chosen stays where the rule leaves a choice. Returns how many are asked."""
    indicators = {row.number: row for row in StandardIndicator.objects.filter(edition=survey.edition_id)}
    known = {row.indicator.number: row for row in Applicability.objects.filter(survey=survey).select_related("indicator")}
    rows: list[Applicability] = []
    fresh: list[Applicability] = []
    changed: list[Applicability] = []
    for number, found in computed(survey).items():
        row = known.get(number)
        chosen = row is not None and row.changed_by_id is not None and found.may_be_changed
        row = row or Applicability(survey=survey, practice_id=survey.practice_id, indicator=indicators[number])
        before = _said(row)
        if not chosen:
            row.relevant, row.reason, row.changed_by_id = found.relevant, reason_data(found.reason), None
        row.may_be_changed = found.may_be_changed
        row.written, row.written_reason = found.written or "", reason_data(found.written_reason)
        rows.append(row)
        if number not in known:
            fresh.append(row)
        elif _said(row) != before:
            changed.append(row)
    Applicability.objects.bulk_create(fresh)
    fields = ["relevant", "reason", "may_be_changed", "changed_by", "written", "written_reason"]
    Applicability.objects.bulk_update(changed, fields)
    return sum(row.relevant for row in rows)


def _said(row: Applicability) -> tuple[Any, ...]:
    """What a row says, to see whether it has changed."""
    return row.relevant, row.reason, row.changed_by_id, row.may_be_changed, row.written, row.written_reason


def open_answers(survey: Survey) -> None:
    """An empty answer for every indicator asked, with last cycle's answer to the same thing as a proposal."""
    asked = Applicability.objects.filter(survey=survey, relevant=True).values_list("indicator_id", flat=True)
    known = set(SelfAssessment.objects.filter(survey=survey).values_list("indicator_id", flat=True))
    former = _former(survey)
    SelfAssessment.objects.bulk_create(
        SelfAssessment(survey=survey, practice_id=survey.practice_id, indicator_id=pk, proposed=former.get(pk))
        for pk in asked
        if pk not in known
    )


def _former(survey: Survey) -> dict[int, SelfAssessment]:
    """By this edition's indicator: last cycle's finished answer to the indicator it comes from."""
    if survey.previous_id is None:
        return {}
    answers = {row.indicator_id: row for row in SelfAssessment.objects.filter(survey=survey.previous_id).exclude(answer="")}
    if answers and survey.previous is not None and survey.previous.edition_id == survey.edition_id:
        return answers
    origins = EditionMapping.objects.filter(new_edition=survey.edition_id, old__in=answers, new__isnull=False)
    return {row.new_id: answers[row.old_id] for row in origins.order_by("-pk") if row.new_id and row.old_id}
