"""The practice's self-assessment: every point with answer and evidence, what remains, and what follows from who works there."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accreditation.enums import AnswerState, State
from accreditation.library import Indicator, PracticeFacts, Standard, applicability
from accreditation.library.schema import GUIDELINE_IF_SHARED
from accreditation.models import Applicability, EvidenceFile, EvidenceLink, SelfAssessment, StandardIndicator, Survey
from accreditation.queries.pinned import edition_of
from accreditation.queries.relevance import stored
from accreditation.queries.visit import StandardPart, ThemePart, by_theme

OUTSIDE = "outside"
OTHERS = "other"
WRITABLE = (State.ANNOUNCED, State.SELF_ASSESSMENT)
# What the list may be narrowed to: everything, what is not finished, and what lacks something to show.
LEFT, BARE, HIDDEN = "left", "bare", "outside"
FILTERS = (LEFT, BARE, HIDDEN)


@dataclass(frozen=True)
class Task:
    """One point. state: open, draft, done or outside (not asked). links: all evidence here, of both rounds."""

    asked: Applicability
    words: Indicator
    standard: Standard
    own: SelfAssessment | None
    links: Sequence[EvidenceLink]

    @property
    def number(self) -> str:
        return self.words.number

    @property
    def indicator(self) -> StandardIndicator:
        return self.asked.indicator

    @property
    def state(self) -> str:
        if not self.asked.relevant:
            return OUTSIDE
        return self.own.state if self.own else AnswerState.OPEN

    @property
    def left(self) -> bool:
        return self.state in (AnswerState.OPEN, AnswerState.DRAFT)

    @property
    def shared(self) -> int:
        return sum(link.shared for link in self.links)

    @property
    def private(self) -> int:
        return len(self.links) - self.shared

    @property
    def sharing(self) -> str:
        """Whether the whole of the evidence is shared, part of it, or nothing: all, part, none."""
        return "none" if not self.shared else "part" if self.private else "all"


@dataclass(frozen=True)
class ThemeTasks:
    """A theme of the list. done of asked points are finished; open: it holds the point to go on with, or the list is narrowed."""

    title: str
    standards: Sequence[StandardPart]
    done: int
    asked: int
    open: bool


@dataclass(frozen=True)
class Tasks:
    """The survey's points in the order of the edition, and how far the practice is. Minutes are estimates of the library."""

    survey: Survey
    points: Sequence[Task]

    @property
    def asked(self) -> list[Task]:
        return [task for task in self.points if task.state != OUTSIDE]

    @property
    def left(self) -> list[Task]:
        return [task for task in self.points if task.left]

    @property
    def outside(self) -> list[Task]:
        return [task for task in self.points if task.state == OUTSIDE]

    @property
    def bare(self) -> list[Task]:
        """Asked points with nothing to show."""
        return [task for task in self.asked if not task.links]

    @property
    def done(self) -> int:
        return len(self.asked) - len(self.left)

    @property
    def minutes(self) -> int:
        return sum(task.words.minutes for task in self.asked)

    @property
    def minutes_left(self) -> int:
        return sum(task.words.minutes for task in self.left)

    @property
    def minutes_used(self) -> int:
        return sum(task.own.minutes_used for task in self.points if task.own)

    @property
    def shared_links(self) -> list[EvidenceLink]:
        return [link for task in self.points for link in task.links if link.shared]

    @property
    def private_links(self) -> list[EvidenceLink]:
        return [link for task in self.points for link in task.links if not link.shared]

    @property
    def shared_count(self) -> int:
        """Asked points with something shared."""
        return sum(bool(task.shared) for task in self.asked)

    def narrowed(self, wanted: str) -> list[Task]:
        kept = {LEFT: self.left, BARE: self.bare, HIDDEN: self.outside}
        return kept.get(wanted, self.asked)

    def themes(self, wanted: str = "") -> list[ThemeTasks]:
        following = self.next_left()
        return [_theme(part, following, bool(wanted)) for part in by_theme(self.survey, self.narrowed(wanted))]

    def point(self, number: str) -> Task | None:
        return next((task for task in self.points if task.number == number), None)

    def beside(self, number: str) -> tuple[Task | None, Task | None]:
        """The asked points before and after this one."""
        order = [task for task in self.points if task.state != OUTSIDE or task.number == number]
        at = next(place for place, task in enumerate(order) if task.number == number)
        return (order[at - 1] if at else None, order[at + 1] if at + 1 < len(order) else None)

    def next_left(self, number: str = "") -> Task | None:
        """The next unfinished point after this one, from the top again where there is none."""
        order = [task.number for task in self.points]
        at = order.index(number) + 1 if number in order else 0
        return next((task for task in (*self.points[at:], *self.points[:at]) if task.left and task.number != number), None)


def _theme(part: ThemePart, following: Task | None, narrowed: bool) -> ThemeTasks:
    points = [task for standard in part.standards for task in standard.points]
    asked = [task for task in points if task.state != OUTSIDE]
    holds = following is not None and any(task.number == following.number for task in points)
    return ThemeTasks(part.title, part.standards, sum(not task.left for task in asked), len(asked), narrowed or holds)


def tasks_of(survey: Survey) -> Tasks:
    """Three queries, however many points and files there are."""
    edition = edition_of(survey)
    answers = {row.indicator_id: row for row in _answers(survey)}
    links: defaultdict[int, list[EvidenceLink]] = defaultdict(list)
    kept = EvidenceLink.objects.filter(survey=survey).select_related("evidence")
    for link in kept.order_by("round", "evidence__added_at", "pk"):
        links[link.indicator_id].append(link)
    found = []
    for row in stored(survey):
        words = edition.indicators[row.indicator.number]
        standard = edition.standard_of(words.number)
        found.append(Task(row, words, standard, answers.get(row.indicator_id), links[row.indicator_id]))
    return Tasks(survey, found)


def _answers(survey: Survey) -> Sequence[SelfAssessment]:
    return SelfAssessment.objects.filter(survey=survey).select_related("answered_by", "proposed__survey")


@dataclass(frozen=True)
class Kept:
    """A piece of evidence with the numbers of the points where it is, and where it is shared."""

    row: EvidenceFile
    links: Sequence[EvidenceLink]

    @property
    def shared(self) -> int:
        return sum(link.shared for link in self.links)

    @property
    def sharing(self) -> str:
        return "none" if not self.shared else "all" if self.shared == len(self.links) else "part"


def evidence_of(survey: Survey) -> list[Kept]:
    """Everything the practice has put forward, newest first; two queries."""
    links: defaultdict[int, list[EvidenceLink]] = defaultdict(list)
    for link in EvidenceLink.objects.filter(survey=survey).select_related("indicator").order_by("indicator__position", "round"):
        links[link.evidence_id].append(link)
    rows = EvidenceFile.objects.filter(survey=survey).select_related("added_by").order_by("-added_at", "-pk")
    return [Kept(row, links[row.pk]) for row in rows]


@dataclass(frozen=True)
class Left:
    """A point that is not asked, with the reason; may_be_changed: the practice may take it in all the same."""

    words: Indicator
    reason: str
    may_be_changed: bool


@dataclass(frozen=True)
class Effect:
    """What follows from who works in the practice: what is asked, what is not, and what has to be in writing."""

    asked: int
    minutes: int
    outside: Sequence[Left]
    written: Sequence[tuple[Indicator, str]]
    oral: Sequence[Indicator]
    reasons: Mapping[str, int]


def effect_of(survey: Survey, people: int, staff_groups: Sequence[str], shared_by: Mapping[str, int]) -> Effect:
    """Computed and not stored. Raises ValueError for a practice with nobody in it."""
    edition = edition_of(survey)
    facts = PracticeFacts(survey.practice.profession, people, frozenset(staff_groups), dict(shared_by))
    asked, outside, written, oral = [], [], [], []
    for number, found in applicability(edition.standards, facts).items():
        words = edition.indicators[number]
        if survey.focus and number not in survey.focus:
            continue
        if not found.relevant:
            outside.append(Left(words, str(found.reason.text) if found.reason else "", found.may_be_changed))
            continue
        asked.append(words)
        if found.written:
            written.append((words, str(edition.vocabulary.written_requirement[found.written])))
        elif found.written_reason:
            oral.append(words)
    counted = Counter(left.reason for left in outside)
    return Effect(len(asked), sum(words.minutes for words in asked), outside, written, oral, counted)


def workflows(survey: Survey) -> list[Indicator]:
    """Points where it matters how many staff groups share the workflow."""
    return [
        words
        for words in edition_of(survey).indicators.values()
        if (words.written_requirement == GUIDELINE_IF_SHARED or words.least_staff_groups > 1)
        and (not survey.focus or words.number in survey.focus)
    ]


def staff_group_choices(survey: Survey) -> list[tuple[str, str]]:
    """The edition's staff groups: code and word, by the word; the group of all others comes last."""
    groups = [(code, str(words)) for code, words in edition_of(survey).vocabulary.staff_groups.items()]
    return sorted(groups, key=lambda group: (group[0] == OTHERS, group[1]))
