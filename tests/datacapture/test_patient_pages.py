"""K4: marks are the practice's own, never part of a number, fade with the window, and leave a trace in its log."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from datacapture.enums import MarkReason
from datacapture.models import CaseState, ChartNote, Indicator, Patient, PatientMark, Result
from datacapture.queries.patients import LISTED, cases, listed_measure, progress_of
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from tests.datacapture.feedback_world import World, build
from tests.datacapture.test_feedback_pages import words

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
LIST = "/maalinger/DM-02/patienter/"
MARK = "/maalinger/DM-02/patienter/maerk/"


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country)


def on_the_list(world: World, place: str) -> list[int]:
    with activate(WORKER):
        found = CaseState.objects.filter(LISTED, practice=world.places[place], version__indicator__code="DM-02")
        return sorted(found.values_list("patient_id", flat=True))


def marks(**wanted: Any) -> list[tuple[int, str, str]]:
    with activate(WORKER):
        return sorted(PatientMark.objects.filter(**wanted).values_list("patient_id", "reason", "note"))


def numbers() -> list[tuple[Any, ...]]:
    with activate(WORKER):
        return sorted(Result.objects.values_list("pk", "x", "n", "value", "tier"))


def test_a_patients_number_goes_through_the_form_as_it_is(world: World, signed_in: SignIn) -> None:
    """Danish puts a full stop in large numbers: never in the value that comes back from a form."""
    with activate(WORKER):
        seen = CaseState.objects.filter(LISTED, practice=world.places["north_1"], version__indicator__code="DM-02").first()
        patient = Patient.objects.create(pk=4_020_181, practice=seen.practice, sex=1, birth=date(1901, 2, 3))
        CaseState.objects.create(
            version=seen.version, practice=seen.practice, patient=patient, month_end=seen.month_end, bin=seen.bin
        )
    client = signed_in("clinician", "north_1")
    pages = [client.get(f"/maalinger/DM-02/patienter/?page={number}").content.decode() for number in (1, 2, 3)]
    assert any('value="4020181"' in page for page in pages)
    assert not any('value="4.020.181"' in page for page in pages)


def test_marked_patients_are_reviewed_and_no_number_moves(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    listed, before = on_the_list(world, "north_1"), numbers()
    answer = client.post(f"{MARK}?show=open", {"patient": listed[:3], "reason": "already_done", "note": ""}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{LIST}?show=open"
    assert marks() == [(patient, "already_done", "") for patient in listed[:3]]
    assert f"3 af {len(listed)} er gennemgået" in words(answer) or f"3 of {len(listed)} have been looked at" in words(answer)
    assert numbers() == before
    open_rows, done_rows = (client.get(f"{LIST}?show={which}") for which in ("open", "done"))
    assert (open_rows.context["found"].paginator.count, done_rows.context["found"].paginator.count) == (len(listed) - 3, 3)


def test_each_patient_has_a_form_of_its_own_for_a_phone(world: World, signed_in: SignIn) -> None:
    client, listed = signed_in("clinician", "north_1"), on_the_list(world, "north_1")
    page = client.get(LIST).content.decode()
    assert page.count('<details class="kip-mark"') == len(client.get(LIST).context["rows"])
    idents = re.findall(r' id="([^"]+)"', page)
    assert len(idents) == len(set(idents)), "every field has an id of its own"
    client.post(MARK, {"only": listed[4], "reason": "moved"})
    assert marks() == [(listed[4], "moved", "")]
    client.post(MARK, {"only": listed[4], "unmark": "1"})
    assert marks() == []


def test_a_refused_form_of_one_patient_stays_open_with_its_words(world: World, signed_in: SignIn) -> None:
    client, patient = signed_in("clinician", "north_1"), on_the_list(world, "north_1")[0]
    answer = client.post(f"{MARK}?show=all", {"only": patient, "reason": "other", "note": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('<details class="kip-mark" open>') == 1
    assert f'href="#id_{patient}_note"' in page, "the summary of errors leads to the patient's own field"
    assert answer.context["ticked"] == frozenset()
    assert marks() == []


def test_the_note_is_not_called_optional_where_a_reason_asks_for_it(world: World, signed_in: SignIn) -> None:
    page = words(signed_in("clinician", "north_1").get(LIST))
    assert "(valgfrit)" not in page
    assert "(optional)" not in page


def test_the_days_list_says_how_many_of_how_many_and_leads_to_all(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    with activate(WORKER):
        seen = CaseState.objects.filter(LISTED, practice=world.places["north_1"], version__indicator__code="DM-02").first()
        for number in range(30):
            patient = Patient.objects.create(practice=seen.practice, sex=1, birth=date(1950, 1, 1 + number))
            CaseState.objects.create(
                version=seen.version, practice=seen.practice, patient=patient, month_end=seen.month_end, bin=seen.bin
            )
    total = len(on_the_list(world, "north_1"))
    some = client.get("/maalinger/DM-02/patienter/udskriv/?sort=age", headers={"Accept-Language": "en"})
    assert len(some.context["rows"]) == 20
    assert f"The first 20 of {total} patients not looked at yet, oldest first." in words(some)
    assert "?sort=age&amp;all=1" in some.content.decode()
    everybody = client.get("/maalinger/DM-02/patienter/udskriv/?sort=age&all=1", headers={"Accept-Language": "en"})
    assert len(everybody.context["rows"]) == total
    assert f"All {total} patients not looked at yet, oldest first." in words(everybody)
    with activate(WORKER):
        seen_rows = AuditRecord.objects.filter(act="viewed", kind="patient_list").order_by("seq").values_list("detail", flat=True)
        assert [detail["rows"] for detail in seen_rows] == [20, total]


def test_a_download_is_told_before_and_logged_after(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    assert "printed or downloaded, that is written in your log" in words(client.get(LIST, headers={"Accept-Language": "en"}))
    client.get("/maalinger/DM-02/patienter.csv")
    with activate(WORKER):
        record = AuditRecord.objects.get(act="downloaded")
    assert (record.kind, record.object_id, record.detail) == (
        "patient_list",
        "DM-02",
        {"rows": len(on_the_list(world, "north_1"))},
    )


def test_a_new_mark_replaces_the_old_one_and_can_be_taken_away(world: World, signed_in: SignIn) -> None:
    client, patient = signed_in("clinician", "north_1"), on_the_list(world, "north_1")[0]
    client.post(MARK, {"patient": [patient], "reason": "moved"})
    client.post(MARK, {"patient": [patient], "reason": "other", "note": "går i ambulatoriet"})
    assert marks() == [(patient, "other", "går i ambulatoriet")]
    client.post(MARK, {"patient": [patient], "unmark": "1"})
    assert marks() == []


@pytest.mark.parametrize("note", ["", "cpr 010150-1234"])
def test_another_reason_needs_words_and_no_cpr(world: World, signed_in: SignIn, note: str) -> None:
    client, patient = signed_in("clinician", "north_1"), on_the_list(world, "north_1")[0]
    answer = client.post(MARK, {"patient": [patient], "reason": "other", "note": note})
    assert answer.status_code == 422
    assert "010150-1234" not in "".join(text for _patient, _reason, text in marks())
    assert answer.context["ticked"] == {patient}
    assert marks() == []


def test_patients_of_others_and_of_no_list_cannot_be_marked(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    foreign = on_the_list(world, "north_2")[0]
    client.post(MARK, {"patient": [foreign, 999_999_999, "x"], "reason": "moved"})
    assert marks() == []
    client.post(MARK, {"reason": "moved"})
    assert marks() == []


def test_no_other_practice_and_no_region_sees_a_mark(world: World, signed_in: SignIn) -> None:
    client, patient = signed_in("clinician", "north_1"), on_the_list(world, "north_1")[0]
    client.post(MARK, {"patient": [patient], "reason": "other", "note": "kun for os selv"})
    assert "kun for os selv" in words(client.get(f"{LIST}?show=done"))
    for role, place in (("clinician", "north_2"), ("quality_consultant", "north")):
        other = signed_in(role, place)
        assert "kun for os selv" not in words(other.get(f"{LIST}?show=all"))
        assert "kun for os selv" not in words(other.get("/"))


def test_a_mark_fades_with_the_window_of_the_measure(world: World, signed_in: SignIn) -> None:
    practice, patient = world.places["north_1"], on_the_list(world, "north_1")[0]
    today = timezone.localdate()
    with activate(WORKER):
        listed = listed_measure("DM-02", today)
        assert listed is not None
        assert listed.since == date(today.year - 1, today.month, min(today.day, 28) if today.month == 2 else today.day)
        mark = PatientMark.objects.create(
            practice=practice, indicator=listed.version.indicator, patient_id=patient, reason=MarkReason.HANDLED, day=listed.since
        )
        assert progress_of(practice.pk, [listed.version], today)[listed.version.pk].reviewed == 1
        PatientMark.objects.filter(pk=mark.pk).update(day=listed.since - timedelta(days=1))
        assert progress_of(practice.pk, [listed.version], today)[listed.version.pk].reviewed == 0
        assert patient in {case.patient_id for case in cases(practice.pk, listed, "open")}
    page = words(signed_in("clinician", "north_1").get(f"{LIST}?show=open&sort=age"))
    assert "gælder ikke længere" in page or "no longer counts" in page


def test_the_orders_are_what_they_say(world: World) -> None:
    practice = world.places["north_1"]
    with activate(WORKER):
        listed = listed_measure("DM-02", timezone.localdate())
        assert listed is not None
        by_age = [case.patient.birth for case in cases(practice.pk, listed, order="age")]
        by_day = [case.deciding_day for case in cases(practice.pk, listed, order="date")]
        by_lists = [case.lists for case in cases(practice.pk, listed, order="lists")]
        others = CaseState.objects.filter(LISTED, practice=practice, version__retired_at=None).select_related("version")
        counted: dict[int, set[int]] = {}
        for case in others:
            if case.version.texts.get("patient_list"):
                counted.setdefault(case.patient_id, set()).add(case.version_id)
        assert {case.patient_id: case.lists for case in cases(practice.pk, listed)} == {
            patient: len(counted[patient]) for patient in on_the_list_now(practice.pk, listed.version.pk)
        }
    assert by_age == sorted(by_age)
    assert by_day == sorted(by_day)
    assert by_lists == sorted(by_lists, reverse=True)


def on_the_list_now(practice_id: int, version_id: int) -> list[int]:
    found = CaseState.objects.filter(LISTED, practice=practice_id, version=version_id)
    return list(found.values_list("patient_id", flat=True))


def test_the_file_holds_the_marks_and_the_paper_the_open_ones(world: World, signed_in: SignIn) -> None:
    client, listed = signed_in("clinician", "north_1"), on_the_list(world, "north_1")
    client.post(MARK, {"patient": listed[:2], "reason": "declined"})
    file = client.get("/maalinger/DM-02/patienter.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file), delimiter=";"))[1:]
    assert len(rows) == len(listed)
    assert sum(row[5] == timezone.localdate().isoformat() for row in rows) == 2
    paper = client.get("/maalinger/DM-02/patienter/udskriv/")
    assert len(paper.context["rows"]) == min(20, len(listed) - 2)
    assert not {row.patient_id for row in paper.context["rows"]} & set(listed[:2])


def test_every_mark_and_note_is_in_the_practices_log_without_patients(world: World, signed_in: SignIn) -> None:
    client, listed = signed_in("clinician", "north_1"), on_the_list(world, "north_1")
    client.post(MARK, {"patient": listed[:2], "reason": "moved"})
    client.post(MARK, {"patient": listed[:1], "unmark": "1"})
    client.post("/maalinger/DM-02/noter/", {"day": "2.3.2026", "text": "Ny indkaldelse"})
    with activate(WORKER):
        records = AuditRecord.objects.filter(kind="measure").order_by("seq").values_list("act", "object_id", "detail")
        assert list(records) == [
            ("marked_patients", "DM-02", {"rows": 2, "reason": "moved"}),
            ("unmarked_patients", "DM-02", {"rows": 1}),
            ("added_note", "DM-02", {}),
        ]


def test_own_notes_stand_on_the_chart_of_the_practice_alone(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    client.post("/maalinger/DM-02/noter/", {"day": "2.3.2026", "text": "Ny indkaldelse"})
    page = client.get("/maalinger/DM-02/").content.decode()
    assert page.count("Ny indkaldelse") >= 3  # in the list and in both pictures
    assert 'class="chart__notes"' in page
    other = signed_in("clinician", "north_2")
    assert "Ny indkaldelse" not in words(other.get("/maalinger/DM-02/"))
    assert client.post("/maalinger/DM-02/noter/", {"day": "2.3.2026", "text": "010150-1234"}).status_code == 422
    assert client.post("/maalinger/DM-02/noter/", {"day": "2.3.2099", "text": "x"}).status_code == 422
    with activate(WORKER):
        note = ChartNote.objects.get()
    assert other.post(f"/maalinger/DM-02/noter/{note.pk}/fjern/").status_code == 404
    assert client.post(f"/maalinger/DM-02/noter/{note.pk}/fjern/").status_code == 302
    with activate(WORKER):
        assert not ChartNote.objects.exists()


def test_a_full_chart_takes_no_more_notes(world: World, signed_in: SignIn) -> None:
    with activate(WORKER):
        indicator = Indicator.objects.get(code="DM-02")
        for _ in range(20):
            ChartNote.objects.create(practice=world.places["north_1"], indicator=indicator, day=date(2026, 3, 2), text="x")
    signed_in("clinician", "north_1").post("/maalinger/DM-02/noter/", {"day": "2.3.2026", "text": "en til"})
    with activate(WORKER):
        assert ChartNote.objects.count() == 20
