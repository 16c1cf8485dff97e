"""Where a survey stands in the practice's own words: one sentence, what happens, and the one thing to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accreditation.enums import State

S = State


@dataclass(frozen=True)
class Saying:
    """sentence: the verdict; detail: what happens or is to be done; button and page (a URL's name): the next thing, if any.

    Texts take %(day)s (the visit, in words), %(done)s, %(asked)s and %(status)s.
    """

    sentence: Any
    detail: Any
    button: Any = ""
    page: str = ""


READ_REPORT = (_("Read the report"), "accreditation:report")
READ_DECISION = (_("Read the decision"), "accreditation:decision")
REPLIED = Saying(
    _("You have replied to the draft report."),
    _("The surveyors answer each of your points. Then the report is final."),
    _("See your points"), "accreditation:hearing",
)  # fmt: skip
ALL_ANSWERED = Saying(
    _("All %(asked)s points of your self-assessment are finished."),
    _("Check what you share with the surveyors. The manager then hands the self-assessment over."),
    _("Check and hand over"), "accreditation:check",
)  # fmt: skip
# Kinds of survey without a self-assessment: the practice only puts forward what it wants to show.
SHOW_ONLY = Saying(
    _("The visit to you is on %(day)s."),
    _("This survey has no self-assessment. Choose what you want to show the surveyors, and hand it over."),
    _("See the points"), "accreditation:tasks",
)  # fmt: skip
WRITING = Saying(_("The visit has been made."), _("The surveyors write the report. You get the draft to comment on."))
SAYINGS: Mapping[str, Saying] = {
    S.PLANNED: Saying(
        _("The region is planning your accreditation."),
        _("You are told the day of the visit in good time. Until then there is nothing you have to do."),
    ),
    S.ANNOUNCED: Saying(
        _("The visit to you is on %(day)s."),
        _("Begin your self-assessment in good time. You can stop and go on whenever you like, and several can work at once."),
        _("Begin the self-assessment"), "accreditation:begin",
    ),
    S.SELF_ASSESSMENT: Saying(
        _("%(done)s of %(asked)s points of your self-assessment are finished."),
        _("When all are finished, the manager hands the self-assessment over to the surveyors."),
        _("Go on with the next point"), "accreditation:next",
    ),
    S.DOCUMENTS_SHARED: Saying(
        _("You have handed over your self-assessment."),
        _("The surveyors read it and call you before the visit on %(day)s."),
        _("See what you have shared"), "accreditation:tasks",
    ),
    S.VISIT_CONFIRMED: Saying(
        _("The visit on %(day)s is confirmed."),
        _("The surveyors have spoken with you. Tell everybody in the practice when they come."),
        _("See what you have shared"), "accreditation:tasks",
    ),
    S.ON_SITE: Saying(_("The visit is under way."), _("The surveyors rate each point. You read all of it in the draft report.")),
    S.RATING_COMPLETE: WRITING,
    S.REPORT_DRAFT: WRITING,
    S.IN_HEARING: Saying(
        _("The draft report is ready for your comments."),
        _("Read it, write what is wrong, and reply once. A rating changes only when the surveyors answer a point."),
        _("Read the draft and comment"), "accreditation:hearing",
    ),
    S.REPORT_FINAL: Saying(_("The report is final."), _("The decision on your accreditation follows."), *READ_REPORT),
    S.DECISION: Saying(
        _("Your case is before the committee."),
        _("Some points are not met to a sufficient degree, so the committee decides how they are followed up."), *READ_REPORT,
    ),
    S.PROVISIONAL: Saying(
        _("You are provisionally accredited."),
        _("Some points need a follow-up. You can answer them shortly."), *READ_DECISION,
    ),
    S.FOLLOW_UP_OPEN: Saying(
        _("%(done)s of %(asked)s points for the follow-up are answered."),
        _("Write what you have done at each point, and send it before the last day."),
        _("Go to the follow-up"), "accreditation:follow_up",
    ),
    S.FOLLOW_UP_RECEIVED: Saying(
        _("You have sent your follow-up."),
        _("The surveyors rate the open points again. All other ratings stand."),
        _("See what you have sent"), "accreditation:follow_up",
    ),
    S.FOLLOW_UP_RATED: Saying(
        _("The surveyors have rated the open points again."), _("You get a new draft report to comment on."),
    ),
    S.IN_HEARING_2: Saying(
        _("The draft report after the follow-up is ready for your comments."),
        _("Read it, write what is wrong, and reply once. A rating changes only when the surveyors answer a point."),
        _("Read the draft and comment"), "accreditation:hearing",
    ),
    S.COMMITTEE_ROUND_2: Saying(
        _("Your case is before the committee for the last time."),
        _("The committee decides on the ratings after the follow-up."), *READ_REPORT,
    ),
    S.ACCREDITED: Saying(_("You are accredited."), _("Congratulations. The decision and the report are here."), *READ_DECISION),
    S.ACCREDITED_WITH_REMARKS: Saying(
        _("You are accredited with remarks."), _("Some points are still open after the follow-up."), *READ_DECISION,
    ),
    S.NOT_ACCREDITED: Saying(
        _("You are not accredited."), _("Read why, and what you can do, in the decision."), *READ_DECISION,
    ),
    S.REVIEWED: Saying(
        _("The review is finished."), _("This kind of survey gives no status. Use what was seen in your own work."), *READ_REPORT,
    ),
    S.PUBLISHED: Saying(_("The decision has been published: %(status)s."), _("Anybody can read it now."), *READ_DECISION),
    S.DISPENSATION_REQUESTED: Saying(
        _("You have asked for a dispensation."), _("The region answers you. Until then the survey stands still."),
    ),
    S.DISPENSED: Saying(
        _("You are exempted from the survey."),
        _("Confirm the closing of the practice by the day shown, or you come back into the plan."),
    ),
    S.DISPENSATION_REFUSED: Saying(
        _("Your dispensation has been refused."), _("The survey goes on as planned."),
        _("Go on with the self-assessment"), "accreditation:resume",
    ),
    S.POSTPONED: Saying(_("The visit has been put off."), _("The region finds a new day. What you have written is kept.")),
    S.WITHDRAWN: Saying(_("The survey has been stopped."), _("Nothing more is asked of you here.")),
    S.APPEALED: Saying(
        _("You have appealed the decision."),
        _("The committee looks at the case again. The decision stands until then."), *READ_DECISION,
    ),
}  # fmt: skip

# The way as a practice sees it: name and the states that lie in it.
PHASES: tuple[tuple[Any, tuple[State, ...]], ...] = (
    (_("Announced"), (
        S.PLANNED, S.ANNOUNCED, S.DISPENSATION_REQUESTED, S.DISPENSED, S.DISPENSATION_REFUSED, S.POSTPONED, S.WITHDRAWN,
    )),
    (_("Self-assessment"), (S.SELF_ASSESSMENT,)),
    (_("Visit"), (S.DOCUMENTS_SHARED, S.VISIT_CONFIRMED, S.ON_SITE)),
    (_("Report"), (S.RATING_COMPLETE, S.REPORT_DRAFT, S.IN_HEARING, S.REPORT_FINAL)),
    (_("Follow-up"), (
        S.DECISION, S.PROVISIONAL, S.FOLLOW_UP_OPEN, S.FOLLOW_UP_RECEIVED, S.FOLLOW_UP_RATED, S.IN_HEARING_2, S.COMMITTEE_ROUND_2,
    )),
    (_("Decision"), (S.ACCREDITED, S.ACCREDITED_WITH_REMARKS, S.NOT_ACCREDITED, S.REVIEWED, S.PUBLISHED, S.APPEALED)),
)  # fmt: skip
