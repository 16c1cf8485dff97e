"""After the visit: the team's words, agreement or dissent, the draft, and the practice's points answered one by one."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accreditation.actions import visiting
from accreditation.actions.hearing import answer_point
from accreditation.enums import State
from accreditation.faults import NotNow
from accreditation.models import HearingPoint, Survey
from accreditation.pages import back_to, form_of, told, who
from accreditation.queries.guards import deadline
from accreditation.queries.visit import Visit, visit_of
from accreditation.queries.visit_report import draft_of, open_hearing_of
from accreditation.visit.finding import crumbs, in_window, look
from accreditation.visit.forms import AgreementForm, PointForm, RaiseForm, SummaryForm
from accreditation.visit.plan_views import step_of
from kip.core.allow import allow
from kip.core.forms import KipForm
from kip.core.scope import Persona
from practices.acting import ActingRequest

AGREED_IN = (State.RATING_COMPLETE, State.REPORT_DRAFT, State.FOLLOW_UP_RATED)
HEARD_IN = (State.IN_HEARING, State.IN_HEARING_2)


@require_GET
@allow(Persona.SURVEY)
def report(request: ActingRequest, survey_id: int) -> HttpResponse:
    return _report(request, in_window(request, survey_id))


def _report(request: ActingRequest, survey: Survey, **bound: KipForm) -> HttpResponse:
    draft = draft_of(survey)
    look(survey, "visit_report")
    kept = draft.summary
    said = {name: getattr(kept, name) for name in ("strengths", "summary", "agreed", "version")} if kept else None
    context = {
        "survey": survey, "draft": draft, "crumbs": crumbs(survey, (_("Report"), "")),
        "summary_form": SummaryForm(initial=said), "agreement_form": AgreementForm(prefix="word"),
        "raise_form": RaiseForm(prefix="raise", initial={"kind": survey.raised_follow_up}),
        "step": step_of(request, survey, "draft_report", "send_hearing", "send_hearing_2"),
        "may_agree": survey.state in AGREED_IN, "heard": survey.state in HEARD_IN, **bound,
    }  # fmt: skip
    return render(request, "accreditation/visit/report.html", context, status=422 if bound else 200)


@form_of("visit:report")
@allow(Persona.SURVEY)
def summarise(request: ActingRequest, survey_id: int) -> HttpResponse:
    survey = in_window(request, survey_id)
    form = SummaryForm(request.POST)
    if not form.is_valid():
        return _report(request, survey, summary_form=form)
    try:
        visiting.summarise(by=who(request), survey=survey, **form.cleaned_data)
    except NotNow as refused:
        # What was typed stays on the page, with the other one's text beside it.
        form.add_error(None, str(refused))
        return _report(request, survey, summary_form=form)
    told(request, lambda: None, _("The text is saved."))
    return back_to("visit:report", survey)


@form_of("visit:report")
@allow(Persona.SURVEY)
def agree(request: ActingRequest, survey_id: int) -> HttpResponse:
    survey = in_window(request, survey_id)
    form = AgreementForm(request.POST, prefix="word")
    if not form.is_valid():
        return _report(request, survey, agreement_form=form)
    dissent = form.cleaned_data["dissent"]
    done = _("Your dissent stands in the report.") if dissent else _("You agree with the ratings.")
    told(request, lambda: visiting.agree(by=who(request), survey=survey, dissent=dissent), done)
    return back_to("visit:report", survey)


@form_of("visit:report")
@allow(Persona.SURVEY)
def raise_kind(request: ActingRequest, survey_id: int) -> HttpResponse:
    survey = in_window(request, survey_id)
    form = RaiseForm(request.POST, prefix="raise")
    if not form.is_valid():
        return _report(request, survey, raise_form=form)
    kind = form.cleaned_data["kind"]
    told(
        request, lambda: visiting.raise_follow_up(by=who(request), survey=survey, kind=kind), _("The follow-up is stricter now.")
    )
    return back_to("visit:report", survey)


@require_GET
@allow(Persona.SURVEY)
def hearing(request: ActingRequest, survey_id: int) -> HttpResponse:
    survey = in_window(request, survey_id, *HEARD_IN)
    return _hearing(request, survey, visit_of(survey))


def _hearing(request: ActingRequest, survey: Survey, visit: Visit, bound: PointForm | None = None, pk: int = 0) -> HttpResponse:
    found, points = open_hearing_of(survey)
    look(survey, "visit_hearing")
    rows = []
    for asked in points:
        form = bound if asked.pk == pk else None if asked.answered_at else PointForm(visit=visit, asked=asked)
        point = visit.point(asked.indicator.number) if asked.indicator else None
        rows.append({"asked": asked, "form": form, "point": point})
    context = {
        "survey": survey, "visit": visit, "hearing": found, "rows": rows, "words": dict(visit.scale),
        "due": deadline(survey, "hearing" if visit.round == 1 else "hearing_2"), "crumbs": crumbs(survey, (_("Hearing"), "")),
        "step": step_of(request, survey, "finish_hearing", "finish_hearing_2"),
    }  # fmt: skip
    return render(request, "accreditation/visit/hearing.html", context, status=422 if bound else 200)


@form_of("visit:hearing")
@allow(Persona.SURVEY)
def point_answer(request: ActingRequest, survey_id: int, point_id: int) -> HttpResponse:
    survey = in_window(request, survey_id, *HEARD_IN)
    asked = get_object_or_404(HearingPoint.objects.select_related("indicator", "survey"), survey=survey, pk=point_id)
    visit = visit_of(survey)
    form = PointForm(request.POST, visit=visit, asked=asked)
    if not form.is_valid():
        return _hearing(request, survey, visit, form, asked.pk)
    said, entry = form.cleaned_data, form.entry()

    def act() -> None:
        answer_point(by=who(request), point=asked, answer=said["answer"], outcome=said["outcome"], entry=entry)

    told(request, act, _("The point is answered."))
    return back_to("visit:hearing", survey)
