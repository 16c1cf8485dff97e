"""A practice asks its patients in five minutes, and reads the result at the tenth answer and not before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kip.core.scope import WORKER, activate
from practices.models import User
from surveys.actions import inviting, mixing
from surveys.links import Link
from surveys.models import Campaign, Comment, Contact
from tests.surveys.conftest import answer, version

pytestmark = pytest.mark.django_db
BASE = "/patientoplevelser/"


@pytest.fixture
def client(library: None, person: Callable[..., User]) -> Client:
    found = Client()
    found.force_login(person("practice_manager", "north_1"), backend="practices.backends.PersonBackend")
    return found


def typed(**more: Any) -> dict[str, Any]:
    today, later = timezone.localdate(), timezone.localdate() + timedelta(days=28)
    with activate(WORKER):
        host = version("KIP-PULSE").pk
    return {
        "title": "Forår", "questionnaire": host, "first_day": today.isoformat(), "last_day": later.isoformat(),
        "target": "60", "reminders": "2", "controller": "Klinikken", "legal_basis": "fastsat af rådgiveren",
        "contact": "klinik@kip.example", **more,
    }  # fmt: skip


def made(client: Client, **more: Any) -> str:
    """Address of a new draft."""
    answer_ = client.post(f"{BASE}ny/", typed(**more))
    assert answer_.status_code == 302, answer_.content.decode()
    return str(answer_.headers["Location"])


def body(answer_: Any) -> str:
    return str(answer_.content.decode())


def test_from_nothing_to_a_running_survey(client: Client) -> None:
    assert "I har ikke spurgt endnu" in body(client.get(BASE))
    place = made(client)
    taken = client.post(
        f"{place}liste/", {"pasted": "a@patient.example\nb@patient.example\nikke-en-adresse\na@patient.example\n"}
    )
    assert "Linje 3: ingen e-mailadresse" in body(taken)
    assert "Linje 4: står der allerede" in body(taken)
    assert "2 patienter er på listen" in body(taken)
    file = SimpleUploadedFile("liste.csv", "email;sprog\nc@patient.example;en\n".encode("cp1252"))
    assert client.post(f"{place}liste/", {"file": file}).status_code == 302
    assert "3 patienter er på listen" in body(client.get(place))
    assert client.post(f"{place}start/").status_code == 302
    assert "Resultatet kommer, når ti har svaret" in body(client.get(place))
    assert "Forår" in body(client.get(BASE))
    refused = client.post(f"{place}liste/", {"pasted": "d@patient.example"}, follow=True)
    assert "Undersøgelsen er begyndt, så det kan ikke længere ændres" in body(refused)
    with activate(WORKER):
        assert Contact.objects.count() == 3


def test_a_list_can_be_emptied_and_a_draft_given_up(client: Client) -> None:
    place = made(client)
    client.post(f"{place}liste/", {"pasted": "a@patient.example"})
    client.post(f"{place}empty/")
    with activate(WORKER):
        assert Contact.objects.count() == 0
    assert "Der er ikke sat nogen på listen endnu" in body(client.post(f"{place}start/", follow=True))
    client.post(f"{place}liste/", {"pasted": "a@patient.example"})
    client.post(f"{place}cancel/")
    with activate(WORKER):
        assert (Contact.objects.count(), Campaign.objects.get().state) == (0, "cancelled")
    assert "I har ikke spurgt endnu" in body(client.get(BASE))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"first_day": "2020-01-01"}, "Den første dag er passeret"),
        ({"last_day": "2020-01-01"}, "Den sidste dag kan ikke ligge før den første"),
        ({"title": "Patient 010190-1234"}, "cpr"),
        ({"other_subject": "B"}, "Skriv begge emner eller ingen"),
        ({"target": "-1"}, ""),
        ({"questionnaire": "999999"}, ""),
    ],
)
def test_a_plan_that_cannot_be_is_told(client: Client, changed: dict[str, str], sentence: str) -> None:
    answer_ = client.post(f"{BASE}ny/", typed(**changed))
    assert answer_.status_code == 422
    assert sentence in body(answer_)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "vælg"),
        (b"navn;alder\nA;3\n", "Ingen kolonne hedder email"),
        (b"\x00\x01\x02", "Filen er ikke tekst"),
        (b"\n\n", "Der er ingen adresser i den"),
    ],
)
def test_a_bad_list_is_told_and_nothing_kept(client: Client, data: bytes, sentence: str) -> None:
    place = made(client)
    answer_ = client.post(f"{place}liste/", {"file": SimpleUploadedFile("x.csv", data)})
    assert answer_.status_code == 422
    assert sentence.lower() in body(answer_).lower()
    with activate(WORKER):
        assert Contact.objects.count() == 0


def test_nine_answers_show_nothing_and_ten_the_whole(client: Client, links: Callable[[Campaign], list[Link]]) -> None:
    place = made(client)
    client.post(f"{place}liste/", {"pasted": "\n".join(f"p{n}@patient.example" for n in range(12))})
    client.post(f"{place}start/")
    with activate(WORKER):
        campaign = Campaign.objects.get()
        inviting.make_invitations(campaign)
    mine = links(campaign)
    for number, link in enumerate(mine[:10]):
        page = body(client.get(f"{place}svar/"))
        assert "Der er færre end 10 svar" in page
        answer(link, {"PUL1": "5" if number < 8 else "2", "PUFT": f"Ord {number}"})
        with activate(WORKER):
            mixing.mix(campaign)
    page = body(client.get(f"{place}svar/"))
    assert "10 har svaret. 8 af 10 svarede positivt til: I hvilken grad blev du lyttet til?" in page
    assert "49–94\u00a0%" in page
    assert "Ord 3" not in page
    with activate(WORKER):
        Comment.objects.update(state="approved")
    assert "Ord 3" in body(client.get(f"{place}svar/"))


def test_another_practices_survey_does_not_exist(client: Client, person: Callable[..., User]) -> None:
    place = made(client)
    other = Client()
    other.force_login(person("practice_manager", "north_2"), backend="practices.backends.PersonBackend")
    assert [other.get(path).status_code for path in (place, f"{place}svar/")] == [404, 404]
    assert [other.post(f"{place}{step}/").status_code for step in ("start", "cancel", "close", "empty", "liste")] == [404] * 5
    clinician = Client()
    clinician.force_login(person("clinician", "north_1"), backend="practices.backends.PersonBackend")
    assert clinician.get(place).status_code == 200
    assert clinician.post(f"{place}start/").status_code == 403


def test_the_list_costs_the_same_for_one_and_three(client: Client) -> None:
    made(client)
    client.get(BASE)
    with CaptureQueriesContext(connection) as one:
        client.get(BASE)
    made(client)
    made(client)
    with CaptureQueriesContext(connection) as three:
        client.get(BASE)
    assert len(one) == len(three)
