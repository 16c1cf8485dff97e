"""A case as a committee member reads it, and the member's own open meetings. What is not on the agenda does not exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accreditation.enums import AgendaKind, State
from accreditation.machine import DECIDED
from accreditation.models import (
    AgendaItem,
    CommitteeMeeting,
    CriticalFinding,
    Decision,
    FollowUp,
    MeetingSeat,
    Recusal,
    SampledDecision,
    Survey,
    SurveyEvent,
)
from accreditation.queries import visible
from accreditation.queries.cases import ruled
from accreditation.queries.conflicts import Conflict, conflicts, conflicts_between
from accreditation.queries.pinned import edition_of, kind_of, rules_of
from accreditation.queries.report import content_of
from accreditation.queries.visit_report import spoken
from accreditation.rules import RuleError
from practices.acting import Acting


@dataclass(frozen=True)
class Entry:
    """A case in the list; ties: the member's own."""

    item: AgendaItem
    ties: Sequence[Conflict]
    decided: bool


@dataclass(frozen=True)
class Meeting:
    """An open meeting of the member; out: how many cases the member stepped out of."""

    meeting: CommitteeMeeting
    seat: MeetingSeat
    entries: Sequence[Entry]
    out: int


def my_meetings(by: Acting) -> list[Meeting]:
    """The member's meetings whose agenda is out, the nearest first."""
    seats = MeetingSeat.objects.filter(user_id=by.scope.user_id, meeting__state="agenda_sent").select_related("meeting__region")
    rows: dict[int, list[AgendaItem]] = {}
    for item in visible.cases(by).select_related("survey__practice__municipality").order_by("position", "pk"):
        rows.setdefault(item.meeting_id, []).append(item)
    user, today = by.scope.user_id or 0, timezone.localdate()
    out = list(Recusal.objects.filter(user_id=user).values_list("item__meeting_id", flat=True))
    decided = set(
        Decision.objects.filter(item__in=[item for part in rows.values() for item in part]).values_list("item_id", flat=True)
    )
    found = []
    for seat in seats.order_by("meeting__held_on", "pk"):
        items = rows.get(seat.meeting_id, [])
        ties = conflicts_between([user], [item.survey.practice for item in items], today)[user] if items else {}
        entries = [Entry(item, ties[item.survey.practice_id], item.pk in decided) for item in items]
        found.append(Meeting(seat.meeting, seat, entries, out.count(seat.meeting_id)))
    return found


@dataclass(frozen=True)
class CaseSheet:
    """All that the committee weighs. steps: the rules' reasoning in sentences; statuses: codes that can be decided now.

    trouble: why the rules say nothing; second: there are ratings of two rounds.
    """

    item: AgendaItem
    kind: str
    content: Mapping[str, Any]
    words: Mapping[str, str]
    second: bool
    open: Sequence[Mapping[str, Any]]
    steps: Sequence[tuple[str, str]]
    recommendation: str
    follow_up: str
    trouble: str
    statuses: Sequence[str]
    ties: Sequence[Conflict]
    criticals: Sequence[CriticalFinding]
    decisions: Sequence[Decision]
    appeal: SurveyEvent | None
    sampled: SampledDecision | None


def case_sheet(by: Acting, item: AgendaItem) -> CaseSheet:
    """Call with a case that the member may see."""
    survey = visible.survey(by, item.survey_id)
    second = FollowUp.objects.filter(survey=survey).exists() and item.kind != AgendaKind.ROUND_1
    content = spoken(content_of(survey, 2 if second else 1))
    fine = {*rules_of(survey).passes, rules_of(survey).outside}
    before = _carried(survey, content, fine)
    words = {code: str(text) for code, text in rules_of(survey).words.items()}
    try:
        rule, trouble = ruled(survey), ""
    except RuleError as error:
        rule, trouble = None, str(error)
    decisions = list(Decision.objects.filter(survey=survey).order_by("-at", "-pk"))
    done = any(row.item_id == item.pk for row in decisions)
    statuses = () if done or rule is None else statuses_of(item)
    return CaseSheet(
        item=item, kind=str(kind_of(survey).title), content=content, words=words, second=second or bool(before),
        open=before if survey.carried else _open(content, fine),
        steps=[(step.rule, str(step)) for step in rule.steps] if rule else (),
        recommendation=(rule.recommendation or rule.status) if rule else "", follow_up=rule.follow_up if rule else "",
        trouble=trouble, statuses=statuses,
        ties=conflicts(by.scope.user_id or 0, survey.practice, timezone.localdate()),
        criticals=list(CriticalFinding.objects.filter(survey=survey).select_related("indicator").order_by("made_at")),
        decisions=decisions, appeal=SurveyEvent.objects.filter(survey=survey, to_state=State.APPEALED).order_by("-at").first(),
        sampled=SampledDecision.objects.filter(survey=survey).order_by("-pk").first() if item.kind == AgendaKind.SAMPLE else None,
    )  # fmt: skip


def statuses_of(item: AgendaItem) -> Sequence[str]:
    """What the committee can decide in a case of that kind."""
    if item.kind == AgendaKind.SAMPLE:
        return ()
    return (State.PROVISIONAL.value,) if item.kind == AgendaKind.ROUND_1 else tuple(state.value for state in DECIDED)


def step_to(status: str) -> str:
    """The step of the machine that decides it."""
    return "decide_provisionally" if status == State.PROVISIONAL else f"decide_{status}"


def _carried(survey: Survey, content: Mapping[str, Any], fine: set[str | None]) -> list[dict[str, Any]]:
    """Of a focused re-visit: what the former survey left open, beside what the surveyors found now."""
    now = {item["number"]: item["first"] for standard in content["standards"] for item in standard["indicators"]}
    words = edition_of(survey).indicators
    return [
        {
            "number": one["number"], "critical": one["critical"], "summary": {"text": str(words[one["number"]].summary)},
            "first": {"rating": one["rating"], "reason": one["reason"]}, "second": now.get(one["number"], {}),
        }
        for one in survey.carried
        if one["rating"] not in fine
    ]  # fmt: skip


def _open(content: Mapping[str, Any], fine: set[str | None]) -> list[Mapping[str, Any]]:
    """Indicators that were below the passing ratings in the first round."""
    every = (item for standard in content["standards"] for item in standard["indicators"])
    return [item for item in every if item["first"] and item["first"]["rating"] not in fine]
