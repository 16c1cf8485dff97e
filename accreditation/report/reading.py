"""A signed report in the reader's words, in the order of the published reports. Both rounds are merged point by point.

What the team says is the frozen content, to the letter. Decisions are rows of their own, written after the report was signed
and never changed; they are read beside it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accreditation.enums import DecisionKind, FollowUpKind, PointOutcome, State, TeamRole
from accreditation.models import Decision, Survey, SurveyReport
from accreditation.queries.cases import decisions
from accreditation.queries.visit_report import spoken
from kip.core.numbers import integer, long_date, percent
from kip.core.workdays import local_day
from practices.enums import Profession

SHOWN_OF_DIGEST = 16
Content = Mapping[str, Any]
BY_COMMITTEE: Mapping[int, Any] = {
    1: gettext_lazy("The committee's decision in the first round"),
    2: gettext_lazy("The committee's decision after the follow-up"),
    3: gettext_lazy("The committee's decision of the appeal"),
}


@dataclass(frozen=True)
class Decided:
    """A decision: what it is called, why, by whom, and what follows from it; every part but `status` and `day` may be empty."""

    status: str
    day: str
    how: str
    reason: str
    members: str
    follow_up: str
    valid: str


@dataclass(frozen=True)
class Point:
    """One indicator. rating: the one that stands; before: the first round's where it was rated again; open: below passing."""

    number: str
    text: str
    critical: bool
    rating: str
    reason: str
    before: str
    before_reason: str
    open: bool
    asked: bool


@dataclass(frozen=True)
class StandardPart:
    """A standard with its points. rating: the lowest of them, for display only; met: how many pass of those asked."""

    number: str
    title: str
    rating: str
    met: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Objection:
    number: int
    about: str
    text: str
    answer: str
    outcome: str


@dataclass(frozen=True)
class Reading:
    """Everything a report says, in the active language. facts: label and value, as the head of the report."""

    row: SurveyReport
    title: str
    practice: str
    status: str
    status_reason: str
    counted: str
    facts: Sequence[tuple[str, str]]
    decided: Sequence[Decided]
    first: Mapping[str, str] | None
    second: Mapping[str, str] | None
    dissents: Sequence[Mapping[str, Any]]
    standards: Sequence[StandardPart]
    hearing: Sequence[Objection]
    merged: bool

    @property
    def mark(self) -> str:
        """The beginning of the checksum, in groups of four."""
        return " ".join(self.row.digest[place : place + 4] for place in range(0, SHOWN_OF_DIGEST, 4))


def reading_of(row: SurveyReport, survey: Survey) -> Reading:
    """The report in the active language; decisions as far as the reader's walls show them. One query, in the reader's scope."""
    content = spoken(row.content)
    made = list(decisions(survey)) if row.final else []
    told = [decided(one, content) for one in reversed(made)]
    summaries = {one["round"]: one for one in content["summaries"]}
    standards = [_standard(part, content) for part in content["standards"]]
    return Reading(
        row=row, title=_title(row), practice=content["head"]["practice"], status=_status(row, told), counted=_counted(content),
        status_reason=_status_reason(row, made, content), facts=_facts(row, content, made), decided=told, first=summaries.get(1),
        second=summaries.get(2), dissents=content["dissents"], standards=standards,
        hearing=[_objection(one) for one in content["hearing"]],
        merged=any(point.before for part in standards for point in part.points),
    )  # fmt: skip


def _title(row: SurveyReport) -> str:
    if not row.final:
        return _("Draft of the survey report")
    return _("Survey report after the follow-up") if row.round == 2 else _("Survey report")


def _status(row: SurveyReport, told: Sequence[Decided]) -> str:
    if not row.final:
        return _("Draft")
    return told[-1].status if told else _("Not decided yet")


def _status_reason(row: SurveyReport, made: Sequence[Decision], content: Content) -> str:
    """Why: the committee's own words, else what follows from the rules."""
    if not row.final:
        return _("The practice can comment on the draft before the ratings stand.")
    if made and made[0].reason:
        return made[0].reason
    if made and made[0].kind == DecisionKind.ADMINISTRATIVE and made[0].status == State.ACCREDITED:
        return _("Every relevant point is met or largely met, so the decision follows from the rules.")
    numbers = content["status"].get("open")
    if numbers:
        return _("Open points: %(numbers)s.") % {"numbers": ", ".join(numbers)}
    return _("No point is open.") if content["status"].get("relevant") else ""


def _counted(content: Content) -> str:
    status = content["status"]
    if not status.get("relevant"):
        return ""
    all_of_them, met = status["relevant"], status["relevant"] - len(status["open"])
    return _("%(met)s of %(all)s relevant points are met or largely met (%(share)s).") % {
        "met": integer(met), "all": integer(all_of_them), "share": percent(met / all_of_them),
    }  # fmt: skip


def _facts(row: SurveyReport, content: Content, made: Sequence[Decision]) -> list[tuple[str, str]]:
    head = content["head"]
    valid = next((one for one in made if one.valid_to), None)
    team = ", ".join(f"{one['name']} ({TeamRole(one['role']).label})" for one in head["team"])
    found = [
        (_("Practice"), f"{head['practice']}, {Profession(head['profession']).label}"),
        (_("Provider number"), head["number"]),
        (_("Kind of survey"), head["kind"]["text"]),
        (
            _("Standards"),
            _("%(library)s, version %(version)s, edition %(edition)s")
            % {"library": head["library"], "version": head["version"], "edition": head["edition"]},
        ),
        (_("Rules"), head["rule_set"]),
        (_("Day of the visit"), long_date(dt.date.fromisoformat(head["visit_on"])) if head["visit_on"] else ""),
        (_("Survey team"), team),
        (_("Valid for"), _valid(valid) if valid else ""),
        (_("Signed"), f"{row.signed_name}, {long_date(local_day(row.signed_at))}"),
    ]
    return [(label, value) for label, value in found if value]


def _valid(row: Decision) -> str:
    if row.valid_from is None or row.valid_to is None:
        return ""
    return _("%(first)s to %(last)s") % {"first": long_date(row.valid_from), "last": long_date(row.valid_to)}


def decided(row: Decision, content: Content) -> Decided:
    """A decision in the words of the rules it was made by."""
    names = content["words"]
    follow_up = ""
    if row.follow_up and row.follow_up_by:
        follow_up = _("Follow-up by %(kind)s, at the latest %(day)s.") % {
            "kind": FollowUpKind(row.follow_up).label, "day": long_date(row.follow_up_by),
        }  # fmt: skip
    return Decided(
        status=names.get(row.status, {}).get("text", row.status), day=long_date(local_day(row.at)),
        how=_("Administrative decision") if row.kind == DecisionKind.ADMINISTRATIVE else str(BY_COMMITTEE[row.round]),
        reason=row.reason, members=", ".join(row.members), follow_up=follow_up, valid=_valid(row),
    )  # fmt: skip


def _standard(part: Content, content: Content) -> StandardPart:
    points = [_point(item, content) for item in part["indicators"]]
    asked = [point for point in points if point.asked]
    met = sum(not point.open for point in asked)
    counted = ngettext(
        "%(met)s of %(all)s point is met or largely met", "%(met)s of %(all)s points are met or largely met", len(asked)
    ) % {
        "met": integer(met), "all": integer(len(asked)),
    }  # fmt: skip
    return StandardPart(part["number"], part["title"]["text"], _word(content, part["rating"]), counted if asked else "", points)


def _point(item: Content, content: Content) -> Point:
    first, second = item["first"], item["second"]
    last = second or first
    outside = not item["relevant"] and not last
    code = last["rating"] if last else ""
    return Point(
        number=item["number"], text=item["summary"]["text"], critical=item["critical"],
        rating=_word(content, code) if code else _("not relevant") if outside else _("not rated"),
        reason=last["reason"] if last else item["why_not"].get("text", ""),
        before=_word(content, first["rating"]) if second and first else "",
        before_reason=first["reason"] if second and first else "",
        open=item["number"] in content["status"].get("open", ()), asked=not outside and code != "not_relevant",
    )  # fmt: skip


def _word(content: Content, code: str | None) -> str:
    return str(content["words"].get(code, {}).get("text", code)) if code else ""


def _objection(one: Content) -> Objection:
    outcome = str(PointOutcome(one["outcome"]).label) if one["outcome"] else ""
    return Objection(one["number"], one["indicator"] or _("the report as a whole"), one["text"], one["answer"], outcome)
