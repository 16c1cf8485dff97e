"""R1-R3: a region's pages say only what the gate lets through, and order by patients to gain, never by value."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.utils import translation

from datacapture.enums import AreaLevel, Tier
from datacapture.models import AreaResult, Result
from datacapture.queries import wording
from datacapture.queries.region_overview import expected_false, region_overview
from datacapture.queries.work_list import ROUND, work_list
from kip.core.numbers import NBSP
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.feedback_world import World, build, corrected
from tests.datacapture.test_feedback_pages import words

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country)


def as_region(world: World, key: str) -> Scope:
    return Scope(Persona.REGION, region_id=world.regions[key].pk)


def test_the_overview_counts_what_is_stored(world: World) -> None:
    region = world.regions["north"]
    with activate(WORKER):
        rows = list(Result.objects.filter(latest=True, region=region).select_related("practice"))
    with activate(as_region(world, "north")):
        page = region_overview(region.pk, "")
    assert {tier: number for tier, _word, number in page.tiers} == {
        tier: sum(row.tier == tier for row in rows) for tier in Tier.values
    }
    signals = sum(row.tier == Tier.SIGNAL for row in rows)
    assert sum(part.signals for part in page.professions) == signals
    assert page.changes is None
    general = next(part for part in page.professions if part.id == "general_practice")
    assert general.with_figures == len({row.practice_id for row in rows if row.n})
    assert sum(tile.signals for theme in general.themes for tile in theme.tiles) == signals


@pytest.mark.parametrize(("signals", "words_"), [(0, "0"), (1, "0-1"), (20, "0-1"), (21, "0-2"), (40, "0-2"), (41, "0-3")])
def test_the_expected_number_of_false_signals(signals: int, words_: str) -> None:
    assert expected_false(signals) == words_


def test_the_work_list_holds_clear_signals_and_rounded_gains_only(world: World, signed_in: SignIn) -> None:
    region = world.regions["north"]
    with activate(as_region(world, "north")):
        page = work_list(region.pk, "")
    with activate(WORKER):
        flagged = Result.objects.filter(latest=True, region=region, tier=Tier.SIGNAL, position="worse")
        names = set(flagged.exclude(version__indicator__direction="neutral").values_list("practice__name", flat=True))
    assert {row.name for row in page.rows} == names
    shown = words(signed_in("quality_consultant", "north").get("/region/arbejdsliste/"))
    for row in page.rows:
        assert row.name in shown
        for reason in row.reasons:
            digits = "".join(sign for sign in reason.gain if sign.isdigit())
            assert not digits or int(digits) % ROUND == 0
            assert "%" not in reason.sentence


def test_a_hidden_total_is_on_no_page_and_in_no_file(world: World, signed_in: SignIn) -> None:
    is_measure = Q(version__indicator__code="DM-02")
    with activate(WORKER):
        total = AreaResult.objects.get(
            is_measure, level=AreaLevel.REGION, area_id=world.regions["north"].pk, month_end=world.release.month_end
        )
    corrected(world.release, areas=is_measure, suppressed=True, n=None, x=None, value=None, median=None, p10=None, p90=None)
    client = signed_in("quality_consultant", "north")
    page, file = (client.get(f"/region/maalinger/DM-02/{end}").content.decode() for end in ("", "tal.csv"))
    with translation.override("da"):
        value = wording.value_words(total.value, total.version, total.n)
    assert value
    for text in (page, file):
        assert value not in text.replace(NBSP, " ")
        assert value not in text
        assert f"{total.value:.6f}".replace(".", ",") not in text
    assert "Skjult af hensyn til patienter" in page


def test_the_page_the_file_and_the_stored_row_say_the_same(world: World, signed_in: SignIn) -> None:
    with activate(WORKER):
        total = AreaResult.objects.get(
            version__indicator__code="DM-02",
            level=AreaLevel.REGION,
            area_id=world.regions["north"].pk,
            month_end=world.release.month_end,
        )
        version = total.version
    client = signed_in("quality_consultant", "north")
    page = words(client.get("/region/maalinger/DM-02/"))
    file = client.get("/region/maalinger/DM-02/tal.csv").content.decode("utf-8-sig").splitlines()
    with translation.override("da"):
        assert wording.value_words(total.value, version, total.n).replace(NBSP, " ") in page
    own = next(line.split(";") for line in file if ";region;" in line)
    assert own[5:8] == [str(total.practices), str(total.n), f"{total.value:.6f}".replace(".", ",")]


def test_a_consultant_of_one_profession_reaches_no_other(world: World) -> None:
    region = world.regions["north"]
    with activate(as_region(world, "north")):
        assert work_list(region.pk, "physiotherapy").rows == ()
        assert [part.id for part in region_overview(region.pk, "physiotherapy").professions] == ["physiotherapy"]
