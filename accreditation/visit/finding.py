"""How a page of the visit finds what it is about: not on the team, or out of the visit's window, and it does not exist."""

import json
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from accreditation.enums import State
from accreditation.models import Survey
from accreditation.pages import Crumbs, who
from accreditation.queries import visible
from accreditation.queries.visit import Point, Visit
from kip.core import audit
from practices.acting import ActingRequest

PURPOSE = "accreditation"


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


def look(survey: Survey, kind: str, object_id: object = "", **facts: Any) -> None:
    """The practice reads that somebody looked."""
    detail = json.dumps({"survey": survey.pk, **facts})
    audit.record("viewed", practice_id=survey.practice_id, kind=kind, object_id=object_id, purpose=PURPOSE, detail=detail)


def crumbs(survey: Survey, *more: tuple[str, str]) -> Crumbs:
    """My visits, the practice, and what follows."""
    listed = (_("My visits"), reverse("visit:visits"))
    name = (survey.practice.name, reverse("visit:plan", args=[survey.pk]) if more else "")
    return [listed, name, *more]
