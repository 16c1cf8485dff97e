"""The filled database of the speed tests, and the table that they write to docs/benchmarks.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from datacapture.actions.library import load_library
from datacapture.demo.scale import fill
from kip.core.scope import WORKER, activate
from tests.bench.engine_world import Country
from tests.bench.table import Line, write_table

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
FULL = os.environ.get("BENCH_FULL") == "1"
EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))
SIZES = [1_000_000, 5_000_000, 20_000_000] if FULL else [EVENTS]
_TABLES = (
    "practices_region, practices_municipality, practices_practice, datacapture_purpose, datacapture_eventcode,"
    " datacapture_indicator"
)

Note = Callable[..., None]
_lines: list[Line] = []


@pytest.fixture
def note() -> Note:
    """`note(key, what, goal, measured, met)`: prints the line and keeps it for the document."""

    def take(key: str, what: str, goal: str, measured: str, met: bool | None) -> None:
        line = Line(key, what, goal, measured, met)
        _lines.append(line)
        print(f"\n{line}")

    return take


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Only `-m bench` reads these files: they import what the ordinary tests do not install."""
    return None if "bench" in config.option.markexpr else True


def pytest_sessionfinish() -> None:
    if _lines:
        write_table(DOCUMENT, _lines)


@pytest.fixture(scope="module")
def country_of(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[int], Country]]:
    """`country_of(events)` is the database with that many events; another size replaces the one before."""
    held: list[Country] = []

    def get(events: int) -> Country:
        if not held or held[0].events != events:
            empty()
            filled = fill(events)
            with activate(WORKER):
                load_library()
            held[:] = [Country.of(filled)]
        return held[0]

    def empty() -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"TRUNCATE {_TABLES} CASCADE")

    with django_db_blocker.unblock():
        yield get
        empty()
