"""The whole way of a survey of each kind, each step by the person whose it is, inside that person's walls."""

import pytest

from accreditation.actions import deciding, following_up, planning, self_assessing, visiting
from accreditation.actions.visiting import RatingEntry
from accreditation.models import Decision, FollowUp, FollowUpRating, Hearing, SurveyEvent, SurveyorRating, SurveyReport
from accreditation.queries.cases import ruled
from accreditation.queries.pinned import rules_of
from accreditation.queries.relevance import asked
from kip.core.scope import WORKER, activate
from tests.accreditation.world import Walk, World, fresh

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("worst", "again", "status", "steps"),
    [
        ("met", "met", "accredited", 11),
        ("largely_met", "met", "accredited", 11),
        ("partially_met", "met", "accredited", 18),
        ("partially_met", "partially_met", "accredited_with_remarks", 18),
    ],
)
def test_a_full_survey_walks_from_planning_to_publication(worst: str, again: str, status: str, steps: int, world: World) -> None:
    survey = world.walked("published", worst=worst, again=again)
    with activate(WORKER):
        assert Decision.objects.filter(survey=survey).latest("pk").status == status
        events = list(SurveyEvent.objects.filter(survey=survey).order_by("pk"))
        # The log is whole: every event begins where the last one ended.
        assert [event.from_state for event in events] == ["planned", *(event.to_state for event in events[:-1])]
        assert len(events) == steps
        assert (ruled(survey).recommendation or ruled(survey).status) == status


def test_the_three_records_of_an_indicator_stand_side_by_side(world: World) -> None:
    survey = world.walked("published", worst="partially_met", again="largely_met")
    with activate(WORKER):
        indicator = asked(survey)[0]
        assert survey.selfassessment_set.get(indicator=indicator).answer == "met"
        assert SurveyorRating.objects.get(survey=survey, indicator=indicator).rating == "partially_met"
        assert FollowUpRating.objects.get(survey=survey, indicator=indicator).rating == "largely_met"


def test_a_peer_visit_ends_with_a_report_and_no_status(world: World) -> None:
    survey = world.planned(kind="peer_visit")
    walk = Walk(world, survey, "partially_met", "met")
    for step, state in (
        (walk.announce, "announced"), (walk.start, "self_assessment"), (walk.share, "visit_confirmed"), (walk.begin, "on_site"),
        (walk.rate, "rating_complete"), (walk.draft, "report_draft"), (walk.send, "report_final"),
    ):  # fmt: skip
        step()
        assert fresh(survey).state == state
    with world.as_(world.office) as by:
        made = deciding.conclude(by=by, survey=survey)
    with activate(WORKER):
        assert (fresh(survey).state, made.status, Hearing.objects.filter(survey=survey).count()) == ("reviewed", "reviewed", 0)
        assert SurveyReport.objects.get(survey=survey).final


def test_the_follow_up_of_a_supervision_visit_has_its_points_and_one_round(world: World) -> None:
    survey = world.planned(kind="supervision_follow_up", focus=("G1.1.1", "G1.1.2"))
    with activate(WORKER):
        survey.assignment_set.filter(role="second").update(ended_at=survey.created_at, end_reason="Kun én")
    with world.as_(world.office) as by:
        planning.announce(by=by, survey=survey)
    with world.as_(world.manager) as by:
        self_assessing.start(by=by, survey=survey)
    assert fresh(survey).state == "rating_complete"
    best, worst = rules_of(survey).ratings[0], rules_of(survey).ratings[-1]
    with world.as_(world.lead) as by:
        for indicator, rating in zip(asked(survey), (worst, best), strict=True):
            visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, rating, "Fra tilsynet."))
        visiting.draft_report(by=by, survey=survey)
    with world.as_(world.office) as by:
        deciding.refer_to_committee(by=by, survey=survey)
    with world.as_(world.manager) as by:
        row = FollowUp.objects.get(survey=survey)
        following_up.answer_follow_up(by=by, follow_up=row, text="Rettet")
        following_up.send_follow_up(by=by, survey=survey)
    with world.as_(world.lead) as by:
        following_up.rate_again(by=by, survey=survey, entry=RatingEntry(row.indicator, best, "Set."))
        following_up.complete_follow_up(by=by, survey=survey)
        visiting.send_hearing(by=by, survey=survey)
    assert fresh(survey).state == "reviewed"
    with activate(WORKER):
        assert ruled(fresh(survey)).open == ()


def test_a_focused_revisit_rates_only_what_was_open_and_carries_the_rest(world: World) -> None:
    first = world.walked("accredited_with_remarks", worst="partially_met", again="partially_met")
    survey = world.planned(kind="focused_revisit", previous=first)
    walk = Walk(world, survey, "met", "met")
    for step, state in ((walk.announce, "announced"), (walk.start, "documents_shared"), (walk.confirm, "visit_confirmed")):
        step()
        assert fresh(survey).state == state
    for step in (walk.begin, walk.rate, walk.draft, walk.send, walk.finish, walk.refer):
        step()
    assert fresh(survey).state == "committee_round_2"
    with activate(WORKER):
        found = ruled(fresh(survey))
        assert (found.recommendation, found.open, found.relevant) == ("accredited", (), 6)
        assert SurveyorRating.objects.filter(survey=survey).count() == 1
    walk.decide("accredited")
    assert fresh(survey).state == "accredited"
