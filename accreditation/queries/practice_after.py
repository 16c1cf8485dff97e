"""After the visit as the practice reads it: ratings beside its own answers, reports, hearings, follow-up and decisions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accreditation.models import (
    Decision,
    FollowUp,
    Hearing,
    HearingPoint,
    Publication,
    StandardIndicator,
    Survey,
    SurveyReport,
)
from accreditation.queries import ratings
from accreditation.queries.pinned import rules_of
from accreditation.queries.practice_self import Task, tasks_of
from accreditation.queries.ratings import KEPT_IN, Rating, current_of
from accreditation.queries.visit import ThemePart, by_theme
from accreditation.queries.visit_report import spoken
from accreditation.rules import Step


def scale_of(survey: Survey) -> dict[str, str]:
    """Words of ratings and statuses by code."""
    return {code: str(words) for code, words in rules_of(survey).words.items()}


@dataclass(frozen=True)
class RatedAt:
    """The team's ratings of one point, as far as the practice may read them. past: every former one that stood, oldest first."""

    first: Rating | None
    second: Rating | None
    past: Sequence[Rating]
    follow_up: FollowUp | None
    passed: bool


def rated_at(survey: Survey, indicator: StandardIndicator) -> RatedAt:
    """Three queries."""
    rows: dict[int, list[Rating]] = {
        number: list(kept.objects.filter(survey=survey, indicator=indicator).order_by("revision"))
        for number, kept in KEPT_IN.items()
    }
    first, second = (current_of(rows[number]).get(indicator.pk) for number in (1, 2))
    standing = [row for number in (1, 2) for row in rows[number] if not row.conflicting]
    last = second or first
    return RatedAt(
        first, second, [row for row in standing if row not in (first, second)],
        FollowUp.objects.filter(survey=survey, indicator=indicator).first(),
        last is None or last.rating in (*rules_of(survey).passes, rules_of(survey).outside),
    )  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """One point in three records that never overwrite each other."""

    task: Task
    first: Rating | None
    follow_up: FollowUp | None
    second: Rating | None
    differs: bool

    @property
    def standard(self) -> Any:
        return self.task.standard


@dataclass(frozen=True)
class SideBySide:
    """rated: the practice may read ratings already; apart: how many points the two saw otherwise."""

    points: Sequence[Beside]
    themes: Sequence[ThemePart]
    rated: bool
    second_round: bool
    apart: int


def side_by_side(survey: Survey) -> SideBySide:
    """Self-assessment, surveyors' rating and rating after the follow-up of every point; a fixed number of queries."""
    first, second = ratings.current(survey), ratings.current(survey, 2)
    follow_ups = {row.indicator_id: row for row in FollowUp.objects.filter(survey=survey)}
    found = []
    for task in tasks_of(survey).points:
        at = task.asked.indicator_id
        one = first.get(at)
        differs = one is not None and task.own is not None and bool(task.own.answer) and one.rating != task.own.answer
        found.append(Beside(task, one, follow_ups.get(at), second.get(at), differs))
    return SideBySide(found, by_theme(survey, found), bool(first), bool(follow_ups), sum(item.differs for item in found))


@dataclass(frozen=True)
class ReportPage:
    """A signed report with its frozen content in the reader's language; others: all that have been signed."""

    row: SurveyReport
    content: Mapping[str, Any]
    others: Sequence[SurveyReport]


def report_page(survey: Survey, wanted: int | None = None) -> ReportPage | None:
    """The wanted report, else the newest; None when none has been signed, or the wanted one is not the survey's."""
    listed = list(SurveyReport.objects.filter(survey=survey).order_by("-signed_at", "-pk"))
    row = next((one for one in listed if wanted in (None, one.pk)), None)
    return ReportPage(row, spoken(row.content), listed) if row else None


@dataclass(frozen=True)
class Objected:
    """A point of the hearing with the team's answer, and what its rating was before and after."""

    row: HearingPoint
    old: Rating | None
    new: Rating | None


@dataclass(frozen=True)
class HearingPage:
    hearing: Hearing
    points: Sequence[Objected]


def hearings_of(survey: Survey) -> list[HearingPage]:
    """The newest first; the open one, if any, is the first. A fixed number of queries."""
    points: defaultdict[int, list[HearingPoint]] = defaultdict(list)
    for row in HearingPoint.objects.filter(survey=survey).select_related("indicator", "answered_by").order_by("number"):
        points[row.hearing_id].append(row)
    changed = {row.point_id: row for number in KEPT_IN for row in ratings.rows(survey, number) if row.point_id}
    before = {row.pk: row for number in KEPT_IN for row in ratings.rows(survey, number)}
    found = []
    for hearing in Hearing.objects.filter(survey=survey).order_by("-round"):
        listed = []
        for row in points[hearing.pk]:
            new = changed.get(row.pk)
            listed.append(Objected(row, before.get(new.base) if new and new.base else None, new))
        found.append(HearingPage(hearing, listed))
    return found


@dataclass(frozen=True)
class Followed:
    """An open point: the rating that left it open, what the practice answers, and its evidence of the second round."""

    task: Task
    row: FollowUp
    first: Rating | None
    second: Rating | None

    @property
    def links(self) -> list[Any]:
        return [link for link in self.task.links if link.round == 2]


def follow_ups_of(survey: Survey) -> list[Followed]:
    """In the order of the edition; a fixed number of queries."""
    rows = {row.indicator_id: row for row in FollowUp.objects.filter(survey=survey)}
    first, second = ratings.current(survey), ratings.current(survey, 2)
    tasks = tasks_of(survey).points if rows else []
    return [Followed(task, rows[at], first.get(at), second.get(at)) for task in tasks if (at := task.asked.indicator_id) in rows]


@dataclass(frozen=True)
class Decided:
    """A decision: status and recommendation in words, departs: against the recommendation; publication: what is public of it."""

    row: Decision
    status: str
    recommendation: str
    departs: bool
    steps: Sequence[str]
    publications: Sequence[Publication]


def _steps(row: Decision) -> list[str]:
    """The rules' reasoning, as it was stored with the decision."""
    return [str(Step(one["rule"], one["code"], one["values"])) for one in row.basis.get("steps", [])]


def decisions_of(survey: Survey) -> list[Decided]:
    """Newest first; two queries."""
    words = scale_of(survey)
    public: defaultdict[int, list[Publication]] = defaultdict(list)
    for row in Publication.objects.filter(survey=survey).defer("content").order_by("-published_at"):
        public[row.decision_id].append(row)
    found = []
    for row in Decision.objects.filter(survey=survey).order_by("-at", "-pk"):
        departs = bool(row.recommendation) and row.status != row.recommendation
        advised = words.get(row.recommendation, row.recommendation)
        found.append(Decided(row, words.get(row.status, row.status), advised, departs, _steps(row), public[row.pk]))
    return found
