"""The database wall, alone: what a scope reads from every limited table with no Python filter in the way."""

from collections.abc import Mapping

import pytest
from django.db import connection

from kip.core.scope import Persona, Scope, activate
from kip.core.walls import BASE, OWN_PRACTICE, OWN_REGION, Grant, declared
from practices.models import Practice, Region
from tests.access.objects import Objects

NOTHING = Grant("", "")


@pytest.mark.django_db
@pytest.mark.parametrize(("persona", "column", "rule"), [
    (Persona.PRACTICE, "practice_id", OWN_PRACTICE), (Persona.REGION, "region_id", OWN_REGION),
])  # fmt: skip
def test_the_database_alone_shows_each_scope_its_own_rows(
    persona: Persona, column: str, rule: str, objects: Objects, country: Mapping[str, Region | Practice]
) -> None:
    for kind in ("delivery", "key", "objection", "report", "measure"):
        for side in ("own", "foreign"):
            objects[f"{side}_{kind}"]
    own = country["north_1" if persona is Persona.PRACTICE else "north"].pk
    limited = [wall for wall in declared() if wall.grants.get(persona, NOTHING).rows == rule]
    read = [wall for wall in limited if "SELECT" in wall.grants[persona].privileges]
    tables = [wall.table for wall in read if "SELECT" not in wall.grants.get(BASE, NOTHING).privileges]
    seen: dict[str, list[int]] = {}
    with activate(Scope(persona, **{column: own})), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT DISTINCT {column} FROM "{table}"')
            seen[table] = [value for (value,) in cursor.fetchall()]
    assert {table: values for table, values in seen.items() if values not in ([], [own])} == {}
    assert [table for table, values in seen.items() if values == [own]] != []
