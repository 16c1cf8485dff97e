"""What the database refuses by itself, whoever asks: the worker's scope has every privilege and still cannot."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accreditation.actions import visiting
from accreditation.actions.visiting import RatingEntry
from accreditation.models import (
    Agreement,
    ConflictDeclaration,
    Decision,
    EvidenceFile,
    EvidenceLink,
    FollowUpRating,
    Hearing,
    HearingPoint,
    Publication,
    SelfAssessment,
    Standard,
    StandardIndicator,
    StandardsEdition,
    Survey,
    SurveyEvent,
    SurveyorRating,
    SurveyReport,
)
from accreditation.queries.relevance import asked
from kip.core.scope import WORKER, activate
from tests.accreditation.world import Walk, World, case_for, fresh

pytestmark = pytest.mark.django_db


def refused(act: Callable[[], Any], words: str) -> None:
    """The act breaks on the database, in the worker's scope."""
    with activate(WORKER), pytest.raises(DatabaseError, match=words), transaction.atomic():
        act()


def event(survey: Survey, source: str, target: str) -> SurveyEvent:
    return SurveyEvent(
        survey=survey, practice_id=survey.practice_id, transition="x", from_state=source, to_state=target, actor_name="x",
        actor_role="x",
    )  # fmt: skip


def test_a_survey_moves_by_its_events_and_along_the_table_only(world: World) -> None:
    survey = world.planned()
    refused(lambda: Survey.objects.filter(pk=survey.pk).update(state="on_site"), "moves by its events alone")
    refused(lambda: event(survey, "planned", "on_site").save(), "is not made on_site")
    refused(lambda: event(survey, "announced", "self_assessment").save(), "is planned by now")
    assert fresh(survey).state == "planned"


def test_a_survey_keeps_what_it_began_with(world: World) -> None:
    survey = world.planned()
    other = world.programme(profession="physiotherapy")
    for change in ({"edition": other.edition}, {"programme": other}, {"practice": world.places["north_2"]}):
        refused(lambda change=change: Survey.objects.filter(pk=survey.pk).update(**change), "keeps its practice")
    fields = {
        "practice": world.places["north_2"], "programme": survey.programme, "rule_set": survey.rule_set, "cycle": survey.cycle,
        "visit_on": survey.visit_on,
    }  # fmt: skip
    refused(lambda: Survey.objects.create(edition=other.edition, **fields), "survey_pins")
    refused(lambda: Survey.objects.create(edition=survey.edition, state="published", **fields), "begins with being planned")


def test_an_edition_is_never_edited_and_grows_no_more_once_a_survey_has_it(world: World) -> None:
    survey = world.planned()
    edition = StandardsEdition.objects.filter(pk=survey.edition_id)
    refused(lambda: edition.update(content={}), "never edited")
    refused(lambda: StandardIndicator.objects.filter(edition=survey.edition_id).update(minutes=1), "never edited")
    refused(lambda: Standard.objects.filter(edition=survey.edition_id).update(theme="x"), "never edited")
    refused(lambda: StandardIndicator.objects.filter(edition=survey.edition_id)._raw_delete("default"), "has begun")
    with activate(WORKER):
        standard = Standard.objects.filter(edition=survey.edition_id).first()
    row = StandardIndicator(
        edition_id=survey.edition_id, standard=standard, number="X9.9", position=99, summary_da="x", summary_en="x",
        critical=False, assessed_by=["document"], may_be_not_relevant=False, minutes=1,
    )  # fmt: skip
    refused(row.save, "has begun")


def test_a_row_belongs_to_the_survey_and_practice_it_names(world: World) -> None:
    survey, other = world.walked("self_assessment"), world.planned("north_2")
    with activate(WORKER):
        indicator = asked(survey)[0]
    with activate(WORKER), pytest.raises(IntegrityError, match="evidencefile_practice"), transaction.atomic():
        EvidenceFile.objects.create(survey=survey, practice_id=other.practice_id, kind="figures", title="x", facts={"title": "x"})
    physio = world.programme(profession="physiotherapy").edition
    with activate(WORKER):
        strange = physio.indicators.first()
    assert strange.edition_id != indicator.edition_id
    refused(
        lambda: SelfAssessment.objects.create(survey=survey, practice_id=survey.practice_id, indicator=strange),
        "not of the survey's edition",
    )


def test_the_self_assessment_is_frozen_when_it_is_shared(world: World) -> None:
    survey = world.walked("self_assessment")
    row = {"survey": survey, "practice_id": survey.practice_id}
    with activate(WORKER):
        made = EvidenceFile.objects.create(kind="figures", title="x", facts={"title": "x"}, **row)
        indicator = asked(survey)[0]
    Walk(world, survey, "met", "met").share()
    refused(lambda: SelfAssessment.objects.filter(survey=survey).update(comment="bagefter"), "is not written while")
    refused(lambda: EvidenceFile.objects.create(kind="figures", title="y", facts={"title": "y"}, **row), "is not written while")
    refused(lambda: EvidenceLink.objects.create(evidence=made, indicator=indicator, **row), "is not written while")
    refused(lambda: EvidenceFile.objects.filter(pk=made.pk).delete(), "is not written while")


def test_ratings_are_only_added_to_and_only_while_the_team_rates(world: World) -> None:
    survey = world.walked("rating_complete")
    rows = SurveyorRating.objects.filter(survey=survey)
    refused(lambda: rows.update(rating="not_met"), "is only added to")
    refused(lambda: rows._raw_delete("default"), "is only added to")
    walk = Walk(world, survey, "met", "met")
    walk.draft()
    walk.send()
    with activate(WORKER):
        first = rows.first()
    again = {
        "survey": survey,
        "practice_id": survey.practice_id,
        "indicator_id": first.indicator_id,
        "by_name": "x",
    }
    refused(lambda: SurveyorRating.objects.create(base=first.pk, rating="met", **again), "only by an answer to a point")
    walk.finish()
    refused(lambda: SurveyorRating.objects.create(base=first.pk, rating="met", **again), "is not written while")


def test_the_database_numbers_revisions_and_keeps_both_sides_of_a_conflict(world: World) -> None:
    survey = world.walked("on_site")
    with activate(WORKER):
        indicator = asked(survey)[0]
    made = []
    for who, rating in ((world.lead, "met"), (world.second, "partially_met")):
        with world.as_(who) as by:
            made.append(visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, rating, "Set.")))
    assert [(row.revision, row.conflicting) for row in made] == [(1, False), (2, True)]
    wrong = {"survey": survey, "practice_id": survey.practice_id, "indicator": indicator, "rating": "met", "by_name": "x"}
    refused(lambda: SurveyorRating.objects.create(base=made[0].pk, resolves=[made[0].pk], **wrong), "only a conflicting rating")
    refused(lambda: SurveyorRating.objects.create(base=None, resolves=[made[1].pk], **wrong), "on top of the current")


def test_a_second_round_rates_only_what_stayed_open(world: World) -> None:
    survey = world.walked("follow_up_received", worst="partially_met")
    with activate(WORKER):
        closed = asked(survey)[1]
    again = {"survey": survey, "practice_id": survey.practice_id, "indicator": closed, "rating": "met", "by_name": "x"}
    refused(lambda: FollowUpRating.objects.create(**again), "only an open indicator")


def test_a_hearing_is_held_once_a_round_and_closed_once(world: World) -> None:
    early = world.walked("on_site", "north_2")
    refused(lambda: Hearing.objects.create(survey=early, practice_id=early.practice_id), "is not written while")
    survey = world.walked("in_hearing")
    row = {"survey": survey, "practice_id": survey.practice_id}
    refused(lambda: Hearing.objects.create(round=1, **row), "one_hearing_a_round")
    refused(lambda: event(survey, "in_hearing", "report_final").save(), "still open")
    Walk(world, survey, "met", "met").finish()
    closed = Hearing.objects.filter(survey=survey)
    refused(lambda: closed.update(reply="en gang til"), "written once")
    refused(lambda: closed.update(closed_at=timezone.now() + timedelta(days=1)), "written once")
    with activate(WORKER):
        hearing = closed.get()
    refused(lambda: HearingPoint.objects.create(hearing=hearing, number=9, text="x", **row), "is not written while")


def test_a_decision_a_report_and_a_publication_stay_as_they_were_written(world: World) -> None:
    survey = world.walked("published")
    refused(lambda: Decision.objects.filter(survey=survey).update(status="not_accredited"), "written once")
    refused(lambda: Decision.objects.filter(survey=survey)._raw_delete("default"), "never removed")
    refused(lambda: SurveyReport.objects.filter(survey=survey).update(content={}), "only added to")
    refused(lambda: Publication.objects.filter(survey=survey).update(content={}), "written once")
    refused(lambda: SurveyEvent.objects.filter(survey=survey).update(reason="x"), "only added to")
    refused(lambda: Agreement.objects.filter(survey=survey).update(dissent="x"), "only added to")


def test_no_state_of_a_decision_without_the_decision(world: World) -> None:
    survey = world.walked("report_final")
    refused(lambda: event(survey, "report_final", "accredited").save(), "there is no decision")
    departed = {"recommendation": "not_accredited", "reason": "x", "basis": {}, "by_name": "x"}
    departed |= {"survey": survey, "practice_id": survey.practice_id}
    refused(lambda: Decision.objects.create(kind="administrative", status="accredited", **departed), "follows the rules")
    accredited = world.walked("accredited", "north_2")
    refused(lambda: event(accredited, "accredited", "published").save(), "nothing is published")


def test_the_committee_needs_the_own_profession_and_nobody_with_a_conflict(world: World) -> None:
    survey = world.walked("decision", worst="partially_met")
    item = case_for(world, survey)
    written = {
        "survey": survey, "practice_id": survey.practice_id, "kind": "committee", "status": "provisional", "basis": {},
        "item": item, "follow_up": "material", "follow_up_by": timezone.localdate(), "by_name": "x",
    }  # fmt: skip
    refused(lambda: Decision.objects.create(by_id=world.office.scope.user_id, **written), "takes part in the case")
    with activate(WORKER):
        item.meeting.seats.update(professions=["psychology"])
    refused(lambda: Decision.objects.create(by_id=world.member.scope.user_id, **written), "own profession")
    with activate(WORKER):
        item.meeting.seats.update(professions=["general_practice"])
        own = {"user_id": world.member.scope.user_id, "declared_by_id": world.member.scope.user_id}
        ConflictDeclaration.objects.create(kind="relation", practice=survey.practice, **own)
    refused(lambda: Decision.objects.create(by_id=world.member.scope.user_id, **written), "conflict of interest")
