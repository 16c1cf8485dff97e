"""People of a practice who are signed in, and its survey in the states that their pages are about."""

from typing import Any

import pytest
from django.test import Client

from tests.accreditation.visit.conftest import signed_in_as
from tests.accreditation.world import World


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    """Its gate has tests of its own."""
    settings.KIP_REQUIRE_MFA = False


@pytest.fixture
def manager(world: World) -> Client:
    return signed_in_as(world.manager)


@pytest.fixture
def clinician(world: World) -> Client:
    """Answers and finds evidence, and does not speak for the practice."""
    return signed_in_as(world.person("kliniker", "clinician", "north_1"))


@pytest.fixture
def neighbour(world: World) -> Client:
    """The manager of another practice."""
    return signed_in_as(world.person("nabo", "practice_manager", "north_2"))
