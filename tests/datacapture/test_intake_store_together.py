"""Storing with real transactions: two deliveries at once, and a worker killed in the middle."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from datacapture import intake_jobs, keys
from datacapture.actions import deliveries
from datacapture.enums import Channel
from datacapture.models import Delivery, Event, EventCode, EventHistory, Patient, PatientPseudonym
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.intake_files import csv_file, enrol, line, purpose

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
FILE = csv_file(*(line(str(number), value=str(40 + number)) for number in range(30)))


@pytest.fixture
def waiting(country: dict[str, Any], settings: Any, tmp_path: Any, monkeypatch: Any) -> Callable[[], tuple[Scope, int]]:
    """`waiting()` registers one delivery of FILE by the enrolled practice and returns its scope and id."""
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
    monkeypatch.setattr("kip.core.jobs.wake", lambda job: None)
    scope = Scope(Persona.PRACTICE, practice_id=country["north_1"].pk)
    with activate(WORKER):
        enrol(country["north_1"], purpose())

    def make() -> tuple[Scope, int]:
        stored = keys.vault().store([FILE], limit=10**8)
        with activate(scope):
            made = deliveries.receive(deliveries.Sender(scope, Channel.WEB), stored, "fil.csv", mode="store")
        return scope, made.pk

    return make


def work(scope: Scope, number: int) -> None:
    intake_jobs.store_delivery(scope, lambda *_: None, delivery_id=number, mode="store")


def test_two_deliveries_of_the_same_events_at_once_store_them_once(waiting: Any) -> None:
    (scope, first), (_, second) = waiting(), waiting()
    numbers = [first, second]
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(scope, number)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with activate(WORKER):
        receipts = [Delivery.objects.get(pk=number).receipt for number in numbers]
        assert sorted((r["new"], r["changed"], r["same"]) for r in receipts) == [(0, 0, 30), (30, 0, 0)]
        assert (Event.objects.count(), Patient.objects.count(), EventHistory.objects.count()) == (30, 1, 0)


def test_a_killed_worker_leaves_nothing_and_the_next_one_finishes(waiting: Any) -> None:
    scope, number = waiting()

    def die(*args: Any, **named: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        # The parent's sockets must not be used here; psycopg leaves a connection of another process alone.
        inherited = [(each, each.connection) for each in connections.all(initialized_only=True)]
        for each, _ in inherited:
            each.connection = None
        try:
            deliveries.receipt_of = die
            work(scope, number)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with activate(WORKER):
        left = [model.objects.count() for model in (Event, Patient, PatientPseudonym, EventCode)]
        assert left == [0, 0, 0, 0]
    work(scope, number)
    with activate(WORKER):
        assert (Event.objects.count(), Delivery.objects.get(pk=number).receipt["new"]) == (30, 30)
