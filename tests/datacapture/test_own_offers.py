"""A practice's own figures as evidence: what is offered is what its release says, and nothing of others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from datacapture.models import Indicator, IndicatorVersion, PracticeCell, Release, Result
from datacapture.offers import own_figures
from kip.core.own_evidence import offered
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.models import Practice, Region
from tests.access.objects import MONTH_END, STORED, TEXTS, Objects

pytestmark = pytest.mark.django_db
Country = dict[str, Region | Practice]


def measure(code: str, place: Practice) -> IndicatorVersion:
    indicator = Indicator.objects.create(
        code=code, theme="diabetes", professions=[place.profession], dimension="effective", kind="outcome", type="proportion",
        direction="higher",
    )  # fmt: skip
    return IndicatorVersion.objects.create(
        indicator=indicator, number=1, definition=STORED, definition_hash="0", source="x", trust="draft", min_n=10,
        texts={**TEXTS, "name": {"da": f"Navn {code}", "en": f"Measure {code}"}, "links": {"standards": ["G1.2"]}},
        controllable_by="practice", author="x",
    )  # fmt: skip


def result(version: IndicatorVersion, place: Practice, x: int, n: int, tier: str) -> Result:
    return Result(
        version=version, practice=place, region=place.region, month_end=MONTH_END, n=n, x=x, excluded=0, unknown=0, exception=0,
        value=x / n, lower=0.7, upper=0.87, tier=tier, latest=True,
    )  # fmt: skip


def published(*rows: Result | PracticeCell) -> Release:
    return Release.objects.get(pk=Objects._release("published", *rows))


def as_practice(place: Practice) -> Scope:
    return Scope(Persona.PRACTICE, practice_id=place.pk)


def test_nothing_is_offered_before_the_first_release(country: Country) -> None:
    with activate(as_practice(country["north_1"])):
        assert offered("figures", country["north_1"].pk) == ()


def test_an_offer_is_the_stored_row_in_words_with_its_standards(country: Country) -> None:
    here, there = country["north_1"], country["south_1"]
    with activate(WORKER):
        version, few = measure("DM-01", here), measure("DM-09", here)
        published(
            result(version, here, 64, 80, "as_expected"), result(few, here, 3, 6, "insufficient"),
            result(version, there, 10, 80, "as_expected"),
        )  # fmt: skip
    with activate(as_practice(here)), translation.override("en"):
        [offer] = offered("figures", here.pk) or ()
    assert (offer.key, offer.title, offer.at, offer.standards) == ("DM-01", "Measure DM-01", MONTH_END, frozenset({"G1.2"}))
    assert offer.sentence.startswith("80% (64 of 80 patients).")
    assert "70% and 87%" in offer.sentence
    assert (offer.source, offer.url) == ("KIP, release 2026-3", "/maalinger/DM-01/")


def test_as_many_queries_for_one_measure_as_for_three(country: Country) -> None:
    here = country["north_1"]
    counts = []
    for number in range(1, 4):
        with activate(WORKER):
            published(result(measure(f"DM-0{number}", here), here, 64, 80, "as_expected"))
        with activate(as_practice(here)):
            own_figures(here.pk)
            with CaptureQueriesContext(connection) as seen:
                assert len(own_figures(here.pk)) == number
            counts.append(len(seen))
    assert counts == [2, 2, 2]
