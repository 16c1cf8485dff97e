"""One survey of the region: how far it is, and the steps of the office. Every look stands in the practice's log."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accreditation.actions import publishing, team
from accreditation.machine import OVER
from accreditation.models import Assignment, Decision, Publication, Survey
from accreditation.pages import told
from accreditation.policies import may_plan
from accreditation.queries.candidates import candidates
from accreditation.queries.guards import region_publishes
from accreditation.queries.ics import visit_calendar
from accreditation.queries.office_survey import survey_sheet
from accreditation.region.finding import follower, keeper, of_survey, survey_crumbs, survey_of, to_survey
from accreditation.region.forms import AssignForm, OverrideForm, ReasonForm, VisitForm, visit_initial
from accreditation.region.steps import STEPS, Todo, buttons, set_day
from accreditation.visit.finding import look
from kip.core.allow import allow
from kip.core.forms import KipForm
from kip.core.scope import Persona
from practices.acting import ActingRequest

SET_DAY = Todo(set_day, gettext_lazy("Set the day of the visit"), gettext_lazy("The day is set."), VisitForm)


@require_GET
@allow(Persona.REGION)
def survey(request: ActingRequest, survey_id: int) -> HttpResponse:
    by = follower(request)
    found = survey_of(by, survey_id)
    sheet = survey_sheet(by, found)
    look(found, "survey")
    context = {
        "sheet": sheet, "survey": found, "buttons": buttons(by, found, sheet.steps), "keeps": may_plan(by.role),
        "open_team": found.state in team.OPEN_TEAM, "under_way": found.state not in OVER, "own": by.scope.user_id,
        "crumbs": survey_crumbs(found),
        "movable": found.state in ("planned", "postponed"), "public_here": not list(region_publishes(found, by, None)),
    }  # fmt: skip
    return render(request, "accreditation/region/survey.html", context)


@require_GET
@allow(Persona.REGION)
def calendar_file(request: ActingRequest, survey_id: int) -> HttpResponse:
    """The visit for the office's own calendar."""
    found = survey_of(follower(request), survey_id)
    if found.visit_on is None:
        raise Http404
    answer = HttpResponse(visit_calendar(found), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="kip-{found.pk}.ics"'
    return answer


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def step(request: ActingRequest, survey_id: int, name: str) -> HttpResponse:
    """A step of the office; one that asks for something has a page of its own."""
    found = survey_of(follower(request), survey_id)
    if name not in STEPS:
        raise Http404
    return asked(request, found, STEPS[name])


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def visit_day(request: ActingRequest, survey_id: int) -> HttpResponse:
    return asked(request, survey_of(keeper(request), survey_id), SET_DAY)


def asked(request: ActingRequest, found: Survey, todo: Todo) -> HttpResponse:
    """Ask what the step needs, take it, and go back to the survey; what cannot be done is said and nothing is lost."""
    by, form = request.acting, _form(request, found, todo)
    if request.method == "POST" and (form is None or form.is_valid()):
        said = form.cleaned_data if form else {}
        if told(request, lambda: todo.act(by=by, survey=found, **said), str(todo.done)) or form is None:
            return to_survey(found)
    if form is None:
        return to_survey(found)
    context = {"survey": found, "form": form, "todo": todo, "crumbs": survey_crumbs(found, (str(todo.words), ""))}
    return render(request, "accreditation/region/step.html", context, status=422 if form.is_bound else 200)


def _form(request: ActingRequest, found: Survey, todo: Todo) -> KipForm | None:
    if todo.form is None:
        return None
    start = visit_initial(found) if todo.form is VisitForm else {}
    return todo.form(request.POST or None, initial=start)


@require_GET
@allow(Persona.REGION)
def team_page(request: ActingRequest, survey_id: int) -> HttpResponse:
    """Everybody in the pool with profession, languages, days and ties, seen from this visit."""
    found = survey_of(keeper(request), survey_id)
    context = {
        "survey": found, "pool": candidates(found), "crumbs": survey_crumbs(found, (_("Find surveyors"), "")),
        "open_team": found.state in team.OPEN_TEAM,
    }  # fmt: skip
    return render(request, "accreditation/region/team.html", context)


@require_POST
@allow(Persona.REGION)
def assign(request: ActingRequest, survey_id: int) -> HttpResponse:
    by, form = request.acting, AssignForm(request.POST)
    found = survey_of(keeper(request), survey_id)
    if form.is_valid():
        told(request, lambda: team.assign(by=by, survey=found, **form.cleaned_data), _("The surveyor is proposed."))
    return to_survey(found)


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def assignment_end(request: ActingRequest, assignment_id: int) -> HttpResponse:
    row = of_survey(keeper(request), Assignment, assignment_id)
    todo = Todo(
        lambda *, by, survey, reason: team.end_assignment(by=by, assignment=row, reason=reason),
        _("Take the surveyor off the team"), _("The surveyor is off the team."), ReasonForm,
        _("The surveyor sees nothing of the visit from now on."),
    )  # fmt: skip
    return asked(request, row.survey, todo)


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def assignment_override(request: ActingRequest, assignment_id: int) -> HttpResponse:
    """A second person lets a surveyor go in spite of a conflict of interest, with a reason."""
    row = of_survey(keeper(request), Assignment, assignment_id)
    todo = Todo(
        lambda *, by, survey, reason: team.override_conflict(by=by, assignment=row, reason=reason),
        _("Let the surveyor go all the same"), _("The surveyor is on the team."), OverrideForm,
        _("It takes another person than the one who proposed the surveyor. Your name and the reason stay with the survey."),
    )  # fmt: skip
    return asked(request, row.survey, todo)


@require_POST
@allow(Persona.REGION)
def decision_tell(request: ActingRequest, decision_id: int) -> HttpResponse:
    row = of_survey(keeper(request), Decision, decision_id)
    done = _("The practice is told by mail now.")
    told(request, lambda: publishing.tell_practice(by=request.acting, decision=row), done)
    return to_survey(row.survey)


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def take_back(request: ActingRequest, publication_id: int) -> HttpResponse:
    row = of_survey(keeper(request), Publication, publication_id)
    todo = Todo(
        lambda *, by, survey, reason: publishing.take_back(by=by, publication=row, reason=reason), _("Take the publication back"),
        _("The decision is public no more."), ReasonForm, _("The reason stays with the survey. The public no longer sees it."),
    )  # fmt: skip
    return asked(request, row.survey, todo)


@require_POST
@allow(Persona.REGION)
def publish_again(request: ActingRequest, survey_id: int) -> HttpResponse:
    found = survey_of(keeper(request), survey_id)
    told(request, lambda: publishing.publish_again(by=request.acting, survey=found), _("The decision is public again."))
    return to_survey(found)
