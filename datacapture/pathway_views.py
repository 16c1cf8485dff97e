"""Pages on pathways: a region about the flow, a practice about its own step and what came back."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from datacapture.queries.pathways import flow_page, own_page
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest
from practices.models import Practice


@require_GET
@allow(Persona.REGION)
def region_pathways(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    page = flow_page(acts.scope.region_id, request.GET.get("pathway", ""))
    context = {"page": page, "crumbs": [(_("Pathways"), "")]}
    return render(request, "datacapture/pathways/region.html", context)


@require_GET
@allow(Persona.PRACTICE)
def own_pathways(request: ActingRequest) -> HttpResponse:
    practice = Practice.objects.get(pk=request.acting.scope.practice_id)
    page = own_page(practice.pk, practice.profession)
    return render(request, "datacapture/pathways/own.html", {"page": page, "crumbs": [(_("Pathways"), "")]})
