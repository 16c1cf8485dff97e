"""The office keeps the committee's papers: members, meetings, agendas, presence, minutes and the yearly sample."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accreditation.actions import committee, sampling
from accreditation.models import CommitteeMeeting, MeetingSeat
from accreditation.pages import told
from accreditation.queries import committee_office as reads
from accreditation.queries import visible
from accreditation.region.committee_forms import MeetingForm, MemberForm, MinutesForm, YearForm
from accreditation.region.finding import crumbs, keeper
from kip.core.allow import allow
from kip.core.forms import KipForm
from kip.core.scope import Persona
from practices.acting import Acting, ActingRequest


@require_GET
@allow(Persona.REGION)
def meetings(request: ActingRequest) -> HttpResponse:
    return _meetings(request)


def _meetings(request: ActingRequest, **bound: KipForm) -> HttpResponse:
    by, sitting = keeper(request), list(reads.members())
    years = reads.year_to_draw(by, timezone.localdate())
    context = {
        "meetings": reads.meetings(by), "members": sitting, "waiting": reads.waiting(by), "unread": reads.unread(by),
        "samples": reads.samples(by), "years": years, "keeps": True, "tab": "committee", "crumbs": crumbs((_("Committee"), "")),
        "member_form": MemberForm(prefix="member", people=reads.holders()),
        "meeting_form": MeetingForm(prefix="meeting", sitting=sitting), "year_form": YearForm(prefix="draw", years=years),
        **bound,
    }  # fmt: skip
    return render(request, "accreditation/region/meetings.html", context, status=422 if bound else 200)


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def member_save(request: ActingRequest) -> HttpResponse:
    by = keeper(request)
    form = MemberForm(request.POST or None, prefix="member", people=reads.holders())
    if form.is_valid():
        told(request, lambda: committee.save_member(by=by, **form.cleaned_data), _("The member is saved."))
    elif form.is_bound:
        return _meetings(request, member_form=form)
    return redirect("office:meetings")


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def meeting_call(request: ActingRequest) -> HttpResponse:
    by = keeper(request)
    form = MeetingForm(request.POST or None, prefix="meeting", sitting=list(reads.members()))
    if form.is_valid():
        made = committee.call_meeting(by=by, **form.cleaned_data)
        return redirect("office:meeting", made.pk)
    return _meetings(request, meeting_form=form) if form.is_bound else redirect("office:meetings")


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def sample_draw(request: ActingRequest) -> HttpResponse:
    by = keeper(request)
    form = YearForm(request.POST or None, prefix="draw", years=reads.year_to_draw(by, timezone.localdate()))
    if form.is_valid():
        told(request, lambda: sampling.draw_sample(by=by, **form.cleaned_data), _("The sample is drawn."))
    elif form.is_bound:
        return _meetings(request, year_form=form)
    return redirect("office:meetings")


def _meeting_of(by: Acting, meeting_id: int) -> CommitteeMeeting:
    return get_object_or_404(CommitteeMeeting, pk=meeting_id, region_id=by.scope.region_id)


@require_GET
@allow(Persona.REGION)
def meeting(request: ActingRequest, meeting_id: int) -> HttpResponse:
    return _meeting(request, _meeting_of(keeper(request), meeting_id))


def _meeting(request: ActingRequest, found: CommitteeMeeting, form: KipForm | None = None) -> HttpResponse:
    by = request.acting
    context = {
        "sheet": reads.meeting_sheet(found), "meeting": found, "waiting": reads.waiting(by), "unread": reads.unread(by),
        "form": form or MinutesForm(), "crumbs": crumbs((_("Committee"), reverse("office:meetings")), (_("Meeting"), "")),
    }  # fmt: skip
    return render(request, "accreditation/region/meeting.html", context, status=422 if form else 200)


@require_POST
@allow(Persona.REGION)
def agenda_add(request: ActingRequest, meeting_id: int) -> HttpResponse:
    """Put a case on the agenda: one that waits, or a sampled decision."""
    by = keeper(request)
    found, wanted = _meeting_of(by, meeting_id), request.POST.get("survey", "")
    if not wanted.isdigit() or len(wanted) > 15:
        raise Http404
    survey, kind = visible.survey(by, int(wanted)), "sample" if request.POST.get("kind") == "sample" else ""
    done = _("The case is on the agenda.")
    told(request, lambda: committee.put_on_agenda(by=by, meeting=found, survey=survey, kind=kind), done)
    return redirect("office:meeting", found.pk)


@require_POST
@allow(Persona.REGION)
def agenda_send(request: ActingRequest, meeting_id: int) -> HttpResponse:
    by = keeper(request)
    found = _meeting_of(by, meeting_id)
    told(
        request,
        lambda: committee.send_agenda(by=by, meeting=found),
        _("The agenda is sent, and the cases are open to the members."),
    )
    return redirect("office:meeting", found.pk)


@require_POST
@allow(Persona.REGION)
def presence(request: ActingRequest, seat_id: int) -> HttpResponse:
    by = keeper(request)
    seat = get_object_or_404(MeetingSeat.objects.select_related("meeting"), pk=seat_id, meeting__region_id=by.scope.region_id)
    present = request.POST.get("present") == "yes"
    told(request, lambda: committee.set_present(by=by, seat=seat, present=present), _("The presence is noted."))
    return redirect("office:meeting", seat.meeting_id)


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION)
def meeting_close(request: ActingRequest, meeting_id: int) -> HttpResponse:
    by = keeper(request)
    found, form = _meeting_of(by, meeting_id), MinutesForm(request.POST or None)
    if form.is_valid():
        told(request, lambda: committee.close_meeting(by=by, meeting=found, **form.cleaned_data), _("The meeting is closed."))
    elif form.is_bound:
        return _meeting(request, found, form)
    return redirect("office:meeting", found.pk)
