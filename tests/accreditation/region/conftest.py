"""The office of the accreditation world, signed in."""

import pytest
from django.test import Client

from accreditation.actions import team
from accreditation.enums import TeamRole
from accreditation.models import Assignment, Survey
from practices.acting import Acting
from practices.enums import Role
from tests.accreditation.visit.conftest import signed_in_as
from tests.accreditation.world import World, row_of


@pytest.fixture
def office(world: World) -> Client:
    return signed_in_as(world.office)


@pytest.fixture
def other_person(world: World) -> Acting:
    """A second administrator of the region."""
    return world.person("anden", Role.REGIONAL_ADMINISTRATOR, "north")


@pytest.fixture
def abroad(world: World) -> Client:
    """The administrator of another region."""
    return signed_in_as(world.person("syd", Role.REGIONAL_ADMINISTRATOR, "south"))


@pytest.fixture
def consultant(world: World) -> Client:
    return signed_in_as(world.person("konsulent", Role.QUALITY_CONSULTANT, "north"))


def tied_assignment(world: World, survey: Survey) -> Assignment:
    """A surveyor with a declared relation, proposed by the world's office and therefore blocked."""
    tied = world.person("bunden", Role.SURVEYOR)
    with world.as_(world.office) as by:
        user_id = tied.scope.user_id or 0
        team.save_profile(by=by, user_id=user_id, professions=["general_practice"], languages=["da"])
        team.declare_tie(by=by, user_id=user_id, tie=team.Tie("relation", practice=survey.practice))
        team.assign(by=by, survey=survey, user_id=user_id, role=TeamRole.OBSERVER)
    return row_of(Assignment, survey=survey, user_id=user_id)
