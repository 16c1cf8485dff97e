"""Background work of reports. The finished file waits in the job's own row, behind the practice's wall."""

import base64
from typing import Any

from django.utils import translation

from datacapture.queries.releases import shown_to
from kip.core.jobs import Progress, job
from kip.core.scope import Scope, activate
from kip.reports.practice_pdf import practice_pdf

PRACTICE_PDF = "reports.practice_pdf"


@job(PRACTICE_PDF)
def make_practice_pdf(scope: Scope, progress: Progress, *, language: str) -> dict[str, Any]:
    """Draw the report in the scope of the practice that asked for it."""
    if scope.practice_id is None:
        raise ValueError("the job names no practice")
    progress(0, 1)
    with translation.override(language), activate(scope):
        release = shown_to(scope.practice_id)
        pdf = practice_pdf(scope.practice_id)
    progress(1, 1)
    return {"pdf": base64.b64encode(pdf).decode("ascii"), "release": release.label if release else "", "language": language}
