"""Whoever holds the whole database and joins all of it cannot tell who answered what.

Two hundred people answer, each with answers that nobody else gives; then every column of an invitation, hidden ones included, is
joined with every column of an answer, by value and by order. No way may find more than one in twenty.
"""

import json
from collections import Counter
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.db import connections

from kip.core.scope import WORKER, activate
from surveys.actions import mixing
from surveys.links import Link
from surveys.models import Campaign
from tests.surveys.conftest import answer

PEOPLE, MOST = 200, 0.05
HIDDEN = ("xmin::text::bigint AS xmin", "ctid::text AS ctid")


def rows(table: str) -> list[dict[str, Any]]:
    """Every row with what PostgreSQL keeps beside it, as the owner of the tables reads it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT *, {', '.join(HIDDEN)} FROM {table}")
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, map(plain, row), strict=True)) for row in cursor.fetchall()]


def plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def order(value: Any) -> tuple[Any, ...]:
    """A sorting key for any value; a place on the disc sorts by block and row."""
    if isinstance(value, str) and value.startswith("("):
        return tuple(int(part) for part in value.strip("()").split(","))
    return (str(value).rjust(24),) if isinstance(value, int) else (str(value),)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_no_join_finds_who_answered_what(
    running: Callable[..., Campaign], links: Callable[[Campaign], list[Link]]
) -> None:  # fmt: skip
    campaign = running(PEOPLE, target=0)
    said: dict[str, tuple[str, ...]] = {}
    for link, values in zip(links(campaign), product("12345", repeat=4), strict=False):
        answer(link, dict(zip(("PUL1", "PUL2", "PUL3", "PUL4"), values, strict=True)))
        said[link.digest.hex()] = values
        with activate(WORKER):
            if mixing.due():
                mixing.mix(campaign)
    invitations = [row for row in rows("surveys_invitation") if row["token_digest"] in said]
    responses = rows("surveys_response")
    assert (len(invitations), len(responses), len(rows("surveys_sealedanswer"))) == (PEOPLE, PEOPLE, 0)
    truth = {row["id"]: said[row["token_digest"]] for row in invitations}
    found: Counter[tuple[str, str, str]] = Counter()
    for one, other in product(invitations[0], responses[0]):
        if other in ("answers", "texts"):
            continue
        for way, pairs in (("value", by_value), ("order", by_order), ("order", by_reverse_order)):
            for invitation, response in pairs(invitations, one, responses, other):
                found[way, one, other] += truth[invitation["id"]] == values_of(response)
    assert {way: hits for way, hits in found.items() if hits > MOST * PEOPLE} == {}


def values_of(response: dict[str, Any]) -> tuple[str, ...]:
    answers = json.loads(response["answers"])
    return tuple(answers[code] for code in ("PUL1", "PUL2", "PUL3", "PUL4"))


Rows = list[dict[str, Any]]
Pairs = list[tuple[dict[str, Any], dict[str, Any]]]


def by_value(invitations: Rows, one: str, responses: Rows, other: str) -> Pairs:
    """Pairs that share a value nobody else has."""
    mine, theirs = (Counter(row[name] for row in table) for table, name in ((invitations, one), (responses, other)))
    known = {row[other]: row for row in responses if theirs[row[other]] == 1}
    return [(row, known[row[one]]) for row in invitations if mine[row[one]] == 1 and row[one] in known]


def by_order(invitations: Rows, one: str, responses: Rows, other: str) -> Pairs:
    """Pairs of the same rank, where ranks tell anything."""
    if len({row[one] for row in invitations}) == 1:
        return []
    first = sorted(invitations, key=lambda row: order(row[one]))
    second = sorted(responses, key=lambda row: order(row[other]))
    return list(zip(first, second, strict=True))


def by_reverse_order(invitations: Rows, one: str, responses: Rows, other: str) -> Pairs:
    pairs = by_order(invitations, one, responses, other)
    return [(first, second) for (first, _), (_, second) in zip(pairs, reversed(pairs), strict=True)]
