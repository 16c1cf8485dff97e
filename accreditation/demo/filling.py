"""What is written at many points at once: answers of a self-assessment and ratings of a visit, one statement each.

A person on a page saves one point at a time. Here the same rows are written together, inside the same walls and past the same
triggers; steps, and everything that stands alone, go through the portal's own actions.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np

from accreditation import timeline
from accreditation.actions.moving import record
from accreditation.demo.texts import finding, texts
from accreditation.enums import AnswerState
from accreditation.models import SelfAssessment, StandardIndicator, Survey, SurveyorRating
from accreditation.queries.relevance import asked
from datacapture.demo.streams import stream
from practices.acting import Acting

MET, LARGELY, PARTLY, NOT = "met", "largely_met", "partially_met", "not_met"
PASSED = (MET, LARGELY)
_ANSWERS = np.array([MET, LARGELY, PARTLY])


def rng(seed: int, survey: Survey, purpose: str) -> np.random.Generator:
    """The survey's own stream: the practice and the cycle's number name it, never a row's id."""
    return stream(seed, f"{survey.practice.number}|{survey.cycle.number}|{survey.programme.kind}", purpose)


def answer_all(*, by: Acting, survey: Survey, seed: int, share: float = 1.0) -> None:
    """Answer a share of what is asked (1 = everything, finished); the last one begun is a draft where some are left."""
    rows = list(SelfAssessment.objects.filter(survey=survey).select_related("indicator").order_by("indicator__position"))
    done = rows if share >= 1 else rows[: max(1, round(len(rows) * share))]
    draw = rng(seed, survey, "answers")
    picks, chances, minutes = (
        draw.choice(3, len(rows), p=[0.78, 0.16, 0.06]),
        draw.random(len(rows)),
        draw.integers(2, 14, len(rows)),
    )
    for place, row in enumerate(done):
        row.answer = str(_ANSWERS[picks[place]])
        said = texts()["comments"][row.answer]
        row.comment = said[place % len(said)] if chances[place] < (0.2 if row.answer == MET else 1) else ""
        row.state, row.minutes_used = AnswerState.DONE, int(minutes[place])
        row.answered_by_id, row.version, row.changed_at = by.scope.user_id, 2, timeline.now()
    if share < 1:
        done[-1].state = AnswerState.DRAFT
    fields = ["answer", "comment", "state", "minutes_used", "answered_by", "version", "changed_at"]
    SelfAssessment.objects.bulk_create(done, update_conflicts=True, unique_fields=["id"], update_fields=fields)
    record("answered_indicator", survey, kind="self_assessment", answers=len(done))


def rate_all(
    *, by: Acting, survey: Survey, seed: int, open_ones: Mapping[str, str], share: float = 1.0, made: dt.datetime | None = None
) -> dict[str, UUID]:
    """Rate a share of what is asked. open_ones: ratings below passing by number; the others are met, some of them largely.

    Returns the ids of the ratings by number.
    """
    indicators = asked(survey)[: None if share >= 1 else round(len(asked(survey)) * share)]
    known = set(SurveyorRating.objects.filter(survey=survey).values_list("indicator_id", flat=True))
    draw = rng(seed, survey, "ratings").random(len(indicators))
    moment = made or timeline.now()
    rows = [
        SurveyorRating(
            survey=survey, practice_id=survey.practice_id, indicator=indicator, by_id=by.scope.user_id, by_name=by.person_name,
            made_at=moment, **_said(indicator, open_ones.get(indicator.number, ""), float(draw[place])),
        )
        for place, indicator in enumerate(indicators)
        if indicator.pk not in known
    ]  # fmt: skip
    SurveyorRating.objects.bulk_create(rows)
    record("rated", survey, kind="ratings", ratings=len(rows))
    return {row.indicator.number: row.pk for row in rows}


def _said(indicator: StandardIndicator, below: str, chance: float) -> dict[str, str]:
    """A rating and its reason; only an indicator with texts of its own is anything but met."""
    number = indicator.number
    if below:
        return {"rating": below, "reason": finding(number, "seen")}
    if number in texts()["findings"] and chance < 0.3:
        return {"rating": LARGELY, "reason": finding(number, "slight")}
    good = texts()["good"]
    return {"rating": MET, "reason": good[int(chance * 1e6) % len(good)] if chance > 0.9 else ""}


def may_be_open(survey: Survey) -> list[StandardIndicator]:
    """The indicators asked that have texts for a finding, and texts that fit the profession."""
    told, profession = texts()["findings"], survey.practice.profession
    return [row for row in asked(survey) if row.number in told and profession in told[row.number].get("only", [profession])]


def drawn_findings(survey: Survey, seed: int, count: int, *, critical: bool = False) -> list[StandardIndicator]:
    """So many of them, the same ones for the same seed; critical ones only where they are asked for."""
    able = [row for row in may_be_open(survey) if row.critical == critical] or may_be_open(survey)
    order: Sequence[int] = rng(seed, survey, "findings").permutation(len(able))
    return sorted((able[place] for place in order[:count]), key=lambda row: row.position)
