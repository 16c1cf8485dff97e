"""How a page of the visit finds what it is about: not on the team, or out of the visit's window, and it does not exist."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accreditation.enums import State
from accreditation.faults import NotNow
from accreditation.models import StandardIndicator, Survey
from accreditation.queries import visible
from accreditation.queries.visit import Point, Visit
from kip.core import audit
from practices.acting import Acting, ActingRequest

PURPOSE = "accreditation"
View = Callable[..., HttpResponse]
Crumbs = list[tuple[str, str]]


def who(request: ActingRequest) -> Acting:
    return request.acting  # the door has let a surveyor in


def assigned(request: ActingRequest, survey_id: int) -> Survey:
    """A visit that the person is on the team of. Raises Http404."""
    return visible.survey(who(request), survey_id)


def in_window(request: ActingRequest, survey_id: int, *states: State) -> Survey:
    """As `assigned`, while the documents are shared and the report is not final, or only in these states. Raises Http404."""
    found = visible.in_window(who(request)).filter(pk=survey_id).first()
    if found is None or (states and found.state not in states):
        raise Http404
    return found


def point_of(visit: Visit, number: str) -> Point:
    """Raises Http404 for an indicator that the visit does not look at."""
    found = visit.point(number)
    if found is None:
        raise Http404
    return found


def indicator_of(survey: Survey, number: str) -> StandardIndicator | None:
    """The indicator of the survey's edition; None for no number. Raises Http404 for an unknown one."""
    if not number:
        return None
    found = StandardIndicator.objects.filter(edition=survey.edition_id, number=number).first()
    if found is None:
        raise Http404
    return found


def form_of(page: str) -> Callable[[View], View]:
    """A form with errors is shown on its own address; loading that address anew leads back to the page of the form."""

    def mark(view: View) -> View:
        @wraps(view)
        def answered(request: ActingRequest, **named: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, **named)
            if "survey_id" in named:
                assigned(request, named["survey_id"])
            return redirect(page, **{name: value for name, value in named.items() if name in ("survey_id", "number")})

        return require_http_methods(["GET", "POST"])(answered)

    return mark


def look(survey: Survey, kind: str, object_id: object = "", **facts: Any) -> None:
    """The practice reads that somebody looked."""
    detail = json.dumps({"survey": survey.pk, **facts})
    audit.record("viewed", practice_id=survey.practice_id, kind=kind, object_id=object_id, purpose=PURPOSE, detail=detail)


def told(request: ActingRequest, act: Callable[[], object], done: str) -> bool:
    """Do it and say so, or say why it cannot be done now."""
    try:
        act()
    except NotNow as refused:
        messages.error(request, str(refused))
        return False
    messages.success(request, done)
    return True


def crumbs(survey: Survey, *more: tuple[str, str]) -> Crumbs:
    """My visits, the practice, and what follows."""
    listed = (_("My visits"), reverse("visit:visits"))
    name = (survey.practice.name, reverse("visit:plan", args=[survey.pk]) if more else "")
    return [listed, name, *more]


def back_to(name: str, survey: Survey, *args: object) -> HttpResponse:
    return redirect(name, survey.pk, *args)
