"""The Python wall, alone: every page with the database's rules switched off."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from kip.core.walls import ALL, BASE, build, declared
from practices.models import Practice, Region
from tests.access.matrix import MATRIX, PERSONAS
from tests.access.objects import Objects
from tests.access.test_matrix import ROLES

FOREIGN = sorted(name for name, row in MATRIX.items() if row.foreign is not None)
OPENED = [
    (persona, name)
    for persona in ("practice", "region")
    for name, row in sorted(MATRIX.items())
    if row.method == "get" and row.opens[PERSONAS.index(persona)] == "y"
]


@pytest.fixture(scope="module")
def no_database_wall(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Every persona may read and write every row of every table; the wall is built again afterwards."""
    with django_db_blocker.unblock():
        with connections["owner"].cursor() as cursor:
            for wall in declared():
                cursor.execute(f'ALTER TABLE "{wall.table}" DISABLE ROW LEVEL SECURITY')
                cursor.execute(f'GRANT {ALL} ON "{wall.table}" TO {BASE}')
        yield
        connections["default"].close()
        build("owner")


@pytest.mark.django_db
@pytest.mark.usefixtures("no_database_wall")
@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("persona", ["practice", "region"])
def test_pages_alone_hide_a_foreign_object(name: str, persona: str, signed_in: Callable[..., Client], objects: Objects) -> None:
    row = MATRIX[name]
    url = reverse(name, args=[objects[key] for key in row.foreign or ()])
    assert getattr(signed_in(*ROLES[persona]), row.method)(url).status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("no_database_wall")
@pytest.mark.parametrize(("persona", "name"), OPENED)
def test_pages_alone_name_nothing_of_others(
    persona: str, name: str, signed_in: Callable[..., Client], objects: Objects, country: Mapping[str, Region | Practice]
) -> None:
    strange = {reverse(other, args=[objects[key] for key in MATRIX[other].foreign or ()]) for other in FOREIGN}
    strange -= {reverse(other, args=[objects[key] for key in MATRIX[other].own]) for other in FOREIGN}
    answer = signed_in(*ROLES[persona]).get(reverse(name, args=[objects[key] for key in MATRIX[name].own]))
    body = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode("utf-8", "replace")
    assert answer.status_code < 400
    assert [url for url in [*strange, str(country["south_1"])] if url in body] == []
