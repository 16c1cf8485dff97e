"""The surveyor's own pages: all visits, yes or no to one, what ties one to practices, and days without visits."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accreditation.actions import team
from accreditation.actions.team import Tie
from accreditation.models import Assignment, ConflictDeclaration, Unavailable
from accreditation.pages import assigned, form_of, told, who
from accreditation.queries.ics import visit_calendar
from accreditation.queries.visit_list import my_visits
from accreditation.visit.forms import DaysForm, EndForm, ReasonForm, TieForm
from kip.core.allow import allow
from kip.core.forms import KipForm
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_GET
@allow(Persona.SURVEY)
def visits(request: ActingRequest) -> HttpResponse:
    context = {"mine": my_visits(who(request)), "today": timezone.localdate()}
    return render(request, "accreditation/visit/visits.html", context)


@require_GET
@allow(Persona.SURVEY)
def calendar(request: ActingRequest, survey_id: int) -> HttpResponse:
    """The visit for the surveyor's own calendar."""
    survey = assigned(request, survey_id)
    answer = HttpResponse(visit_calendar(survey), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="kip-{survey.pk}.ics"'
    return answer


def _my_assignment(request: ActingRequest, survey_id: int) -> Assignment:
    survey = assigned(request, survey_id)
    found = Assignment.objects.filter(survey=survey, user_id=who(request).scope.user_id, ended_at=None).first()
    if found is None:
        raise Http404
    return found


@require_POST
@allow(Persona.SURVEY)
def accept(request: ActingRequest, survey_id: int) -> HttpResponse:
    mine = _my_assignment(request, survey_id)
    told(request, lambda: team.accept(by=who(request), assignment=mine), _("You have said yes to the visit."))
    return redirect("visit:visits")


@require_http_methods(["GET", "POST"])
@allow(Persona.SURVEY)
def decline(request: ActingRequest, survey_id: int) -> HttpResponse:
    """Say no to a visit, with a reason; from then on it does not exist for the surveyor."""
    mine = _my_assignment(request, survey_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if told(
            request, lambda: team.end_assignment(by=who(request), assignment=mine, reason=reason), _("You are off the team.")
        ):
            return redirect("visit:visits")
    status = 422 if form.is_bound else 200
    return render(request, "accreditation/visit/decline.html", {"survey": mine.survey, "form": form}, status=status)


def _own(request: ActingRequest, tie: KipForm | None = None, days: KipForm | None = None) -> HttpResponse:
    user_id = who(request).scope.user_id
    context = {
        "ties": ConflictDeclaration.objects.filter(user_id=user_id).select_related("practice", "municipality"),
        "days_off": Unavailable.objects.filter(user_id=user_id, last_day__gte=timezone.localdate()),
        "tie_form": tie or TieForm(prefix="tie"), "days_form": days or DaysForm(prefix="days"),
        "end_form": EndForm(auto_id=False),
    }  # fmt: skip
    return render(request, "accreditation/visit/own.html", context, status=422 if tie or days else 200)


@require_GET
@allow(Persona.SURVEY)
def own(request: ActingRequest) -> HttpResponse:
    return _own(request)


@form_of("visit:own")
@allow(Persona.SURVEY)
def tie_add(request: ActingRequest) -> HttpResponse:
    form = TieForm(request.POST, prefix="tie")
    if not form.is_valid():
        return _own(request, tie=form)
    by, said = who(request), form.cleaned_data
    told(request, lambda: team.declare_tie(by=by, user_id=by.scope.user_id or 0, tie=Tie(**said)), _("The tie is noted."))
    return redirect("visit:own")


@require_POST
@allow(Persona.SURVEY)
def tie_end(request: ActingRequest, tie_id: int) -> HttpResponse:
    row = get_object_or_404(ConflictDeclaration, pk=tie_id, user_id=who(request).scope.user_id)
    form = EndForm(request.POST)
    last_day = form.cleaned_data["last_day"] if form.is_valid() else None
    if last_day is None or (row.first_day and last_day < row.first_day):
        messages.error(request, _("Write the day it ended as day.month.year; it cannot be before the first day."))
    else:
        told(request, lambda: team.end_tie(by=who(request), declaration=row, last_day=last_day), _("The tie has ended."))
    return redirect("visit:own")


@form_of("visit:own")
@allow(Persona.SURVEY)
def days_add(request: ActingRequest) -> HttpResponse:
    form = DaysForm(request.POST, prefix="days")
    if not form.is_valid():
        return _own(request, days=form)
    told(request, lambda: team.add_unavailable(by=who(request), **form.cleaned_data), _("The days are noted."))
    return redirect("visit:own")


@require_POST
@allow(Persona.SURVEY)
def days_remove(request: ActingRequest, days_id: int) -> HttpResponse:
    row = get_object_or_404(Unavailable, pk=days_id, user_id=who(request).scope.user_id)
    told(request, lambda: team.remove_unavailable(by=who(request), unavailable=row), _("The days are free again."))
    return redirect("visit:own")
