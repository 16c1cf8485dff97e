"""Feedback pages: a practice reads about itself, a region about its practices."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from datacapture.actions.looks import record_download, record_look, state_purpose, stated_purpose
from datacapture.enums import Tier
from datacapture.feedback_csv import csv_response
from datacapture.feedback_forms import PurposeForm, purpose_words
from datacapture.queries import measure_list, measure_page, practice_list, practice_sheet
from datacapture.queries.charting import csv_rows
from datacapture.queries.measures import latest_release
from datacapture.queries.one_measure import months_of
from datacapture.queries.patients import cases, listed_measure, patient_rows, patient_table
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.models import Practice

PER_PAGE = 50
ORDERS = ("name", "gain")


def _own(request: HttpRequest) -> Practice:
    return Practice.objects.get(pk=request.acting.scope.practice_id)  # type: ignore[attr-defined]


def _crumbs(*last: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("All measures"), reverse("datacapture:measures")), *last]


@require_GET
@allow(Persona.PRACTICE)
def measures(request: HttpRequest) -> HttpResponse:
    tier = request.GET.get("tier", "")
    found = measure_list(_own(request), request.GET.get("theme", ""), tier if tier in Tier.values else "")
    return render(request, "datacapture/feedback/measures.html", {"page": found, "crumbs": [(_("All measures"), "")]})


@require_GET
@allow(Persona.PRACTICE)
def measure(request: HttpRequest, code: str) -> HttpResponse:
    page = measure_page(_own(request), code)
    if page is None:
        raise Http404
    return render(request, "datacapture/feedback/measure.html", {"page": page, "crumbs": _crumbs((page.title, ""))})


@require_GET
@allow(Persona.PRACTICE)
def measure_csv(request: HttpRequest, code: str) -> HttpResponse:
    release = latest_release()
    practice_id = request.acting.scope.practice_id  # type: ignore[attr-defined]
    rows = months_of(practice_id, code, release.pk) if release else []
    if release is None or not rows:
        raise Http404
    record_download("measure_figures", practice_id=practice_id, object_id=code, rows=len(rows))
    return csv_response(csv_rows(rows, rows[-1].version, release.label), f"kip-{code}-{release.label}.csv")


@require_GET
@allow(Persona.PRACTICE)
def patients(request: HttpRequest, code: str) -> HttpResponse:
    listed = listed_measure(code)
    if listed is None:
        raise Http404
    practice_id = request.acting.scope.practice_id  # type: ignore[attr-defined]
    found = Paginator(cases(practice_id, listed.version), PER_PAGE).get_page(request.GET.get("page"))
    rows = patient_rows(found, practice_id)
    record_look("patient_list", practice_id=practice_id, object_id=code, rows=len(rows))
    crumbs = _crumbs((listed.title, reverse("datacapture:measure", args=[code])), (_("Patients"), ""))
    context = {"listed": listed, "found": found, "rows": rows, "crumbs": crumbs}
    return render(request, "datacapture/feedback/patients.html", context)


@require_GET
@allow(Persona.PRACTICE)
def patients_csv(request: HttpRequest, code: str) -> HttpResponse:
    listed = listed_measure(code)
    if listed is None:
        raise Http404
    practice_id = request.acting.scope.practice_id  # type: ignore[attr-defined]
    rows = patient_rows(cases(practice_id, listed.version), practice_id)
    record_download("patient_list", practice_id=practice_id, object_id=code, rows=len(rows))
    return csv_response(patient_table(rows), f"kip-{code}-{_('patients')}.csv")


@require_GET
@allow(Persona.REGION)
def region_practices(request: HttpRequest) -> HttpResponse:
    acts = request.acting  # type: ignore[attr-defined]
    wanted = request.GET.get("order", "")
    order = wanted if wanted in ORDERS else ORDERS[0]
    page = practice_list(acts.scope.region_id, acts.profession, request.GET.get("measure", ""), order)
    if page is None:
        raise Http404
    return render(request, "datacapture/feedback/region_practices.html", {"page": page, "crumbs": [(_("Practices"), "")]})


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def region_practice(request: HttpRequest, practice_id: int) -> HttpResponse:
    """One practice of the own region: first the purpose, then its figures; each look is in the practice's log."""
    acts = request.acting  # type: ignore[attr-defined]
    limits: dict[str, Any] = {"profession": acts.profession} if acts.profession else {}
    practice = get_object_or_404(Practice, pk=practice_id, region_id=acts.scope.region_id, **limits)
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        state_purpose(request.session, acts.scope.membership_id, practice.pk, acts.scope.region_id, form.stored())
        return redirect("datacapture:region_practice", practice.pk)
    crumbs = [(_("Practices"), reverse("datacapture:region_practices")), (practice.name, "")]
    purpose = stated_purpose(request.session, acts.scope.membership_id, practice.pk)
    if purpose is None or form.is_bound:
        context = {"practice": practice, "form": form, "crumbs": crumbs}
        return render(request, "datacapture/feedback/region_purpose.html", context, status=422 if form.is_bound else 200)
    sheet = practice_sheet(practice)
    record_look("practice_sheet", practice_id=practice.pk, region_id=acts.scope.region_id, purpose=purpose, rows=len(sheet.rows))
    context = {"page": sheet, "purpose": purpose_words(purpose), "crumbs": crumbs}
    return render(request, "datacapture/feedback/region_practice.html", context)
