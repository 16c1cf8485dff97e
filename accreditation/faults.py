"""Why something cannot be done now: stable codes with a sentence each in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

TEXTS: Mapping[str, Any] = {
    "not_from_here": _("The survey has moved on. Load the page again."),
    "no_visit_day": _("The visit has no day yet."),
    "team_too_small": _("The team needs %(n)s surveyors."),
    "team_too_large": _("The team may have %(n)s surveyors at most."),
    "team_without_lead": _("The team has no lead surveyor."),
    "team_lacks_profession": _("Nobody on the team comes from the practice's own profession."),
    "conflict_of_interest": _("%(name)s has a conflict of interest that nobody has decided on."),
    "surveyor_unavailable": _("%(name)s is not available on the day of the visit."),
    "notice_too_short": _("The visit can be on %(day)s at the earliest."),
    "owner_too_new": _("The practice has a new owner and can be told of a visit from %(day)s."),
    "not_answered": _("%(n)s points have no finished answer yet."),
    "documents_not_due": _("The day for sharing documents has not passed."),
    "no_call": _("The call to the practice has not been noted."),
    "too_early": _("The visit is on %(day)s."),
    "unrated": _("%(number)s has no rating."),
    "unknown_rating": _("%(number)s has a rating that the scale does not have."),
    "reason_missing": _("%(number)s needs a reason in writing."),
    "not_relevant_not_allowed": _("%(number)s cannot be not relevant."),
    "conflict_waits": _("%(number)s has two ratings. Choose one of them."),
    "team_silent": _("%(name)s has neither agreed with the ratings as they stand nor written a dissent."),
    "hearing_runs": _("The practice may answer until %(day)s."),
    "no_hearing": _("There is no open hearing."),
    "reply_given": _("The practice has replied already; a hearing has one reply."),
    "point_unanswered": _("Point %(number)s of the hearing has no answer."),
    "something_open": _("Some points are still open, so the committee decides."),
    "nothing_open": _("Nothing is open, so the committee is not needed."),
    "no_status": _("%(reason)s"),
    "no_case": _("The case is not on the agenda of an open meeting."),
    "wrong_case": _("The case is on the agenda for something else."),
    "no_own_profession": _("No member of the practice's own profession takes part."),
    "member_tied": _("%(name)s has a conflict of interest and must step out of the case first."),
    "stepped_out": _("You take no part in this case."),
    "unknown_status": _("That status cannot be decided now."),
    "departure_without_reason": _("A decision against the recommendation needs a reason in writing."),
    "follow_up_unanswered": _("%(number)s has no answer yet."),
    "follow_up_not_due": _("The follow-up is not overdue."),
    "follow_up_lowered": _("The team may make the follow-up stricter, not milder."),
    "not_told": _("The practice has not been told of the decision."),
    "not_published_here": _("The region does not publish this kind of survey."),
    "dispensation_too_late": _("The time to ask for a dispensation ran out on %(day)s."),
    "closing_confirmed": _("The closing has been confirmed, or the day for it has not passed."),
    "not_appealable": _("This decision cannot be appealed."),
    "appeal_too_late": _("The time to appeal ran out on %(day)s."),
    "not_asked": _("This point is not asked of the practice."),
    "cpr_in_name": _("The name of the file looks like a civil registration number. Give the evidence another title."),
    "relevance_fixed": _("Whether this point is relevant follows from a rule."),
    "changed_meanwhile": _("Somebody has saved this meanwhile. Look at both texts and save again."),
    "own_conflict": _("An override needs a second person than the one who proposed the surveyor."),
    "not_blocked": _("There is no conflict of interest to override."),
    "already_done": _("This has been done already."),
    "locked": _("The survey is past the point where this can be changed."),
    "needs_a_point": _("During a hearing a rating changes only as the answer to a point."),
    "only_open": _("Only points that stayed open are rated again."),
    "meeting_closed": _("The meeting is closed."),
    "sample_drawn": _("The sample of that year has been drawn."),
    "reason_needed": _("A reason is needed."),
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One reason; str() says it in the active language."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(TEXTS[self.code]) % self.values


def fault(code: str, **values: Any) -> Fault:
    return Fault(code, values)


class NotNow(Exception):
    """The survey, case or row is not ready for this; `faults` says why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        return " ".join(str(one) for one in self.faults)


def not_now(code: str, **values: Any) -> NotNow:
    return NotNow(Fault(code, values))
