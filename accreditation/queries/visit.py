"""What the surveyors' pages show of one visit: every indicator with all that belongs beside it, and where the work stands."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from accreditation.library import Indicator, Standard
from accreditation.models import (
    Applicability,
    EvidenceLink,
    FollowUp,
    SelfAssessment,
    Survey,
    VisitNote,
)
from accreditation.queries import ratings
from accreditation.queries.pinned import edition_of, rules_of
from accreditation.queries.ratings import Rating
from accreditation.queries.relevance import stored
from accreditation.queries.visit_notes import standing_notes
from accreditation.rules import Rated, rating_faults

RATED, REASON, CONFLICT, OPEN, OUTSIDE = "rated", "reason", "conflict", "open", "outside"


@dataclass(frozen=True)
class Point:
    """One indicator of the visit. state: rated, reason (a reason is missing), conflict, open or outside (not asked).

    own: the practice's answer; shared: what it has shared here in this round; past: every revision, oldest first;
    first and follow_up: of the second round only.
    """

    asked: Applicability
    words: Indicator
    standard: Standard
    state: str
    own: SelfAssessment | None
    shared: Sequence[EvidenceLink]
    notes: Sequence[VisitNote]
    current: Rating | None
    waiting: Sequence[Rating]
    past: Sequence[Rating]
    first: Rating | None
    follow_up: FollowUp | None

    @property
    def number(self) -> str:
        return self.words.number


@dataclass(frozen=True)
class StandardPart:
    """A standard with its indicators of this visit."""

    words: Standard
    points: Sequence[Any]


@dataclass(frozen=True)
class ThemePart:
    """A theme with its standards of this visit, in the order of the edition."""

    title: str
    standards: Sequence[StandardPart]


@dataclass(frozen=True)
class Visit:
    """A visit's indicators. scale: (code, words) best first, what is outside it last; passes: what leaves nothing open."""

    survey: Survey
    round: int
    points: Sequence[Point]
    scale: Sequence[tuple[str, str]]
    outside: str | None
    passes: frozenset[str]
    notes: Sequence[VisitNote]

    @property
    def to_rate(self) -> list[Point]:
        return [point for point in self.points if point.state != OUTSIDE]

    @property
    def done(self) -> int:
        return sum(point.state == RATED for point in self.points)

    @property
    def conflicts(self) -> list[Point]:
        return [point for point in self.points if point.state == CONFLICT]

    @property
    def percent(self) -> int:
        return round(100 * self.done / len(self.to_rate)) if self.to_rate else 0

    @property
    def words(self) -> dict[str, str]:
        """Words of the scale by code."""
        return dict(self.scale)

    @property
    def themes(self) -> list[ThemePart]:
        return by_theme(self.survey, self.points)

    def point(self, number: str) -> Point | None:
        return next((point for point in self.points if point.number == number), None)

    def beside(self, number: str) -> tuple[Point | None, Point | None]:
        """The indicators before and after this one, of those to be rated."""
        order = [point for point in self.points if point.state != OUTSIDE or point.number == number]
        place = next(at for at, point in enumerate(order) if point.number == number)
        return (order[place - 1] if place else None, order[place + 1] if place + 1 < len(order) else None)


def visit_of(survey: Survey) -> Visit:
    """The visit in the round that is being rated. The reader sees what the walls let through; the number of queries is fixed."""
    rules, round_number = rules_of(survey), ratings.round_being_rated(survey)
    notes = standing_notes(survey)
    points = _points(survey, round_number, notes)
    codes = [*rules.ratings, *([rules.outside] if rules.outside else [])]
    return Visit(
        survey, round_number, points, [(code, str(rules.words[code])) for code in codes], rules.outside, rules.passes, notes
    )


def _points(survey: Survey, round_number: int, notes: Iterable[VisitNote]) -> list[Point]:
    edition, rules = edition_of(survey), rules_of(survey)
    rows = ratings.rows(survey, round_number)
    current, waiting = ratings.current_of(rows), ratings.waiting_of(rows)
    past, written, own = _by_indicator(rows), _by_indicator(notes), _own(survey)
    shared = _by_indicator(_shared(survey))
    first = ratings.current(survey) if round_number == 2 else {}
    follow_ups = {row.indicator_id: row for row in FollowUp.objects.filter(survey=survey)} if round_number == 2 else {}
    found = []
    for asked in stored(survey):
        at, words = asked.indicator_id, edition.indicators[asked.indicator.number]
        if round_number == 2 and at not in follow_ups:
            continue
        point = Point(
            asked, words, edition.standard_of(words.number), "", own.get(at), shared[at], written[at], current.get(at),
            waiting.get(at, ()), past[at], first.get(at), follow_ups.get(at),
        )  # fmt: skip
        found.append(_with_state(point, rules))
    return found


def _with_state(point: Point, rules: Any) -> Point:
    return Point(**{**point.__dict__, "state": _state(point, rules)})


def _state(point: Point, rules: Any) -> str:
    if point.waiting:
        return CONFLICT
    if not point.asked.relevant and point.current is None:
        return OUTSIDE
    if point.current is None:
        return OPEN
    one = Rated(point.number, point.current.rating, reason=point.current.reason)
    return REASON if rating_faults(rules, one, may_be_not_relevant=point.words.may_be_not_relevant) else RATED


def _by_indicator(rows: Iterable[Any]) -> defaultdict[int | None, list[Any]]:
    found: defaultdict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.indicator_id].append(row)
    return found


def _own(survey: Survey) -> dict[int, SelfAssessment]:
    return {row.indicator_id: row for row in SelfAssessment.objects.filter(survey=survey)}


def _shared(survey: Survey) -> list[EvidenceLink]:
    """Newest round first; the surveyor's wall lets shared links through and no others."""
    rows = EvidenceLink.objects.filter(survey=survey, shared=True).select_related("evidence")
    return list(rows.order_by("-round", "evidence__added_at", "pk"))


def by_theme(survey: Survey, points: Sequence[Any]) -> list[ThemePart]:
    """Points (with their `standard`) by theme and standard, in the order of the edition; what has no point is left out."""
    by_standard: dict[str, list[Any]] = {}
    for point in points:
        by_standard.setdefault(point.standard.number, []).append(point)
    found = []
    for theme in edition_of(survey).vocabulary.themes:
        parts = [
            StandardPart(listed[0].standard, listed) for listed in by_standard.values() if listed[0].standard.theme == theme.code
        ]
        if parts:
            found.append(ThemePart(str(theme.title), parts))
    return found
