"""Pages on pathways: a region about the flow, a practice about its own step and what came back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from datacapture.queries.pathways import flow_page, own_page
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.models import Practice


@require_GET
@allow(Persona.REGION)
def region_pathways(request: HttpRequest) -> HttpResponse:
    acts = request.acting  # type: ignore[attr-defined]
    page = flow_page(acts.scope.region_id, request.GET.get("pathway", ""))
    columns = [
        {"label": _("Step")},
        {"label": _("Time limit")},
        {"label": _("Came in time"), "numeric": True},
        {"label": _("Probably between"), "numeric": True},
        {"label": _("In the whole country"), "numeric": True},
    ]
    context = {"page": page, "limit_columns": columns, "crumbs": [(_("Pathways"), "")]}
    return render(request, "datacapture/pathways/region.html", context)


@require_GET
@allow(Persona.PRACTICE)
def own_pathways(request: HttpRequest) -> HttpResponse:
    practice = Practice.objects.get(pk=request.acting.scope.practice_id)  # type: ignore[attr-defined]
    page = own_page(practice.pk, practice.profession)
    return render(request, "datacapture/pathways/own.html", {"page": page, "crumbs": [(_("Pathways"), "")]})
