"""The committee: who sits on it, its meetings, agendas, and who steps out of a case."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from accreditation import timeline
from accreditation.actions.moving import own, person, place, record, require
from accreditation.enums import AgendaKind, MeetingState, State
from accreditation.faults import not_now
from accreditation.models import AgendaItem, CommitteeMeeting, CommitteeMember, MeetingSeat, Recusal, Survey
from accreditation.policies import may_name_members, may_plan, may_sit
from accreditation.queries.guards import KIND_BY_STATE
from kip.core import audit, jobs
from practices.acting import Acting
from practices.models import Membership

AGENDA_JOB = "accreditation.send_agenda"


@transaction.atomic
def save_member(*, by: Acting, user_id: int, professions: Sequence[str], chair: bool = False) -> CommitteeMember:
    """Write down who sits on the committee, for which professions."""
    require(may_name_members(by.role))
    require(Membership.objects.filter(user_id=user_id, role="committee_member").exists())
    said = {"professions": list(professions), "chair": chair}
    member, _made = CommitteeMember.objects.update_or_create(
        user_id=user_id, last_day=None, defaults=said, create_defaults={**said, "first_day": timeline.today()}
    )
    audit.record("saved_committee_member", kind="committee", object_id=user_id)
    return member


@transaction.atomic
def call_meeting(*, by: Acting, held_on: dt.date, members: Sequence[CommitteeMember]) -> CommitteeMeeting:
    """A meeting of these members over the region's cases."""
    require(may_plan(by.role))
    meeting = CommitteeMeeting.objects.create(region_id=place(by), held_on=held_on)
    MeetingSeat.objects.bulk_create(
        MeetingSeat(
            meeting=meeting, user_id=member.user_id, name=member.user.name, professions=member.professions, chair=member.chair
        )
        for member in members
    )
    _record("called_meeting", meeting)
    return meeting


@transaction.atomic
def put_on_agenda(*, by: Acting, meeting: CommitteeMeeting, survey: Survey, kind: str = "") -> AgendaItem:
    """Add a case that waits for the committee; `kind` only for a sampled decision, else it follows from the state."""
    require(may_plan(by.role) and meeting.region_id == by.scope.region_id)
    found = own(by, survey)
    if CommitteeMeeting.objects.filter(pk=meeting.pk, state=MeetingState.CLOSED).exists():
        raise not_now("meeting_closed")
    waits = KIND_BY_STATE.get(State(found.state))
    if kind != AgendaKind.SAMPLE:
        if waits is None or (kind and kind != waits):
            raise not_now("wrong_case")
        kind = waits
    if AgendaItem.objects.filter(meeting=meeting, survey=found).exists():
        raise not_now("already_done")
    item = AgendaItem.objects.create(
        meeting=meeting, survey=found, practice_id=found.practice_id, kind=kind, position=meeting.items.count() + 1
    )
    record("put_on_agenda", found, kind="case", object_id=item.pk)
    return item


@transaction.atomic
def send_agenda(*, by: Acting, meeting: CommitteeMeeting) -> None:
    """Open the cases to the members; each is mailed."""
    require(may_plan(by.role) and meeting.region_id == by.scope.region_id)
    planned = CommitteeMeeting.objects.filter(pk=meeting.pk, state=MeetingState.PLANNED)
    if not planned.update(state=MeetingState.AGENDA_SENT):
        raise not_now("already_done")
    _record("sent_agenda", meeting)
    if timeline.is_now():
        jobs.enqueue(AGENDA_JOB, scope=by.scope, key=str(meeting.pk), meeting_id=meeting.pk)


@transaction.atomic
def set_present(*, by: Acting, seat: MeetingSeat, present: bool) -> None:
    """Note who came: the region's secretary, or the member."""
    require((may_plan(by.role) and seat.meeting.region_id == by.scope.region_id) or _sits(by, seat.meeting))
    if seat.meeting.state == MeetingState.CLOSED:
        raise not_now("meeting_closed")
    MeetingSeat.objects.filter(pk=seat.pk).update(present=present)
    _record("noted_presence", seat.meeting)


@transaction.atomic
def recuse(*, by: Acting, item: AgendaItem, reason: str) -> Recusal:
    """Step out of a case: the member sees it no more."""
    require(may_sit(by.role) and _sits(by, item.meeting))
    if not reason.strip():
        raise not_now("reason_needed")
    if Recusal.objects.filter(item=item, user_id=person(by)).exists():
        raise not_now("already_done")
    record("stepped_out", item.survey, kind="case", object_id=item.pk)
    return Recusal.objects.create(
        item=item, survey_id=item.survey_id, practice_id=item.practice_id, user_id=person(by), reason=reason.strip()
    )


@transaction.atomic
def close_meeting(*, by: Acting, meeting: CommitteeMeeting, minutes: str) -> None:
    """The meeting is over: its members see its cases no more."""
    require((may_plan(by.role) and meeting.region_id == by.scope.region_id) or _sits(by, meeting))
    sent = CommitteeMeeting.objects.filter(pk=meeting.pk, state=MeetingState.AGENDA_SENT)
    if not sent.update(state=MeetingState.CLOSED, minutes=minutes.strip(), closed_at=timeline.now()):
        raise not_now("meeting_closed")
    _record("closed_meeting", meeting)


def _sits(by: Acting, meeting: CommitteeMeeting) -> bool:
    return may_sit(by.role) and MeetingSeat.objects.filter(meeting=meeting, user_id=person(by)).exists()


def _record(act: str, meeting: CommitteeMeeting) -> None:
    audit.record(act, region_id=meeting.region_id, kind="committee_meeting", object_id=meeting.pk)
