"""The pages on data quality: what to mend first for a practice, suppliers and practices for a region."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from datacapture.actions.library import load_library
from datacapture.models import Producer, QualityResult
from datacapture.queries.quality import own_page, region_page, region_practice_page
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.models import Practice

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
EN = {"Accept-Language": "en"}


def row(practice: Practice, measure: str, **more: Any) -> QualityResult:
    values = {"n": 100, "x": 60, "as_of": date(2026, 11, 1), **more}
    return QualityResult.objects.create(practice=practice, region=practice.region, measure=measure, **values)


@pytest.fixture
def data(country: dict[str, Any]) -> dict[str, Practice]:
    """Every kind of fault at one practice; a laboratory with three practices, and systems of one each."""
    places = {key: country[key] for key in ("north_1", "north_2", "north_physio", "south_1")}
    with activate(WORKER):
        first = places["north_1"]
        row(first, "coverage", n=1000, x=612, value=0.612, before=0.8, effect=2.0)
        row(first, "coverage", key="months", n=11, x=2, value=2 / 11, since=date(2026, 4, 1), effect=1.5)
        row(first, "missing", key="obs_ryg", before=0.9, effect=0.9)
        row(first, "coding", n=500, x=200, value=0.4, before=0.85, effect=3.0)
        row(first, "unknown", key="DM-02", n=50, x=20, value=0.4, effect=0.4)
        row(first, "unit", key="NPU19661", producer="LAB-A", value=1012.0, since=date(2026, 3, 1), effect=0.7)
        row(first, "lateness", n=900, x=300, value=4, upper=45, effect=0.2)
        row(first, "corrected", n=900, x=9, value=0.01)
        for number, practice in enumerate(places.values()):
            row(practice, "lateness", n=700, x=20, value=2 + number, upper=9, producer="LAB-A")
            row(practice, "lateness", n=200, x=2, value=1, upper=3, producer=f"EPJ-{number}")
        row(places["north_2"], "coverage", n=12, x=3, value=0.25)
    return places


def test_the_practice_reads_what_to_mend_in_order_of_effect(data: Any, django_assert_num_queries: Any) -> None:
    with activate(Scope(Persona.PRACTICE, practice_id=data["north_1"].pk)), override("en"):
        with django_assert_num_queries(2):
            page = own_page(data["north_1"])
        assert own_page(data["north_2"]).mends == ()
    assert [mend.row.effect for mend in page.mends] == [3.0, 2.0, 1.5, 0.9, 0.7, 0.4, 0.2]
    told = {mend.row.measure + mend.row.key: mend for mend in page.mends}
    assert told["coding"].text == "40% of the contacts in the last three months, against 85% in the nine months before."
    assert told["unitNPU19661"].text == (
        "60 of 100 values from LAB-A are about 1,000 times the usual ones. It began in March 2026."
    )  # fmt: skip
    assert told["coveragemonths"].text.endswith("The first is April 2026.")
    assert told["missingobs_ryg"].title == "Nothing has come on: smoking status"
    assert "90% of the practices" in told["missingobs_ryg"].text
    assert told["unknownDM-02"].url == "/maalinger/DM-02/"
    assert told["coding"].gain == "The measures find the patients they are about again."
    assert told["missingobs_ryg"].gain == "1 measure gets the data it needs."
    assert told["unitNPU19661"].gain == "60 values count again."
    assert told["unknownDM-02"].text == "DM-02: 20 of 50 patients cannot be judged."
    assert told["unknownDM-02"].gain == "Up to 20 patients more are judged."
    assert page.figures[0][1:] == ("61%", "80%")
    assert page.suppliers == (("EPJ-0", "200", "1 day", "3 days", "1%"), ("LAB-A", "700", "2 days", "9 days", "3%"))


def test_one_missing_test_behind_several_measures_is_one_thing_to_mend(country: dict[str, Any]) -> None:
    """DM-02 and DM-03 both wait for the HbA1c; KOL-05 for other things."""
    place = country["north_1"]
    with activate(WORKER):
        load_library()
        row(place, "unknown", key="KOL-05", n=32, x=17, value=17 / 32, effect=0.5)
        for key in ("DM-02", "DM-03"):
            row(place, "unknown", key=key, n=260, x=160, value=160 / 260, effect=0.4)
    with activate(Scope(Persona.PRACTICE, practice_id=place.pk)), override("en"):
        first, second = own_page(place).mends
    assert (first.title, second.row.key) == ("Not recorded: HbA1c", "KOL-05")
    assert first.text == (
        "HbA1c below 59 mmol/mol: 160 of 260 patients cannot be judged. "
        "HbA1c 75 mmol/mol or more: 160 of 260 patients cannot be judged."
    )
    assert first.gain == "Up to 160 patients more are judged."


def test_nobody_is_blamed_for_codes_that_a_profession_does_not_use(data: Any, country: dict[str, Any]) -> None:
    with activate(WORKER):
        row(data["north_physio"], "coding", n=300, x=0, value=0.0)
    region = country["north"].pk
    with activate(Scope(Persona.REGION, region_id=region)), override("en"):
        lines = {line[0].pk: line[2] for line in region_page(region, "").practices}
    assert (lines[data["north_physio"].pk], lines[data["north_1"].pk]) == ("–", "40%")
    with activate(Scope(Persona.PRACTICE, practice_id=data["north_physio"].pk)), override("en"):
        assert [line[0] for line in own_page(data["north_physio"]).figures] == []


def test_the_pages_open(data: Any, signed_in: SignIn, settings: Any) -> None:
    settings.KIP_REQUIRE_MFA = False
    practice = signed_in("practice_assistant", "north_1")
    for language in ("da", "en"):
        assert practice.get("/data/kvalitet/", headers={"Accept-Language": language}).status_code == 200
    shown = practice.get("/data/kvalitet/", headers=EN).content.decode()
    assert shown.index("Fewer contacts have a diagnosis code") < shown.index("Data are missing for whole months")
    assert "NPU19661" in shown
    empty = signed_in("practice_manager", "south_2").get("/data/kvalitet/", headers=EN).content.decode()
    assert "No data" in empty


def test_the_region_reads_systems_of_three_practices_and_no_small_share(data: Any, country: dict[str, Any]) -> None:
    region = country["north"].pk
    with activate(Scope(Persona.REGION, region_id=region)), override("en"):
        page = region_page(region, "")
        narrow = region_page(region, "physiotherapy")
    assert page.suppliers == (("LAB-A", "3", "3", "9", "–"), ("Other systems", "3", "1", "3", "–"))
    lines = {line[0].pk: line[1:] for line in page.practices}
    assert lines[data["north_1"].pk] == ("61%", "40%", "2", "4", "45")
    assert lines[data["north_2"].pk] == ("–", "–", "0", "–", "–")
    assert data["south_1"].pk not in lines
    assert [line[0].pk for line in narrow.practices] == [data["north_physio"].pk]
    assert narrow.suppliers == ()


def test_a_unit_that_three_practices_share_is_one_case(data: Any, country: dict[str, Any]) -> None:
    with activate(WORKER):
        for key in ("north_2", "north_physio"):
            row(data[key], "unit", key="NPU19661", producer="LAB-A", value=990.0, since=date(2026, 4, 1), effect=0.5)
    with activate(Scope(Persona.REGION, region_id=country["north"].pk)), override("en"):
        page = region_page(country["north"].pk, "")
    assert page.suppliers[0] == ("LAB-A", "3", "3", "9", "NPU19661 at 3 practices, from March 2026")


def test_a_look_at_one_practice_needs_a_purpose_and_is_in_its_log(data: Any, signed_in: SignIn, settings: Any) -> None:
    settings.KIP_REQUIRE_MFA = False
    consultant, practice = signed_in("quality_consultant", "north"), data["north_1"]
    page = f"/region/datakvalitet/{practice.pk}/"
    assert "EPJ" not in consultant.get("/region/datakvalitet/", headers=EN).content.decode()
    assert consultant.get(page).headers["Location"] == f"/region/klinikker/{practice.pk}/"
    with activate(WORKER):
        assert not AuditRecord.objects.filter(act="viewed", kind="data_quality").exists()
    form = consultant.get(f"/region/klinikker/{practice.pk}/")
    purpose = next(iter(form.context["form"].fields["purpose"].choices))[0] or "support"
    consultant.post(f"/region/klinikker/{practice.pk}/", {"purpose": purpose})
    shown = consultant.get(page, headers=EN)
    assert shown.status_code == 200
    body = shown.content.decode()
    assert ("NPU19661" in body, "DM-02" in body, "61%" in body) == (True, False, False)
    with activate(WORKER):
        assert AuditRecord.objects.filter(act="viewed", kind="data_quality", practice_id=practice.pk).count() == 1
    assert consultant.get(f"/region/datakvalitet/{data['south_1'].pk}/").status_code == 404


def test_the_region_sees_no_shares_of_patients_of_the_one_practice(data: Any, country: dict[str, Any]) -> None:
    with activate(Scope(Persona.REGION, region_id=country["north"].pk)):
        page = region_practice_page(data["north_1"])
    assert {mend.row.measure for mend in page.mends} == {"coverage", "missing", "unit", "lateness"}
    assert all(mend.row.key == "months" for mend in page.mends if mend.row.measure == "coverage")


def test_the_names_of_systems_are_for_the_worker_only(country: dict[str, Any]) -> None:
    with activate(WORKER):
        Producer.objects.create(name="LAB-A")
    for scope in (Scope(Persona.PRACTICE, practice_id=country["north_1"].pk), Scope(Persona.REGION, region_id=1)):
        with pytest.raises(Exception, match="permission denied"), activate(scope):
            list(Producer.objects.all())
