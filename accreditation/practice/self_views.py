"""The self-assessment as a whole: who works in the practice, the list of points, and the check before it is handed over."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accreditation.actions import self_assessing
from accreditation.actions.moving import faults, move
from accreditation.enums import State
from accreditation.models import Survey
from accreditation.pages import assigned, back_to, told, who
from accreditation.practice.finding import crumbs, require_speaker, speaks, tasks_crumb
from accreditation.practice.forms import PeopleForm
from accreditation.queries.pinned import kind_of
from accreditation.queries.practice import survey_page
from accreditation.queries.practice_self import FILTERS, WRITABLE, effect_of, tasks_of
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def people(request: ActingRequest, survey_id: int) -> HttpResponse:
    """Who works here, and what follows from it; `preview` shows that without saving."""
    survey = assigned(request, survey_id)
    form = PeopleForm(request.POST or None, survey=survey)
    facts = form.facts() if form.is_valid() else None
    if facts and "preview" not in request.POST:
        done = _("Saved. What you are asked follows from it.")
        if told(request, lambda: self_assessing.describe_practice(by=who(request), survey=survey, **facts), done):
            return back_to("accreditation:people", survey)
    shown = facts or {"people": survey.people, "staff_groups": survey.staff_groups, "shared_by": survey.shared_by}
    context = {
        "survey": survey, "form": form, "effect": effect_of(survey, **shown), "preview": facts is not None,
        "open": survey.state in WRITABLE, "crumbs": crumbs(survey, tasks_crumb(survey), (_("Who works here"), "")),
    }  # fmt: skip
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "accreditation/practice/people.html", context, status=status)


@require_GET
@allow(Persona.PRACTICE)
def tasks(request: ActingRequest, survey_id: int) -> HttpResponse:
    """All points by theme and standard; ?vis= narrows the list to what remains."""
    survey = assigned(request, survey_id)
    found = tasks_of(survey)
    wanted = request.GET.get("vis", "")
    wanted = wanted if wanted in FILTERS else ""
    context = {
        "survey": survey, "tasks": found, "wanted": wanted, "themes": found.themes(wanted), "page": survey_page(survey),
        "open": survey.state in WRITABLE, "begun": survey.state != State.ANNOUNCED or not _assesses(survey),
        "next": found.next_left(), "crumbs": crumbs(survey, (_("Self-assessment"), "")),
    }  # fmt: skip
    return render(request, "accreditation/practice/tasks.html", context)


def _assesses(survey: Survey) -> bool:
    return State.SELF_ASSESSMENT in kind_of(survey).states


@require_GET
@allow(Persona.PRACTICE)
def next_point(request: ActingRequest, survey_id: int) -> HttpResponse:
    """On to the next unfinished point, or to the list when there is none."""
    survey = assigned(request, survey_id)
    found = tasks_of(survey).next_left()
    if found is None:
        return back_to("accreditation:tasks", survey)
    return redirect("accreditation:point", survey.pk, found.number)


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def check(request: ActingRequest, survey_id: int) -> HttpResponse:
    """What is unanswered, what is shared and what stays private; then the manager hands it over."""
    survey = assigned(request, survey_id)
    name = "share_documents" if _assesses(survey) else "start_self_assessment"
    if request.method == "POST":
        require_speaker(request)
        done = _("You have handed over. The surveyors see your answers and what you have shared, and nothing else.")
        if told(request, lambda: _hand_over(request, survey, name), done):
            return back_to("accreditation:survey", survey)
        return back_to("accreditation:check", survey)
    ready = survey.state == (State.SELF_ASSESSMENT if _assesses(survey) else State.ANNOUNCED)
    missing = [str(one) for one in faults(who(request), survey, name)] if ready and speaks(request) else []
    context = {
        "survey": survey, "tasks": tasks_of(survey), "ready": ready, "missing": missing, "speaks": speaks(request),
        "page": survey_page(survey), "crumbs": crumbs(survey, tasks_crumb(survey), (_("Hand over"), "")),
    }  # fmt: skip
    return render(request, "accreditation/practice/check.html", context)


def _hand_over(request: ActingRequest, survey: Survey, name: str) -> None:
    if name == "share_documents":
        self_assessing.share_documents(by=who(request), survey=survey)
    else:
        move(by=who(request), survey=survey, name=name)
