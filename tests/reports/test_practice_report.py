"""The report on paper says what the pages say, is tagged for screen readers, and opens nothing outside itself."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.test import Client
from django.utils import translation

from datacapture.models import Result
from datacapture.queries import wording
from kip.core import jobs
from kip.core.models import AuditRecord, Job
from kip.core.numbers import NBSP
from kip.core.pdf import OnlyData, draw
from kip.core.scope import WORKER, Persona, Scope, activate
from kip.reports.practice_pdf import practice_pdf
from tests.datacapture.feedback_world import World, build
from tests.pdf_reading import roles, text_of

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country)


def plain(words: str) -> str:
    return words.replace(NBSP, " ")


@pytest.mark.django_db
def test_the_report_says_what_is_stored(world: World) -> None:
    own = world.places["north_1"]
    with translation.override("da"), activate(Scope(Persona.PRACTICE, practice_id=own.pk)):
        pdf = practice_pdf(own.pk)
        rows = list(Result.objects.filter(latest=True).select_related("version__indicator"))
        words = text_of(pdf)
        for row in rows:
            assert plain(wording.fraction_words(row.x, row.n, row.version)) in words
            assert plain(wording.span_words(row.lower, row.upper, row.version, row.n)) in words
            assert plain(wording.value_words(row.value, row.version, row.n)) in words
        chief = next(row for row in rows if row.version.indicator.code == "DM-02")
        assert plain(wording.sentence(chief)) in words
        assert plain(wording.interval_words(chief.lower, chief.upper, chief.version, chief.n)) in words
    assert {row.practice_id for row in rows} == {own.pk}
    assert "Tal til og med 30. september 2026 · Dataudgave 2026-3" in words


@pytest.mark.django_db
def test_the_report_is_tagged_for_screen_readers(world: World) -> None:
    own = world.places["north_1"]
    with translation.override("da"), activate(Scope(Persona.PRACTICE, practice_id=own.pk)):
        pdf = practice_pdf(own.pk)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        kinds = roles(root.StructTreeRoot)
        marks = (str(root.Lang), bool(root.MarkInfo.Marked), bool(root.ViewerPreferences.DisplayDocTitle))
        metadata = document.open_metadata()
        part = metadata["pdfuaid:part"]
    assert marks == ("da", True, True)
    assert part == "1"
    assert {"H1", "H2", "H3", "Table", "TH", "TD", "Figure", "P"} <= set(kinds)
    assert all(alt for kind, alt in figures(pdf))


def figures(pdf: bytes) -> list[tuple[str, str]]:
    """Figures with their alternative text."""
    found: list[tuple[str, str]] = []

    def walk(node: Any) -> None:
        if "/S" in node and str(node.S) == "/Figure":
            found.append(("Figure", str(node.get("/Alt", ""))))
        children = node.get("/K", [])
        for child in children if isinstance(children, pikepdf.Array) else [children]:
            if isinstance(child, pikepdf.Dictionary):
                walk(child)

    with pikepdf.open(io.BytesIO(pdf)) as document:
        walk(document.Root.StructTreeRoot)
    return found


@pytest.mark.parametrize("address", ["https://example.org/x.png", "file:///etc/hostname", "ftp://example.org/x", "/static/x.css"])
def test_the_fetcher_opens_nothing_but_data(address: str) -> None:
    with pytest.raises(ValueError, match="outside itself"):
        OnlyData().fetch(address)
    assert draw(f'<html lang="da"><title>x</title><img alt="x" src="{address}"><p>Tekst</p></html>').startswith(b"%PDF-")


@pytest.mark.django_db
def test_button_job_progress_and_download(world: World, signed_in: SignIn) -> None:
    client = signed_in("practice_manager", "north_1")
    assert client.get("/rapport/").status_code == 200
    asked = client.post("/rapport/")
    assert client.get(asked.url).status_code == 200
    with activate(WORKER):
        work = Job.objects.get(name="reports.practice_pdf")
    assert client.get(f"/rapport/{work.pk}/hent/").status_code == 404
    jobs.run(str(work.pk))
    with activate(WORKER):
        work.refresh_from_db()
    assert (work.state, work.error) == (Job.State.DONE, "")
    polled = client.get(asked.url, headers={"HX-Request": "true"})
    assert polled["HX-Redirect"] == asked.url
    file = client.get(f"/rapport/{work.pk}/hent/")
    assert (file["Content-Type"], file.content[:5]) == ("application/pdf", b"%PDF-")
    assert "kip-rapport-2026-3-da.pdf" in file["Content-Disposition"]
    assert f"/rapport/{work.pk}/hent/" in client.get("/rapport/").content.decode()
    with activate(WORKER):
        acts = AuditRecord.objects.filter(practice_id=world.places["north_1"].pk, kind="practice_report").order_by("seq")
        assert list(acts.values_list("act", flat=True)) == ["ordered", "downloaded"]


@pytest.mark.django_db
def test_another_practice_and_the_region_find_no_such_report(world: World, signed_in: SignIn) -> None:
    client = signed_in("practice_manager", "north_1")
    address = client.post("/rapport/").url
    for role, place in (("practice_manager", "north_2"), ("quality_consultant", "north")):
        other = signed_in(role, place)
        assert other.get(address).status_code == 404
        assert other.get(f"{address}hent/").status_code == 404
