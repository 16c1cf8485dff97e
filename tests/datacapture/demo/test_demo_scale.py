"""Filling the tables for speed tests: the number asked for, the same rows as a delivery's, and all keys back in place."""

from __future__ import annotations

import pytest
from django.db import connections

from datacapture.actions.storing import source_of
from datacapture.demo.country import generate
from datacapture.demo.scale import SIZE, fill
from datacapture.models import Enrolment, Event, Patient
from kip.core.scope import WORKER, activate
from practices.models import Practice

WANTED = 20_000
KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'datacapture_event'::regclass
UNION SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'datacapture_event'::regclass
"""


def keys() -> list[tuple[str, str]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(KEYS)
        return sorted(cursor.fetchall())


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_fill_writes_exactly_what_is_asked_for_and_keeps_the_keys() -> None:
    before = keys()
    filled = fill(WANTED)
    assert keys() == before
    with activate(WORKER):
        assert (Event.objects.count(), Patient.objects.count()) == (WANTED, filled.patients) == (filled.events, filled.patients)
        assert Practice.objects.count() == Enrolment.objects.filter(purpose=filled.purpose).count() == filled.practices
        number = Practice.objects.order_by("pk")[0].number
        sources = set(Event.objects.filter(practice__number=number).values_list("source", flat=True))
    country = generate(SIZE)
    data = country.data(next(p for p in country.practices if p.id == number))
    theirs = {source_of(data.producers[e["producer"]], f"{number}-{e['serial']:07d}") for e in data.events}
    assert sources
    assert sources <= theirs
