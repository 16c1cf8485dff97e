"""Which report a person may read of a survey, and that somebody has read it."""

import json

from accreditation.models import Survey, SurveyReport
from accreditation.queries import visible
from kip.core import audit
from kip.core.scope import Persona
from practices.acting import Acting

PURPOSE = "accreditation"
# Before it is final the report is read by the practice, which is heard, and by the team that writes it.
DRAFTS = frozenset({Persona.PRACTICE, Persona.SURVEY})


def reports(by: Acting, survey_id: int) -> tuple[Survey, list[SurveyReport]]:
    """The survey with the newest report of each round that has one. Raises Http404 when the person may see neither."""
    survey = visible.survey(by, survey_id)
    found = SurveyReport.objects.filter(survey=survey).order_by("round", "-final", "-number")
    kept = found if by.persona in DRAFTS else found.filter(final=True)
    return survey, list({row.round: row for row in reversed(kept)}.values())


def looked(by: Acting, survey: Survey, row: SurveyReport, act: str = "viewed") -> None:
    """The practice reads who looked at its report; its own people leave a trace when they take it home."""
    if by.persona is Persona.PRACTICE and act == "viewed":
        return
    detail = json.dumps({"survey": survey.pk, "round": row.round, "final": row.final, "number": row.number})
    audit.record(act, practice_id=survey.practice_id, kind="survey_report", object_id=row.pk, purpose=PURPOSE, detail=detail)
