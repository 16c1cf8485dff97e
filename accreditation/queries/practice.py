"""The practice's front page of its accreditation: where each survey stands, what is next, who comes, and what was before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accreditation.enums import AnswerState, State
from accreditation.models import (
    Applicability,
    Assignment,
    CriticalFinding,
    Deadline,
    Decision,
    Dispensation,
    FollowUp,
    Hearing,
    SelfAssessment,
    Survey,
    SurveyEvent,
    SurveyReport,
)
from accreditation.queries import visible
from accreditation.queries.clocks import PRACTICE, Turn, turns_of
from accreditation.queries.conflicts import Conflict
from accreditation.queries.pinned import kind_of, rules_of
from accreditation.queries.practice_words import ALL_ANSWERED, PHASES, REPLIED, SAYINGS, SHOW_ONLY, Saying
from kip.core.numbers import integer, long_date
from practices.acting import Acting

# Nothing more happens with these by itself.
CLOSED = (State.PUBLISHED, State.REVIEWED, State.WITHDRAWN)
FOLLOWING_UP = PHASES[4][1]
HEARINGS = (State.IN_HEARING, State.IN_HEARING_2)


@dataclass(frozen=True)
class Stand:
    """Where the survey stands. action: (words, address, whether it is a button that writes), or nothing to do."""

    sentence: str
    detail: str
    action: tuple[str, str, bool] | None


@dataclass(frozen=True)
class Visitor:
    """A member of the team. ties: what ties the person to the practice; why: the reason for going all the same."""

    row: Assignment
    ties: Sequence[str]
    why: str


@dataclass(frozen=True)
class SurveyPage:
    """All that the front page says of a survey. turns: running deadlines, the nearest first; own: the practice's nearest."""

    survey: Survey
    title: str
    stand: Stand
    phases: Sequence[tuple[str, str]]
    phase: int
    turns: Sequence[Turn]
    own: Turn | None
    visitors: Sequence[Visitor]
    dispensations: Sequence[Dispensation]
    dispensation_until: Deadline | None
    criticals: Sequence[CriticalFinding]
    reports: Sequence[SurveyReport]
    decision: Decision | None
    status: str
    events: Sequence[SurveyEvent]

    @property
    def waiting(self) -> list[CriticalFinding]:
        """Critical findings without an answer."""
        return [row for row in self.criticals if row.acknowledged_at is None]


@dataclass(frozen=True)
class Former:
    """A line of the list of surveys: its kind, its state in words, and the newest decision."""

    survey: Survey
    title: str
    decision: Decision | None
    status: str


def surveys_of(by: Acting) -> list[Former]:
    """The practice's surveys: those under way first, the newest first; two queries."""
    rows = list(visible.surveys(by).order_by("-created_at", "-pk"))
    last: dict[int, Decision] = {}
    for decision in Decision.objects.filter(survey__in=[row.pk for row in rows]).order_by("at", "pk"):
        last[decision.survey_id] = decision
    found = [Former(row, str(kind_of(row).title), last.get(row.pk), _status(row, last.get(row.pk))) for row in rows]
    return sorted(found, key=lambda one: one.survey.state in CLOSED)


def _status(survey: Survey, decision: Decision | None) -> str:
    if decision is None:
        return ""
    words = rules_of(survey).words.get(decision.status)
    return str(words) if words else dict(State.choices).get(decision.status, decision.status)


def survey_page(survey: Survey, now: datetime | None = None) -> SurveyPage:
    """The number of queries is fixed for a state."""
    moment = now or timezone.now()
    turns = turns_of(survey, moment)
    decision = Decision.objects.filter(survey=survey).order_by("-at", "-pk").first()
    phases = _phases(survey)
    return SurveyPage(
        survey=survey,
        title=str(kind_of(survey).title),
        stand=stand_of(survey, _status(survey, decision)),
        phases=[(name, "") for name, _states in phases],
        phase=next((place for place, (_name, states) in enumerate(phases, 1) if survey.state in states), 1),
        turns=turns,
        own=next((turn for turn in turns if turn.whose == PRACTICE), None),
        visitors=visitors_of(survey),
        dispensations=list(Dispensation.objects.filter(survey=survey).order_by("-asked_at")),
        dispensation_until=_dispensation_clock(survey),
        criticals=list(CriticalFinding.objects.filter(survey=survey).select_related("indicator").order_by("made_at")),
        reports=list(SurveyReport.objects.filter(survey=survey).defer("content").order_by("-signed_at", "-pk")),
        decision=decision,
        status=_status(survey, decision),
        events=list(SurveyEvent.objects.filter(survey=survey).order_by("-at", "-pk")),
    )


def _dispensation_clock(survey: Survey) -> Deadline | None:
    running = Deadline.objects.filter(
        survey=survey, clock="dispensation", met_at=None, cancelled_at=None, due_at__gte=timezone.now()
    )
    return running.first() if survey.state in (State.ANNOUNCED, State.SELF_ASSESSMENT) else None


def _phases(survey: Survey) -> list[tuple[str, tuple[State, ...]]]:
    """The steps of this kind; the follow-up is a step only of a survey that has one."""
    states = kind_of(survey).states
    kept = [(str(name), inside) for name, inside in PHASES if any(state in states for state in inside)]
    followed = survey.state in FOLLOWING_UP or FollowUp.objects.filter(survey=survey).exists()
    return [(name, inside) for name, inside in kept if inside is not FOLLOWING_UP or followed]


def visitors_of(survey: Survey) -> list[Visitor]:
    """The team, lead first, with what ties each to the practice."""
    return [
        Visitor(row, [str(Conflict(**{name: tie.get(name) for name in ("kind", "place", "until")})) for tie in row.conflicts],
                row.override_reason)
        for row in visible.team(survey)
    ]  # fmt: skip


def stand_of(survey: Survey, status: str = "") -> Stand:
    """One sentence, what happens, and the next thing to do."""
    saying, counts = _saying(survey)
    values = {
        "day": long_date(survey.visit_on) if survey.visit_on else _("a day that is not set"), "status": status,
        "done": integer(counts[0]), "asked": integer(counts[1]),
    }  # fmt: skip
    action = (str(saying.button), reverse(saying.page, args=[survey.pk]), saying.page in WRITES) if saying.page else None
    return Stand(str(saying.sentence) % values, str(saying.detail) % values, action)


WRITES = ("accreditation:begin", "accreditation:resume")


def _saying(survey: Survey) -> tuple[Saying, tuple[int, int]]:
    if survey.state == State.ANNOUNCED and State.SELF_ASSESSMENT not in kind_of(survey).states:
        return SHOW_ONLY, (0, 0)
    if survey.state == State.SELF_ASSESSMENT:
        done, asked = progress(survey)
        return (ALL_ANSWERED if asked and done == asked else SAYINGS[survey.state]), (done, asked)
    if survey.state == State.FOLLOW_UP_OPEN:
        answered = list(FollowUp.objects.filter(survey=survey).values_list("answered_at", flat=True))
        return SAYINGS[survey.state], (sum(at is not None for at in answered), len(answered))
    if survey.state in HEARINGS and Hearing.objects.filter(survey=survey, closed_at=None, replied_at__isnull=False).exists():
        return REPLIED, (0, 0)
    return SAYINGS[survey.state], (0, 0)


def progress(survey: Survey) -> tuple[int, int]:
    """Finished and asked points."""
    asked = set(Applicability.objects.filter(survey=survey, relevant=True).values_list("indicator_id", flat=True))
    done = SelfAssessment.objects.filter(survey=survey, state=AnswerState.DONE, indicator_id__in=asked).count()
    return done, len(asked)
