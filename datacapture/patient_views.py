"""K4: a practice's own patients behind a measure, and what it finds out about them. Every look is in its log."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from datacapture.actions.looks import record_download, record_look
from datacapture.actions.marks import mark_patients, unmark_patients
from datacapture.feedback_csv import csv_response
from datacapture.feedback_forms import MarkForm
from datacapture.queries.patients import (
    OPEN,
    ORDERS,
    SHOWN,
    ListedMeasure,
    Progress,
    cases,
    listed_measure,
    patient_rows,
    patient_table,
    progress_of,
)
from kip.core.allow import allow
from kip.core.scope import Persona

PER_PAGE = 30
FOR_A_DAY = 20  # patients on the printed list


def _listed(code: str) -> ListedMeasure:
    listed = listed_measure(code, timezone.localdate())
    if listed is None:
        raise Http404
    return listed


def _choice(request: HttpRequest) -> tuple[str, str]:
    """Which patients in which order; what the address does not know becomes the usual."""
    shown, order = request.GET.get("show", ""), request.GET.get("sort", "")
    return shown if shown in SHOWN else OPEN, order if order in ORDERS else "date"


def _page(request: HttpRequest, listed: ListedMeasure, form: MarkForm, ticked: set[int]) -> dict[str, Any]:
    practice_id = request.acting.scope.practice_id  # type: ignore[attr-defined]
    shown, order = _choice(request)
    found = Paginator(cases(practice_id, listed, shown, order), PER_PAGE).get_page(request.GET.get("page"))
    rows = patient_rows(found, practice_id, listed)
    record_look("patient_list", practice_id=practice_id, object_id=listed.code, rows=len(rows))
    told = progress_of(practice_id, [listed.version], timezone.localdate())
    progress = told.get(listed.version.pk, Progress(0, 0))
    crumbs = [
        (_("All measures"), reverse("datacapture:measures")),
        (listed.title, reverse("datacapture:measure", args=[listed.code])),
        (_("Patients"), ""),
    ]
    return {
        "listed": listed, "found": found, "rows": rows, "progress": progress, "form": form, "ticked": ticked,
        "shown": shown, "order": order, "shown_choices": SHOWN.items(), "order_choices": ORDERS.items(), "crumbs": crumbs,
    }  # fmt: skip


@require_GET
@allow(Persona.PRACTICE)
def patients(request: HttpRequest, code: str) -> HttpResponse:
    return render(request, "datacapture/feedback/patients.html", _page(request, _listed(code), MarkForm(), set()))


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def patients_mark(request: HttpRequest, code: str) -> HttpResponse:
    """Mark the ticked patients, or take their marks away; back to the same list, also for who loads this address anew."""
    listed = _listed(code)
    query = request.GET.urlencode()
    back = reverse("datacapture:patients", args=[code]) + (f"?{query}" if query else "")
    if request.method == "GET":
        return redirect(back)
    ticked = {int(number) for number in request.POST.getlist("patient") if number.isdecimal() and len(number) < 19}
    form = MarkForm(request.POST)
    if not ticked:
        messages.warning(request, _("Tick at least one patient first."))
    elif "unmark" in request.POST or form.is_valid():
        messages.success(request, _keep(request, listed, ticked, form))
    else:
        return render(request, "datacapture/feedback/patients.html", _page(request, listed, form, ticked), status=422)
    return redirect(back)


def _keep(request: HttpRequest, listed: ListedMeasure, ticked: set[int], form: MarkForm) -> str:
    """Write or remove the marks; what was done, in words."""
    practice_id, indicator = request.acting.scope.practice_id, listed.version.indicator  # type: ignore[attr-defined]
    if "unmark" in request.POST:
        number = unmark_patients(practice_id, indicator, ticked)
        return ngettext("%(n)s mark was removed.", "%(n)s marks were removed.", number) % {"n": number}
    reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
    number = mark_patients(practice_id, indicator, ticked, reason, note, timezone.localdate())
    return ngettext("%(n)s patient was marked.", "%(n)s patients were marked.", number) % {"n": number}


@require_GET
@allow(Persona.PRACTICE)
def patients_print(request: HttpRequest, code: str) -> HttpResponse:
    """The next patients to take hold of, on one sheet of paper."""
    listed = _listed(code)
    practice_id = request.acting.scope.practice_id  # type: ignore[attr-defined]
    rows = patient_rows(cases(practice_id, listed, OPEN, _choice(request)[1])[:FOR_A_DAY], practice_id, listed)
    record_look("patient_list", practice_id=practice_id, object_id=code, rows=len(rows))
    return render(
        request, "datacapture/feedback/patients_print.html", {"listed": listed, "rows": rows, "today": timezone.localdate()}
    )


@require_GET
@allow(Persona.PRACTICE)
def patients_csv(request: HttpRequest, code: str) -> HttpResponse:
    listed = _listed(code)
    practice_id = request.acting.scope.practice_id  # type: ignore[attr-defined]
    rows = patient_rows(cases(practice_id, listed), practice_id, listed)
    record_download("patient_list", practice_id=practice_id, object_id=code, rows=len(rows))
    return csv_response(patient_table(rows), f"kip-{code}-{_('patients')}.csv")
