"""Feedback pages of a practice about itself: all its measures, one measure, and its own notes on the chart."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from datacapture.actions.looks import record_download
from datacapture.actions.marks import add_note, remove_note
from datacapture.feedback_csv import csv_response
from datacapture.feedback_forms import NoteForm
from datacapture.models import Indicator
from datacapture.queries import measure_list, measure_page
from datacapture.queries.charting import csv_rows
from datacapture.queries.measure_table import Wanted, measure_rows
from datacapture.queries.one_measure import months_of
from datacapture.queries.releases import release_name, shown_to
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.models import Practice


def _own(request: HttpRequest) -> Practice:
    return Practice.objects.get(pk=request.acting.scope.practice_id)  # type: ignore[attr-defined]


@require_GET
@allow(Persona.PRACTICE)
def measures(request: HttpRequest) -> HttpResponse:
    found = measure_list(_own(request), Wanted.from_query(request.GET))
    return render(request, "datacapture/feedback/measures.html", {"page": found, "dense": request.GET.get("dense") == "1"})


@require_GET
@allow(Persona.PRACTICE)
def measures_csv(request: HttpRequest) -> HttpResponse:
    """All measures in one file, filtered as the page is."""
    found = measure_list(_own(request), Wanted.from_query(request.GET))
    rows = measure_rows(found)
    record_download("measure_figures", practice_id=request.acting.scope.practice_id, rows=len(rows) - 1)  # type: ignore[attr-defined]
    label = found.edition.label if found.edition else ""
    return csv_response(rows, f"kip-{_('measures')}-{label}.csv")


@require_GET
@allow(Persona.PRACTICE)
def measure(request: HttpRequest, code: str) -> HttpResponse:
    return _measure(request, code, NoteForm())


def _measure(request: HttpRequest, code: str, form: NoteForm) -> HttpResponse:
    page = measure_page(_own(request), code, timezone.localdate(), request.GET.get("compare", ""))
    if page is None:
        raise Http404
    context = {"page": page, "form": form, "crumbs": [(_("All measures"), reverse("datacapture:measures")), (page.title, "")]}
    return render(request, "datacapture/feedback/measure.html", context, status=422 if form.is_bound else 200)


@require_GET
@allow(Persona.PRACTICE)
def measure_csv(request: HttpRequest, code: str) -> HttpResponse:
    practice_id = request.acting.scope.practice_id  # type: ignore[attr-defined]
    release = shown_to(practice_id)
    rows = months_of(practice_id, code, release.pk) if release else []
    if release is None or not rows:
        raise Http404
    record_download("measure_figures", practice_id=practice_id, object_id=code, rows=len(rows))
    return csv_response(csv_rows(rows, rows[-1].version, release_name(release)), f"kip-{code}-{release.label}.csv")


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def note_add(request: HttpRequest, code: str) -> HttpResponse:
    """Put a note on the chart; a form with errors is shown on this address, and loading it anew leads back to the measure."""
    indicator = get_object_or_404(Indicator, code=code)
    if request.method == "GET":
        return redirect("datacapture:measure", code)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _measure(request, code, form)
    practice_id = request.acting.scope.practice_id  # type: ignore[attr-defined]
    if add_note(practice_id, indicator, form.cleaned_data["day"], form.cleaned_data["text"]):
        messages.success(request, _("The note is on the chart."))
    else:
        messages.warning(request, _("The chart is full. Remove a note before you add another."))
    return redirect("datacapture:measure", code)


@require_POST
@allow(Persona.PRACTICE)
def note_remove(request: HttpRequest, code: str, note_id: int) -> HttpResponse:
    indicator = get_object_or_404(Indicator, code=code)
    if not remove_note(request.acting.scope.practice_id, indicator, note_id):  # type: ignore[attr-defined]
        raise Http404
    messages.success(request, _("The note is removed."))
    return redirect("datacapture:measure", code)
