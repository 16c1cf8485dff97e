"""R5: the table, the picture's data and the files hold the same figures after the gate, and a hidden one nowhere."""

import io
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from openpyxl import load_workbook

from datacapture.enums import AreaLevel
from datacapture.explore_views import workbook
from datacapture.models import AreaResult
from datacapture.queries import wording
from datacapture.queries.explore import explore_page, file_rows
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.feedback_world import World, build, corrected

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
PAGE = "/region/udforsk/"


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=("DM-02",))


def data_of(body: str) -> dict[str, Any]:
    found = re.search(r'<script id="explore-data" type="application/json">(.*?)</script>', body, re.S)
    assert found
    parsed: dict[str, Any] = json.loads(found[1])
    return parsed


def test_page_chart_and_files_hold_the_stored_figures(world: World, signed_in: SignIn) -> None:
    client = signed_in("quality_consultant", "north")
    body = client.get(f"{PAGE}?measure=DM-02&group=region&time=months").content.decode()
    data = data_of(body)
    region = world.regions["north"]
    with activate(WORKER):
        own = AreaResult.objects.filter(release=world.release, level=AreaLevel.REGION, area_id=region.pk).order_by("month_end")
        nation = AreaResult.objects.filter(release=world.release, level=AreaLevel.NATION).order_by("month_end")
        found = [
            list(rows.filter(version__indicator__code="DM-02").select_related("version__indicator")) for rows in (own, nation)
        ]
        stored = [[row.value for row in rows] for rows in found]
        spans = [wording.span_words(row.lower, row.upper, row.version, None) for rows in found for row in rows if row.value]
    assert [series["values"] for series in data["series"]] == stored
    assert len(spans) > 30
    assert [span in unescape(body) for span in spans] == [True] * len(spans)
    assert "is-hatched" not in body or None in stored[0] + stored[1]
    book = load_workbook(io.BytesIO(client.get("/region/udforsk.xlsx?measure=DM-02").content)).active
    lines = list(book.iter_rows(values_only=True))
    for column, name in ((7, "value"), (8, "lower"), (9, "upper")):
        numbers = [getattr(row, name) for rows in found for row in rows]
        assert [line[column] for line in lines[1:]] == [None if number is None else round(number, 6) for number in numbers]
    text = client.get("/region/udforsk.csv?measure=DM-02").content.decode("utf-8-sig")
    assert len(text.strip().splitlines()) == len(lines)
    for wrong in ("?measure=x&group=y&time=z&profession=q", "?group=cluster", "?group=municipality&time=months"):
        assert client.get(PAGE + wrong).status_code == 200


def test_a_suppressed_figure_is_hatched_and_stands_nowhere(world: World) -> None:
    hidden = Q(level=AreaLevel.NATION)
    corrected(world.release, areas=hidden, suppressed=True, n=None, x=None, value=None, median=None, p10=None, p90=None)
    with activate(Scope(Persona.REGION, region_id=world.regions["north"].pk)):
        page = explore_page(world.regions["north"], {"measure": "DM-02"}, "general_practice")
        lines = file_rows(page)
    assert {cell.state for row in page.rows for cell in row.cells} == {"suppressed"}
    assert {line[4:] for line in lines[1:]} == {("suppressed", "", "", "", "", "")}
    assert {value for series in page.data["series"] for value in series["values"]} == {None}
    sheet = load_workbook(io.BytesIO(workbook(lines))).active
    assert {sheet.cell(2, place).fill.patternType for place in range(1, 11)} == {"lightUp"}


def test_words_never_run_as_a_formula() -> None:
    sheet = load_workbook(io.BytesIO(workbook([("a", "b", "c", "d", "state"), ("=1+1", "-x", "+y", "@z", "shown")]))).active
    assert [(cell.value, cell.data_type) for cell in sheet[2]] == [
        ("=1+1", "s"), ("-x", "s"), ("+y", "s"), ("@z", "s"), ("shown", "s"),
    ]  # fmt: skip
