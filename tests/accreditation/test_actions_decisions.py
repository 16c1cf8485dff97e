"""Decisions, committee, publication, the yearly sample, tallies, editions that change, and the report's content."""

import datetime as dt
import json
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accreditation.actions import committee, deciding, publishing, sampling
from accreditation.actions.library import ChangedWithoutVersion, Stored, store, store_edition, store_mapping
from accreditation.actions.moving import faults
from accreditation.actions.sampling import drawn
from accreditation.actions.tallying import quarter_of, tally, tally_due
from accreditation.faults import NotNow
from accreditation.jobs import send_agenda, tell_decision
from accreditation.library import load_mapping, restore
from accreditation.models import (
    Decision,
    EditionMapping,
    FindingTally,
    FollowUp,
    Programme,
    Publication,
    RegionRule,
    RuleSet,
    SampledDecision,
    StandardIndicator,
    Survey,
    SurveyorRating,
    SurveyReport,
)
from accreditation.queries import ratings
from accreditation.queries.cases import ruled
from accreditation.queries.pinned import RulesChanged, edition_of, rules_of
from accreditation.queries.relevance import asked
from accreditation.queries.report import content_of
from kip.core.jobs import Progress
from kip.core.scope import WORKER, activate
from practices.enums import Role
from tests.accreditation.library.small_library import FILES, small
from tests.accreditation.test_actions_visit import codes
from tests.accreditation.world import Walk, World, case_for, fresh

pytestmark = pytest.mark.django_db


def test_nothing_open_is_decided_by_rule_and_something_open_is_not(world: World) -> None:
    clean, open_one = world.walked("report_final"), world.walked("report_final", "north_2", worst="partially_met")
    with world.as_(world.office) as by:
        with pytest.raises(NotNow) as refused:
            deciding.refer_to_committee(by=by, survey=clean)
        assert codes(refused) == ["nothing_open"]
        with pytest.raises(NotNow) as refused:
            deciding.decide_administratively(by=by, survey=open_one)
        assert codes(refused) == ["something_open"]
        made = deciding.decide_administratively(by=by, survey=clean)
    assert (made.kind, made.status, made.recommendation, made.basis["route"]) == (
        "administrative", "accredited", "", "administrative",
    )  # fmt: skip
    assert (made.valid_to - made.valid_from).days in (1094, 1095)


def test_a_provisional_decision_names_the_follow_up_and_its_day(world: World) -> None:
    survey = world.walked("provisional", worst="partially_met")
    with activate(WORKER):
        decision = survey.decision_set.get()
        rows = list(FollowUp.objects.filter(survey=survey).values_list("indicator__number", "kind"))
        running = survey.deadline_set.get(clock="follow_up", met_at=None)
    assert (decision.follow_up, decision.members) == ("dialogue", ["medlem"])
    assert rows == [("G1.1.1", "dialogue")]
    assert decision.follow_up_by == running.due_at.astimezone(dt.timezone(dt.timedelta(hours=1))).date()


def test_a_departure_from_the_recommendation_needs_a_reason(world: World) -> None:
    survey = world.walked("committee_round_2", worst="partially_met", again="partially_met")
    item = case_for(world, survey)
    with world.as_(world.member) as by:
        assert ruled(fresh(survey)).recommendation == "accredited_with_remarks"
        for status, code in (
            ("not_accredited", "departure_without_reason"),
            ("provisional", "unknown_status"),
            ("x", "unknown_status"),
        ):
            with pytest.raises(NotNow) as refused:
                deciding.decide(by=by, item=item, status=status)
            assert codes(refused) == [code]
        made = deciding.decide(by=by, item=item, status="not_accredited", reason="Gentagne fejl")
    assert (made.status, made.recommendation, made.reason) == ("not_accredited", "accredited_with_remarks", "Gentagne fejl")
    assert fresh(survey).state == "not_accredited"


def test_who_decides_a_case(world: World) -> None:
    survey = world.walked("decision", worst="partially_met")
    item = case_for(world, survey)
    other = world.person("andet medlem", Role.COMMITTEE_MEMBER)
    with world.as_(other) as by, pytest.raises(PermissionDenied):
        deciding.decide(by=by, item=item, status="provisional")
    with world.as_(world.office) as by:
        committee.set_present(by=by, seat=item.meeting.seats.get(), present=False)
    with world.as_(world.member) as by:
        assert [fault.code for fault in faults(by, survey, "decide_provisionally")] == ["stepped_out", "no_own_profession"]
        committee.set_present(by=by, seat=fresh(item.meeting.seats.get()), present=True)
        with pytest.raises(NotNow) as refused:
            deciding.decide(by=by, item=item, status="accredited")
        assert codes(refused) == ["unknown_status"]
        committee.recuse(by=by, item=item, reason="Kender lægen")
        with pytest.raises(PermissionDenied):
            deciding.decide(by=by, item=item, status="provisional")


def test_an_appeal_is_decided_anew_and_the_first_decision_stays(world: World) -> None:
    survey = world.walked("accredited_with_remarks", worst="partially_met", again="partially_met")
    with world.as_(world.manager) as by:
        deciding.appeal(by=by, survey=survey, reason="Vi er uenige")
    item = case_for(world, survey)
    with world.as_(world.member) as by:
        deciding.decide(by=by, item=item, status="accredited", reason="Klagen er rigtig")
    with activate(WORKER):
        rows = list(Decision.objects.filter(survey=survey).order_by("pk"))
    assert [(row.round, row.status) for row in rows] == [
        (1, "provisional"), (2, "accredited_with_remarks"), (3, "accredited"),
    ]  # fmt: skip
    assert rows[2].replaces_id == rows[1].pk


def test_an_administrative_accreditation_is_not_appealed(world: World) -> None:
    survey = world.walked("published")
    with world.as_(world.manager) as by, pytest.raises(NotNow) as refused:
        deciding.appeal(by=by, survey=survey, reason="x")
    assert codes(refused) == ["not_appealable"]


def test_the_practice_is_told_before_anything_is_published(world: World, mailoutbox: list) -> None:
    survey = world.walked("accredited")
    with activate(WORKER):
        decision = survey.decision_set.get()
    with world.as_(world.office) as by:
        with pytest.raises(NotNow) as refused:
            publishing.publish(by=by, survey=survey)
        assert codes(refused) == ["not_told"]
        publishing.tell_practice(by=by, decision=decision)
    tell_decision(WORKER, Progress("x"), decision_id=decision.pk)
    assert ["Akkrediteret" in mail.body for mail in mailoutbox] == [True]
    with activate(WORKER):
        RegionRule.objects.update(publishes=False)
    with world.as_(world.office) as by:
        with pytest.raises(NotNow) as refused:
            publishing.publish(by=by, survey=survey)
        assert codes(refused) == ["not_published_here"]


def test_what_is_published_is_frozen_taken_back_with_a_reason_and_put_right(world: World) -> None:
    survey = world.walked("published", worst="partially_met")
    with world.as_(world.office) as by:
        first = Publication.objects.get(survey=survey)
        assert {"hearing", "dissents"} & set(first.content) == set()
        found = first.content["standards"][0]["indicators"][0]
        assert (found["first"]["rating"], found["second"]["rating"]) == ("partially_met", "met")
        assert [row["status"] for row in first.content["status"]["decisions"]] == ["provisional", "accredited"]
        with pytest.raises(NotNow) as refused:
            publishing.publish_again(by=by, survey=survey)
        assert codes(refused) == ["already_done"]
        publishing.take_back(by=by, publication=first, reason="Forkert dato")
        with pytest.raises(NotNow) as refused:
            publishing.take_back(by=by, publication=first, reason="igen")
        assert codes(refused) == ["already_done"]
        second = publishing.publish_again(by=by, survey=survey)
    with activate(WORKER):
        assert list(Publication.objects.filter(survey=survey).values_list("pk", flat=True)) == [second.pk, first.pk]


def test_the_agenda_is_mailed_to_those_who_are_called(world: World, mailoutbox: list) -> None:
    item = case_for(world, world.walked("decision", worst="partially_met"))
    for _time in range(2):
        send_agenda(WORKER, Progress("x"), meeting_id=item.meeting_id)
    assert [mail.to for mail in mailoutbox] == [["medlem@akk.example"]]


@given(st.integers(0, 300), st.integers(0, 100), st.text(max_size=8))
def test_the_draw_takes_its_share_and_can_be_drawn_again(n: int, percent: int, seed: str) -> None:
    keys = list(range(n))
    found = drawn(keys, seed, percent)
    assert found == drawn(list(reversed(keys)), seed, percent)
    assert len(found) == len(set(found)) == -(-n * percent // 100)
    assert set(found) <= set(keys)


def test_every_decision_is_drawn_about_equally_often() -> None:
    counts = Counter(key for seed in range(2000) for key in drawn(list(range(20)), str(seed), 10))
    assert sum(counts.values()) == 4000
    assert (min(counts.values()) > 150, max(counts.values()) < 250) == (True, True)  # 200 expected, sd about 13


def test_the_yearly_sample_is_read_by_the_committee_and_changes_nothing(world: World) -> None:
    survey = world.walked("accredited")
    with activate(WORKER):
        RegionRule.objects.update(sample_percent=100)
        year = survey.decision_set.get().at.year
    with world.as_(world.office) as by:
        sample = sampling.draw_sample(by=by, year=year)
        with pytest.raises(NotNow) as refused:
            sampling.draw_sample(by=by, year=year)
        assert codes(refused) == ["sample_drawn"]
    assert sample.population == 1
    case_for(world, survey, "sample")
    with world.as_(world.member) as by:
        case = SampledDecision.objects.get()
        with pytest.raises(NotNow) as refused:
            sampling.read_sampled(by=by, case=case, agrees=False)
        assert codes(refused) == ["reason_needed"]
        sampling.read_sampled(by=by, case=case, agrees=False, note="Begrundelsen er tynd")
    assert fresh(survey).state == "accredited"


def test_findings_are_counted_by_quarter_and_small_numbers_stay_hidden(world: World) -> None:
    survey = world.walked("report_final", worst="partially_met")
    with activate(WORKER):
        quarter = quarter_of(SurveyReport.objects.filter(survey=survey, final=True).get().signed_at.date())
        assert tally_due(quarter) == 0
        assert tally_due(quarter + dt.timedelta(days=120)) == 12
        assert tally_due(quarter + dt.timedelta(days=120)) == 0
        assert set(FindingTally.objects.values_list("suppressed", "surveys", "findings")) == {(True, None, None)}


def test_enough_surveys_show_rounded_counts(world: World) -> None:
    """Forty final reports written by hand: 40 surveys, of which 20 found the first indicator below the passing grades."""
    survey = world.walked("report_final", worst="partially_met")
    with activate(WORKER):
        points, report = asked(survey), SurveyReport.objects.get(survey=survey, final=True)
    quarter = quarter_of(report.signed_at.date())
    counts = {(survey.practice.region_id, pk.pk): (40, 20 if place == 0 else 0) for place, pk in enumerate(points)}
    with activate(WORKER), pytest.MonkeyPatch.context() as patch:
        patch.setattr("accreditation.actions.tallying._counts", lambda _quarter: counts)
        tally(quarter)
        rows = FindingTally.objects.filter(region=None).order_by("indicator__position")
        assert list(rows.values_list("surveys", "findings")) == [(40, 20), *[(40, 0)] * 5]


def test_the_same_file_stores_nothing_twice_and_a_silent_change_is_refused(world: World) -> None:
    programme = world.programme()
    with activate(WORKER):
        again = store(small(1), professions=("general_practice",))
        assert (again.editions, again.rule_sets, again.programmes) == ([], [], [])
        edition = small(1).edition_for("general_practice")
        assert edition.digest == programme.edition.digest
        other = restore({**edition.content(), "edition": "1.1"})
        with pytest.raises(ChangedWithoutVersion):
            store_edition(other, Stored())


def test_a_new_edition_touches_no_survey_that_has_begun(world: World) -> None:
    """The old ratings, the edition and the report stand as they were, also of an indicator that the new edition removed."""
    survey = world.walked("report_final")
    with activate(WORKER):
        before = json.dumps(content_of(survey), sort_keys=True)
        store(small(2), professions=("general_practice", "physiotherapy"))
        mapped = load_mapping(FILES / "small-1-to-2.yaml", small(1), small(2))
        assert store_mapping(mapped, "general_practice") == 10
        assert store_mapping(mapped, "general_practice") == 0
        gone = StandardIndicator.objects.get(edition=survey.edition_id, number="G2.1.3")
        assert SurveyorRating.objects.filter(survey=survey, indicator=gone).count() == 1
        assert EditionMapping.objects.get(old=gone).kind == "removed"
        assert json.dumps(content_of(fresh(survey)), sort_keys=True) == before
        opened = Programme.objects.get(kind="full_survey", profession="general_practice", retired_at=None)
        assert (opened.edition.version, survey.edition.version) == (2, 1)
    Walk(world, survey, "met", "met").accredit()
    assert fresh(survey).state == "accredited"
    with activate(WORKER), pytest.raises(DatabaseError, match="keeps its practice"), transaction.atomic():
        Survey.objects.filter(pk=survey.pk).update(edition=opened.edition, programme=opened)


def test_rules_that_say_something_else_by_now_compute_no_status(world: World) -> None:
    survey = world.walked("report_final")
    with activate(WORKER):
        assert ruled(survey).status == "accredited"
        survey.rule_set = RuleSet(code=survey.rule_set.code, version=survey.rule_set.version, digest="0" * 64)
        with pytest.raises(RulesChanged):
            rules_of(survey)


def test_the_report_says_what_was_rated_in_the_order_of_the_edition(world: World) -> None:
    survey = world.walked("report_final", worst="partially_met")
    with activate(WORKER):
        content = content_of(survey)
        frozen = SurveyReport.objects.get(survey=survey, final=True).content
        standards = [standard.number for standard in edition_of(survey).standards]
        rated = {row.indicator.number: row.rating for row in ratings.current(survey).values()}
    shown = {
        found["number"]: found["first"].get("rating") for standard in content["standards"] for found in standard["indicators"]
    }  # fmt: skip
    assert [standard["number"] for standard in content["standards"]] == standards
    assert {number: rating for number, rating in shown.items() if rating} == rated
    assert content["standards"][0]["rating"] == "partially_met"
    assert content["status"]["open"] == ["G1.1.1"]
    assert json.loads(json.dumps(content)) == content
    assert {**frozen, "status": None} == {**content, "status": None}
