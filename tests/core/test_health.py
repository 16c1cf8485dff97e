"""The process answers even when its parts do not; each missing part is named."""

import time

import pytest
from django.core.cache import cache
from django.test import Client

from kip.core.tasks import HEARTBEAT
from kip.portal import health


@pytest.mark.django_db
def test_ready_when_every_part_answers(client: Client) -> None:
    cache.set(HEARTBEAT, time.time(), 60)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"database": True, "redis": True, "migrations": True, "worker": True},
    )


@pytest.mark.django_db
def test_a_silent_worker_is_named(client: Client) -> None:
    cache.set(HEARTBEAT, time.time() - 3600, 60)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["worker"]) == (503, False)


def test_a_part_that_raises_is_not_ready() -> None:
    assert health._answers("broken", lambda: 1 / 0 > 0) is False


def test_alive_without_any_part(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
