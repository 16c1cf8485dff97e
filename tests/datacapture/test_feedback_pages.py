"""The pages say exactly what is stored, ask before they show, and tell nobody what is not theirs."""

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext

from datacapture.enums import Bin
from datacapture.feedback_csv import HEADS
from datacapture.models import AreaResult, CaseState, Result
from datacapture.queries import wording
from datacapture.queries.comparing import area_of
from datacapture.queries.home import late_words
from datacapture.queries.measures import Card, by_patients, worth_acting
from kip.core.models import AuditRecord
from kip.core.numbers import NBSP, integer
from kip.core.scope import WORKER, activate
from tests.datacapture.feedback_world import MONTH_END, World, build, corrected

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country)


def words(response: Any) -> str:
    """The page's text without tags, with single spaces."""
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(plain).replace(NBSP, " "))


def stored(world: World, place: str, code: str) -> Result:
    with activate(WORKER):
        rows = Result.objects.select_related("version__indicator")
        return rows.get(latest=True, practice=world.places[place], version__indicator__code=code)


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def fraction(row: Result) -> str:
    """ "26 af 72 patienter", in the page's language."""
    with translation.override("da"):
        return plain(wording.fraction_words(row.x, row.n, row.version))


def test_the_start_page_shows_what_can_be_acted_on_by_patients_to_gain(world: World, signed_in: SignIn) -> None:
    page = words(signed_in("clinician", "north_1").get("/"))
    row = stored(world, "north_1", "DM-02")
    assert "2 af 4 målinger peger på noget, I kan gøre." in page or "1 af 4 målinger peger på noget, I kan gøre." in page
    assert plain(wording.sentence(row)) in page
    assert plain(wording.gain_words(row)) in page
    assert "Tal til og med 30. september 2026 · Dataudgave 2026-3" in page
    assert "15. februar 2027" in page


def test_a_measure_page_shows_exactly_the_stored_row(world: World, signed_in: SignIn) -> None:
    row = stored(world, "north_1", "DM-02")
    page = words(signed_in("clinician", "north_1").get("/maalinger/DM-02/"))
    low, high = round(100 * row.lower), round(100 * row.upper)
    assert fraction(row) in page
    assert fraction(row).split()[0::2][:2] == [str(row.x), str(row.n)]
    assert f"{round(100 * row.value)} %" in page
    assert f"Tallet ligger sandsynligvis mellem {low} % og {high} %." in page
    assert plain(wording.sentence(row)) in page
    assert str(row.excluded) in page
    assert str(row.unknown) in page
    assert "Højere er bedre" in page


def test_the_file_of_a_measure_holds_the_stored_months(world: World, signed_in: SignIn) -> None:
    response = signed_in("clinician", "north_1").get("/maalinger/DM-02/tal.csv")
    cells = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    row = stored(world, "north_1", "DM-02")
    assert len(cells) == 25
    assert cells[-1][3:7] == ["2026-09-30", str(row.x), str(row.n), f"{row.value:.6f}".replace(".", ",")]


def test_the_list_of_measures_can_be_filtered_and_keeps_too_few_apart(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "south_1")
    page = words(client.get("/maalinger/"))
    assert "Målinger med for få patienter" in page or "Measures with too few patients" in page
    row = stored(world, "south_1", "DM-02")
    assert fraction(row) in page
    none = words(client.get("/maalinger/?tier=signal"))
    assert "Ingen passer til dit valg" in none
    assert fraction(row) not in none


def test_the_four_kinds_of_empty_have_their_own_words(world: World, signed_in: SignIn) -> None:
    few = words(signed_in("clinician", "south_1").get("/maalinger/DM-02/"))
    assert "For få patienter" in few
    physio = signed_in("clinician", "north_physio")
    assert "Ingen data" in words(physio.get("/"))
    assert "Gælder ikke jer" in words(physio.get("/maalinger/DM-02/"))
    assert physio.get("/maalinger/XX-99/").status_code == 404


def test_the_patient_list_is_the_cases_and_each_look_is_recorded(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    page = words(client.get("/maalinger/DM-02/patienter/"))
    row = stored(world, "north_1", "DM-02")
    assert re.search(rf"\b{row.n - row.x} pati", page)
    file = client.get("/maalinger/DM-02/patienter.csv")
    cells = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))[1:]
    with activate(WORKER):
        cases = CaseState.objects.filter(practice=world.places["north_1"], version=row.version, bin=Bin.DENOMINATOR_ONLY)
        listed = {case.patient_id for case in cases}
        records = list(AuditRecord.objects.filter(kind="patient_list").order_by("seq").values_list("act", "object_id", "detail"))
    numbers = {f"J{place}" for place, person in enumerate(world.people) if person.row.pk in listed and place % 2 == 0}
    assert {cell[0] for cell in cells if cell[0]} == numbers
    assert len(cells) == len(listed) == row.n - row.x
    assert any(number in page for number in numbers)
    with translation.override("da"):
        assert translation.gettext("no local number") in page
    assert records == [("viewed", "DM-02", {"rows": min(30, len(listed))}), ("downloaded", "DM-02", {"rows": len(listed)})]


def test_where_lower_is_better_the_list_holds_those_counted(world: World, signed_in: SignIn) -> None:
    row = stored(world, "north_1", "DM-03")
    page = words(signed_in("clinician", "north_1").get("/maalinger/DM-03/patienter/"))
    assert f"{row.x} patienter: HbA1c på 75 mmol/mol eller mere" in page or f"{row.x} patients:" in page


def test_neither_side_reaches_the_pages_of_the_other(world: World, signed_in: SignIn) -> None:
    region, practice = signed_in("quality_consultant", "north"), signed_in("practice_manager", "north_1")
    own = [
        "/maalinger/",
        "/maalinger/DM-02/",
        "/maalinger/DM-02/tal.csv",
        "/maalinger/DM-02/patienter/",
        "/maalinger/DM-02/patienter.csv",
        "/rapport/",
    ]
    across = ["/region/klinikker/", f"/region/klinikker/{world.places['north_2'].pk}/"]
    assert [region.get(path).status_code for path in own] == [404] * len(own)
    assert [practice.get(path).status_code for path in across] == [404] * len(across)


def test_opening_a_practice_needs_a_purpose_and_the_practice_can_read_it(world: World, signed_in: SignIn) -> None:
    consultant = signed_in("quality_consultant", "north")
    address = f"/region/klinikker/{world.places['north_1'].pk}/"
    asked = consultant.get(address)
    assert "Hvorfor åbner du Lægehuset north 1 (demo)?" in words(asked)
    assert "verdict" not in words(asked)
    refused = consultant.post(address, {"purpose": "agreed_dialogue", "reference": ""})
    assert refused.status_code == 422
    opened = consultant.post(address, {"purpose": "agreed_dialogue", "reference": "møde 3. november"}, follow=True)
    assert "Aftalt dialog: møde 3. november" in words(opened)
    log = words(signed_in("practice_manager", "north_1").get("/opslag/"))
    assert "quality_consultant north" in log
    assert "Formål: Aftalt dialog: møde 3. november." in log
    other = words(signed_in("practice_manager", "north_2").get("/opslag/"))
    assert "møde 3. november" not in other


def test_the_purpose_holds_for_one_practice_only_and_every_look_is_recorded(world: World, signed_in: SignIn) -> None:
    consultant = signed_in("quality_consultant", "north")
    first, second = (f"/region/klinikker/{world.places[key].pk}/" for key in ("north_1", "north_2"))
    consultant.post(first, {"purpose": "data_check", "reference": ""})
    for _ in range(3):
        consultant.get(first)
    assert "Hvorfor åbner du" in words(consultant.get(second))
    with activate(WORKER):
        records = AuditRecord.objects.filter(practice_id=world.places["north_1"].pk, kind="practice_sheet").order_by("seq")
        assert list(records.values_list("act", "purpose")) == [("stated_purpose", "data_check")] + [("viewed", "data_check")] * 3


def test_a_practice_of_another_region_does_not_exist(world: World, signed_in: SignIn) -> None:
    address = f"/region/klinikker/{world.places['south_2'].pk}/"
    consultant = signed_in("quality_consultant", "north")
    assert consultant.get(address).status_code == 404
    assert consultant.post(address, {"purpose": "data_check", "reference": ""}).status_code == 404


def test_a_region_reads_rounded_numbers_and_nothing_of_small_practices(world: World, signed_in: SignIn) -> None:
    consultant = signed_in("quality_consultant", "south")
    response = consultant.get("/region/klinikker/?measure=DM-02&order=gain")
    page = words(response)
    with activate(WORKER):
        rows = {
            row.practice.name: row
            for row in Result.objects.filter(latest=True, version__indicator__code="DM-02").select_related("practice")
        }
        areas = AreaResult.objects.filter(level="region", month_end=MONTH_END, version__indicator__code="DM-02")
        total = areas.get(area_id=world.regions["south"].pk)
    cells = table_rows(response)
    assert set(cells) == {row.practice.name for row in rows.values() if row.region_id == world.regions["south"].pk}
    small = rows["Lægehuset south 1 (demo)"]
    assert small.n < 10
    assert cells["Lægehuset south 1 (demo)"][2:5] in (["", "For få patienter", ""], ["", "Skjult af hensyn til patienter", ""])
    for name, row in rows.items():
        if name in cells and cells[name][2]:
            assert int(cells[name][2]) % 5 == 0
            assert fraction(row) not in page
    measure = words(consultant.get("/region/maalinger/DM-02/"))
    assert total.suppressed is False
    assert plain(integer_words(total.n)) in measure


def integer_words(number: int) -> str:
    with translation.override("da"):
        return integer(number)


def table_rows(response: Any) -> dict[str, list[str]]:
    """Cells of each row of the page's table by the text of its heading cell."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", response.content.decode(), re.S):
        cells = [
            re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", cell))).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        found[cells[0]] = cells[1:]
    return {name: cells for name, cells in found.items() if name.startswith("Læge")}


def test_a_suppressed_total_is_nowhere_on_the_page(world: World, signed_in: SignIn) -> None:
    empty = dict.fromkeys(("n", "x", "value", "median", "p10", "p90"))
    corrected(world.release, areas=Q(level="region"), suppressed=True, **empty)
    with activate(WORKER):
        numbers = [
            row.value
            for row in Result.objects.filter(latest=True, region=world.regions["north"], version__indicator__code="DM-02")
        ]
    content = signed_in("quality_consultant", "north").get("/").content.decode()
    row = next(part for part in re.findall(r'<li class="kip-tile">.*?</li>', content, re.S) if "/region/maalinger/DM-02/" in part)
    assert "Skjult af hensyn til patienter" in row
    assert "%" not in row
    assert all(f"{value:.3f}" not in content for value in numbers)


def queries(client: Client, path: str) -> int:
    """Reads of data capture's tables on the second visit."""
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len([query for query in found.captured_queries if 'FROM "datacapture' in query["sql"]])


def test_the_number_of_queries_does_not_grow(world: World, signed_in: SignIn) -> None:
    practice, region = signed_in("clinician", "north_1"), signed_in("quality_consultant", "north")
    own = ("/", "/maalinger/", "/maalinger/DM-02/", "/maalinger/DM-02/?compare=region")
    across = ("/", "/region/klinikker/", "/region/klinikker/?measure=DM-02", "/region/arbejdsliste/", "/region/maalinger/DM-02/")
    before = [queries(practice, path) for path in own], [queries(region, path) for path in across]
    few = Q(practice__in=[world.places["north_1"], world.places["north_2"]], version__indicator__code="DM-02")
    corrected(world.release, results=few)
    assert before == ([queries(practice, path) for path in own], [queries(region, path) for path in across])
    assert max(before[0]) <= 6
    assert max(before[1]) <= 8


def dimension(card: Card) -> str:
    return card.row.version.indicator.dimension


def test_the_list_is_filtered_by_the_six_values_by_words_and_by_what_can_be_done(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    codes = {row.code: row for theme in client.get("/maalinger/").context["page"].themes for row in theme.cards}
    for query, wanted in (
        (
            "value=effectiveness",
            {code for code, card in codes.items() if card.row.version.indicator.dimension == "effectiveness"},
        ),
        ("q=hba1c", {code for code, card in codes.items() if "hba1c" in card.title.casefold()}),
        ("tier=signal", {code for code, card in codes.items() if card.row.tier == "signal"}),
        ("own=1", {code for code, card in codes.items() if worth_acting(card.row)}),
        ("value=nonsense&tier=nonsense&dense=1", set(codes)),
    ):
        page = client.get(f"/maalinger/?{query}").context["page"]
        assert {card.code for theme in page.themes for card in theme.cards} == wanted
        file = client.get(f"/maalinger/alle.csv?{query}").content.decode("utf-8-sig").splitlines()[1:]
        assert {line.split(";")[0] for line in file} == wanted | {few.card.code for few in page.too_few}
    assert client.get("/").context["home"].to_act_on == client.get("/maalinger/?own=1&dense=1").context["page"].shown


def test_events_and_courses_never_come_before_patients(world: World) -> None:
    with activate(WORKER):
        rows = list(Result.objects.filter(latest=True).select_related("version__indicator"))
    kinds = [wording.unit_of(row.version) == wording.PATIENT for row in sorted(rows, key=by_patients)]
    assert len(set(kinds)) == 2
    assert kinds == sorted(kinds, reverse=True)
    gains = [row.gain or 0 for row in sorted(rows, key=by_patients) if wording.unit_of(row.version) == wording.PATIENT]
    assert gains == sorted(gains, reverse=True)


@pytest.mark.parametrize("level", ["region", "municipality", "cluster", "similar", "nation", "nonsense"])
def test_the_chosen_comparison_is_the_stored_one_or_none(world: World, signed_in: SignIn, level: str) -> None:
    row = stored(world, "north_1", "DM-02")
    page = signed_in("clinician", "north_1").get(f"/maalinger/DM-02/?compare={level}").context["page"]
    if level in ("nation", "nonsense"):
        assert (page.compared.level, page.compared.middle) == ("nation", None)
        assert plain(page.compared.words) == plain(wording.comparator_words(row))
        return
    with activate(WORKER):
        found = AreaResult.objects.filter(
            release=world.release, level=level, version=row.version, month_end=row.month_end,
            area_id=area_of(world.places["north_1"], level), profession="general_practice",
        ).first()  # fmt: skip
    assert page.compared.level == level
    assert page.compared.hidden is (found is None or found.median is None)
    assert page.compared.middle.of(row.month_end)[0] == (found.median if found else None)
    assert page.card.row.expected == row.expected


def test_whom_one_cannot_compare_with_is_grey_and_says_why(world: World, signed_in: SignIn) -> None:
    client, why = (
        signed_in("clinician", "north_1"),
        "Those in grey have no middle practice to show: too few practices there have figures.",
    )
    practice, row = world.places["north_1"], stored(world, "north_1", "DM-02")
    corrected(world.release, areas=Q(level="region"), median=70.0, p10=60.0, p90=80.0)
    answer = client.get("/maalinger/DM-02/")
    with activate(WORKER):
        at = AreaResult.objects.filter(release__state="published", version=row.version, month_end=row.month_end)
        open_ = {
            level: level == "nation" or at.filter(level=level, area_id=area_of(practice, level), median__isnull=False).exists()
            for level in ("nation", "region", "municipality", "cluster", "similar")
        }
    assert {level: known for level, _label, known in answer.context["page"].compared.choices} == open_
    assert (open_["region"], open_["municipality"]) == (True, False)
    body = answer.content.decode()
    assert {level: f'href="?compare={level}#trend"' in body for level in open_} == open_
    assert body.count("kip-choices__closed") == list(open_.values()).count(False)
    assert gettext(why) in html.unescape(words(answer))


def test_late_and_old_figures_are_said_to_be_so() -> None:
    month_end = date(2026, 9, 30)
    assert late_words(month_end, date(2026, 12, 1)) == ""
    assert "15. februar 2027" in late_words(date(2026, 9, 30), date(2027, 2, 16))
    assert late_words(month_end, date(2027, 2, 15)) == ""


def test_every_file_has_its_head_in_the_readers_language(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    heads = {}
    for language in ("da", "en"):
        for path in ("/maalinger/DM-02/tal.csv", "/maalinger/alle.csv"):
            file = client.get(path, headers={"Accept-Language": language}).content.decode("utf-8-sig")
            heads[language, path] = file.splitlines()[0].split(";")
    assert heads["en", "/maalinger/DM-02/tal.csv"][4:9] == ["Numerator", "Denominator", "Value", "Probably from", "Probably to"]
    assert heads["da", "/maalinger/DM-02/tal.csv"][4:9] == ["Tæller", "Nævner", "Værdi", "Sandsynligvis fra", "Sandsynligvis til"]
    for head in heads.values():
        assert not [cell for cell in head if "_" in cell or cell in HEADS], "no code name is left"
