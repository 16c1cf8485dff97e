"""What the accreditation office sees first: progress, deadlines at risk, what waits, the calendar and the list."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accreditation.policies import may_plan
from accreditation.queries.office import overview
from accreditation.queries.office_list import SurveyFilter, calendar_month, page_of
from accreditation.region.finding import crumbs, follower
from accreditation.region.forms import SurveySearch
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_GET
@allow(Persona.REGION)
def overview_page(request: ActingRequest) -> HttpResponse:
    by = follower(request)
    context = {"page": overview(by), "keeps": may_plan(by.role), "tab": "overview"}
    return render(request, "accreditation/region/overview.html", context)


@require_GET
@allow(Persona.REGION)
def surveys(request: ActingRequest) -> HttpResponse:
    by = follower(request)
    form = SurveySearch(request.GET or None, by=by)
    said = form.cleaned_data if form.is_valid() else {}
    wanted = SurveyFilter(
        said.get("q", ""), said.get("phase", ""), said.get("kind", ""), said.get("profession", ""), said.get("cycle")
    )
    context = {"form": form, "page": page_of(by, wanted, request.GET.get("page")), "keeps": may_plan(by.role), "tab": "surveys"}
    return render(request, "accreditation/region/surveys.html", {**context, "crumbs": crumbs((_("Surveys"), ""))})


@require_GET
@allow(Persona.REGION)
def calendar(request: ActingRequest) -> HttpResponse:
    """One month of visits; ?m=2026-11 names it, anything else means this month."""
    by = follower(request)
    month = calendar_month(by, _month(request.GET.get("m", "")))
    context = {"month": month, "today": timezone.localdate(), "tab": "calendar", "crumbs": crumbs((_("Calendar"), ""))}
    return render(request, "accreditation/region/calendar.html", context)


def _month(written: str) -> dt.date:
    try:
        found = dt.datetime.strptime(written, "%Y-%m").date()
    except ValueError:
        return timezone.localdate().replace(day=1)
    return found if 2000 <= found.year <= 2100 else timezone.localdate().replace(day=1)
