"""Patients and events by the million, for speed tests: as much of the country at full activity as is asked for."""

import time
from dataclasses import dataclass

from django.db import connections, transaction

from datacapture.demo import loading
from datacapture.demo.bulk import keyless
from datacapture.demo.country import generate
from datacapture.demo.streams import stream
from datacapture.demo.writing import Writer, made_ahead
from datacapture.models import Event, Purpose
from kip.core.scope import WORKER, activate

SIZE = "nutid"
_TABLE = Event._meta.db_table


@dataclass(frozen=True)
class Filled:
    """What `fill` wrote; `seconds` from the first generated row to the last checked key."""

    purpose: Purpose
    practices: int
    patients: int
    events: int
    seconds: float


def fill(events: int, seed: int = 20261122) -> Filled:
    """Write exactly `events` events with their practices, patients, codes, purpose and enrolments into an empty database.

    Practices of all professions and regions come in a random order, each with the patients and codes it would have; the
    last one is cut. Patients have neither pseudonym nor sealed number. Commits on both database aliases ("default" as
    the worker, "owner" to set the keys of the event table aside), so it cannot be called inside a transaction.
    """
    country = generate(SIZE, seed)
    order = [country.practices[i] for i in stream(seed, "country", "scale").permutation(len(country.practices))]
    with activate(WORKER):
        purpose, codes, places = loading.make_purposes(), loading.load_codes(), loading.load_places(country)
    began, practices = time.perf_counter(), 0
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor, keyless(cursor, _TABLE):
        writer = Writer(cursor, codes, None)
        for data in made_ahead(country.unlinked, order):
            made = loading.load_practices([data.practice], places, using="owner")
            loading.enrol(made.values(), purpose, using="owner")
            writer.add(made[data.practice.id].pk, data, most=events - writer.events)
            practices += 1
            if writer.events == events:
                break
        writer.flush()
    seconds = time.perf_counter() - began
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    return Filled(purpose, practices, writer.patients, writer.events, seconds)
