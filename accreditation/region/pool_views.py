"""The pool of surveyors: professions, languages, days away and ties, kept by the regions together."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accreditation.actions import team
from accreditation.actions.team import Tie
from accreditation.pages import told
from accreditation.queries.pool import pool, surveyor
from accreditation.region.finding import crumbs, keeper
from accreditation.region.plan_forms import ProfileForm
from accreditation.visit.forms import TieForm
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_GET
@allow(Persona.REGION)
def pool_page(request: ActingRequest) -> HttpResponse:
    keeper(request)
    context = {"people": pool(), "keeps": True, "tab": "pool", "crumbs": crumbs((_("Surveyors"), ""))}
    return render(request, "accreditation/region/pool.html", context)


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def surveyor_page(request: ActingRequest, user_id: int) -> HttpResponse:
    """One surveyor's profile and ties; two forms, told apart by their names."""
    by, found = keeper(request), surveyor(user_id)
    kept = found.profile
    start = {name: getattr(kept, name) for name in ("professions", "languages", "phone", "active")} if kept else {"active": True}
    ties = "tie-kind" in request.POST or "tie" in request.POST
    form = ProfileForm(None if ties else request.POST or None, initial=start)
    tie = TieForm(request.POST if ties else None, prefix="tie")
    if form.is_valid():
        told(request, lambda: team.save_profile(by=by, user_id=user_id, **form.cleaned_data), _("The surveyor is saved."))
        return redirect("office:surveyor", user_id)
    if tie.is_valid():
        told(request, lambda: team.declare_tie(by=by, user_id=user_id, tie=Tie(**tie.cleaned_data)), _("The tie is noted."))
        return redirect("office:surveyor", user_id)
    trail = crumbs((_("Surveyors"), reverse("office:pool")), (found.user.name, ""))
    context = {"one": found, "form": form, "tie_form": tie, "crumbs": trail}
    return render(request, "accreditation/region/surveyor.html", context, status=422 if request.method == "POST" else 200)
