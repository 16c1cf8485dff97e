"""Feedback pages of a practice about itself: all its measures, one measure, and its own notes on the chart."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from datacapture.actions.looks import record_download
from datacapture.actions.marks import add_note, remove_note
from datacapture.feedback_csv import csv_response
from datacapture.feedback_forms import NoteForm
from datacapture.feedback_pages import list_response, measure_response
from datacapture.models import Indicator
from datacapture.queries import measure_list
from datacapture.queries.charting import csv_rows
from datacapture.queries.measure_table import Wanted, measure_rows
from datacapture.queries.one_measure import months_of, versions_of
from datacapture.queries.releases import release_name
from datacapture.queries.shown import shown_on
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_GET
@allow(Persona.PRACTICE)
def measures(request: ActingRequest) -> HttpResponse:
    return list_response(request, Wanted.from_query(request.GET), request.GET.get("dense") == "1")


@require_GET
@allow(Persona.PRACTICE)
def measures_csv(request: ActingRequest) -> HttpResponse:
    """All measures in one file, filtered as the page is."""
    practice_id = request.acting.scope.practice_id
    found = measure_list(practice_id, request.acting.profession, Wanted.from_query(request.GET), shown_on(request))
    rows = measure_rows(found)
    record_download("measure_figures", practice_id=practice_id, rows=len(rows) - 1)
    label = found.edition.label if found.edition else ""
    return csv_response(rows, "-".join(("kip", _("measures"), label)) + ".csv")


@require_GET
@allow(Persona.PRACTICE)
def measure(request: ActingRequest, code: str) -> HttpResponse:
    return _measure(request, code)


def _measure(request: ActingRequest, code: str, form: NoteForm | None = None) -> HttpResponse:
    """form: one with errors."""
    found = measure_response(request, code, request.GET.get("compare", ""), form)
    if found is None:
        raise Http404
    return found


@require_GET
@allow(Persona.PRACTICE)
def measure_csv(request: ActingRequest, code: str) -> HttpResponse:
    practice_id, at = request.acting.scope.practice_id, shown_on(request)
    rows = months_of(practice_id, versions_of(code, at), at.release.pk) if at.release else []
    if at.release is None or not rows:
        raise Http404
    record_download("measure_figures", practice_id=practice_id, object_id=code, rows=len(rows))
    return csv_response(csv_rows(rows, release_name(at.release)), f"kip-{code}-{at.release.label}.csv")


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def note_add(request: ActingRequest, code: str) -> HttpResponse:
    """Put a note on the chart; a form with errors is shown on this address, and loading it anew leads back to the measure."""
    indicator = get_object_or_404(Indicator, code=code)
    if request.method == "GET":
        return redirect("datacapture:measure", code)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _measure(request, code, form)
    practice_id = request.acting.scope.practice_id
    if add_note(practice_id, indicator, form.cleaned_data["day"], form.cleaned_data["text"]):
        messages.success(request, _("The note is on the chart."))
    else:
        messages.warning(request, _("The chart is full. Remove a note before you add another."))
    return redirect("datacapture:measure", code)


@require_POST
@allow(Persona.PRACTICE)
def note_remove(request: ActingRequest, code: str, note_id: int) -> HttpResponse:
    indicator = get_object_or_404(Indicator, code=code)
    if not remove_note(request.acting.scope.practice_id, indicator, note_id):
        raise Http404
    messages.success(request, _("The note is removed."))
    return redirect("datacapture:measure", code)
