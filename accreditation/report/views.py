"""The report for everybody who may read it: the practice, its team, its region, and the committee while the case is open."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from accreditation.pages import who
from accreditation.report.finding import looked, reports
from accreditation.report.pdf import report_number, report_pdf
from accreditation.report.reading import Reading, reading_of
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest

# Where each reader comes from; a committee member's case has another number than the survey.
SURVEY_PAGES = {Persona.PRACTICE: "accreditation:survey", Persona.REGION: "office:survey", Persona.SURVEY: "visit:plan"}
READERS = (Persona.PRACTICE, Persona.REGION, Persona.SURVEY, Persona.COMMITTEE)


@require_GET
@allow(*READERS)
def page(request: ActingRequest, survey_id: int, round_number: int) -> HttpResponse:
    reading, others = _read(request, survey_id, round_number, "viewed")
    back = SURVEY_PAGES.get(request.acting.persona)
    crumbs = [(reading.practice, reverse(back, args=[survey_id]) if back else ""), (reading.title, "")]
    context = {"report": reading, "number": report_number(reading), "others": others, "crumbs": crumbs}
    return render(request, "accreditation/report/page.html", context)


@require_GET
@allow(*READERS)
def pdf(request: ActingRequest, survey_id: int, round_number: int) -> HttpResponse:
    reading, _others = _read(request, survey_id, round_number, "downloaded")
    answer = HttpResponse(report_pdf(reading), content_type="application/pdf")
    name = f"kip-akkreditering-{survey_id}-{round_number}-{get_language()}.pdf"
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


def _read(request: ActingRequest, survey_id: int, round_number: int, act: str) -> tuple[Reading, list[int]]:
    """The report of the round, and the other rounds that have one. Raises Http404."""
    by = who(request)
    survey, rows = reports(by, survey_id)
    row = next((one for one in rows if one.round == round_number), None)
    if row is None:
        raise Http404
    looked(by, survey, row, act)
    return reading_of(row, survey), [one.round for one in rows if one is not row]
