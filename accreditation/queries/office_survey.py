"""One survey as the region follows it: its way, its clocks, its team, and what was found. Never what the practice answers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accreditation.enums import AnswerState, ProgrammeKind
from accreditation.improvement import Finding, Offer, offers
from accreditation.machine import DECIDED, possible
from accreditation.models import (
    Assignment,
    ContactCall,
    CriticalFinding,
    Deadline,
    Decision,
    Dispensation,
    Hearing,
    Postponement,
    Publication,
    SelfAssessment,
    Survey,
    SurveyEvent,
    SurveyReport,
)
from accreditation.queries.clocks import NAMES, turns_of
from accreditation.queries.conflicts import Conflict
from accreditation.queries.guidelines import Guideline, guidelines_of
from accreditation.queries.office import Due, due_of
from accreditation.queries.pinned import edition_of, kind_of, rules_of
from accreditation.queries.visit_report import spoken
from practices.acting import Acting

HEARING_COLUMNS = ("id", "survey_id", "practice_id", "round", "opened_at", "replied_at", "closed_at")


@dataclass(frozen=True)
class Progress:
    """How far the self-assessment is: finished and asked indicators, minutes used."""

    done: int
    asked: int
    minutes: int


@dataclass(frozen=True)
class Member:
    """Somebody on the team, or who was; ties in words."""

    row: Assignment
    ties: Sequence[str]

    @property
    def waits(self) -> bool:
        return self.row.blocked and self.row.overridden_at is None and self.row.ended_at is None


@dataclass(frozen=True)
class Found:
    """An indicator below the passing ratings in the last final report: both ratings in words, and where it leads on to."""

    number: str
    summary: str
    critical: bool
    first: str
    second: str
    reason: str
    guidelines: Sequence[Guideline]
    offers: Sequence[Offer]


@dataclass(frozen=True)
class SurveySheet:
    """All of a survey's page. names: words of statuses; steps: names of transitions that the acting role has from here."""

    survey: Survey
    kind: str
    names: Mapping[str, str]
    steps: Sequence[str]
    dues: Sequence[Due]
    met: Sequence[tuple[str, Deadline]]
    events: Sequence[SurveyEvent]
    team: Sequence[Member]
    former: Sequence[Member]
    progress: Progress
    calls: Sequence[ContactCall]
    dispensations: Sequence[Dispensation]
    postponements: Sequence[Postponement]
    hearings: Sequence[Hearing]
    criticals: Sequence[CriticalFinding]
    reports: Sequence[SurveyReport]
    decisions: Sequence[Decision]
    publications: Sequence[Publication]
    findings: Sequence[Found]

    @property
    def may_publish_again(self) -> bool:
        """What was public has been taken back."""
        return bool(self.publications) and all(row.taken_back_at for row in self.publications)

    @property
    def revisit(self) -> bool:
        """A focused re-visit can look at what a decided full survey left open."""
        last = self.decisions[0] if self.decisions else None
        full = self.survey.programme.kind == ProgrammeKind.FULL_SURVEY
        return full and last is not None and last.status in DECIDED and bool(last.basis.get("open"))


def survey_sheet(by: Acting, survey: Survey) -> SurveySheet:
    """Call with a survey that the person may see."""
    rules, kind = rules_of(survey), kind_of(survey)
    reports = list(SurveyReport.objects.filter(survey=survey, final=True).order_by("-round", "-number"))
    members = [
        _member(row) for row in Assignment.objects.filter(survey=survey).select_related("user", "overridden_by", "proposed_by")
    ]
    return SurveySheet(
        survey=survey,
        kind=str(kind.title),
        names={code: str(words) for code, words in rules.words.items()},
        steps=possible(survey.state, by.role, kind.states),
        dues=[due_of(turn) for turn in turns_of(survey, timezone.now())],
        met=[
            (str(NAMES[row.clock]), row)
            for row in Deadline.objects.filter(survey=survey, met_at__isnull=False, clock__in=NAMES).order_by("met_at")
        ],
        events=list(SurveyEvent.objects.filter(survey=survey).order_by("-at", "-pk")),
        team=[member for member in members if member.row.ended_at is None],
        former=[member for member in members if member.row.ended_at is not None],
        progress=progress_of(survey),
        calls=list(ContactCall.objects.filter(survey=survey).select_related("by").order_by("at")),
        dispensations=list(Dispensation.objects.filter(survey=survey)),
        postponements=list(Postponement.objects.filter(survey=survey).select_related("by")),
        hearings=list(Hearing.objects.filter(survey=survey).only(*HEARING_COLUMNS)),
        criticals=list(CriticalFinding.objects.filter(survey=survey).select_related("indicator").order_by("made_at")),
        reports=reports,
        decisions=list(Decision.objects.filter(survey=survey).order_by("-at", "-pk")),
        publications=list(Publication.objects.filter(survey=survey).select_related("published_by", "taken_back_by")),
        findings=findings_of(by, survey, reports[0].content) if reports else (),
    )  # fmt: skip


def _member(row: Assignment) -> Member:
    return Member(row, [str(Conflict(**tie)) for tie in row.conflicts])


def progress_of(survey: Survey) -> Progress:
    """Counts alone: the walls keep the answers from the region."""
    rows = list(SelfAssessment.objects.filter(survey=survey).values_list("state", "minutes_used"))
    states = Counter(state for state, _minutes in rows)
    return Progress(states[AnswerState.DONE], len(rows), sum(minutes or 0 for _state, minutes in rows))


def findings_of(by: Acting, survey: Survey, content: Mapping[str, Any]) -> list[Found]:
    """From the frozen report, so that the page says what was signed."""
    said = spoken(content)
    rules, edition = rules_of(survey), edition_of(survey)
    words = {code: part.get("text", code) for code, part in said["words"].items()}
    fine = {*rules.passes, rules.outside}
    found = []
    for standard in said["standards"]:
        for item in standard["indicators"]:
            first, second = item["first"], item["second"]
            if not first or first["rating"] in fine:
                continue
            about = Finding(survey, item["number"], standard["number"])
            found.append(
                Found(
                    item["number"], item["summary"]["text"], item["critical"], words[first["rating"]],
                    words[second["rating"]] if second else "", (second or first)["reason"],
                    guidelines_of(edition.profession, standard["number"]), offers(by, about),
                )
            )  # fmt: skip
    return found
