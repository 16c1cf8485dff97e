"""The Python wall, alone: with the database's rules switched off, reads and actions still keep to their place."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import Http404

from accreditation.actions import hearing, planning, self_assessing, visiting
from accreditation.actions.moving import move
from accreditation.actions.planning import VisitPlan
from accreditation.actions.self_assessing import Answer
from accreditation.actions.visiting import NoteEntry, RatingEntry
from accreditation.faults import NotNow
from accreditation.machine import TRANSITIONS
from accreditation.queries import visible
from accreditation.queries.relevance import asked
from kip.core.scope import WORKER, activate
from kip.core.walls import ALL, BASE, build, declared
from practices.enums import Role
from tests.accreditation.world import World, case_for, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_database_wall")]


@pytest.fixture(scope="module")
def no_database_wall(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Every persona may read and write every row; the wall is built again afterwards."""
    with django_db_blocker.unblock():
        with connections["owner"].cursor() as cursor:
            for wall in declared():
                cursor.execute(f'ALTER TABLE "{wall.table}" DISABLE ROW LEVEL SECURITY')
                cursor.execute(f'GRANT {ALL} ON "{wall.table}" TO {BASE}')
        yield
        connections["default"].close()
        build("owner")


def outsiders(world: World) -> dict[str, Any]:
    return {
        "practice": world.person("nabo", Role.PRACTICE_MANAGER, "north_2"),
        "region": world.person("kontor syd", Role.REGIONAL_ADMINISTRATOR, "south"),
        "surveyor": world.person("fremmed", Role.SURVEYOR),
        "committee": world.person("andet medlem", Role.COMMITTEE_MEMBER),
        "national": world.person("analytiker", Role.NATIONAL_ANALYST),
        "operator": world.person("drift", Role.PLATFORM_OPERATOR),
        "risk": world.person("risiko", Role.RISK_MANAGER, "north"),
    }


def test_a_survey_of_others_does_not_exist(world: World) -> None:
    survey = world.walked("on_site")
    for who in outsiders(world).values():
        with activate(who.scope):
            assert visible.surveys(who).count() == 0
            with pytest.raises(Http404):
                visible.survey(who, survey.pk)
    for who in (world.manager, world.office, world.lead):
        with activate(who.scope):
            assert visible.survey(who, survey.pk) == survey


def test_no_outsider_takes_any_step_or_writes_anything(world: World) -> None:
    survey = world.walked("on_site")
    with activate(WORKER):
        indicator = asked(survey)[0]
    for who in outsiders(world).values():
        with activate(who.scope):
            for name in TRANSITIONS:
                with pytest.raises(PermissionDenied):
                    move(by=who, survey=survey, name=name)
            for act in (
                lambda who=who: visiting.rate(by=who, survey=survey, entry=RatingEntry(indicator, "met")),
                lambda who=who: visiting.take_note(by=who, survey=survey, entry=NoteEntry("x")),
                lambda who=who: visiting.log_call(by=who, survey=survey, spoke_with="x"),
                lambda who=who: self_assessing.answer(by=who, survey=survey, indicator=indicator, given=Answer("met")),
                lambda who=who: hearing.add_point(by=who, survey=survey, text="x"),
                lambda who=who: planning.set_visit(by=who, survey=survey, visit=VisitPlan(survey.visit_on)),
            ):
                with pytest.raises(PermissionDenied):
                    act()
    assert fresh(survey).state == "on_site"


def test_a_role_takes_only_the_steps_of_the_table(world: World) -> None:
    survey = world.walked("on_site")
    for who in (world.manager, world.office):
        with activate(who.scope):
            for name, transition in TRANSITIONS.items():
                expected = NotNow if who.role in transition.roles else PermissionDenied
                if name == "withdraw" and who is world.office:
                    continue
                with pytest.raises(expected):
                    move(by=who, survey=survey, name=name)


def test_a_clinician_answers_but_does_not_bind_the_practice(world: World) -> None:
    survey = world.walked("self_assessment")
    clinician = world.person("behandler", Role.CLINICIAN, "north_1")
    with activate(clinician.scope):
        indicator = asked(survey)[0]
        self_assessing.answer(by=clinician, survey=survey, indicator=indicator, given=Answer("met", done=True))
        with pytest.raises(PermissionDenied):
            self_assessing.share_documents(by=clinician, survey=survey)


def test_a_surveyor_outside_the_window_writes_nothing(world: World) -> None:
    survey = world.walked("self_assessment")
    with activate(world.lead.scope):
        assert visible.surveys(world.lead).count() == 1
        assert visible.in_window(world.lead).count() == 0
        with pytest.raises(NotNow):
            visiting.take_note(by=world.lead, survey=survey, entry=NoteEntry("x"))


def test_a_visit_that_is_over_does_not_exist_for_its_surveyor(world: World) -> None:
    survey = world.walked("accredited")
    with activate(world.lead.scope), pytest.raises(Http404):
        visible.survey(world.lead, survey.pk)


def test_the_committee_finds_only_its_cases(world: World) -> None:
    survey = world.walked("decision", worst="partially_met")
    with activate(world.member.scope):
        assert visible.surveys(world.member).count() == 0
    item = case_for(world, survey)
    other = outsiders(world)["committee"]
    with activate(world.member.scope):
        assert [visible.case(world.member, item.pk), visible.surveys(world.member).get()] == [item, survey]
    with activate(other.scope), pytest.raises(Http404):
        visible.case(other, item.pk)
