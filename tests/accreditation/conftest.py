"""The accreditation world of a test, with key files and stored files in a folder of its own."""

from pathlib import Path
from typing import Any

import pytest

from practices.models import Practice, Region
from tests.accreditation.world import World


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    """Its gate has tests of its own."""
    settings.KIP_REQUIRE_MFA = False


@pytest.fixture
def world(country: dict[str, Region | Practice]) -> World:
    return World(country)
