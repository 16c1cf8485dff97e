"""The database wall, alone: what each persona reads and writes with no Python filter in the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.utils import timezone

from accreditation.actions import committee, evidence, following_up
from accreditation.actions.team import end_assignment
from accreditation.models import (
    AgendaItem,
    Applicability,
    Decision,
    EvidenceFile,
    EvidenceLink,
    FollowUp,
    FollowUpRating,
    HearingPoint,
    Publication,
    SelfAssessment,
    Survey,
    SurveyEvent,
    SurveyorRating,
    SurveyReport,
    TeamSummary,
    VisitNote,
)
from accreditation.queries.relevance import asked
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.acting import Acting
from practices.enums import Role
from tests.accreditation.world import Walk, World, case_for

pytestmark = pytest.mark.django_db
OF_SURVEYS = sorted(
    model._meta.db_table
    for model in apps.get_app_config("accreditation").get_models()
    if {"survey_id", "practice_id"} <= {field.attname for field in model._meta.concrete_fields}
)


@contextmanager
def forbidden() -> Iterator[None]:
    with pytest.raises(DatabaseError, match=r"permission denied|row-level security"), transaction.atomic():
        yield


def seen(model: Any, who: Acting | Scope) -> int:
    """How many rows of the table a scope sees at all."""
    with activate(who.scope if isinstance(who, Acting) else who):
        return model.objects.values("pk").count()


def stranger(world: World) -> Acting:
    return world.person("fremmed", Role.SURVEYOR)


@pytest.mark.parametrize("persona", [Persona.NATIONAL, Persona.SUPPORT, Persona.RISK, Persona.RESPONDENT, Persona.INTAKE])
@pytest.mark.parametrize("table", [*OF_SURVEYS, "accreditation_survey"])
def test_the_nation_and_all_others_hold_no_privilege_on_surveys(persona: Persona, table: str) -> None:
    if table == "accreditation_publication":
        pytest.skip("what is published is everybody's")
    with forbidden(), activate(Scope(persona, region_id=1, user_id=1)), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", [*OF_SURVEYS, "accreditation_survey"])
def test_without_a_scope_nothing_is_read(table: str) -> None:
    if table == "accreditation_publication":
        pytest.skip("what is published is everybody's")
    with forbidden(), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")


def test_another_practice_sees_and_writes_nothing(world: World) -> None:
    survey = world.walked("in_hearing")
    other = world.person("nabo", Role.PRACTICE_MANAGER, "north_2")
    for model in (Survey, SurveyEvent, SelfAssessment, Applicability, SurveyorRating, SurveyReport):
        assert seen(model, other) == 0
        assert seen(model, world.manager) > 0
    with activate(other.scope):
        assert Survey.objects.filter(pk=survey.pk).update(contact_name="Ny") == 0
        with forbidden():
            SurveyEvent.objects.create(
                survey=survey, practice_id=survey.practice_id, transition="x", from_state="in_hearing", to_state="report_final",
                actor_name="x", actor_role="x",
            )  # fmt: skip


def test_a_practice_sees_ratings_when_the_draft_is_in_hearing_and_not_before(world: World) -> None:
    survey = world.walked("report_draft")
    assert (seen(SurveyorRating, world.manager), seen(SurveyReport, world.manager)) == (0, 0)
    Walk(world, survey, "met", "met").send()
    with activate(world.manager.scope):
        assert SurveyorRating.objects.count() == len(asked(survey))
    for model in (TeamSummary, VisitNote, apps.get_model("accreditation", "Agreement")):
        with forbidden(), activate(world.manager.scope):
            model.objects.count()


def test_a_practice_sees_the_second_rounds_ratings_only_in_the_second_hearing(world: World) -> None:
    survey = world.walked("follow_up_rated", worst="partially_met")
    assert (seen(SurveyorRating, world.manager) > 0, seen(FollowUpRating, world.manager)) == (True, 0)
    Walk(world, survey, "partially_met", "met").send()
    assert seen(FollowUpRating, world.manager) == 1


def test_a_practice_moves_no_state_that_is_not_its_own_to_move(world: World) -> None:
    survey = world.walked("documents_shared")
    row = {"survey": survey, "practice_id": survey.practice_id, "transition": "x", "actor_name": "x", "actor_role": "x"}
    with activate(world.manager.scope):
        for source, target in (("documents_shared", "visit_confirmed"), ("documents_shared", "withdrawn")):
            with pytest.raises(DatabaseError, match="is not made"), transaction.atomic():
                SurveyEvent.objects.create(from_state=source, to_state=target, **row)
        with forbidden():
            Survey.objects.filter(pk=survey.pk).update(state="published")
        with forbidden():
            Survey.objects.filter(pk=survey.pk).update(visit_on=timezone.localdate())


def shared_and_private(world: World) -> Survey:
    """A survey in self-assessment with one shared and one private piece of evidence at the same indicator."""
    survey = world.walked("self_assessment")
    with world.as_(world.manager) as by:
        indicator = asked(survey)[0]
        for title, shared in (("delt", True), ("privat", False)):
            made = evidence.add_own(by=by, survey=survey, kind="figures", facts={"title": title}, indicators=[indicator])
            evidence.share(by=by, link=made.links.get(), shared=shared)
    return survey


def test_a_surveyor_sees_only_what_is_shared_and_only_in_the_window(world: World) -> None:
    survey = shared_and_private(world)
    private = (SelfAssessment, EvidenceFile, EvidenceLink, Applicability)
    assert [seen(model, world.lead) for model in private] == [0, 0, 0, 0]
    assert seen(Survey, world.lead) == 1
    walk = Walk(world, survey, "met", "met")
    walk.share()
    with activate(world.lead.scope):
        assert [row.title for row in EvidenceFile.objects.all()] == ["delt"]
        assert EvidenceLink.objects.count() == 1
        assert SelfAssessment.objects.count() == len(asked(survey))
    for step in (walk.confirm, walk.begin, walk.rate, walk.draft, walk.send):
        step()
        assert seen(EvidenceFile, world.lead) == 1
    walk.finish()
    assert [seen(model, world.lead) for model in (*private, SurveyorRating, VisitNote)] == [0] * 6
    walk.accredit()
    assert seen(Survey, world.lead) == 0


def test_a_surveyor_of_another_visit_sees_nothing_of_this_one(world: World) -> None:
    survey = world.walked("on_site")
    with activate(WORKER):
        indicator_id = asked(survey)[0].pk
    other = stranger(world)
    for model in (Survey, SurveyEvent, SelfAssessment, Applicability, SurveyorRating):
        assert seen(model, other) == 0
    row = {"survey": survey, "practice_id": survey.practice_id, "by_name": "x"}
    with forbidden(), activate(other.scope):
        SurveyorRating.objects.create(indicator_id=indicator_id, rating="met", **row)
    with forbidden(), activate(other.scope):
        VisitNote.objects.create(text="x", **row)


def test_a_surveyor_who_leaves_the_team_or_is_blocked_sees_nothing(world: World) -> None:
    survey = world.walked("on_site")
    with activate(WORKER):
        mine = survey.assignment_set.get(user_id=world.second.scope.user_id)
    assert seen(SelfAssessment, world.second) > 0
    with world.as_(world.office) as by:
        end_assignment(by=by, assignment=mine, reason="Syg")
    assert (seen(Survey, world.second), seen(SelfAssessment, world.second)) == (0, 0)
    with activate(WORKER):
        row = {"survey": survey, "practice_id": survey.practice_id, "user_id": stranger(world).scope.user_id, "role": "observer"}
        survey.assignment_set.create(conflicts=[{"kind": "owns"}], blocked=True, **row)
    assert seen(Survey, stranger(world)) == 0


def test_the_region_follows_states_and_findings_and_reads_no_answer(world: World) -> None:
    survey = shared_and_private(world)
    office = world.office
    assert seen(Survey, office) == 1
    with activate(office.scope):
        assert SelfAssessment.objects.filter(survey=survey).values_list("state", flat=True).first() == "open"
    reads: tuple[Callable[[], object], ...] = (
        lambda: SelfAssessment.objects.values_list("comment", flat=True).first(),
        lambda: SelfAssessment.objects.values_list("answer", flat=True).first(),
        lambda: EvidenceFile.objects.count(),
        lambda: EvidenceLink.objects.count(),
        lambda: VisitNote.objects.count(),
        lambda: HearingPoint.objects.count(),
        lambda: FollowUp.objects.values_list("answer", flat=True).first(),
    )
    for read in reads:
        with forbidden(), activate(office.scope):
            read()
    walk = Walk(world, survey, "met", "met")
    for step in (walk.share, walk.confirm, walk.begin, walk.rate, walk.draft, walk.send):
        step()
        assert (seen(SurveyorRating, office), seen(SurveyReport, office)) == (0, 0)
    walk.finish()
    assert (seen(SurveyorRating, office) > 0, seen(SurveyReport, office)) == (True, 1)
    south = world.person("kontor syd", Role.REGIONAL_ADMINISTRATOR, "south")
    assert (seen(Survey, south), seen(SurveyorRating, south)) == (0, 0)


def test_the_committee_sees_cases_on_its_open_agenda_and_not_those_it_stepped_out_of(world: World) -> None:
    survey = world.walked("decision", worst="partially_met")
    with world.as_(world.member):
        assert (Survey.objects.count(), SurveyorRating.objects.count()) == (0, 0)
    item = case_for(world, survey)
    other = world.person("andet medlem", Role.COMMITTEE_MEMBER)
    assert (seen(Survey, world.member), seen(SurveyReport, world.member)) == (1, 2)
    assert (seen(Survey, other), seen(AgendaItem, other)) == (0, 0)
    with forbidden(), activate(world.member.scope):
        SelfAssessment.objects.count()
    with forbidden(), activate(world.member.scope):
        apps.get_model("accreditation", "Recusal").objects.create(
            item=item, survey=survey, practice_id=survey.practice_id, user_id=other.scope.user_id, reason="x"
        )
    with world.as_(world.member) as by:
        committee.recuse(by=by, item=item, reason="Kender lægen")
    assert (seen(Survey, world.member), seen(SurveyorRating, world.member), seen(AgendaItem, world.member)) == (0, 0, 0)


def test_a_closed_meeting_closes_its_cases(world: World) -> None:
    survey = world.walked("decision", worst="partially_met")
    item = case_for(world, survey)
    with world.as_(world.office) as by:
        committee.close_meeting(by=by, meeting=item.meeting, minutes="Udsat")
    assert seen(Survey, world.member) == 0


def test_what_is_published_is_everybodys_until_it_is_taken_back(world: World) -> None:
    survey = world.walked("published")
    public = Scope(Persona.NATIONAL, user_id=1)
    assert seen(Publication, public) == 1
    with activate(WORKER):
        Publication.objects.filter(survey=survey).update(taken_back_at=timezone.now(), taken_back_reason="Fejl")
    assert (seen(Publication, public), seen(Publication, world.manager), seen(Publication, world.office)) == (0, 1, 1)
    with forbidden(), activate(public):
        Decision.objects.count()


def test_a_followed_up_answer_reaches_the_surveyors_only_when_it_is_sent(world: World) -> None:
    survey = world.walked("follow_up_open", worst="partially_met")
    with world.as_(world.manager) as by:
        row = FollowUp.objects.get(survey=survey)
        following_up.answer_follow_up(by=by, follow_up=row, text="Rettet")
    assert seen(FollowUp, world.lead) == 0
    with world.as_(world.manager) as by:
        following_up.send_follow_up(by=by, survey=survey)
    with activate(world.lead.scope):
        assert FollowUp.objects.get().answer == "Rettet"


def test_no_persona_but_the_worker_writes_the_library(world: World) -> None:
    edition = world.programme().edition
    for who in (world.office, world.manager, world.lead, world.member):
        with pytest.raises(ProgrammingError, match="permission denied"), activate(who.scope), transaction.atomic():
            type(edition).objects.filter(pk=edition.pk).update(edition="9")
