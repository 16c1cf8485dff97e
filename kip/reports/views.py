"""Reports: ask for one, watch it being made, take it home."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from kip.core import audit
from kip.core.allow import allow
from kip.core.jobs import enqueue, progress_of
from kip.core.models import Job
from kip.core.scope import Persona
from kip.reports.jobs import PRACTICE_PDF
from kip.reports.queries import recent_reports, report_file, report_job
from practices.acting import ActingRequest


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def practice_report(request: ActingRequest) -> HttpResponse:
    scope = request.acting.scope
    if request.method == "POST":
        language = get_language() or "da"
        work = enqueue(PRACTICE_PDF, scope=scope, key=f"{scope.practice_id}:{language}", language=language)
        audit.record("ordered", practice_id=scope.practice_id, kind="practice_report", object_id=work.pk)
        return redirect("reports:progress", work.pk)
    return render(request, "reports/practice_report.html", {"recent": recent_reports(scope.practice_id)})


@require_GET
@allow(Persona.PRACTICE)
def progress(request: ActingRequest, job_id: UUID) -> HttpResponse:
    work = _job(request, job_id)
    running = work.state in (Job.State.WAITING, Job.State.RUNNING)
    context = {"work": work, "running": running, "url": request.path, **progress_of(work)}
    if request.htmx and not running:
        return HttpResponseClientRedirect(request.path)
    return render(request, "reports/_progress.html" if request.htmx else "reports/progress.html", context)


@require_GET
@allow(Persona.PRACTICE)
def download(request: ActingRequest, job_id: UUID) -> HttpResponse:
    work = _job(request, job_id)
    if work.state != Job.State.DONE:
        raise Http404
    pdf, name = report_file(work)
    audit.record("downloaded", practice_id=work.practice_id, kind="practice_report", object_id=work.pk)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _job(request: ActingRequest, job_id: UUID) -> Job:
    work = report_job(request.acting.scope.practice_id, job_id)
    if work is None:
        raise Http404
    return work
