"""One point of the self-assessment: the indicator that the surveyors rate, the answer, the relevance and the evidence."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accreditation.actions import self_assessing
from accreditation.actions.evidence import ROUND_OF
from accreditation.enums import AnswerState, State
from accreditation.faults import NotNow
from accreditation.models import Survey
from accreditation.pages import assigned, back_to, form_of, told, who
from accreditation.practice.finding import crumbs, tasks_crumb
from accreditation.practice.forms import AnswerForm, ExistingForm, FileForm, FollowUpForm, OwnForm, RelevanceForm, saved
from accreditation.queries.pinned import edition_of, rules_of
from accreditation.queries.practice_after import rated_at, scale_of
from accreditation.queries.practice_help import help_of
from accreditation.queries.practice_self import WRITABLE, Task, Tasks, evidence_of, tasks_of
from kip.core.allow import allow
from kip.core.forms import KipForm
from kip.core.scope import Persona
from practices.acting import ActingRequest


def task_of(tasks: Tasks, number: str) -> Task:
    """Raises Http404 for a point that the survey does not look at."""
    found = tasks.point(number)
    if found is None:
        raise Http404
    return found


@require_GET
@allow(Persona.PRACTICE)
def point(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    survey = assigned(request, survey_id)
    return show(request, survey, number)


def show(request: ActingRequest, survey: Survey, number: str, **more: Any) -> HttpResponse:
    """The page of a point, with the forms that have errors in place of fresh ones."""
    tasks = tasks_of(survey)
    task = task_of(tasks, number)
    before, after = tasks.beside(number)
    words = edition_of(survey).vocabulary
    bound = any(isinstance(value, KipForm) for value in more.values())
    helped, rated = help_of(task), rated_at(survey, task.indicator)
    context = {
        "survey": survey, "tasks": tasks, "task": task, "before": before, "after": after, "help": helped,
        "open": survey.state in WRITABLE, "round": ROUND_OF.get(State(survey.state)), "scale": scale_of(survey),
        "rated": rated, "here": reverse("accreditation:point", args=[survey.pk, number]),
        "methods": [str(words.assessed_by[method]) for method in task.words.assessed_by],
        "written": str(words.written_requirement[task.asked.written]) if task.asked.written else "",
        "crumbs": crumbs(survey, tasks_crumb(survey), (number, "")),
        "follow_form": FollowUpForm(prefix="follow", initial={"text": rated.follow_up.answer if rated.follow_up else ""}),
        **_forms(request, survey, task, helped.choices), **more,
    }  # fmt: skip
    return render(request, "accreditation/practice/point.html", context, status=422 if bound else 200)


def _forms(request: ActingRequest, survey: Survey, task: Task, offers: list[Any]) -> dict[str, Any]:
    rules = rules_of(survey)
    codes = [*rules.ratings, *([rules.outside] if rules.outside else [])]
    proposal = "forslag" in request.GET
    here = {link.evidence_id for link in task.links}
    others = [(kept.row.pk, kept.row.title) for kept in evidence_of(survey) if kept.row.pk not in here]
    return {
        "proposal": proposal and task.own is not None and task.own.proposed is not None,
        "answer_form": AnswerForm(rules=rules, initial=saved(task.own, proposal, codes)),
        "relevance_form": RelevanceForm(prefix="relevance", initial={"relevant": "yes" if task.asked.relevant else "no"}),
        "file_form": FileForm(prefix="file"),
        "own_form": OwnForm(prefix="own", choices=offers) if offers else None,
        "existing_form": ExistingForm(prefix="existing", choices=others) if others else None,
    }  # fmt: skip


@form_of("accreditation:point")
@allow(Persona.PRACTICE)
def answer(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    """Save the answer, begun or finished. When somebody else has saved meanwhile both texts stand on the page."""
    survey = assigned(request, survey_id)
    task = task_of(tasks_of(survey), number)
    form = AnswerForm(request.POST, rules=rules_of(survey), done="finish" in request.POST)
    if not form.is_valid():
        return show(request, survey, number, answer_form=form)
    try:
        self_assessing.answer(by=who(request), survey=survey, indicator=task.indicator, given=form.given())
    except NotNow as refused:
        return _refused(request, survey, task, refused)
    told(request, lambda: None, _("The point is finished.") if form.done else _("Saved."))
    after = tasks_of(survey).next_left(number) if form.done else None
    if after is not None:
        return redirect("accreditation:point", survey.pk, after.number)
    return back_to("accreditation:tasks" if form.done else "accreditation:point", survey, *([] if form.done else [number]))


def _refused(request: ActingRequest, survey: Survey, task: Task, refused: NotNow) -> HttpResponse:
    """What was typed stays; saving it again takes the place of what the other one saved, who is named beside it."""
    typed = request.POST.copy()
    clash = refused.faults[0].code == "changed_meanwhile" and task.own is not None
    if clash and task.own is not None:
        typed["version"] = str(task.own.version)
    form = AnswerForm(typed, rules=rules_of(survey), done="finish" in request.POST)
    form.is_valid()
    form.add_error(None, str(refused))
    lost = "" if clash else request.POST.get("comment", "")  # the form is no longer there, so the words stand by themselves
    return show(request, survey, task.number, answer_form=form, clash=clash, lost=lost, why=str(refused))


@form_of("accreditation:point")
@allow(Persona.PRACTICE)
def keep(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    """The page saves by itself while somebody writes: the new version, or in words why nothing was saved."""
    survey = assigned(request, survey_id)
    task = task_of(tasks_of(survey), number)
    finished = task.own is not None and task.own.state == AnswerState.DONE
    form = AnswerForm(request.POST, rules=rules_of(survey), done=finished)
    if not form.is_valid():
        return JsonResponse({"fault": " ".join(error for errors in form.errors.values() for error in errors)}, status=422)
    try:
        given = replace(form.given(), minutes=0)  # noted when the person saves, else each pause would add them again
        row = self_assessing.answer(by=who(request), survey=survey, indicator=task.indicator, given=given)
    except NotNow as refused:
        return JsonResponse({"fault": str(refused)}, status=409)
    return JsonResponse({"version": row.version, "said": _("Saved.")})


@form_of("accreditation:point")
@allow(Persona.PRACTICE)
def relevance(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    survey = assigned(request, survey_id)
    task = task_of(tasks_of(survey), number)
    form = RelevanceForm(request.POST, prefix="relevance")
    if not form.is_valid():
        return show(request, survey, number, relevance_form=form)
    by, said = who(request), form.cleaned_data
    told(
        request,
        lambda: self_assessing.change_relevance(by=by, survey=survey, indicator=task.indicator, **said),
        _("The point is asked of you.") if said["relevant"] else _("The point is not asked of you."),
    )
    return back_to("accreditation:point", survey, number)
