"""Findings per standard and quarter, as page, chart and file."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accreditation.policies import may_plan
from accreditation.queries.findings import cells, findings, hidden_words
from accreditation.region.finding import crumbs, follower
from datacapture.feedback_csv import csv_response
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_GET
@allow(Persona.REGION)
def findings_page(request: ActingRequest) -> HttpResponse:
    by = follower(request)
    page = findings(by, request.GET.get("profession", ""))
    context = {
        "page": page, "hidden": hidden_words(page.total), "keeps": may_plan(by.role), "tab": "findings",
        "crumbs": crumbs((_("Findings"), "")),
    }  # fmt: skip
    return render(request, "accreditation/region/findings.html", context)


@require_GET
@allow(Persona.REGION)
def findings_csv(request: ActingRequest) -> HttpResponse:
    """The counts as they stand on the page, after the gate."""
    rows = cells(follower(request), request.GET.get("profession", ""))
    return csv_response(rows, f"kip-fund-{timezone.localdate().isoformat()}.csv")
