"""A practice asks its patients: plan, put people on the list, begin, follow, read."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest
from practices.models import Practice
from surveys.actions import planning
from surveys.addresses import AddressList, read_addresses
from surveys.faults import NotNow
from surveys.models import CampaignUnit
from surveys.policies import can_change_campaign, can_plan_campaigns
from surveys.practice.forms import CampaignForm, PeopleForm
from surveys.queries import practice as reading

FAULTS = {
    "too_large": gettext_lazy("The file is larger than 5 MB. Send it in parts."),
    "not_text": gettext_lazy("The file is no text. Save the list as CSV and try again."),
    "no_address_column": gettext_lazy("No column is called email. Name the column, or let the file have only one."),
    "empty": gettext_lazy("There is no address in it."),
}


@require_GET
@allow(Persona.PRACTICE)
def campaigns(request: ActingRequest) -> HttpResponse:
    return render(request, "surveys/practice/campaigns.html", {
        "listed": reading.campaigns(request.acting), "may_plan": can_plan_campaigns(request.acting),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def new(request: ActingRequest) -> HttpResponse:
    practice = Practice.objects.get(pk=request.acting.scope.practice_id)
    hosts, modules = reading.offered(practice.profession)
    form = CampaignForm(request.POST or None, hosts=hosts, modules=modules, initial={"controller": practice.name})
    if request.method == "POST" and form.is_valid():
        campaign = planning.make_campaign(by=request.acting, plan=form.plan())
        return redirect("surveys:campaign", campaign.pk)
    return render(request, "surveys/practice/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_GET
@allow(Persona.PRACTICE)
def campaign(request: ActingRequest, pk: int) -> HttpResponse:
    return _sheet(request, reading.unit_of(request.acting, pk), PeopleForm())


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def people(request: ActingRequest, pk: int) -> HttpResponse:
    unit, form = reading.unit_of(request.acting, pk), PeopleForm(request.POST, request.FILES)
    if request.method == "GET":
        return redirect("surveys:campaign", pk)
    if not form.is_valid():
        return _sheet(request, unit, form, status=422)
    found = read_addresses(form.content())
    if found.fault:
        form.add_error("file", FAULTS[found.fault])
        return _sheet(request, unit, form, status=422)
    try:
        added = planning.add_people(by=request.acting, campaign=unit.campaign, practice=unit.practice, people=found.people)
    except NotNow as refused:
        messages.error(request, str(refused))
        return redirect("surveys:campaign", pk)
    said = ngettext("%(n)s address is new on the list.", "%(n)s addresses are new on the list.", added) % {"n": added}
    messages.success(request, said)
    return _sheet(request, unit, PeopleForm(), found) if found.bad else redirect("surveys:campaign", pk)


@require_POST
@allow(Persona.PRACTICE)
def step(request: ActingRequest, pk: int, name: str) -> HttpResponse:
    """start, cancel, empty or close."""
    unit = reading.unit_of(request.acting, pk)
    steps = {"start": planning.start, "cancel": planning.cancel, "close": planning.close, "empty": planning.empty_list}
    try:
        steps[name](by=request.acting, campaign=unit.campaign)
    except NotNow as refused:
        messages.error(request, str(refused))
    return redirect("surveys:campaigns") if name == "cancel" else redirect("surveys:campaign", pk)


@require_GET
@allow(Persona.PRACTICE)
def results(request: ActingRequest, pk: int) -> HttpResponse:
    unit = reading.unit_of(request.acting, pk)
    if unit.campaign.content is None:
        return redirect("surveys:campaign", pk)
    return render(request, "surveys/practice/results.html", {"page": reading.results(unit)})


def _sheet(
    request: ActingRequest, unit: CampaignUnit, form: PeopleForm, taken: AddressList | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    context = {
        "sheet": reading.sheet(unit), "form": form, "taken": taken,
        "may_change": can_change_campaign(request.acting, unit.campaign),
    }  # fmt: skip
    return render(request, "surveys/practice/campaign.html", context, status=status)
