"""One stored row behind every showing: fifty figures of the demo country on page, in file and report, and by the interface.

The smallest demo country is loaded as `make demo` loads it: the largest sending practice of each profession. All measures
run; no practice there has the patients for a gap between two groups.
"""

import csv
import html
import io
import random
import re
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation

from datacapture.actions import api_keys
from datacapture.actions.library import load_library
from datacapture.demo import loading
from datacapture.demo.country import generate
from datacapture.enums import IndicatorType, KeyScope
from datacapture.models import Result
from datacapture.queries import wording
from datacapture.queries.charting import CSV_HEAD
from kip.core.numbers import NBSP
from kip.core.scope import WORKER, Persona, Scope, activate
from kip.reports.practice_pdf import practice_pdf
from practices.enums import Profession, Role
from practices.models import Membership, Practice, User
from tests.datacapture.feedback_world import compute

SEED, CHOSEN = 20261122, 50
PLACES = ["page", "report", "file", "interface"]


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False
    cache.clear()


@pytest.fixture
def places(db: None) -> list[Practice]:
    """The practices, with a published release of their figures."""
    country = generate("lille")
    wanted = []
    for profession in Profession.values:
        sending = [item for item in country.practices if item.profession == profession and item.sends_data]
        wanted.append(max(sending, key=lambda item: item.patients))
    with activate(WORKER), connection.cursor() as cursor:
        load_library()
        made = loading.load_practices(wanted, loading.load_places(country))
        loading.enrol(made.values(), loading.make_purposes())
        small = replace(country, practices=wanted)
        loading.load_events(cursor, small, made, loading.load_codes(), None, lambda *_: None)
        cursor.execute("ANALYZE datacapture_event, datacapture_patient")
    compute()
    return list(made.values())


def plain(words: str) -> str:
    return re.sub(r"\s+", " ", words.replace(NBSP, " ")).strip()


def page_words(markup: str) -> str:
    """The words of a page's main part, without its drawings."""
    main = markup.partition("<main")[2].partition("</main>")[0]
    return plain(html.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", main, flags=re.S)))


def pdf_words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    document.close()
    return plain(" ".join(pages))


def near(*parts: str) -> re.Pattern[str]:
    """These words in order, with little else between them."""
    return re.compile(".{0,120}?".join(re.escape(plain(part)) for part in parts if part))


def line(*cells: str) -> re.Pattern[str]:
    """The cells of one line of a report's table, any of which may be broken over lines."""
    return re.compile(" ".join(r" ?".join(re.escape(word) for word in plain(cell).split(" ")) for cell in cells if cell))


def number(cell: str) -> float | None:
    return float(cell.replace(",", ".")) if cell else None


class Shown:
    """What one practice is shown, each way asked for once."""

    def __init__(self, practice: Practice) -> None:
        with activate(WORKER):
            user = User.objects.create_user(f"leder.{practice.pk}@kip.example", "prøve-kodeord-1", name="Leder")
            Membership.objects.create(
                user=user, role=Role.PRACTICE_MANAGER, practice=practice, valid_from=date(2023, 10, 1)
            )  # fmt: skip
        self.client = Client()
        self.client.force_login(user, backend="practices.backends.PersonBackend")
        with activate(Scope(Persona.PRACTICE, practice_id=practice.pk)):
            token = api_keys.create(practice.pk, "Prøve", None, [KeyScope.READ]).token
            with translation.override("da"):
                self.pdf = pdf_words(practice_pdf(practice.pk))
        answer = Client().get("/api/v1/resultater/?latest=true", headers={"Authorization": f"Bearer {token}"})
        self.told = {row["indicator"]: row for row in answer.json()["results"]}

    def page(self, code: str) -> str:
        return page_words(self.client.get(f"/maalinger/{code}/").content.decode())

    def file(self, code: str) -> dict[str, str]:
        text = self.client.get(f"/maalinger/{code}/tal.csv").content.decode("utf-8-sig")
        return dict(zip(CSV_HEAD, list(csv.reader(io.StringIO(text), delimiter=";"))[-1], strict=True))


def faults(shown: Shown, row: Result) -> list[str]:
    """Where the row is shown as something else than what is stored."""
    version, code = row.version, row.version.indicator.code
    value = wording.value_words(row.value, version, row.n)
    fraction = wording.fraction_words(row.x, row.n, version)
    span = wording.span_words(row.lower, row.upper, version, row.n)
    interval = wording.interval_words(row.lower, row.upper, version, row.n)
    middle = wording.value_words(row.expected, version, row.n)
    cells, told, name = shown.file(code), shown.told[code], wording.chosen(version.texts["name"])
    close = partial(pytest.approx, abs=5e-7)
    numbers = {name: getattr(row, name) for name in ("value", "lower", "upper")}
    found = {
        "page": near(value, fraction, interval).search(shown.page(code)),
        "report": line(name, f"{code}, v{version.number}", wording.verdict_word(row), value, fraction, span, middle).search(
            shown.pdf
        ),
        "file": (cells["x"], cells["n"]) == (str(row.x), str(row.n))
        and all(number(cells[name]) == (None if stored is None else close(stored)) for name, stored in numbers.items()),
        "interface": {name: told[name] for name in numbers} == numbers
        and (told["numerator"], told["denominator"], told["month_end"]) == (row.x, row.n, cells["month_end"])
        and (told["words"]["value"], told["words"]["fraction"], told["words"]["interval"]) == (value, fraction, span),
    }
    return [f"{code} {row.practice.number}: {place}" for place, held in found.items() if not held]


def drawn(rows: list[Result]) -> list[Result]:
    """One row of each type of measure, the others wherever chance falls."""
    chance = random.Random(SEED)
    types = sorted({row.version.indicator.type for row in rows})
    first = [chance.choice([row for row in rows if row.version.indicator.type == kind]) for kind in types]
    return first + chance.sample([row for row in rows if row not in first], CHOSEN - len(first))


@pytest.mark.django_db
def test_fifty_figures_are_the_same_wherever_they_are_shown(places: list[Practice]) -> None:
    with activate(WORKER):
        latest = Result.objects.filter(latest=True, value__isnull=False).select_related("version__indicator", "practice")
        rows = drawn(list(latest.order_by("practice__number", "version__indicator__code")))
    shown = {practice.pk: Shown(practice) for practice in {row.practice for row in rows}}
    with translation.override("da"):
        assert [fault for row in rows for fault in faults(shown[row.practice_id], row)] == []
        wrong = rows[-1]
        wrong.value += 0.02 if wording.is_share(wrong.version) else 2
        assert [fault.rpartition(" ")[2] for fault in faults(shown[wrong.practice_id], wrong)] == PLACES
    assert len(shown) == len(places)
    assert {row.version.indicator.type for row in rows} == set(IndicatorType.values) - {IndicatorType.GAP}
