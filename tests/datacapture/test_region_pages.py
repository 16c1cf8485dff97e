"""R1-R3: a region's pages say only what the gate lets through, and order by patients to gain, never by value."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models import Q
from django.test import Client
from django.utils import translation

from datacapture.actions.region_rows import ROUND
from datacapture.enums import AreaLevel, CellState, GroupAxis, Tier
from datacapture.models import (
    AreaResult,
    GroupResult,
    Indicator,
    IndicatorVersion,
    Inequality,
    PracticeCell,
    RegionStanding,
    Result,
    Yardstick,
)
from datacapture.queries import wording
from datacapture.queries.region_groups import divisions
from datacapture.queries.region_overview import expected_false, region_overview
from datacapture.queries.region_pictures import hidden_runs
from datacapture.queries.work_list import work_list
from kip.core.numbers import NBSP, integer, month
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.feedback_world import MONTH_END, World, build, corrected, naive_hba1c
from tests.datacapture.test_feedback_pages import queries, words

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
        rows = list(Result.objects.filter(latest=True, region=region).select_related("practice", "version__indicator"))
    with activate(as_region(world, "north")), translation.override("en"):
        page = region_overview(region.pk, "")
    flagged = [row for row in rows if row.tier == Tier.SIGNAL]
    assert page.number == len(flagged)
    numbers = {fact.label: int(fact.figure) for fact in (*page.signals, *page.weaker)}
    with translation.override("en"):
        weaker = {wording.tier_word(tier): sum(row.tier == tier for row in rows) for tier in Tier.values if tier != Tier.SIGNAL}
    assert {name: number for name, number in numbers.items() if name in weaker} == weaker
    assert sum(numbers.values()) == sum(weaker.values()) + len(flagged)
    for name, side in (("concerns", "worse"), ("strengths", "better")):
        number = sum(row.position == side and row.version.indicator.direction != "neutral" for row in flagged)
        assert sum(getattr(part, name) for part in page.professions) == number
        tiles = [tile for part in page.professions for theme in part.themes for tile in theme.tiles]
        assert sum(getattr(tile, name) for tile in tiles) == number
    assert page.changes == ()
    general = next(part for part in page.professions if part.id == "general_practice")
    assert general.with_figures == len({row.practice_id for row in rows if row.n})


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
        value = wording.value_words(total.value, total.version)
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
        assert wording.value_words(total.value, version).replace(NBSP, " ") in page
    own = next(line.split(";") for line in file if ";region;" in line)
    assert own[5:8] == [str(total.practices), str(total.n), f"{total.value:.6f}".replace(".", ",")]


def test_a_consultant_of_one_profession_reaches_no_other(world: World) -> None:
    region = world.regions["north"]
    with activate(as_region(world, "north")):
        assert work_list(region.pk, "physiotherapy").rows == ()
        assert [part.id for part in region_overview(region.pk, "physiotherapy").professions] == ["physiotherapy"]


def test_the_database_closes_exact_rows_to_regions(world: World) -> None:
    region = world.regions["north"]
    with pytest.raises(DatabaseError, match="permission denied"), activate(as_region(world, "north")):
        Result.objects.filter(region=region).exists()
    with activate(as_region(world, "north")):
        assert set(PracticeCell.objects.values_list("region_id", flat=True)) == {region.pk}
        assert set(PracticeCell.objects.values_list("tier", flat=True)) <= {"", Tier.SIGNAL}
        assert set(RegionStanding.objects.values_list("region_id", flat=True)) == {region.pk}


def test_a_cell_is_the_practices_row_after_the_gate(world: World) -> None:
    with activate(WORKER):
        rows = {(row.practice_id, row.version_id): row for row in Result.objects.filter(latest=True)}
        cells = list(PracticeCell.objects.all())
    assert {(cell.practice_id, cell.version_id) for cell in cells} == set(rows)
    states = set()
    for cell in cells:
        row = rows[cell.practice_id, cell.version_id]
        states.add(cell.state)
        if cell.state == CellState.SHOWN:
            assert (cell.n, cell.x) == tuple(5 * math.floor(number / 5 + 0.5) for number in (row.n, row.x))
            assert row.n >= 10
        else:
            assert (cell.x, cell.value, cell.lower, cell.upper, cell.gain) == (None, None, None, None, 0)
        signal = row.tier == Tier.SIGNAL
        assert (cell.tier, cell.position, cell.trend) == ((row.tier, row.position, row.trend) if signal else ("", "", ""))
        assert cell.gain % ROUND == 0
    assert {CellState.SHOWN, CellState.TOO_FEW} <= states


def test_the_funnel_is_drawn_around_the_regions_shown_value_from_stored_rows(world: World, signed_in: SignIn) -> None:
    region = world.regions["north"]
    of_measure = {"version__indicator__code": "DM-02"}
    with activate(WORKER):
        standing = RegionStanding.objects.get(region=region, **of_measure)
        total = AreaResult.objects.get(level=AreaLevel.REGION, area_id=region.pk, month_end=MONTH_END, **of_measure)
        theta = Yardstick.objects.get(profession="general_practice", **of_measure).theta
        shown = list(PracticeCell.objects.filter(region=region, state=CellState.SHOWN, **of_measure).select_related("practice"))
    assert standing.funnel["region"]["centre"] == pytest.approx(total.value, abs=1e-5)
    assert standing.funnel["nation"]["centre"] == pytest.approx(theta, abs=1e-5)
    assert standing.funnel["region"]["sizes"][-1] == round(1.05 * max(cell.n for cell in shown))
    client = signed_in("quality_consultant", "north")
    page = client.get("/region/maalinger/DM-02/").content.decode()
    assert page.count("chart--funnel") == 2
    assert f"{len(shown)} " in words(client.get("/region/maalinger/DM-02/"))
    for cell in shown:
        assert cell.practice.name in page
    other = client.get("/region/maalinger/DM-02/?around=nation&limits=plain").content.decode()
    assert other.count("chart--funnel") == 2
    assert other != page


def test_the_equity_tab_adds_up_the_patients_of_each_sex(world: World, signed_in: SignIn) -> None:
    """Counted again patient by patient, from what the world knows of its people."""
    region = world.regions["north"]
    naive = {sex: [0, 0] for sex in (1, 2)}
    for key, place in world.places.items():
        if place.region_id == region.pk:
            for sex in (1, 2):
                people = [item for item in world.people if item.row.sex == sex]
                own = World(world.places, world.regions, people, world.purpose, world.release)
                x, n, _excluded, _unknown = naive_hba1c(own, key, MONTH_END)
                naive[sex][0] += x
                naive[sex][1] += n
    with activate(WORKER):
        rows = GroupResult.objects.filter(
            version__indicator__code="DM-02", level=AreaLevel.REGION, area_id=region.pk, axis=GroupAxis.SEX
        )
        assert {row.part: [row.x, row.n] for row in rows} == {
            sex: [5 * math.floor(number / 5 + 0.5) for number in pair] for sex, pair in naive.items()
        }
    page = words(signed_in("quality_consultant", "north").get("/region/maalinger/DM-02/?tab=groups"))
    with translation.override("da"):
        assert integer(5 * math.floor(naive[1][1] / 5 + 0.5)) in page
    assert "chart--funnel" not in page


def test_the_equity_tab_says_when_social_conditions_are_not_delivered(world: World, signed_in: SignIn) -> None:
    response = signed_in("quality_consultant", "north").get("/region/maalinger/DM-02/?tab=groups")
    conditions, by_sex, by_age = response.context["page"].groups
    assert (conditions.picture, by_sex.why, by_age.why) == (None, "", "")
    assert conditions.why
    assert conditions.why in words(response)


def test_five_fifths_are_shown_with_their_slope() -> None:
    indicator = Indicator(code="DM-01", type="proportion", direction="higher")
    version = IndicatorVersion(indicator=indicator, texts={"name": {"en": "HbA1c", "da": "HbA1c"}})
    shares = {part: 0.9 - 0.05 * part for part in range(1, 6)}
    rows = [
        GroupResult(
            level=AreaLevel.REGION, axis="quintile", part=part, practices=8, n=100, x=100 * share,
            value=share, lower=share - 0.1, upper=share + 0.05,
        )
        for part, share in shares.items()
    ]  # fmt: skip
    slope = Inequality(level=AreaLevel.REGION, sii=0.25, sii_lower=0.1, sii_upper=0.4, rii=1.4, rii_lower=1.1, rii_upper=1.8)
    with translation.override("en"):
        division = divisions(version, rows, [slope], 0.75)[0]
    assert division.picture is not None
    heads = [row[0] for row in division.picture.rows]
    assert (heads[0], heads[2], heads[4]) == ("Least deprived fifth", "Middle fifth", "Most deprived fifth")
    assert "25 percentage points higher" in division.picture.reading
    assert "1.40" in division.facts[0]


def test_a_correction_is_compared_with_what_it_corrects(world: World) -> None:
    region = world.regions["north"]
    with activate(WORKER):
        signals = PracticeCell.objects.filter(region=region, tier=Tier.SIGNAL)
        flagged = list(signals.exclude(version__indicator__direction="neutral"))
    assert flagged
    dropped = flagged[0]
    corrected(world.release, results=~Q(practice=dropped.practice_id))
    with activate(as_region(world, "north")):
        page = region_overview(region.pk, "")
    (change,) = page.changes
    gone = [cell for cell in flagged if cell.practice_id == dropped.practice_id]
    assert change.corrected
    assert (change.gone, change.kept, change.new_concerns, change.new_strengths) == (len(gone), len(flagged) - len(gone), 0, 0)


def test_hidden_months_are_marked_with_their_reason(world: World) -> None:
    with activate(WORKER):
        rows = list(
            AreaResult.objects.filter(
                version__indicator__code="DM-02", level=AreaLevel.REGION, area_id=world.regions["north"].pk
            ).order_by("month_end")
        )
    for row in rows[:4]:
        row.value, row.n, row.suppressed = None, None, True
    with translation.override("en"):
        (note,) = hidden_runs(rows)
        assert note.text.endswith(f"since {month(rows[0].month_end)}")
    assert note.at == 3


@pytest.mark.parametrize("tab", ["practices", "time", "groups", "nonsense"])
def test_every_tab_reads_the_same_few_rows(world: World, signed_in: SignIn, tab: str) -> None:
    client = signed_in("quality_consultant", "north")
    path = f"/region/maalinger/DM-02/?tab={tab}"
    before = queries(client, path)
    corrected(world.release, results=Q(practice__in=[world.places["north_1"], world.places["north_2"]]))
    assert queries(client, path) == before <= 8
