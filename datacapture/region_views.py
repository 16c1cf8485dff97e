"""Feedback pages of a region: its practices, and one of them opened with a purpose that the practice can read."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from datacapture.actions.looks import record_look, state_purpose, stated_purpose
from datacapture.feedback_csv import csv_response
from datacapture.feedback_forms import PurposeForm, purpose_words
from datacapture.queries import practice_list, practice_sheet
from datacapture.queries.region_measure import RegionMeasure, region_measure
from datacapture.queries.work_list import work_list
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest
from practices.models import Practice, Region

ORDERS = ("name", "gain")


@require_GET
@allow(Persona.REGION)
def region_work(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    page = work_list(acts.scope.region_id, acts.profession)
    return render(request, "datacapture/feedback/region_work.html", {"page": page})


def _measure(request: ActingRequest, code: str) -> RegionMeasure:
    acts = request.acting
    region = Region.objects.get(pk=acts.scope.region_id)
    page = region_measure(region, code, acts.profession, request.GET.dict())
    if page is None:
        raise Http404
    return page


@require_GET
@allow(Persona.REGION)
def region_measure_page(request: ActingRequest, code: str) -> HttpResponse:
    page = _measure(request, code)
    crumbs = [(_("Overview"), reverse("portal:home")), (page.title, "")]
    return render(request, "datacapture/feedback/region_measure.html", {"page": page, "crumbs": crumbs})


@require_GET
@allow(Persona.REGION)
def region_measure_csv(request: ActingRequest, code: str) -> HttpResponse:
    """The region, its clusters and groups of patients as they stand on the page, after the gate."""
    page = _measure(request, code)
    label = page.edition.label if page.edition else ""
    return csv_response(page.cells, f"kip-{code}-{page.profession}-{label}.csv")


@require_GET
@allow(Persona.REGION)
def region_practices(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    wanted = request.GET.get("order", "")
    order = wanted if wanted in ORDERS else ORDERS[0]
    page = practice_list(acts.scope.region_id, acts.profession, request.GET.get("measure", ""), order)
    if page is None:
        raise Http404
    return render(request, "datacapture/feedback/region_practices.html", {"page": page, "crumbs": [(_("Practices"), "")]})


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def region_practice(request: ActingRequest, practice_id: int) -> HttpResponse:
    """One practice of the own region: first the purpose, then its figures; each look is in the practice's log."""
    acts = request.acting
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
    record_look("practice_sheet", practice_id=practice.pk, region_id=acts.scope.region_id, purpose=purpose, rows=sheet.measures)
    context = {"page": sheet, "purpose": purpose_words(purpose), "crumbs": crumbs}
    return render(request, "datacapture/feedback/region_practice.html", context)
