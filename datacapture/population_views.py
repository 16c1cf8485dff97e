"""Pages on the population: a practice about its own patients, a region about its areas."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from datacapture.queries.population import area_page, population_page
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest
from practices.models import Practice


@require_GET
@allow(Persona.PRACTICE)
def own_population(request: ActingRequest) -> HttpResponse:
    practice = Practice.objects.get(pk=request.acting.scope.practice_id)
    context = {"page": population_page(practice), "crumbs": [(_("Your patients"), "")]}
    return render(request, "datacapture/population/own.html", context)


@require_GET
@allow(Persona.REGION)
def region_population(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    page = area_page(acts.scope.region_id, request.GET.get("question", ""))
    columns = [{"label": _("Area")}]
    columns += [{"label": label, "numeric": True} for label in (_("Patients (rounded)"), _("Of them (rounded)"), _("Value"))]
    context = {"page": page, "columns": columns, "crumbs": [(_("Population"), "")]}
    return render(request, "datacapture/population/region.html", context)
