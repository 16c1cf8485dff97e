"""The REST way in: keys, what they open, limits, and the same receipt as on the page."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from datacapture import intake_jobs
from datacapture.actions import api_keys
from datacapture.api.access import FAILURES, PerKey
from datacapture.enums import Channel, DeliveryState
from datacapture.models import ApiKey, Delivery, Event
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.intake_files import csv_file, enrol, line, purpose

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/leverancer/"
Post = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
    cache.clear()


@pytest.fixture
def token(country: dict[str, Any]) -> str:
    practice = country["north_1"]
    with activate(WORKER):
        enrol(practice, purpose())
    with activate(Scope(Persona.PRACTICE, practice_id=practice.pk)):
        return api_keys.create(practice.pk, "Journalsystem A", None).token


@pytest.fixture
def post() -> Post:
    def send(token: str | None, body: bytes, kind: str = "text/csv", **headers: str) -> HttpResponse:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return Client(enforce_csrf_checks=True).post(ADDRESS, data=body, content_type=kind, headers=headers)

    return send


def run(delivery_id: int) -> None:
    with activate(WORKER):
        practice = Delivery.objects.get(pk=delivery_id).practice_id
    scope = Scope(Persona.INTAKE, practice_id=practice)
    intake_jobs.store_delivery(scope, lambda *_: None, delivery_id=delivery_id, mode="store")


def test_a_file_comes_in_and_its_receipt_can_be_read(token: str, post: Post) -> None:
    answer = post(token, csv_file(line("1"), line("2", code="NPU01566")))
    told = answer.json()
    assert (answer.status_code, told["state"], told["counts"]) == (202, "waiting", {})
    assert answer.headers["Location"] == told["receipt"] == f"{ADDRESS}{told['id']}/"
    assert answer.headers["Cache-Control"] == "no-store"
    run(told["id"])
    receipt = Client().get(told["receipt"], headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"}).json()
    assert (receipt["state"], receipt["counts"]["new"]) == ("stored", 1)
    assert receipt["counts"]["dropped"] == {"code_outside_purpose": {"NPU": 1}}
    assert [item["code"] for item in receipt["messages"]] == ["received", "code_outside_purpose"]
    assert receipt["messages"][0]["text"].startswith("The file has been received and read. levering.csv: 1 stored")
    with activate(WORKER):
        delivery = Delivery.objects.get()
        assert (delivery.channel, delivery.state) == (Channel.API, DeliveryState.STORED)
        record = AuditRecord.objects.get(act="delivery_received")
        assert (record.actor, record.role, record.practice_id) == ("Journalsystem A", "api_key", delivery.practice_id)


def test_only_the_digest_of_a_key_is_kept(token: str) -> None:
    secret = token.split("_", 2)[2]
    with activate(WORKER):
        key = ApiKey.objects.get()
    assert (key.prefix, key.digest) == (secret[:12], hashlib.sha256(secret.encode()).hexdigest())
    assert secret not in str(vars(key))


def test_a_fhir_document_comes_in_the_same_way(token: str, post: Post) -> None:
    answer = post(token, b'{"resourceType":"Bundle","type":"document","entry":[]}', "application/fhir+json")
    assert answer.status_code == 202
    run(answer.json()["id"])
    with activate(WORKER):
        assert Delivery.objects.get().receipt["stopped"] == ["empty_file"]


def test_every_bad_key_gets_the_same_refusal(token: str, post: Post, country: dict[str, Any]) -> None:
    mark, _practice, secret = token.split("_", 2)
    other = country["north_2"].pk
    bad = [
        f"{mark}_{other}_{secret}", token[:-1], token + "x", f"{mark}_{_practice}_", f"{mark}_-1_{secret}", "kip", "", "x" * 5000,
        f"{mark}_{'9' * 30}_{secret}", f"{mark}_{_practice}_a\x00b", f"{mark}_{_practice}_ææææææææææææ",
    ]  # fmt: skip
    answers = set()
    for wrong in bad:
        cache.clear()
        answer = post(wrong.encode("latin-1", "ignore").decode("latin-1"), csv_file(line("1")))
        answers.add((answer.status_code, answer.headers["WWW-Authenticate"], answer.content))
    assert {status for status, _, _ in answers} == {401}
    assert len(answers) == 1
    assert post(None, b"x").status_code == 401
    with activate(WORKER):
        assert Delivery.objects.count() == 0


def test_a_stopped_key_opens_nothing(token: str, post: Post) -> None:
    with activate(WORKER):
        key = ApiKey.objects.get()
    with activate(Scope(Persona.PRACTICE, practice_id=key.practice_id)):
        api_keys.revoke(key)
    assert post(token, csv_file(line("1"))).status_code == 401


def test_a_key_reads_no_other_practices_receipt(token: str, post: Post, country: dict[str, Any]) -> None:
    other = country["north_2"].pk
    with activate(WORKER):
        foreign = Delivery.objects.create(practice_id=other, channel="web", file_name="x", size=1, digest="x", state="stored")
    answer = Client().get(f"{ADDRESS}{foreign.pk}/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404


def test_other_content_types_are_refused_and_the_size_is_limited(token: str, post: Post, settings: Any, tmp_path: Path) -> None:
    assert post(token, b"%PDF", "application/pdf").status_code == 415
    settings.UPLOAD_LIMIT_BYTES = 100
    assert post(token, csv_file(line("1"))).status_code == 413
    assert list((tmp_path / "uploads").iterdir()) == []


def test_guessing_is_stopped_and_a_key_has_a_limit(token: str, post: Post, monkeypatch: Any) -> None:
    assert [post("kip_1_x", b"x").status_code for _ in range(FAILURES)] == [401] * FAILURES
    assert post("kip_1_x", b"x").status_code == 429
    cache.clear()
    monkeypatch.setattr(PerKey, "rate", "2/hour")
    assert [post(token, csv_file(line("1"))).status_code for _ in range(3)] == [202, 202, 429]


def test_nothing_is_stored_before_the_worker_has_read_the_file(token: str, post: Post) -> None:
    post(token, csv_file(line("1")))
    with activate(WORKER):
        assert Event.objects.count() == 0
