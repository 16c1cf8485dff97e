"""During and after the visit: a critical finding, the report, the hearing, the follow-up, the decision."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accreditation.actions import critical as acting_on
from accreditation.actions import deciding, following_up, hearing
from accreditation.actions.moving import faults
from accreditation.enums import State
from accreditation.models import CriticalFinding, FollowUp, Survey
from accreditation.pages import assigned, back_to, form_of, indicator_of, told, who
from accreditation.practice.finding import crumbs, require_speaker, speaks
from accreditation.practice.forms import ActionForm, AppealForm, FollowUpForm, ObjectionForm, ReplyForm
from accreditation.practice.point_views import show
from accreditation.queries.clocks import PRACTICE, turns_of
from accreditation.queries.practice import HEARINGS, survey_page
from accreditation.queries.practice_after import (
    decisions_of,
    follow_ups_of,
    hearings_of,
    report_page,
    scale_of,
    side_by_side,
)
from accreditation.queries.relevance import stored
from accreditation.report.reading import reading_of
from kip.core.allow import allow
from kip.core.forms import KipForm
from kip.core.numbers import danish
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def critical(request: ActingRequest, survey_id: int, finding_id: UUID) -> HttpResponse:
    """What was found, and what has been done about it; written once."""
    survey = assigned(request, survey_id)
    rows = CriticalFinding.objects.select_related("indicator", "acknowledged_by", "survey")
    row = get_object_or_404(rows, survey=survey, pk=finding_id)
    form = ActionForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data["action"]
        done = _("Noted. The surveyors and the region's consultant can read what you have done.")
        told(request, lambda: acting_on.acknowledge(by=who(request), finding=row, action=said), done)
        return back_to("accreditation:critical", survey, finding_id)
    turns = [turn for turn in turns_of(survey, timezone.now()) if turn.deadline.about == str(row.pk) and turn.whose == PRACTICE]
    context = {
        "survey": survey, "row": row, "form": form, "turn": turns[0] if turns else None,
        "crumbs": crumbs(survey, (_("Critical finding"), "")),
    }  # fmt: skip
    return render(request, "accreditation/practice/critical.html", context, status=422 if form.is_bound else 200)


@require_GET
@allow(Persona.PRACTICE)
def report(request: ActingRequest, survey_id: int) -> HttpResponse:
    """The newest signed report, or another one with ?udgave=; each as it was frozen when it was signed."""
    survey = assigned(request, survey_id)
    wanted = request.GET.get("udgave", "")
    found = report_page(survey, int(wanted) if wanted.isdecimal() else None)
    context = {
        "survey": survey, "page": found, "report": reading_of(found.row, survey) if found else None,
        "crumbs": crumbs(survey, (_("Report"), "")), "heard": survey.state in HEARINGS,
    }  # fmt: skip
    return render(request, "accreditation/practice/report.html", context)


@require_GET
@allow(Persona.PRACTICE)
def compare(request: ActingRequest, survey_id: int) -> HttpResponse:
    """The practice's answer, the surveyors' rating and the rating after the follow-up, point by point."""
    survey = assigned(request, survey_id)
    context = {
        "survey": survey, "beside": side_by_side(survey), "words": scale_of(survey),
        "crumbs": crumbs(survey, (_("Side by side"), "")),
    }  # fmt: skip
    return render(request, "accreditation/practice/compare.html", context)


@require_GET
@allow(Persona.PRACTICE)
def hearing_page(request: ActingRequest, survey_id: int) -> HttpResponse:
    return _hearing(request, assigned(request, survey_id))


def _hearing(request: ActingRequest, survey: Survey, **bound: KipForm) -> HttpResponse:
    found = hearings_of(survey)
    running = next((item for item in found if item.hearing.closed_at is None), None)
    turns = turns_of(survey, timezone.now())
    context = {
        "survey": survey, "hearings": found, "words": scale_of(survey),
        "due": next((turn for turn in turns if turn.deadline.clock.startswith("hearing")), None),
        "speaks": speaks(request), "point_form": ObjectionForm(choices=_points(survey)), "reply_form": ReplyForm(prefix="reply"),
        "writable": running is not None and running.hearing.replied_at is None, "crumbs": crumbs(survey, (_("Hearing"), "")),
        **bound,
    }  # fmt: skip
    return render(request, "accreditation/practice/hearing.html", context, status=422 if bound else 200)


def _points(survey: Survey) -> list[tuple[str, str]]:
    rows = [row.indicator for row in stored(survey)]
    return [(one.number, f"{one.number} {one.summary_da if danish() else one.summary_en}") for one in rows]


@form_of("accreditation:hearing")
@allow(Persona.PRACTICE)
def object_to(request: ActingRequest, survey_id: int) -> HttpResponse:
    """Write a point of the hearing; nothing is sent yet."""
    survey = assigned(request, survey_id)
    form = ObjectionForm(request.POST, choices=_points(survey))
    if not form.is_valid():
        return _hearing(request, survey, point_form=form)
    said = form.cleaned_data
    indicator = indicator_of(survey, said["indicator"])
    told(
        request,
        lambda: hearing.add_point(by=who(request), survey=survey, text=said["text"], indicator=indicator),
        _("The point is written down. It is sent when the manager sends the reply."),
    )
    return back_to("accreditation:hearing", survey)


@form_of("accreditation:hearing")
@allow(Persona.PRACTICE)
def reply(request: ActingRequest, survey_id: int) -> HttpResponse:
    """Send the reply, once."""
    survey = assigned(request, survey_id)
    require_speaker(request)
    form = ReplyForm(request.POST, prefix="reply")
    if not form.is_valid():
        return _hearing(request, survey, reply_form=form)
    done = _("Your reply has been sent. The surveyors answer each point.")
    told(request, lambda: hearing.reply(by=who(request), survey=survey, text=form.cleaned_data["text"]), done)
    return back_to("accreditation:hearing", survey)


@require_GET
@allow(Persona.PRACTICE)
def follow_up(request: ActingRequest, survey_id: int) -> HttpResponse:
    """What stayed open, what the practice answers, and the button that sends it."""
    survey = assigned(request, survey_id)
    writable = survey.state == State.FOLLOW_UP_OPEN
    missing = [str(one) for one in faults(who(request), survey, "send_follow_up")] if writable and speaks(request) else []
    context = {
        "survey": survey, "points": follow_ups_of(survey), "words": scale_of(survey), "writable": writable, "missing": missing,
        "speaks": speaks(request), "page": survey_page(survey), "crumbs": crumbs(survey, (_("Follow-up"), "")),
    }  # fmt: skip
    return render(request, "accreditation/practice/follow_up.html", context)


@form_of("accreditation:point")
@allow(Persona.PRACTICE)
def follow_up_answer(request: ActingRequest, survey_id: int, number: str) -> HttpResponse:
    survey = assigned(request, survey_id)
    row = get_object_or_404(FollowUp.objects.select_related("survey"), survey=survey, indicator__number=number)
    form = FollowUpForm(request.POST, prefix="follow")
    if not form.is_valid():
        return show(request, survey, number, follow_form=form)
    said = form.cleaned_data["text"]
    told(request, lambda: following_up.answer_follow_up(by=who(request), follow_up=row, text=said), _("Your answer is saved."))
    return back_to("accreditation:point", survey, number)


@require_POST
@allow(Persona.PRACTICE)
def follow_up_send(request: ActingRequest, survey_id: int) -> HttpResponse:
    survey = assigned(request, survey_id)
    require_speaker(request)
    done = _("The follow-up has been sent. The surveyors rate the open points again.")
    told(request, lambda: following_up.send_follow_up(by=who(request), survey=survey), done)
    return back_to("accreditation:follow_up", survey)


@require_GET
@allow(Persona.PRACTICE)
def decision(request: ActingRequest, survey_id: int) -> HttpResponse:
    return _decision(request, assigned(request, survey_id), AppealForm())


def _decision(request: ActingRequest, survey: Survey, form: KipForm) -> HttpResponse:
    may = speaks(request) and not faults(who(request), survey, "appeal")
    context = {
        "survey": survey, "decisions": decisions_of(survey), "form": form, "may_appeal": may,
        "crumbs": crumbs(survey, (_("Decision"), "")),
    }  # fmt: skip
    return render(request, "accreditation/practice/decision.html", context, status=422 if form.is_bound else 200)


@form_of("accreditation:decision")
@allow(Persona.PRACTICE)
def appeal(request: ActingRequest, survey_id: int) -> HttpResponse:
    survey = assigned(request, survey_id)
    require_speaker(request)
    form = AppealForm(request.POST)
    if not form.is_valid():
        return _decision(request, survey, form)
    reason = form.cleaned_data["reason"]
    done = _("You have appealed. The committee looks at the case again.")
    told(request, lambda: deciding.appeal(by=who(request), survey=survey, reason=reason), done)
    return back_to("accreditation:decision", survey)
