"""Pages on the quality of data: a practice about its own, a region about suppliers and practices."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from datacapture.actions.looks import record_look, stated_purpose
from datacapture.feedback_forms import purpose_words
from datacapture.queries.quality import own_page, region_page, region_practice_page
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest
from practices.models import Practice


def _columns(*labels: str) -> list[dict[str, Any]]:
    return [{"label": label, "numeric": place > 0} for place, label in enumerate(labels)]


def _own_columns() -> dict[str, Any]:
    return {
        "figure_columns": _columns(_("What"), _("Now"), _("Earlier")),
        "supplier_columns": _columns(
            _("System"), _("Records in 12 months"), _("Half come within"), _("Nine out of ten within"), _("Later than 30 days")
        ),
    }


@require_GET
@allow(Persona.PRACTICE)
def data_quality(request: ActingRequest) -> HttpResponse:
    practice = Practice.objects.get(pk=request.acting.scope.practice_id)
    crumbs = [(_("Data intake"), reverse("datacapture:deliveries")), (_("Data quality"), "")]
    context = {"page": own_page(practice), "crumbs": crumbs, **_own_columns()}
    return render(request, "datacapture/quality/own.html", context)


@require_GET
@allow(Persona.REGION)
def region_quality(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    context = {
        "page": region_page(acts.scope.region_id, acts.profession),
        "crumbs": [(_("Data quality"), "")],
        "supplier_columns": _columns(
            _("System"), _("Practices"), _("Days, half"), _("Days, nine out of ten"), _("Values in another unit")
        ),
    }
    return render(request, "datacapture/quality/region.html", context)


@require_GET
@allow(Persona.REGION)
def region_quality_practice(request: ActingRequest, practice_id: int) -> HttpResponse:
    """The faults in one practice's data: after the purpose is stated, and with a line in the practice's log."""
    acts = request.acting
    limits: dict[str, Any] = {"profession": acts.profession} if acts.profession else {}
    practice = get_object_or_404(Practice, pk=practice_id, region_id=acts.scope.region_id, **limits)
    purpose = stated_purpose(request.session, acts.scope.membership_id, practice.pk)
    if purpose is None:
        return redirect("datacapture:region_practice", practice.pk)
    page = region_practice_page(practice)
    rows = len(page.mends) + len(page.suppliers)
    record_look("data_quality", practice_id=practice.pk, region_id=acts.scope.region_id, purpose=purpose, rows=rows)
    crumbs = [(_("Data quality"), reverse("datacapture:region_quality")), (practice.name, "")]
    context = {"page": page, "practice": practice, "purpose": purpose_words(purpose), "crumbs": crumbs, **_own_columns()}
    return render(request, "datacapture/quality/region_practice.html", context)
