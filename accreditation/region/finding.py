"""How a page of the accreditation office finds what it is about: of another region or profession, and it does not exist."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accreditation.models import Assignment, Cycle, Decision, Dispensation, Publication, Survey
from accreditation.pages import Crumbs
from accreditation.policies import may_follow, may_plan
from accreditation.queries import visible
from practices.acting import Acting, ActingRequest


def follower(request: ActingRequest) -> Acting:
    """Who reads how the region's surveys go. Raises Http404 for a role of the region that does not."""
    if not may_follow(request.acting.role):
        raise Http404
    return request.acting


def keeper(request: ActingRequest) -> Acting:
    """The administrator who keeps the calendar; for the others the page does not exist. Raises Http404."""
    if not may_plan(request.acting.role):
        raise Http404
    return request.acting


def survey_of(by: Acting, survey_id: int) -> Survey:
    """Raises Http404."""
    return visible.survey(by, survey_id)


def of_survey(by: Acting, model: type, pk: int) -> Assignment | Decision | Dispensation | Publication:
    """A row of a survey that the person may see. Raises Http404."""
    found = model.objects.filter(pk=pk, survey__in=visible.surveys(by)).select_related("survey__practice").first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]


def cycle_of(by: Acting, cycle_id: int) -> Cycle:
    """A cycle of the acting region. Raises Http404."""
    found = Cycle.objects.filter(pk=cycle_id, region_id=by.scope.region_id).select_related("programme").first()
    if found is None or by.profession not in ("", found.programme.profession):
        raise Http404
    return found


def crumbs(*more: tuple[str, str]) -> Crumbs:
    """The overview, and what follows."""
    return [(_("Accreditation"), reverse("office:overview")), *more]


def survey_crumbs(survey: Survey, *more: tuple[str, str]) -> Crumbs:
    name = (survey.practice.name, reverse("office:survey", args=[survey.pk]) if more else "")
    return crumbs((_("Surveys"), reverse("office:surveys")), name, *more)


def to_survey(survey: Survey) -> HttpResponse:
    return redirect("office:survey", survey.pk)
