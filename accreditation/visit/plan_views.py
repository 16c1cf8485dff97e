"""Before and during the visit: what is shared, the call, the steps, how far the team is, and open conflicts."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accreditation.actions import following_up, hearing, visiting
from accreditation.actions.moving import faults
from accreditation.machine import WINDOW
from accreditation.models import ContactCall, CriticalFinding, Survey
from accreditation.pages import assigned, back_to, form_of, told, who
from accreditation.queries.visible import team
from accreditation.queries.visit import visit_of
from accreditation.queries.visit_bundle import CARRIED_IN, bundle_size
from accreditation.queries.visit_list import my_visits
from accreditation.visit.finding import crumbs, in_window, look
from accreditation.visit.forms import CallForm
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest

SEND = (
    visiting.send_hearing,
    gettext_lazy("Sign and send to the practice"),
    gettext_lazy("The draft has been sent to the practice."),
)
CLOSE = (hearing.finish_hearing, gettext_lazy("Close the hearing and sign"), gettext_lazy("The report is final."))
# The steps of the team: what the button says, and what is said afterwards.
STEPS = {
    "confirm_visit": (visiting.confirm_visit, gettext_lazy("Confirm the visit"), gettext_lazy("The visit is confirmed.")),
    "begin_visit": (visiting.begin_visit, gettext_lazy("Begin the visit"), gettext_lazy("The visit has begun.")),
    "complete_rating": (visiting.complete_rating, gettext_lazy("Finish the ratings"), gettext_lazy("The ratings are finished.")),
    "draft_report": (visiting.draft_report, gettext_lazy("Begin the report"), gettext_lazy("The report is begun.")),
    "send_hearing": SEND,
    "send_hearing_2": SEND,
    "finish_hearing": CLOSE,
    "finish_hearing_2": CLOSE,
    "complete_follow_up": (
        following_up.complete_follow_up, gettext_lazy("Finish the ratings"), gettext_lazy("The ratings are finished."),
    ),
}  # fmt: skip


def step_of(request: ActingRequest, survey: Survey, *names: str) -> dict[str, object] | None:
    """The first of the steps that leads on from here: its name, its words and what is missing; None when none does."""
    by = who(request)
    for name in names or STEPS:
        missing = faults(by, survey, name)
        if not any(fault.code == "not_from_here" for fault in missing):
            return {"name": name, "words": STEPS[name][1], "missing": [str(fault) for fault in missing]}
    return None


@require_GET
@allow(Persona.SURVEY)
def plan(request: ActingRequest, survey_id: int) -> HttpResponse:
    return _plan(request, assigned(request, survey_id), CallForm())


def _plan(request: ActingRequest, survey: Survey, form: CallForm) -> HttpResponse:
    opened = survey.state in WINDOW
    visit = visit_of(survey) if opened else None
    if visit is not None:
        look(survey, "visit_documents", shared=sum(len(point.shared) for point in visit.points))
    context = {
        "survey": survey, "visit": visit, "team": team(survey), "crumbs": crumbs(survey), "form": form,
        "calls": ContactCall.objects.filter(survey=survey).select_related("by"), "step": step_of(request, survey),
        "mine": my_visits(who(request)).item(survey.pk), "carried": survey.state in CARRIED_IN,
        "size": bundle_size(visit) if visit else 0,
    }  # fmt: skip
    return render(request, "accreditation/visit/plan.html", context, status=422 if form.is_bound else 200)


@form_of("visit:plan")
@allow(Persona.SURVEY)
def call_log(request: ActingRequest, survey_id: int) -> HttpResponse:
    survey = assigned(request, survey_id)
    form = CallForm(request.POST)
    if not form.is_valid():
        return _plan(request, survey, form)
    told(request, lambda: visiting.log_call(by=who(request), survey=survey, **form.cleaned_data), _("The call is noted."))
    return back_to("visit:plan", survey)


@require_POST
@allow(Persona.SURVEY)
def step(request: ActingRequest, survey_id: int, name: str) -> HttpResponse:
    survey = assigned(request, survey_id)
    if name not in STEPS:
        raise Http404
    act, _words, done = STEPS[name]
    told(request, lambda: act(by=who(request), survey=survey), str(done))
    return back_to(request.POST.get("back") if request.POST.get("back") in BACK else "visit:plan", survey)


BACK = ("visit:overview", "visit:report", "visit:hearing")


@require_GET
@allow(Persona.SURVEY)
def overview(request: ActingRequest, survey_id: int) -> HttpResponse:
    """How far the team is, what is missing, conflicts, notes and critical findings."""
    survey = in_window(request, survey_id)
    visit = visit_of(survey)
    look(survey, "visit_ratings")
    context = {
        "survey": survey, "visit": visit, "crumbs": crumbs(survey, (_("Overview"), "")),
        "criticals": CriticalFinding.objects.filter(survey=survey).select_related("indicator"),
        "step": step_of(request, survey, "complete_rating", "complete_follow_up"),
    }  # fmt: skip
    return render(request, "accreditation/visit/overview.html", context)


@require_GET
@allow(Persona.SURVEY)
def talk(request: ActingRequest, survey_id: int) -> HttpResponse:
    """The closing talk: strengths first, then what is followed up, in large type, fit to be shown to the practice."""
    survey = in_window(request, survey_id)
    visit = visit_of(survey)
    look(survey, "visit_ratings")
    context = {
        "survey": survey, "visit": visit, "crumbs": crumbs(survey, (_("Closing talk"), "")),
        "strengths": [note for note in visit.notes if note.kind == "strength"],
        "improvements": [note for note in visit.notes if note.kind == "improvement"],
        "open": [point for point in visit.points if point.current and point.current.rating not in (*visit.passes, visit.outside)],
    }  # fmt: skip
    return render(request, "accreditation/visit/talk.html", context)
