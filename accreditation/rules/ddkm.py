"""KIP's rules after the Danish quality model, R0-R8, and the review of peers that gives no status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from accreditation.library.words import Codes
from accreditation.rules.base import Scale
from accreditation.rules.shapes import ADMINISTRATIVE, COMMITTEE, NO_ROUTE, Case, Decision, Rated, RuleError, Step

ACCREDITED, WITH_REMARKS, PROVISIONAL, NOT_ACCREDITED = "accredited", "accredited_with_remarks", "provisional", "not_accredited"
REVIEWED = "reviewed"
FOLLOW_UPS = ("material", "dialogue", "visit")  # mildest first


class Review(Scale):
    """Ratings without a status: what is open is a point to work on (peer visit, cluster review) [K]."""

    def decide(self, case: Case) -> Decision:
        rated = _checked(self, case)
        open_points = [one.number for one in rated if self.is_open(one)]
        values = {"open": len(open_points), "numbers": open_points} if open_points else {}
        step = Step("R2", "reviewed_open" if open_points else "reviewed", values)
        steps = (_complete(self, rated), step)
        return self.result(rated, status=REVIEWED, route=NO_ROUTE, recommendation=None, steps=steps)


class Ddkm(Scale):
    """Status from the indicators directly; averages are never used (R7)."""

    paper: Codes
    limit_percent: Annotated[int, Field(ge=0, le=100)]

    def decide(self, case: Case) -> Decision:
        rated = _checked(self, case)
        return self._first(case, rated) if case.again is None else self._second(case, rated)

    def _first(self, case: Case, rated: tuple[Rated, ...]) -> Decision:
        """R2 and R3."""
        steps = [_complete(self, rated)]
        open_points = [one for one in rated if self.is_open(one)]
        if not open_points:
            if case.raised_follow_up:
                raise RuleError("no_follow_up")
            steps.append(Step("R2", "none_open"))
            return self.result(rated, status=ACCREDITED, route=ADMINISTRATIVE, recommendation=None, steps=steps)
        steps.append(Step("R2", "some_open", {"open": len(open_points), "numbers": [one.number for one in open_points]}))
        kind = self._follow_up(open_points)
        steps.append(Step("R3", f"follow_up_{kind}"))
        raised = _raised(kind, case.raised_follow_up)
        if raised != kind:
            steps.append(Step("R3", f"raised_{raised}"))
        return self.result(rated, status=PROVISIONAL, route=COMMITTEE, recommendation=PROVISIONAL, steps=steps, follow_up=raised)

    def _second(self, case: Case, rated: tuple[Rated, ...]) -> Decision:
        """R4 and R5."""
        again = len(case.again or ())
        steps = [_complete(self, rated), Step("R4", "carried", {"again": again}) if again else Step("R4", "nothing_received")]
        open_points = [one for one in rated if self.is_open(one)]
        if not open_points:
            steps.append(Step("R4", "none_open_now"))
            return self.result(rated, status=ACCREDITED, route=COMMITTEE, recommendation=ACCREDITED, steps=steps)
        recommendation, step = self._recommend(open_points, sum(self.counts(one) for one in rated))
        return self.result(rated, status=PROVISIONAL, route=COMMITTEE, recommendation=recommendation, steps=(*steps, step))

    def _follow_up(self, open_points: Sequence[Rated]) -> str:
        if any(one.critical for one in open_points):
            return "visit"
        on_paper = all(one.assessed_by and set(one.assessed_by) <= set(self.paper) for one in open_points)
        return "material" if on_paper else "dialogue"

    def _recommend(self, open_points: Sequence[Rated], relevant: int) -> tuple[str, Step]:
        """R5; exactly the limit is not above it, so whole numbers are compared."""
        poorest = self.ratings[-1]
        critical = [one.number for one in open_points if one.critical and one.rating == poorest]
        if critical:
            return NOT_ACCREDITED, Step("R5", "critical_not_met", {"numbers": critical})
        values = {"open": len(open_points), "relevant": relevant, "limit": self.limit_percent}
        if 100 * len(open_points) > self.limit_percent * relevant:
            return NOT_ACCREDITED, Step("R5", "above_limit", values)
        return WITH_REMARKS, Step("R5", "within_limit", values)


def _checked(rules: Scale, case: Case) -> tuple[Rated, ...]:
    """All ratings of the case, complete, with a second round merged in."""
    if case.limits:
        raise RuleError("limits_not_used")
    rules.complete(case.rated)
    if case.again is None:
        return case.rated
    if case.raised_follow_up:
        raise RuleError("no_follow_up")
    rated = rules.again(case, (one.number for one in case.rated if rules.is_open(one)))
    rules.complete(rated)
    return rated


def _complete(rules: Scale, rated: Sequence[Rated]) -> Step:
    relevant = sum(rules.counts(one) for one in rated)
    return Step("R0", "complete", {"relevant": relevant, "outside": len(rated) - relevant})


def _raised(kind: str, wanted: str) -> str:
    """The kind of follow-up after the surveyors' wish: raised, never lowered."""
    if not wanted:
        return kind
    if wanted not in FOLLOW_UPS:
        raise RuleError("unknown_follow_up")
    if FOLLOW_UPS.index(wanted) < FOLLOW_UPS.index(kind):
        raise RuleError("follow_up_lowered")
    return wanted
