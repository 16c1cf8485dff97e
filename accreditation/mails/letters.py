"""The words of accreditation's mails. Nothing of what was found stands in a mail: it is read behind the sign-in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accreditation.clocks import Stand
from accreditation.mails.sending import Letter
from accreditation.models import CommitteeMeeting, CriticalFinding, Decision, Survey, SurveyEvent
from accreditation.queries.clocks import OFFICE, PRACTICE, TEAM, Turn
from accreditation.queries.ics import visit_calendar
from accreditation.queries.pinned import kind_of, rules_of
from kip.core.numbers import clock, long_date
from kip.core.workdays import local_day


@dataclass(frozen=True)
class Notice:
    """Who hears of a step, and in which words; with the visit's calendar file or without."""

    groups: tuple[str, ...]
    line: Any
    calendar: bool = False


NOTICES: Mapping[str, Notice] = {
    "announce": Notice((PRACTICE, TEAM), _("The visit to %(practice)s is on %(when)s."), calendar=True),
    "reschedule": Notice((PRACTICE, TEAM), _("The visit to %(practice)s has been moved to %(when)s."), calendar=True),
    "postpone": Notice(
        (PRACTICE, TEAM), _("The visit to %(practice)s has been put off. The new day will follow."), calendar=True
    ),
    "withdraw": Notice((PRACTICE, TEAM), _("The survey of %(practice)s has been stopped."), calendar=True),
    "share_documents": Notice((TEAM,), _("%(practice)s has finished its self-assessment. You can read it now.")),
    "documents_due": Notice(
        (PRACTICE, TEAM), _("The self-assessment of %(practice)s is closed. The surveyors can read what has been shared.")
    ),
    "confirm_visit": Notice(
        (PRACTICE,), _("The surveyors have confirmed the visit to %(practice)s on %(when)s."), calendar=True
    ),
    "send_hearing": Notice(
        (PRACTICE,),
        _("The draft report on %(practice)s is ready. You can correct errors and object once, until the last day shown."),
    ),
    "send_hearing_2": Notice((PRACTICE,), _("The draft report on %(practice)s after the follow-up is ready.")),
    "finish_hearing": Notice((PRACTICE, OFFICE), _("The report on %(practice)s is final.")),
    "finish_hearing_2": Notice((PRACTICE, OFFICE), _("The report on %(practice)s after the follow-up is final.")),
    "open_follow_up": Notice((PRACTICE,), _("%(practice)s can now send its follow-up of the open points.")),
    "send_follow_up": Notice((TEAM,), _("%(practice)s has sent its follow-up. You can read it now.")),
    "follow_up_missed": Notice(
        (PRACTICE, OFFICE),
        _("The follow-up of %(practice)s was not received in time. The committee decides on the ratings as they are."),
    ),
    "request_dispensation": Notice((OFFICE,), _("%(practice)s asks for a dispensation.")),
    "grant_dispensation": Notice((PRACTICE, TEAM), _("%(practice)s has been given a dispensation."), calendar=True),
    "refuse_dispensation": Notice((PRACTICE,), _("The dispensation of %(practice)s has been refused.")),
    "publish": Notice((PRACTICE,), _("The decision on %(practice)s has been published.")),
    "appeal": Notice((OFFICE,), _("%(practice)s appeals the decision.")),
}  # fmt: skip


def when(survey: Survey) -> str:
    """Day and hour of the visit."""
    if survey.visit_on is None:
        return gettext("a day that is not set")
    day = long_date(survey.visit_on)
    return gettext("%(day)s at %(time)s") % {"day": day, "time": clock(survey.visit_starts)} if survey.visit_starts else day


def _subject(survey: Survey) -> str:
    return f"KIP: {kind_of(survey).title}, {survey.practice.name}"


def of_step(event: SurveyEvent) -> Letter:
    """Only for steps of NOTICES."""
    survey, notice = event.survey, NOTICES[event.transition]
    line = str(notice.line) % {"practice": survey.practice.name, "when": when(survey)}
    return Letter(_subject(survey), [line], visit_calendar(survey) if notice.calendar else None)


def of_finding(finding: CriticalFinding) -> Letter:
    lines = [
        gettext("The surveyors have made a critical finding at %(practice)s. It does not wait for the report.")
        % {"practice": finding.survey.practice.name},
        gettext("Read it in the portal today, and write there within two working days what you have done."),
    ]
    return Letter(_subject(finding.survey), lines)


def of_decision(decision: Decision) -> Letter:
    survey = decision.survey
    status = rules_of(survey).words.get(decision.status, decision.status)
    lines = [gettext("Decision on %(practice)s: %(status)s.") % {"practice": survey.practice.name, "status": status}]
    if decision.follow_up_by:
        lines.append(gettext("The follow-up of the open points is due on %(day)s.") % {"day": long_date(decision.follow_up_by)})
    return Letter(_subject(survey), lines)


def of_agenda(meeting: CommitteeMeeting) -> Letter:
    day = long_date(meeting.held_on)
    return Letter(
        gettext("KIP: agenda for %(day)s") % {"day": day},
        [
            gettext(
                "The agenda of the meeting on %(day)s is ready. Look through the cases and say if you cannot take part in one."
            )
            % {"day": day}
        ],
    )


def of_turns(turns: Sequence[Turn]) -> Letter:
    """One mail for everything that a person is reminded of that day."""
    return Letter(gettext("KIP: deadlines"), [_turn_line(turn) for turn in turns])


def _turn_line(turn: Turn) -> str:
    said = {"what": turn.name, "practice": turn.deadline.survey.practice.name, "day": long_date(local_day(turn.deadline.due_at))}
    if turn.state.state is Stand.SOON:
        return gettext("%(practice)s: %(what)s. Last day: %(day)s.") % said
    if turn.state.state is Stand.ESCALATE:
        return gettext("%(practice)s: %(what)s. It was due on %(day)s and has not been done; the region has been told.") % said
    return gettext("%(practice)s: %(what)s. It was due on %(day)s.") % said
