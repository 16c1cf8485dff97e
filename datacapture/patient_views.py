"""K4: a practice's own patients behind a measure, and what it finds out about them. Every look is in its log."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
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
from practices.acting import ActingRequest

PER_PAGE = 30
FOR_A_DAY = 20  # patients on the printed list


def _listed(code: str) -> ListedMeasure:
    listed = listed_measure(code, timezone.localdate())
    if listed is None:
        raise Http404
    return listed


def _choice(request: ActingRequest) -> tuple[str, str]:
    """Which patients in which order; what the address does not know becomes the usual."""
    shown, order = request.GET.get("show", ""), request.GET.get("sort", "")
    return shown if shown in SHOWN else OPEN, order if order in ORDERS else "date"


@dataclass(frozen=True)
class Sent:
    """What came back from the list: the form, the patients it is for, and whether it was the form of one patient."""

    form: MarkForm
    ticked: frozenset[int] = frozenset()
    single: bool = False

    @classmethod
    def read(cls, data: QueryDict) -> "Sent":
        numbers = [*data.getlist("patient"), *data.getlist("only")]
        ticked = frozenset(int(number) for number in numbers if number.isdecimal() and len(number) < 19)
        single = "only" in data and len(ticked) == 1
        return cls(MarkForm.of(next(iter(ticked)), data) if single else MarkForm(data), ticked, single)


def _page(request: ActingRequest, listed: ListedMeasure, sent: Sent) -> dict[str, Any]:
    practice_id = request.acting.scope.practice_id
    shown, order = _choice(request)
    found = Paginator(cases(practice_id, listed, shown, order), PER_PAGE).get_page(request.GET.get("page"))
    rows = patient_rows(found, practice_id, listed)
    record_look("patient_list", practice_id=practice_id, object_id=listed.code, rows=len(rows))
    told = progress_of(practice_id, [listed.version], timezone.localdate())
    progress = told.get(listed.version.pk, Progress(0, 0))
    own = dict.fromkeys(sent.ticked, sent.form) if sent.single else {}
    crumbs = [
        (_("All measures"), reverse("datacapture:measures")),
        (listed.title, reverse("datacapture:measure", args=[listed.code])),
        (_("Patients"), ""),
    ]
    return {
        "listed": listed, "found": found, "progress": progress, "crumbs": crumbs, "shown": shown, "order": order,
        "rows": [(row, own.get(row.patient_id) or MarkForm.of(row.patient_id)) for row in rows],
        "marked": any(row.mark for row in rows), "form": sent.form, "many": MarkForm() if sent.single else sent.form,
        "ticked": frozenset() if sent.single else sent.ticked, "opened": sent.ticked if sent.single else frozenset(),
        "shown_choices": SHOWN.items(), "order_choices": ORDERS.items(),
    }  # fmt: skip


@require_GET
@allow(Persona.PRACTICE)
def patients(request: ActingRequest, code: str) -> HttpResponse:
    return render(request, "datacapture/feedback/patients.html", _page(request, _listed(code), Sent(MarkForm())))


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def patients_mark(request: ActingRequest, code: str) -> HttpResponse:
    """Mark the ticked patients or one of them, or take marks away; back to the list, also for who loads this address anew."""
    listed = _listed(code)
    query = request.GET.urlencode()
    back = reverse("datacapture:patients", args=[code]) + (f"?{query}" if query else "")
    if request.method == "GET":
        return redirect(back)
    sent = Sent.read(request.POST)
    if not sent.ticked:
        messages.warning(request, _("Tick at least one patient first."))
    elif "unmark" in request.POST or sent.form.is_valid():
        messages.success(request, _keep(request, listed, sent))
    else:
        return render(request, "datacapture/feedback/patients.html", _page(request, listed, sent), status=422)
    return redirect(back)


def _keep(request: ActingRequest, listed: ListedMeasure, sent: Sent) -> str:
    """Write or remove the marks; what was done, in words."""
    practice_id, indicator = request.acting.scope.practice_id, listed.version.indicator
    if "unmark" in request.POST:
        number = unmark_patients(practice_id, indicator, sent.ticked)
        return ngettext("%(n)s mark was removed.", "%(n)s marks were removed.", number) % {"n": number}
    reason, note = sent.form.cleaned_data["reason"], sent.form.cleaned_data["note"]
    number = mark_patients(practice_id, indicator, sent.ticked, reason, note, timezone.localdate())
    return ngettext("%(n)s patient was marked.", "%(n)s patients were marked.", number) % {"n": number}


@require_GET
@allow(Persona.PRACTICE)
def patients_print(request: ActingRequest, code: str) -> HttpResponse:
    """The next patients to take hold of, on one sheet of paper; all of them where the reader asks for that."""
    listed = _listed(code)
    practice_id, order = request.acting.scope.practice_id, _choice(request)[1]
    found = cases(practice_id, listed, OPEN, order)
    total = found.count()
    rows = patient_rows(found if request.GET.get("all") else found[:FOR_A_DAY], practice_id, listed)
    record_look("patient_list", practice_id=practice_id, object_id=code, rows=len(rows))
    context = {
        "listed": listed, "rows": rows, "total": total, "order": order, "ordered": ORDERS[order],
        "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "datacapture/feedback/patients_print.html", context)


@require_GET
@allow(Persona.PRACTICE)
def patients_csv(request: ActingRequest, code: str) -> HttpResponse:
    listed = _listed(code)
    practice_id = request.acting.scope.practice_id
    rows = patient_rows(cases(practice_id, listed), practice_id, listed)
    record_download("patient_list", practice_id=practice_id, object_id=code, rows=len(rows))
    return csv_response(patient_table(rows), "-".join(("kip", code, _("patients"))) + ".csv")
