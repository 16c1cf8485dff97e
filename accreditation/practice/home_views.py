"""Where the survey stands: the front page, the contact, the dispensation, the calendar file, and the steps that begin it."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accreditation.actions import dispensing, self_assessing
from accreditation.actions.moving import move
from accreditation.enums import State
from accreditation.machine import possible
from accreditation.models import Dispensation, Survey
from accreditation.pages import assigned, back_to, form_of, told, who
from accreditation.practice.finding import crumbs, require_speaker, speaks
from accreditation.practice.forms import ContactForm, DispensationForm
from accreditation.queries.clocks import NAMES, running
from accreditation.queries.ics import deadline_calendar, visit_calendar
from accreditation.queries.pinned import kind_of
from accreditation.queries.practice import CLOSED, survey_page, surveys_of
from kip.core.allow import allow
from kip.core.forms import KipForm
from kip.core.scope import Persona
from practices.acting import ActingRequest

ENDED = (*CLOSED, State.DISPENSED, State.ACCREDITED, State.ACCREDITED_WITH_REMARKS, State.NOT_ACCREDITED, State.APPEALED)


@require_GET
@allow(Persona.PRACTICE)
def home(request: ActingRequest) -> HttpResponse:
    """The survey that is under way, and all others below; without any, what will happen."""
    listed = surveys_of(who(request))
    if not listed:
        return render(request, "accreditation/practice/none.html")
    current, others = listed[0], listed[1:]
    if current.survey.state in CLOSED and not current.survey.decision_set.exists():
        return render(request, "accreditation/practice/none.html", {"others": listed})
    return _survey(request, current.survey, others=others)


@require_GET
@allow(Persona.PRACTICE)
def survey(request: ActingRequest, survey_id: int) -> HttpResponse:
    return _survey(request, assigned(request, survey_id))


def _survey(request: ActingRequest, found: Survey, **more: object) -> HttpResponse:
    page = survey_page(found)
    contact = {"name": found.contact_name, "phone": found.contact_phone, "address": found.address}
    may = possible(found.state, who(request).role, kind_of(found).states)
    context = {
        "page": page, "survey": found, "speaks": speaks(request), "contact_form": ContactForm(initial=contact),
        "crumbs": crumbs(found), "may_ask": "request_dispensation" in may and page.dispensation_until is not None,
        "calls": found.contactcall_set.order_by("at"), "ended": found.state in ENDED, "others": [], **more,
    }  # fmt: skip
    bound = any(isinstance(value, KipForm) for value in more.values())
    return render(request, "accreditation/practice/survey.html", context, status=422 if bound else 200)


@form_of("accreditation:survey")
@allow(Persona.PRACTICE)
def contact(request: ActingRequest, survey_id: int) -> HttpResponse:
    found = assigned(request, survey_id)
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _survey(request, found, contact_form=form)
    told(
        request,
        lambda: self_assessing.save_contact(by=who(request), survey=found, **form.cleaned_data),
        _("The contact is saved."),
    )
    return back_to("accreditation:survey", found)


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def dispensation(request: ActingRequest, survey_id: int) -> HttpResponse:
    """Ask to be left out, with a reason; the manager does it, within the time shown."""
    found = assigned(request, survey_id)
    require_speaker(request)
    form = DispensationForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        if told(
            request,
            lambda: dispensing.request_dispensation(by=who(request), survey=found, **said),
            _("You have asked for a dispensation. The region answers you."),
        ):
            return back_to("accreditation:survey", found)
    context = {"survey": found, "form": form, "page": survey_page(found), "crumbs": crumbs(found, (_("Dispensation"), ""))}
    return render(request, "accreditation/practice/dispensation.html", context, status=422 if form.is_bound else 200)


@require_POST
@allow(Persona.PRACTICE)
def reconfirm(request: ActingRequest, survey_id: int, dispensation_id: int) -> HttpResponse:
    found = assigned(request, survey_id)
    row = get_object_or_404(Dispensation.objects.select_related("survey"), survey=found, pk=dispensation_id)
    told(request, lambda: dispensing.reconfirm_closing(by=who(request), dispensation=row), _("You have confirmed the closing."))
    return back_to("accreditation:survey", found)


@require_POST
@allow(Persona.PRACTICE)
def begin(request: ActingRequest, survey_id: int) -> HttpResponse:
    """Begin the self-assessment; a kind without one is handed over on the check page."""
    found = assigned(request, survey_id)
    if State.SELF_ASSESSMENT not in kind_of(found).states:
        raise Http404
    done = _("The self-assessment has begun. First say who works in the practice: it decides what you are asked.")
    if told(request, lambda: self_assessing.start(by=who(request), survey=found), done):
        return back_to("accreditation:people", found)
    return back_to("accreditation:survey", found)


@require_POST
@allow(Persona.PRACTICE)
def resume(request: ActingRequest, survey_id: int) -> HttpResponse:
    """Go on after a dispensation was refused."""
    found = assigned(request, survey_id)
    told(request, lambda: move(by=who(request), survey=found, name="resume_after_refusal"), _("The self-assessment goes on."))
    return back_to("accreditation:survey", found)


def _calendar(data: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return answer


@require_GET
@allow(Persona.PRACTICE)
def calendar(request: ActingRequest, survey_id: int) -> HttpResponse:
    """The visit for the practice's own calendar; before the announcement there is none."""
    found = assigned(request, survey_id)
    if found.state == State.PLANNED or found.visit_on is None:
        return redirect("accreditation:survey", found.pk)
    return _calendar(visit_calendar(found), f"kip-{found.pk}")


@require_GET
@allow(Persona.PRACTICE)
def deadlines(request: ActingRequest, survey_id: int) -> HttpResponse:
    """The running deadlines for the practice's own calendar."""
    found = assigned(request, survey_id)
    rows = list(running().filter(survey=found, clock__in=NAMES).order_by("due_at"))
    return _calendar(deadline_calendar(rows, {name: str(words) for name, words in NAMES.items()}), f"kip-{found.pk}-frister")
