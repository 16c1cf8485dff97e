"""CQC's aggregation of five key questions with its limiters (published 12 May 2022).

Not published in what was read: one inadequate key question alone. No published principle gives "good" then, and two are
needed for "inadequate", so the whole requires improvement [D].
"""

from __future__ import annotations

from dataclasses import replace

from accreditation.library.words import Codes
from accreditation.rules.base import Scale
from accreditation.rules.shapes import NO_ROUTE, Case, Decision, Rated, RuleError, Step

OUTSTANDING, GOOD, IMPROVEMENT, INADEQUATE = "outstanding", "good", "requires_improvement", "inadequate"


class Cqc(Scale):
    """A focused inspection rates some key questions again; the others keep the rating they had."""

    questions: Codes

    def decide(self, case: Case) -> Decision:
        if case.raised_follow_up:
            raise RuleError("no_follow_up")
        rated = case.rated if case.again is None else self.again(case, self.questions)
        self.complete(rated)
        given = {one.number for one in rated}
        if given != set(self.questions):
            raise RuleError("other_questions", sorted(given ^ set(self.questions)))
        steps = [Step("CQC", "carried", {"again": len(case.again)})] if case.again else []
        rated, limiting = self._limited(case, rated)
        status, step = self._whole(rated)
        steps += [*limiting, step]
        if any(limit.kind == "breach" for limit in case.limits) and self.rank(status) > self.rank(IMPROVEMENT):
            status = IMPROVEMENT
            steps.append(Step("CQC", "breach"))
        return self.result(rated, status=status, route=NO_ROUTE, recommendation=status, steps=steps)

    def _limited(self, case: Case, rated: tuple[Rated, ...]) -> tuple[tuple[Rated, ...], list[Step]]:
        """Key questions after their notices, and a step for each rating a notice changed."""
        steps = []
        ratings = {one.number: str(one.rating) for one in rated}
        for limit in sorted(case.limits, key=lambda limit: (limit.kind, limit.number)):
            if limit.kind == "breach":
                continue
            if limit.number not in ratings:
                raise RuleError("unknown_indicator", [limit.number])
            most = INADEQUATE if limit.kind == "warning_notice" else IMPROVEMENT
            if self.rank(ratings[limit.number]) > self.rank(most):
                ratings[limit.number] = most
                steps.append(Step("CQC", limit.kind, {"numbers": [limit.number]}))
        return tuple(replace(one, rating=ratings[one.number]) for one in rated), steps

    def _whole(self, rated: tuple[Rated, ...]) -> tuple[str, Step]:
        def count(rating: str) -> int:
            return sum(one.rating == rating for one in rated)

        if count(INADEQUATE) >= 2:
            return INADEQUATE, Step("CQC", "two_inadequate")
        if count(IMPROVEMENT) >= 2:
            return IMPROVEMENT, Step("CQC", "two_improvement")
        if count(INADEQUATE):
            return IMPROVEMENT, Step("CQC", "one_inadequate")
        if count(OUTSTANDING) >= 2 and count(OUTSTANDING) + count(GOOD) == len(rated):
            return OUTSTANDING, Step("CQC", "outstanding")
        return GOOD, Step("CQC", "good")
