"""The four steps of the supervision authority: 0 no, 1 minor, 2 major, 3 critical problems of importance for patient safety.

KIP records what was found and follows it up; a report to the authority stays a human act. The grade of a visit is that of
its most serious point [D]; which follow-up a grade has is KIP's choice.
"""

from __future__ import annotations

from accreditation.rules.base import Scale
from accreditation.rules.shapes import NO_ROUTE, Case, Decision, RuleError, Step


class Stps(Scale):
    """Points looked at again replace their old grade; the others keep it."""

    follow_up: dict[str, str]

    def decide(self, case: Case) -> Decision:
        if case.limits:
            raise RuleError("limits_not_used")
        if case.raised_follow_up:
            raise RuleError("no_follow_up")
        self.complete(case.rated)
        rated = case.rated
        steps = []
        if case.again is not None:
            rated = self.again(case, (one.number for one in case.rated if self.is_open(one)))
            self.complete(rated)
            steps.append(Step("STPS", "carried", {"again": len(case.again)}) if case.again else Step("STPS", "nothing_received"))
        grade = min((str(one.rating) for one in rated if self.counts(one)), key=self.rank)
        steps.append(Step("STPS", "no_problems" if grade == self.ratings[0] else "poorest"))
        follow_up = self.follow_up.get(grade, "")
        return self.result(rated, status=grade, route=NO_ROUTE, recommendation=grade, steps=steps, follow_up=follow_up)
