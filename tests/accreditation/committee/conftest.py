"""The committee of the accreditation world, signed in."""

import pytest
from django.test import Client

from tests.accreditation.visit.conftest import signed_in_as
from tests.accreditation.world import World


@pytest.fixture
def office(world: World) -> Client:
    return signed_in_as(world.office)


@pytest.fixture
def member(world: World) -> Client:
    return signed_in_as(world.member)
