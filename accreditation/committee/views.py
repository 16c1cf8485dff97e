"""The committee member's pages: open meetings, their cases, stepping out, deciding, reading the sample, closing the meeting."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accreditation.actions import committee, deciding, sampling, team
from accreditation.actions.moving import faults
from accreditation.actions.team import Tie
from accreditation.committee.forms import DecideForm, ReadForm, RecusalForm
from accreditation.models import AgendaItem, ConflictDeclaration, MeetingSeat
from accreditation.pages import told, who
from accreditation.queries import visible
from accreditation.queries.committee_case import CaseSheet, case_sheet, my_meetings, step_to
from accreditation.region.committee_forms import MinutesForm
from accreditation.visit.finding import look
from accreditation.visit.forms import EndForm, TieForm
from kip.core.allow import allow
from kip.core.forms import KipForm
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_GET
@allow(Persona.COMMITTEE)
def meetings(request: ActingRequest) -> HttpResponse:
    return render(request, "accreditation/committee/meetings.html", {"meetings": my_meetings(who(request))})


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("My meetings"), reverse("committee:meetings")), *more]


@require_GET
@allow(Persona.COMMITTEE)
def case(request: ActingRequest, item_id: int) -> HttpResponse:
    return _case(request, visible.case(who(request), item_id))


def _case(request: ActingRequest, item: AgendaItem, form: KipForm | None = None) -> HttpResponse:
    by = who(request)
    sheet = case_sheet(by, item)
    look(item.survey, "committee_case")
    missing = faults(by, item.survey, step_to(sheet.statuses[0])) if sheet.statuses else ()
    context = {
        "sheet": sheet, "item": item, "survey": item.survey, "form": form or _form(sheet),
        "missing": [str(one) for one in missing], "crumbs": _crumbs((item.survey.practice.name, "")),
    }  # fmt: skip
    return render(request, "accreditation/committee/case.html", context, status=422 if form else 200)


def _form(sheet: CaseSheet, data: object = None) -> KipForm | None:
    if sheet.sampled is not None:
        return ReadForm(data) if sheet.sampled.read_at is None else None
    if not sheet.statuses:
        return None
    words = {"statuses": sheet.statuses, "words": sheet.words, "recommendation": sheet.recommendation}
    return DecideForm(data, initial={"status": sheet.recommendation}, **words)


@require_http_methods(["GET", "POST"])
@allow(Persona.COMMITTEE)
def decide(request: ActingRequest, item_id: int) -> HttpResponse:
    """Write the decision down."""
    by = who(request)
    item = visible.case(by, item_id)
    form = _form(case_sheet(by, item), request.POST or None)
    if form is None or not form.is_bound or "status" not in form.fields:
        return redirect("committee:case", item.pk)
    if not form.is_valid():
        return _case(request, item, form)
    told(request, lambda: deciding.decide(by=by, item=item, **form.cleaned_data), _("The decision is written down."))
    return redirect("committee:case", item.pk)


@require_http_methods(["GET", "POST"])
@allow(Persona.COMMITTEE)
def read(request: ActingRequest, item_id: int) -> HttpResponse:
    """Say what the committee thinks of a sampled decision."""
    by = who(request)
    item = visible.case(by, item_id)
    sheet = case_sheet(by, item)
    form = ReadForm(request.POST or None)
    if sheet.sampled is None or not form.is_bound:
        return redirect("committee:case", item.pk)
    if not form.is_valid():
        return _case(request, item, form)
    told(request, lambda: sampling.read_sampled(by=by, case=sheet.sampled, **form.cleaned_data), _("Your reading is noted."))
    return redirect("committee:case", item.pk)


@require_http_methods(["GET", "POST"])
@allow(Persona.COMMITTEE)
def step_out(request: ActingRequest, item_id: int) -> HttpResponse:
    """Step out of a case; from then on it does not exist for the member."""
    by = who(request)
    item, form = visible.case(by, item_id), RecusalForm(request.POST or None)
    if form.is_valid():
        done = _("You have stepped out of the case.")
        if told(request, lambda: committee.recuse(by=by, item=item, **form.cleaned_data), done):
            return redirect("committee:meetings")
    context = {"item": item, "form": form, "crumbs": _crumbs((_("Step out of the case"), ""))}
    return render(request, "accreditation/committee/step_out.html", context, status=422 if form.is_bound else 200)


def _seat(request: ActingRequest, meeting_id: int) -> MeetingSeat:
    """The member's own seat at an open meeting. Raises Http404."""
    rows = MeetingSeat.objects.select_related("meeting__region")
    return get_object_or_404(rows, meeting_id=meeting_id, user_id=who(request).scope.user_id, meeting__state="agenda_sent")


@require_POST
@allow(Persona.COMMITTEE)
def presence(request: ActingRequest, meeting_id: int) -> HttpResponse:
    """The member notes having come; without it nobody decides."""
    seat, present = _seat(request, meeting_id), request.POST.get("present") == "yes"
    told(request, lambda: committee.set_present(by=who(request), seat=seat, present=present), _("The presence is noted."))
    return redirect("committee:meetings")


@require_http_methods(["GET", "POST"])
@allow(Persona.COMMITTEE)
def close(request: ActingRequest, meeting_id: int) -> HttpResponse:
    """Write the minutes and close the meeting."""
    seat, form = _seat(request, meeting_id), MinutesForm(request.POST or None)
    if form.is_valid():
        done = _("The meeting is closed.")
        if told(request, lambda: committee.close_meeting(by=who(request), meeting=seat.meeting, **form.cleaned_data), done):
            return redirect("committee:meetings")
    undecided = [one for one in my_meetings(who(request)) if one.meeting.pk == meeting_id]
    context = {"meeting": seat.meeting, "form": form, "entries": undecided[0].entries if undecided else ()}
    context["crumbs"] = _crumbs((_("Close the meeting"), ""))
    return render(request, "accreditation/committee/close.html", context, status=422 if form.is_bound else 200)


def _ties(request: ActingRequest, form: KipForm | None = None) -> HttpResponse:
    rows = ConflictDeclaration.objects.filter(user_id=who(request).scope.user_id).select_related("practice", "municipality")
    context = {"ties": rows, "form": form or TieForm(prefix="tie"), "crumbs": _crumbs((_("My ties"), ""))}
    return render(request, "accreditation/committee/ties.html", context, status=422 if form else 200)


@require_http_methods(["GET", "POST"])
@allow(Persona.COMMITTEE)
def ties(request: ActingRequest) -> HttpResponse:
    by, form = who(request), TieForm(request.POST or None, prefix="tie")
    if not form.is_bound:
        return _ties(request)
    if not form.is_valid():
        return _ties(request, form)
    tie = Tie(**form.cleaned_data)
    told(request, lambda: team.declare_tie(by=by, user_id=by.scope.user_id or 0, tie=tie), _("The tie is noted."))
    return redirect("committee:ties")


@require_http_methods(["GET", "POST"])
@allow(Persona.COMMITTEE)
def tie_end(request: ActingRequest, tie_id: int) -> HttpResponse:
    row = get_object_or_404(ConflictDeclaration, pk=tie_id, user_id=who(request).scope.user_id)
    form = EndForm(request.POST or None)
    if form.is_valid():
        day = form.cleaned_data["last_day"]
        if row.first_day and day < row.first_day:
            form.add_error("last_day", _("The last day is before the first."))
        else:
            told(request, lambda: team.end_tie(by=who(request), declaration=row, last_day=day), _("The tie has ended."))
            return redirect("committee:ties")
    context = {"tie": row, "form": form, "crumbs": _crumbs((_("My ties"), reverse("committee:ties")), (_("It ended"), ""))}
    return render(request, "accreditation/committee/tie_end.html", context, status=422 if form.is_bound else 200)
