"""The small demo country, made once for all tests of the generator."""

from __future__ import annotations

import pytest

from datacapture.demo.country import Country, generate
from datacapture.demo.records import PracticeData


@pytest.fixture(scope="session")
def country() -> Country:
    return generate("lille")


@pytest.fixture(scope="session")
def everything(country: Country) -> dict[str, PracticeData]:
    return {data.practice.id: data for data in country.practice_data()}


@pytest.fixture(scope="session")
def story(everything: dict[str, PracticeData]) -> dict[str, list[PracticeData]]:
    """The practices of each planted story, e.g. 'S01.low'."""
    found: dict[str, list[PracticeData]] = {}
    for data in everything.values():
        for tag in data.practice.stories:
            found.setdefault(tag, []).append(data)
    return found
