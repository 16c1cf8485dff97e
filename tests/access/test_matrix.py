"""The access matrix: every URL, every role, own and foreign objects."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.matrix import LIBRARY, MATRIX, NARROWER, PERSONAS
from tests.access.objects import Objects

ROLES = {
    "practice": ("practice_manager", "north_1"),
    "region": ("regional_administrator", "north"),
    "risk": ("risk_manager", "north"),
    "surveyor": ("surveyor", None),
    "committee": ("committee_member", None),
    "national": ("national_analyst", None),
    "support": ("platform_operator", None),
}


def url_names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            space = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from url_names(entry, space)
        elif isinstance(entry, URLPattern) and entry.name:
            yield prefix + entry.name
        else:
            yield f"unnamed {entry.pattern}"


def test_every_url_has_a_row() -> None:
    names = {name for name in url_names(get_resolver()) if not name.startswith(LIBRARY)}
    assert names == set(MATRIX)


def test_every_row_has_a_sign_for_every_persona() -> None:
    assert {name for name, row in MATRIX.items() if len(row.opens) != len(PERSONAS)} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(MATRIX))
@pytest.mark.parametrize("persona", PERSONAS)
def test_who_may_open_what(name: str, persona: str, signed_in: Callable[..., Client], objects: Objects) -> None:
    row = MATRIX[name]
    client = Client() if persona == "anonymous" else signed_in(*ROLES[persona])
    url = reverse(name, args=[objects[key] for key in row.own])
    answer = getattr(client, row.method)(url)
    sign = row.opens[PERSONAS.index(persona)]
    if sign == "-":
        assert answer.status_code == 404
    elif sign == ">":
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, reverse("account_login"))
    elif sign == "k":
        assert answer.status_code == 401
    else:
        assert answer.status_code < 400
        assert not answer.headers.get("Location", "").startswith("/konto/")


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name, row in MATRIX.items() if row.foreign is not None))
@pytest.mark.parametrize("persona", ["practice", "region"])
def test_a_foreign_object_does_not_exist(name: str, persona: str, signed_in: Callable[..., Client], objects: Objects) -> None:
    row = MATRIX[name]
    url = reverse(name, args=[objects[key] for key in row.foreign or ()])
    client = signed_in(*ROLES[persona])
    answers = {method: getattr(client, method)(url).status_code for method in ("get", "post", "delete")}
    assert answers[row.method] == 404
    assert set(answers.values()) <= {404, 405}  # a method that the page never takes says so without looking


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "name"), [(role, name) for role, names in NARROWER.items() for name in names])
def test_a_narrower_role_has_fewer_pages(role: str, name: str, signed_in: Callable[..., Client], objects: Objects) -> None:
    row = MATRIX[name]
    url = reverse(name, args=[objects[key] for key in row.own])
    client = signed_in(role, "north" if role == "quality_consultant" else "north_1")
    assert getattr(client, row.method)(url).status_code == 404
