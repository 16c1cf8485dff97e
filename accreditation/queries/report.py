"""What the report of a survey says, as data, in the order of the published reports (design note accreditation.md 1.6)."""

from typing import Any

from accreditation.enums import TeamRole
from accreditation.library import Words
from accreditation.models import Agreement, Decision, FollowUp, HearingPoint, StandardIndicator, Survey, SurveyReport, TeamSummary
from accreditation.queries import ratings, visible
from accreditation.queries.cases import rated_of, ruled
from accreditation.queries.pinned import edition_of, kind_of, rules_of
from accreditation.queries.ratings import Rating
from accreditation.queries.relevance import stored
from accreditation.rules import RuleError

Data = dict[str, Any]


def words(text: Words | None) -> Data:
    return {} if text is None else {"da": text.da, "en": text.en}


def content_of(survey: Survey, round_number: int = 1) -> Data:
    """The report as it stands, JSON-able; texts of the library in both languages, codes with their words once at the end."""
    rules = rules_of(survey)
    return {
        "head": _head(survey),
        "round": round_number,
        "summaries": [
            _summary(row) for row in TeamSummary.objects.filter(survey=survey, round__lte=round_number).order_by("round")
        ],
        "dissents": [
            {"round": row.round, "name": row.by_name, "text": row.dissent}
            for row in Agreement.objects.filter(survey=survey, agrees=False, round__lte=round_number)
        ],
        "standards": _standards(survey, round_number),
        "status": _status(survey),
        "hearing": [_point(point) for point in HearingPoint.objects.filter(survey=survey).order_by("hearing", "number")],
        "words": {code: words(text) for code, text in rules.words.items()},
    }


def public_content(survey: Survey) -> Data:
    """What the public reads: the last final report with the decisions; what was said in hearing and dissent stays inside."""
    report = SurveyReport.objects.filter(survey=survey, final=True).order_by("-round", "-number").first()
    said = report.content if report else {}
    return {**{name: part for name, part in said.items() if name not in ("hearing", "dissents")}, "status": _status(survey)}


def _head(survey: Survey) -> Data:
    practice, edition, kind = survey.practice, edition_of(survey), kind_of(survey)
    return {
        "practice": practice.name,
        "number": practice.number,
        "profession": practice.profession,
        "kind": {"code": kind.code, **words(kind.title)},
        "library": edition.library,
        "version": edition.version,
        "edition": edition.edition,
        "edition_digest": survey.edition.digest,
        "rule_set": str(survey.rule_set),
        "visit_on": survey.visit_on.isoformat() if survey.visit_on else None,
        "team": [{"name": item.user.name, "role": item.role} for item in visible.team(survey) if item.role != TeamRole.OBSERVER],
    }


def _summary(row: TeamSummary) -> Data:
    return {"round": row.round, "strengths": row.strengths, "summary": row.summary, "agreed": row.agreed}


def _standards(survey: Survey, round_number: int) -> list[Data]:
    edition, rules = edition_of(survey), rules_of(survey)
    first = ratings.current(survey)
    second = ratings.current(survey, 2) if round_number == 2 else {}
    follow_ups = {row.indicator_id: row for row in FollowUp.objects.filter(survey=survey)} if round_number == 2 else {}
    by_standard: dict[str, list[Data]] = {}
    for row in stored(survey):
        found = _indicator(row.indicator, first.get(row.indicator_id), second.get(row.indicator_id))
        found["summary"] = words(edition.indicators[row.indicator.number].summary)
        found["relevant"], found["why_not"] = row.relevant, row.reason
        kept = follow_ups.get(row.indicator_id)
        found["follow_up"] = {"kind": kept.kind} if kept else {}
        by_standard.setdefault(edition.standard_of(row.indicator.number).number, []).append(found)
    return [
        {
            "number": standard.number,
            "theme": standard.theme,
            "title": words(standard.title),
            "rating": rules.standard_rating(_shown(item, rules.outside) for item in items) if all(map(_said, items)) else None,
            "indicators": items,
        }
        for standard in edition.standards
        if (items := by_standard.get(standard.number))
    ]


def _said(item: Data) -> bool:
    """Nothing more is to be rated here."""
    return bool(item["first"] or item["second"]) or not item["relevant"]


def _shown(item: Data, outside: str | None) -> str:
    last = item["second"] or item["first"]
    return str(last["rating"] if last else outside)


def _indicator(indicator: StandardIndicator, first: Rating | None, second: Rating | None) -> Data:
    return {"number": indicator.number, "critical": indicator.critical, "first": _rating(first), "second": _rating(second)}


def _rating(row: Rating | None) -> Data:
    return {} if row is None else {"rating": row.rating, "reason": row.reason, "revision": row.revision}


def _status(survey: Survey) -> Data:
    """What the rules make of it, and what was decided; both are computed or read here and stand in no other place."""
    found: Data = {"decisions": [_decision(row) for row in Decision.objects.filter(survey=survey).order_by("at", "pk")]}
    try:
        rule = ruled(survey)
    except RuleError as error:
        return {**found, "computed": None, "why": error.code}
    relevant = [one for one in rated_of(survey) if one.rating != rules_of(survey).outside]
    return {
        **found,
        "computed": rule.status,
        "recommendation": rule.recommendation,
        "open": list(rule.open),
        "relevant": len(relevant),
        "follow_up": rule.follow_up,
    }


def _decision(row: Decision) -> Data:
    return {
        "round": row.round, "kind": row.kind, "status": row.status, "recommendation": row.recommendation, "reason": row.reason,
        "at": row.at.isoformat(), "by": row.by_name, "members": row.members, "follow_up": row.follow_up,
        "follow_up_by": row.follow_up_by.isoformat() if row.follow_up_by else None,
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }  # fmt: skip


def _point(row: HearingPoint) -> Data:
    number = row.indicator.number if row.indicator else None
    return {"number": row.number, "indicator": number, "text": row.text, "answer": row.answer, "outcome": row.outcome}
