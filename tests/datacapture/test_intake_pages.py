"""The pages of data intake, used as a practice's staff would."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from datacapture import intake_jobs
from datacapture.actions import api_keys
from datacapture.enums import DeliveryState
from datacapture.file_format import TEMPLATE
from datacapture.models import ApiKey, Delivery, Enrolment, Event, Objection, Patient
from kip.core.models import Job
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.intake_files import CPR_A, CPR_B, csv_file, enrol, line, purpose

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> Path:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
    return tmp_path


@pytest.fixture
def enrolled(country: dict[str, Any]) -> Any:
    with activate(WORKER):
        goal = purpose()
        enrol(country["north_1"], goal)
    return goal


def upload(client: Client, content: bytes, name: str = "udtraek.csv") -> HttpResponse:
    return client.post("/data/send/", {"file": SimpleUploadedFile(name, content, "text/csv")})


def run_jobs() -> list[Any]:
    """Run the waiting jobs of intake as the worker would."""
    with activate(WORKER):
        waiting = list(Job.objects.filter(state="waiting", name__startswith="datacapture.").order_by("created_at"))
    results = []
    for work in waiting:
        if work.name in ("datacapture.store_delivery", "datacapture.register_objection"):
            run = getattr(intake_jobs, work.name.partition(".")[2])
            result = run(Scope.from_json(work.scope), lambda *_: None, **work.arguments)
            with activate(WORKER):
                Job.objects.filter(pk=work.pk).update(state="done", result=result)
            results.append(result)
    return results


def test_upload_preview_send_receipt(enrolled: Any, signed_in: SignIn, own_home: Path) -> None:
    client = signed_in("practice_assistant", "north_1")
    answer = upload(client, csv_file(line("1"), line("2", code="NPU01566"), line("3", start="31.2.2026")))
    with activate(WORKER):
        delivery = Delivery.objects.get()
    page = f"/data/{delivery.pk}/"
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    waiting = client.get(page).content.decode()
    assert "<progress" in waiting
    assert f'hx-get="{page}fremdrift/"' in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    assert "<progress" in client.get(f"{page}fremdrift/", headers={"HX-Request": "true"}).content.decode()
    run_jobs()
    assert client.get(f"{page}fremdrift/").headers["HX-Refresh"] == "true"
    preview = client.get(page).content.decode()
    assert "Send filen" in preview
    assert "Nogle koder ligger uden for det formål" in preview
    with activate(WORKER):
        assert Event.objects.count() == 0
    assert client.post(f"{page}gem/").status_code == 302
    run_jobs()
    receipt = client.get(page).content.decode()
    assert "Filen er modtaget og læst. udtraek.csv: 1 gemt, 2 ikke gemt, 0 at se på." in receipt
    assert "Send filen" not in receipt
    with activate(WORKER):
        assert Event.objects.count() == 1
    rows = client.get(f"{page}linjer.csv")
    assert rows.headers["Content-Disposition"] == f'attachment; filename="kip-modtagelse-{delivery.pk}.csv"'
    lines = rows.content.decode("utf-8-sig").splitlines()
    assert [row.split(";")[3] for row in lines] == ["kode", "date_unreadable", "code_outside_purpose"]
    assert "udtraek.csv" in client.get("/data/").content.decode()
    client.post(f"{page}gem/")
    assert run_jobs() == []


def test_the_upload_is_encrypted_while_it_waits_and_gone_when_given_up(
    enrolled: Any, signed_in: SignIn, own_home: Path, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("kip.core.jobs.wake", lambda job: None)
    client = signed_in("clinician", "north_1")
    content = csv_file(*(line(str(number)) for number in range(12_000)))
    with django_capture_on_commit_callbacks(execute=True):
        upload(client, content)
        (waiting,) = (own_home / "uploads").iterdir()
        assert waiting.stat().st_size > len(content) > 3 * 256 * 1024
        assert b"NPU27300" not in waiting.read_bytes()
        run_jobs()
        with activate(WORKER):
            delivery = Delivery.objects.get()
        assert delivery.receipt["new"] == 12_000
        client.post(f"/data/{delivery.pk}/fortryd/")
    assert list((own_home / "uploads").iterdir()) == []
    with activate(WORKER):
        assert Delivery.objects.get().state == DeliveryState.CANCELLED


def test_an_upload_without_a_token_or_a_file_leaves_nothing(enrolled: Any, signed_in: SignIn, own_home: Path) -> None:
    client = signed_in("clinician", "north_1")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert upload(strict, csv_file(line("1"))).status_code == 403
    assert client.post("/data/send/", {}).status_code == 422
    assert list((own_home / "uploads").glob("*")) == []
    with activate(WORKER):
        assert Delivery.objects.count() == 0


def test_a_too_large_upload_is_told_and_not_kept(enrolled: Any, signed_in: SignIn, own_home: Path, settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 1000
    answer = upload(signed_in("clinician", "north_1"), csv_file(*(line(str(number)) for number in range(30_000))))
    assert (answer.status_code, "Filen er for stor." in answer.content.decode()) == (422, True)
    assert list((own_home / "uploads").iterdir()) == []


def test_another_practices_delivery_does_not_exist(enrolled: Any, signed_in: SignIn, settings: Any) -> None:
    settings.KIP_REQUIRE_MFA = False
    upload(signed_in("clinician", "north_1"), csv_file(line("1")))
    with activate(WORKER):
        number = Delivery.objects.get().pk
    other = signed_in("practice_manager", "north_2")
    for tail in ("", "fremdrift/", "linjer.csv"):
        assert other.get(f"/data/{number}/{tail}").status_code == 404
    for tail in ("gem/", "fortryd/"):
        assert other.post(f"/data/{number}/{tail}").status_code == 404
    assert signed_in("quality_consultant", "north").get(f"/data/{number}/").status_code == 404


def test_the_manager_signs_and_withdraws(signed_in: SignIn, country: dict[str, Any]) -> None:
    with activate(WORKER):
        purpose()
    manager, clinician = signed_in("practice_manager", "north_1"), signed_in("clinician", "north_1")
    assert "Tilmeld klinikken formålet" in manager.get("/aftaler/").content.decode()
    assert "Tilmeld klinikken formålet" not in clinician.get("/aftaler/").content.decode()
    assert clinician.get("/aftaler/kronisk/tilmeld/").status_code == 404
    form = manager.get("/aftaler/kronisk/tilmeld/").content.decode()
    assert "SHL § 195" in form
    assert "diabetes (alle typer)" in form
    assert manager.post("/aftaler/kronisk/tilmeld/", {"signer_name": "Ida"}).status_code == 422
    signed = {"signer_name": "Ida Prøve", "signer_title": "Læge", "agreed": "on"}
    assert manager.post("/aftaler/kronisk/tilmeld/", signed).status_code == 302
    with activate(WORKER):
        made = Enrolment.objects.get()
    assert (made.signer_name, made.enrolled_from, made.withdrawn_on) == ("Ida Prøve", timezone.localdate(), None)
    assert manager.get("/aftaler/kronisk/udmeld/").status_code == 200
    assert manager.post("/aftaler/kronisk/udmeld/").status_code == 302
    with activate(WORKER):
        assert Enrolment.objects.get().withdrawn_on == timezone.localdate()
    assert manager.get("/aftaler/").status_code == 200


def test_a_key_is_shown_once_and_can_be_stopped(signed_in: SignIn, country: dict[str, Any]) -> None:
    manager = signed_in("practice_manager", "north_1")
    made = manager.post("/noegler/", {"label": "Journalsystem", "scopes": ["deliver", "read"]}).content.decode()
    with activate(WORKER):
        key = ApiKey.objects.get()
    assert key.scopes == ["deliver", "read"]
    token = made.partition("<code>")[2].partition("</code>")[0]
    assert token.startswith(f"kip_{country['north_1'].pk}_{key.prefix}")
    assert api_keys.authenticate(token) is not None
    assert token not in manager.get("/noegler/").content.decode()
    assert signed_in("practice_manager", "north_2").post(f"/noegler/{key.pk}/stop/").status_code == 404
    assert manager.post(f"/noegler/{key.pk}/stop/").status_code == 302
    assert api_keys.authenticate(token) is None
    assert signed_in("clinician", "north_1").get("/noegler/").status_code == 404


def test_an_objection_is_registered_and_taken_back(enrolled: Any, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    upload(client, csv_file(line("1", patient="P-7", sex="m", birth="1961-05-06"), line("2", patient=CPR_B)))
    run_jobs()
    with activate(WORKER):
        number = Delivery.objects.get().pk
    client.post(f"/data/{number}/gem/")
    run_jobs()
    for patient in ("P-7", CPR_B, CPR_A):
        assert client.post("/indsigelser/", {"identifier": patient, "purpose": enrolled.pk}).status_code == 302
    assert [result["outcome"] for result in run_jobs()] == ["registered"] * 3
    page = client.get("/indsigelser/").content.decode()
    assert (">P-7<" in page, "1960" in page, CPR_B in page) == (True, True, False)
    with activate(WORKER):
        assert (Event.objects.count(), Patient.objects.count(), Objection.objects.count()) == (0, 3, 3)
        first = Objection.objects.order_by("pk").first()
    assert first.since == date.today() or first.since == timezone.localdate()
    assert client.post(f"/indsigelser/{first.pk}/fjern/").status_code == 302
    with activate(WORKER):
        assert Objection.objects.count() == 2
    assert signed_in("practice_assistant", "north_1").get("/indsigelser/").status_code == 404


def test_the_template_names_the_own_practice_and_the_columns_to_fill_in(signed_in: SignIn, country: dict[str, Any]) -> None:
    table = signed_in("clinician", "north_1").get("/data/skabelon.csv").content.decode("utf-8-sig").splitlines()
    assert table[0].split(";") == list(TEMPLATE)
    assert {row.split(";")[0] for row in table[1:]} == {country["north_1"].number}


@pytest.mark.parametrize("language", ["da", "en"])
def test_pages_open_in_both_languages(enrolled: Any, signed_in: SignIn, language: str) -> None:
    client = signed_in("practice_manager", "north_1")
    for page in ("/data/", "/aftaler/", "/noegler/", "/indsigelser/"):
        answer = client.get(page, headers={"Accept-Language": language})
        assert (answer.status_code, f'<html lang="{language}">' in answer.content.decode()) == (200, True)


def test_a_parked_job_says_so(enrolled: Any, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    upload(client, csv_file(line("1")))
    with activate(WORKER):
        Job.objects.update(state="parked")
        number = Delivery.objects.get().pk
    page = client.get(f"/data/{number}/").content.decode()
    assert ("alert-error" in page, "<progress" in page) == (True, False)


def test_the_web_process_may_not_write_events(enrolled: Any, country: dict[str, Any]) -> None:
    with (
        pytest.raises(Exception, match="permission denied"),
        activate(Scope(Persona.PRACTICE, practice_id=country["north_1"].pk)),
    ):
        Event.objects.create(practice=country["north_1"], patient_id=1, code_id=1, source="0" * 32, received_at=timezone.now())
