"""Freezes the report as it stands when it is signed; a later one is the next number."""

import hashlib
import json

from accreditation import timeline
from accreditation.actions.moving import record
from accreditation.models import Survey, SurveyReport
from accreditation.queries.report import Data, content_of
from practices.acting import Acting


def digest_of(content: Data) -> str:
    """SHA-256 of what is said, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def sign(*, by: Acting, survey: Survey, round_number: int, final: bool) -> SurveyReport:
    """Store the report of the round, draft or final, with the signer's name. Call within the step that it belongs to."""
    content = content_of(survey, round_number)
    number = SurveyReport.objects.filter(survey=survey, round=round_number, final=final).count() + 1
    report = SurveyReport.objects.create(
        survey=survey, practice_id=survey.practice_id, round=round_number, final=final, number=number, content=content,
        digest=digest_of(content), signed_by_id=by.scope.user_id, signed_name=by.person_name, signed_at=timeline.now(),
    )  # fmt: skip
    record("signed_report", survey, kind="survey_report", object_id=report.pk, round=round_number, final=final)
    return report
