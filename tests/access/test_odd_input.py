"""Whatever stands in an address or a form, the answer is a page and never a fault of ours."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from practices.models import Practice, Region
from tests.access.matrix import MATRIX, PERSONAS
from tests.access.objects import Objects
from tests.access.test_matrix import ROLES

NAMES = ("q", "page", "order", "theme", "tier", "measure", "profession", "state", "next")
ODD = (
    "x" * 10_000, "\udcff", "'", "{{7*7}}", "<script>alert(1)</script>", "-1", "9" * 40, "//evil.example", "%", "\u202e", "=1+1",
)  # fmt: skip
TRIES = 3
GETS = sorted(name for name, row in MATRIX.items() if row.method == "get")


def parameters(place: int) -> dict[str, bytes]:
    """Every parameter with another odd value; over the pages each meets all of them."""
    return {name: ODD[(place + at) % len(ODD)].encode("utf-8", "surrogateescape") for at, name in enumerate(NAMES)}


@pytest.mark.django_db
@pytest.mark.parametrize("persona", ["anonymous", "practice", "region", "national", "support"])
def test_no_parameter_breaks_a_page(
    persona: str, signed_in: Callable[..., Client], country: Mapping[str, Region | Practice]
) -> None:
    client = Client() if persona == "anonymous" else signed_in(*ROLES[persona])
    bad = []
    for place, name in enumerate(name for name in GETS if MATRIX[name].opens[PERSONAS.index(persona)] == "y"):
        with transaction.atomic():
            objects = Objects(country)
            url = reverse(name, args=[objects[key] for key in MATRIX[name].own])
            for number in range(TRIES):
                answer = client.get(url, parameters(TRIES * place + number))
                body = b"" if answer.streaming else answer.content
                led_away = urlsplit(answer.headers.get("Location", "")).netloc == "evil.example"
                if answer.status_code >= 500 or b"<script>alert" in body or led_away:
                    bad.append((url, TRIES * place + number, answer.status_code))
            transaction.set_rollback(True)
    assert bad == []


@pytest.mark.django_db
def test_a_zero_byte_is_refused_in_words_everywhere(country: Mapping[str, Region | Practice]) -> None:
    found = {}
    for name in GETS:
        with transaction.atomic():
            objects = Objects(country)
            url = reverse(name, args=[objects[key] for key in MATRIX[name].own])
            answer = Client().get(url, {"q": "a\0b"})
            found[name] = (answer.status_code, "Vi kan ikke læse det, der blev sendt" in answer.content.decode())
            transaction.set_rollback(True)
    assert {name: said for name, said in found.items() if said != (400, True)} == {}


@pytest.mark.django_db
def test_a_zero_byte_is_refused_in_path_form_and_cookie(signed_in: Callable[..., Client]) -> None:
    client = signed_in(*ROLES["practice"])
    assert client.get("/maalinger/%00/").status_code == 400
    assert client.post("/rolle/", {"membership": "1\0"}).status_code == 400
    assert client.post("/konto/login/", {"login": "a\0@b.dk", "password": "x"}).status_code == 400
    assert client.post("/rolle/", "membership=%00", content_type="application/x-www-form-urlencoded").status_code == 400
    client.cookies["kip"] = "\0" * 32
    assert client.get("/").status_code == 400
