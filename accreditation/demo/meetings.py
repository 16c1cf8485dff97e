"""The committee's meetings: called, agenda sent, cases decided, minutes written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from accreditation.actions import committee, deciding
from accreditation.actions.moving import own
from accreditation.demo.cast import Cast, as_, seats
from accreditation.demo.moments import at_hour, workdays
from accreditation.demo.texts import texts
from accreditation.demo.walking import Walk
from accreditation.enums import AgendaKind
from accreditation.models import AgendaItem, CommitteeMeeting, Survey


@dataclass(frozen=True)
class Case:
    """A survey before the committee and what is decided; a decision against the rules' recommendation has its reason."""

    walk: Walk
    status: str
    reason: str = ""


def call(
    cast: Cast, region_id: int, on: dt.date, walks: Sequence[Walk], *, sample: Sequence[Survey] = (), send: bool = True
) -> CommitteeMeeting:
    """A meeting over these cases, and over sampled decisions; the agenda is sent a week before unless it is still being made."""
    office = cast.offices[region_id]
    with as_(office, at_hour(workdays(on, -6), 9)) as by:
        meeting = committee.call_meeting(by=by, held_on=on, members=seats())
        for walk in walks:
            committee.put_on_agenda(by=by, meeting=meeting, survey=walk.survey)
        for survey in sample:
            committee.put_on_agenda(by=by, meeting=meeting, survey=survey, kind=AgendaKind.SAMPLE)
        if send:
            committee.send_agenda(by=by, meeting=meeting)
    return meeting


def hold(cast: Cast, region_id: int, on: dt.date, cases: Sequence[Case]) -> None:
    """The whole meeting: everybody comes, every case is decided, and the chair writes the minutes."""
    meeting = call(cast, region_id, on, [case.walk for case in cases])
    with as_(cast.offices[region_id], at_hour(on, 9)) as by:
        for seat in meeting.seats.select_related("meeting"):
            committee.set_present(by=by, seat=seat, present=True)
    chair = cast.members[0]
    for case in cases:
        with as_(chair, at_hour(on, 13)) as by:
            item = AgendaItem.objects.select_related("meeting", "survey__practice", "survey__programme").get(
                meeting=meeting, survey=case.walk.survey
            )
            deciding.decide(by=by, item=item, status=case.status, reason=case.reason)
        with as_(cast.offices[region_id], at_hour(on, 14)) as by:
            case.walk.survey.state = own(by, case.walk.survey).state
    with as_(chair, at_hour(on, 15)) as by:
        committee.close_meeting(by=by, meeting=meeting, minutes=texts()["minutes"])
