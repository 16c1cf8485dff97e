"""R5 "Udforsk": a question to the stored area figures, as a table, a picture, a file and an interactive chart."""

import io

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

from datacapture.feedback_csv import csv_response, headed
from datacapture.queries.explore import ExplorePage, explore_page, file_rows
from kip.core import audit
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest
from practices.models import Region

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATE = 4  # column of the state in a file's line


def _answer(request: ActingRequest) -> ExplorePage:
    acts = request.acting
    region = Region.objects.get(pk=acts.scope.region_id)
    return explore_page(region, request.GET.dict(), acts.profession)


def _name(page: ExplorePage, ending: str) -> str:
    label = page.edition.label if page.edition else ""
    return f"kip-{page.question.code}-{page.question.group}-{label}.{ending}"


@require_GET
@allow(Persona.REGION)
def explore(request: ActingRequest) -> HttpResponse:
    context = {"page": _answer(request), "query": request.GET.urlencode(), "crumbs": [(_("Explore"), "")]}
    return render(request, "datacapture/explore/explore.html", context)


@require_GET
@allow(Persona.REGION)
def explore_csv(request: ActingRequest) -> HttpResponse:
    page = _answer(request)
    audit.record("downloaded", kind="explore", object_id=page.question.code, region_id=request.acting.scope.region_id)
    return csv_response(file_rows(page), _name(page, "csv"))


@require_GET
@allow(Persona.REGION)
def explore_xlsx(request: ActingRequest) -> HttpResponse:
    page = _answer(request)
    audit.record("downloaded", kind="explore", object_id=page.question.code, region_id=request.acting.scope.region_id)
    response = HttpResponse(workbook(file_rows(page)), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{_name(page, "xlsx")}"'
    return response


def workbook(rows: list[tuple[str, ...]]) -> bytes:
    """The lines as a spreadsheet: words as text, so that nothing runs as a formula; a hidden figure is a hatched cell."""
    book = Workbook()
    sheet = book.active
    for number, line in enumerate(headed(rows), start=1):
        for place, words in enumerate(line, start=1):
            cell = sheet.cell(number, place)
            if number > 1 and place > STATE + 1 and words:
                cell.value = float(words.replace(",", "."))
            else:
                cell.value, cell.data_type = words, "s"
            if number == 1:
                cell.font = Font(bold=True)
            elif line[STATE] == "suppressed":
                cell.fill = PatternFill("lightUp")
    sheet.freeze_panes = "A2"
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()
