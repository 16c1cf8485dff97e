"""(f) CPU of the front page (K1) and of one measure (K3) at national scale, against a view that only answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import close_old_connections, connection, connections
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext, override_settings

from kip.core.scope import WORKER, activate
from practices.models import Practice
from tests.bench.bare_urls import MIDDLEWARE
from tests.bench.conftest import Note
from tests.bench.measuring import Ratio, compare
from tests.datacapture.feedback_world import World, build

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]
PRACTICES, REQUESTS = 3_400, 40
PAGES = {"K1": "/", "K3": "/maalinger/DM-02/"}
_RESULTS = """
INSERT INTO datacapture_result (practice_id, {names}) SELECT m.id, {values} FROM datacapture_result r, practices_practice m
WHERE r.release_id = %s AND r.practice_id = %s AND m.name LIKE 'Klinik %%'
"""


@pytest.fixture(scope="module")
def writable(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Rows of a published release may be added, as only the count itself may do otherwise."""

    def triggers(state: str) -> None:
        with django_db_blocker.unblock(), connections["owner"].cursor() as cursor:
            cursor.execute(f"ALTER TABLE datacapture_result {state} TRIGGER USER")

    triggers("DISABLE")
    yield
    triggers("ENABLE")


@pytest.fixture
def national(writable: None, country: dict[str, Any], settings: Any, tmp_path: Path) -> World:
    """A published release with the results of 3,400 practices, 24 months each."""
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False
    world = build(country, only=())
    model = world.places["north_2"]
    with activate(WORKER), connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(quote_ident(column_name)) FROM information_schema.columns"
            " WHERE table_name = 'datacapture_result' AND column_name NOT IN ('id', 'practice_id')"
        )
        names = cursor.fetchone()[0]
        Practice.objects.bulk_create(_like(model, number) for number in range(PRACTICES))
        values = ", ".join(f"r.{name}" for name in names)
        cursor.execute(_RESULTS.format(names=", ".join(names), values=values), [world.release.pk, model.pk])
        assert cursor.rowcount >= PRACTICES * 24
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    return world


def _like(model: Practice, number: int) -> Practice:
    return Practice(
        number=f"N{number}", name=f"Klinik {number}", profession=model.profession, region_id=model.region_id,
        municipality_id=model.municipality_id, valid_from=model.valid_from,
    )  # fmt: skip


@pytest.fixture
def ask(national: World, signed_in: Callable[..., Client]) -> Iterator[Callable[[str], Callable[[], None]]]:
    """`ask(path)` is work that asks for the page 40 times, straight at the WSGI handler, as a practice's manager."""
    client, handler = signed_in("practice_manager", "north_1"), WSGIHandler()
    cookies = {"HTTP_COOKIE": "; ".join(f"{name}={item.value}" for name, item in client.cookies.items())}

    def of(path: str) -> Callable[[], None]:
        def work() -> None:
            _request(handler, path, cookies)

        return work

    # The connection is kept from request to request, as in the portal.
    request_started.disconnect(close_old_connections)
    yield of
    request_started.connect(close_old_connections)


def _bare() -> None:
    with override_settings(MIDDLEWARE=MIDDLEWARE, ROOT_URLCONF="tests.bench.bare_urls"):
        _request(WSGIHandler(), "/bare", {})


def _request(handler: WSGIHandler, path: str, headers: dict[str, str]) -> None:
    for _ in range(REQUESTS):
        status: list[str] = []
        environ = RequestFactory().get(path, **headers).environ
        response = handler(environ, lambda line, headers, status=status: status.append(line))
        body = b"".join(response)
        assert (status[0], body == b"") == ("200 OK", False)


@pytest.mark.parametrize("page", PAGES)
def test_page_against_a_bare_view(page: str, ask: Callable[[str], Callable[[], None]], note: Note) -> None:
    full, bare = ask(PAGES[page]), _bare
    full()
    with CaptureQueriesContext(connection) as seen:
        full()
    queries = sum(" FROM " in entry["sql"] and "set_config" not in entry["sql"] for entry in seen) / REQUESTS
    with connection.cursor():
        found: Ratio = compare(full, bare, rounds=5, servers=[connection.connection.info.backend_pid])
    note(
        f"(f) {page}", f"CPU of a request for {page}, Python and database, {PRACTICES:,} practices / a view that only answers",
        "<= 20x, <= 6 queries",
        f"{found.cpu:.1f}x ({found.ours.cpu / REQUESTS * 1000:.1f} ms / {found.theirs.cpu / REQUESTS * 1000:.2f} ms),"
        f" {queries:g} queries",
        found.cpu <= 20 and queries <= 6,
    )  # fmt: skip
