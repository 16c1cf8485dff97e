"""The description of files says what intake does: every column, kind and system, a template that can be checked, an interface."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from datacapture.codes import code_sets
from datacapture.file_format import TEMPLATE, template, texts
from datacapture.intake.cells import KINDS
from datacapture.intake.check import examine
from datacapture.intake.columns import COLUMNS, REQUIRED
from datacapture.intake.systems import SYSTEMS, normal_code
from datacapture.policies import Gate, IntakeFilter
from practices.models import Practice


def test_every_column_kind_and_system_is_described() -> None:
    said = texts()
    assert list(said["columns"]) == [column.name for column in COLUMNS]
    assert set(said["kinds"]) == KINDS
    assert list(said["systems"]) == [system.name for system in SYSTEMS]


def test_every_example_is_read_by_its_own_column() -> None:
    for column in COLUMNS:
        example = texts()["columns"][column.name]["example"]
        if example:
            assert column.parse(example) not in (None, "")
    assert [name for name, words in texts()["systems"].items() if normal_code(name, words["example"]) is None] == []


def test_the_template_has_the_required_columns_and_old_rows_only() -> None:
    rows = list(csv.DictReader(io.StringIO(template("123456").removeprefix("\ufeff")), delimiter=";"))
    assert set(REQUIRED) <= set(TEMPLATE)
    assert {row["practice"] for row in rows} == {"123456"}
    assert {row["patient"] for row in rows} == {"EKSEMPEL-1"}
    assert {row["start"][:4] for row in rows} == {"2000"}


def test_the_template_can_be_checked_and_nothing_of_its_events_is_stored() -> None:
    gate = Gate(1, "p", "Formål", frozenset(code_sets()), date(2001, 1, 1))
    found = examine(
        io.BytesIO(template("123456").encode()), filename="kip-skabelon.csv", practice_numbers=["123456"],
        purpose_filter=IntakeFilter([gate]), today=date(2026, 11, 22),
    )  # fmt: skip
    counts = found.counts
    assert (counts.read, counts.kept, counts.refused.total()) == (3, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["da", "en"])
def test_the_page_shows_all_of_it(language: str, signed_in: Callable[..., Client]) -> None:
    client = signed_in("practice_manager", "north_1")
    page = client.get("/data/format/", headers={"accept-language": language}).content.decode()
    wanted = [column.name for column in COLUMNS] + [system.name for system in SYSTEMS] + sorted(KINDS)
    assert [word for word in wanted if f">{word}<" not in page] == []
    assert texts()["columns"]["local_id"][language][-30:] in page
    number = Practice.objects.get(name__startswith="Lægehuset north 1").number
    assert f">{number}<" in page, "the example of the column practice is the reader's own number"
    assert "1 GB" in page
    assert "1074" not in page


@pytest.mark.django_db
def test_the_template_carries_the_own_number(signed_in: Callable[..., Client], country: dict[str, Any]) -> None:
    answer = signed_in("practice_manager", "north_1").get("/data/skabelon.csv")
    assert isinstance(country["north_1"], Practice)
    assert country["north_1"].number in answer.content.decode()


@pytest.mark.django_db
def test_the_interface_is_described_without_any_data(signed_in: Callable[..., Client]) -> None:
    document = json.loads(signed_in("practice_manager", "north_1").get("/api/v1/skema.json").content)
    assert sorted(document["paths"]) == [
        "/api/v1/afgoerelser/", "/api/v1/akkreditering/", "/api/v1/akkreditering/{number}/rapport/{round_number}/",
        "/api/v1/dataudgaver/", "/api/v1/dataudgaver/{number}/", "/api/v1/leverancer/", "/api/v1/leverancer/{number}/",
        "/api/v1/maalinger/", "/api/v1/maalinger/{code}/", "/api/v1/omraader/", "/api/v1/resultater/", "/api/v1/standarder/",
        "/api/v1/standarder/{number}/",
    ]  # fmt: skip
    assert set(document["paths"]["/api/v1/leverancer/"]["post"]["requestBody"]["content"]) == {
        "text/csv", "application/x-ndjson", "application/fhir+json", "application/zip",
    }  # fmt: skip
    assert document["components"]["securitySchemes"]["practiceKey"]["scheme"] == "bearer"
    assert "Lægehuset" not in json.dumps(document)


@pytest.mark.django_db
def test_the_keys_page_shows_how_to_send(signed_in: Callable[..., Client]) -> None:
    page = signed_in("practice_manager", "north_1").get("/noegler/").content.decode()
    assert "curl http://testserver/api/v1/leverancer/" in page
    assert "/data/format/" in page
    assert "/api/v1/skema.json" in page
