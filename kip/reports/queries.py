"""The reports a practice has asked for; the wall shows it only its own jobs."""

import base64
from uuid import UUID

from kip.core.models import Job
from kip.reports.jobs import PRACTICE_PDF

SHOWN = 5


def recent_reports(practice_id: int) -> list[Job]:
    """The newest finished reports, without the files."""
    done = Job.objects.filter(name=PRACTICE_PDF, practice_id=practice_id, state=Job.State.DONE)
    return list(done.defer("result").order_by("-created_at")[:SHOWN])


def report_job(practice_id: int, job_id: UUID) -> Job | None:
    """One report's job of the practice, or None."""
    return Job.objects.filter(pk=job_id, name=PRACTICE_PDF, practice_id=practice_id).first()


def report_file(work: Job) -> tuple[bytes, str]:
    """The finished PDF and its file name."""
    result = work.result or {}
    return base64.b64decode(result["pdf"]), f"kip-rapport-{result['release']}-{result['language']}.pdf"
