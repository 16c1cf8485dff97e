"""The steps that the office takes with a survey: what the button says, what it asks for, and what is said afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accreditation.actions import deciding, dispensing, following_up, moving, planning, publishing
from accreditation.actions.planning import VisitPlan
from accreditation.faults import not_now
from accreditation.models import Dispensation, Survey
from accreditation.region.forms import DispensationForm, ReasonForm, VisitForm
from kip.core.forms import KipForm
from practices.acting import Acting

Act = Callable[..., object]


@dataclass(frozen=True)
class Todo:
    """act takes by, survey and what the form said; form: None for a single button; warns: the button is no everyday one."""

    act: Act
    words: Any
    done: Any
    form: type[KipForm] | None = None
    help: Any = ""
    warns: bool = False


@dataclass(frozen=True)
class Button:
    """A step as the page shows it; missing: sentences that say why it is grey now."""

    name: str
    todo: Todo
    missing: Sequence[str]


def _move(name: str) -> Act:
    return lambda *, by, survey: moving.move(by=by, survey=survey, name=name)


def _answer(*, by: Acting, survey: Survey, **said: Any) -> None:
    asked = Dispensation.objects.filter(survey=survey, granted=None).first()
    if asked is None:
        raise not_now("already_done")
    dispensing.answer_dispensation(by=by, dispensation=asked, **said)


def _reschedule(*, by: Acting, survey: Survey, **said: Any) -> None:
    planning.reschedule(by=by, survey=survey, visit=VisitPlan(**said))


def set_day(*, by: Acting, survey: Survey, **said: Any) -> None:
    planning.set_visit(by=by, survey=survey, visit=VisitPlan(**said))


ANSWER = Todo(
    _answer, _("Answer the request for a dispensation"), _("The practice has its answer."), DispensationForm,
    _("It is for a practice that closes. The closing is confirmed again by a day, else the practice comes back into the plan."),
)  # fmt: skip
STEPS: Mapping[str, Todo] = {
    "announce": Todo(planning.announce, _("Announce the visit to the practice"), _("The practice has been told of its visit.")),
    "reschedule": Todo(
        _reschedule, _("Set a new day and announce it"), _("The practice has been told of the new day."), VisitForm,
        _("The clocks start again from the new day."),
    ),
    "grant_dispensation": ANSWER,
    "refuse_dispensation": ANSWER,
    "resume_after_refusal": Todo(
        _move("resume_after_refusal"), _("Go on with the self-assessment"), _("The practice goes on with its self-assessment.")
    ),
    "dispensation_lapsed": Todo(
        _move("dispensation_lapsed"), _("Take the practice back into the plan"), _("The practice is back in the plan.")
    ),
    "decide_administratively": Todo(
        deciding.decide_administratively, _("Accredit by rule"), _("The practice is accredited. Tell it now.")
    ),
    "refer_to_committee": Todo(
        deciding.refer_to_committee, _("Go on with what stayed open"), _("The survey has gone on to what stayed open.")
    ),
    "conclude": Todo(deciding.conclude, _("Conclude the review"), _("The review is concluded.")),
    "open_follow_up": Todo(
        following_up.open_follow_up, _("Open the follow-up for the practice"), _("The practice can answer now.")
    ),
    "publish": Todo(publishing.publish, _("Publish the decision"), _("The decision is public.")),
    "postpone": Todo(
        planning.postpone, _("Postpone the visit"), _("The visit is out of the calendar."), ReasonForm,
        _("What the practice has written stays. It is told that the visit is put off."), warns=True,
    ),
    "withdraw": Todo(
        planning.withdraw, _("Stop the survey"), _("The survey is stopped."), ReasonForm,
        _("For a practice that closes or drops out. A stopped survey does not begin again."), warns=True,
    ),
}  # fmt: skip
# Two transitions, one answer.
SAME = {"refuse_dispensation": "grant_dispensation"}


def buttons(by: Acting, survey: Survey, names: Sequence[str]) -> list[Button]:
    """Of the steps that the role has from here, those of the office, the everyday ones first."""
    mine = [name for name in names if name in STEPS and name not in SAME]
    found = [Button(name, STEPS[name], [str(one) for one in moving.faults(by, survey, name)]) for name in mine]
    return sorted(found, key=lambda button: button.todo.warns)
