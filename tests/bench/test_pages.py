"""(f) CPU of the front page (K1) and of one measure (K3) at national scale, against a view that only answers.

Both are measured as the practice's first view, which reads, computes and draws everything, and as a view of what Redis
still keeps; and so is a page without content, which tells what sign-in, middleware and scope cost alone. Three ratios are told:
everything against the view that only answers, Python's CPU alone against it, and everything against the portal's own frame with
nothing in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
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
Work = Callable[[], None]
PRACTICES, REQUESTS = 3_400, 40
NUMBERS = count()
PAGES = {"K1": "/", "K3": "/maalinger/DM-02/"}
BY = f"{PRACTICES:,} practices / a view that only answers"
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
def ask(national: World, signed_in: Callable[..., Client]) -> Iterator[Callable[..., Work]]:
    """`ask(path)` is work that asks for the page 40 times, straight at the WSGI handler, as a practice's manager.

    first: each time as if nothing of it were kept.
    """
    client, handler = signed_in("practice_manager", "north_1"), WSGIHandler()
    cookies = {"HTTP_COOKIE": "; ".join(f"{name}={item.value}" for name, item in client.cookies.items())}

    def of(path: str, first: bool = False) -> Work:
        def work() -> None:
            _request(handler, path, cookies, _nothing_kept if first else lambda: None)

        return work

    # The connection is kept from request to request, as in the portal.
    request_started.disconnect(close_old_connections)
    yield of
    request_started.connect(close_old_connections)


@pytest.fixture
def bare(settings: Any) -> Callable[[], None]:
    """Work that asks 40 times for the view that only answers. Both sides share the addresses: to change them between the
    sides would let the other one build its table of addresses anew."""
    settings.ROOT_URLCONF = "tests.bench.bare_urls"
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        handler = WSGIHandler()
    return lambda: _request(handler, "/bare", {}, lambda: None)


def _nothing_kept() -> None:
    """Parts are kept by what they say, among it the contact: another one means another part."""
    django_settings.KIP_CONTACT = f"{next(NUMBERS)}@kip.example"


def _request(handler: WSGIHandler, path: str, headers: dict[str, str], before: Callable[[], None]) -> None:
    for _ in range(REQUESTS):
        before()
        status: list[str] = []
        environ = RequestFactory().get(path, **headers).environ
        response = handler(environ, lambda line, headers, status=status: status.append(line))
        body = b"".join(response)
        assert (status[0], body == b"") == ("200 OK", False)


@pytest.mark.parametrize("page", PAGES)
def test_page_against_a_bare_view(page: str, ask: Callable[..., Work], bare: Work, note: Note, settings: Any) -> None:
    settings.KIP_CONTACT = "support@kip.example"  # put back after `_nothing_kept`
    for seen, first, most in (("first view", True, 20), ("shown again", False, 6)):
        work = ask(PAGES[page], first)
        found, queries = _measured(work, bare)
        alone, framed = compare(work, bare, rounds=7), compare(work, ask("/framed"), rounds=5, servers=_servers())
        told = f"{_told(found, queries)}; {alone.cpu:.1f}x of Python alone; {framed.cpu:.1f}x the portal's empty frame"
        note(
            f"(f) {page} {seen}", f"CPU of a request for {page}, {seen}: Python, database and Redis, {BY}",
            f"<= {most}x, <= 6 queries", told, found.cpu <= most and queries <= 6,
        )  # fmt: skip


def test_what_sign_in_alone_costs(ask: Callable[..., Work], bare: Work, note: Note) -> None:
    found, queries = _measured(ask("/healthz"), bare)
    note(
        "(f) sign-in", f"CPU of a request without a page: session, person, roles and scope, {BY}", "told, no goal",
        _told(found, queries), None,
    )  # fmt: skip


def _measured(work: Work, bare: Work) -> tuple[Ratio, float]:
    """Ratio to the bare view, and the reads of one request."""
    work()
    with CaptureQueriesContext(connection) as seen:
        work()
    queries = sum(" FROM " in entry["sql"] and "set_config" not in entry["sql"] for entry in seen) / REQUESTS
    return compare(work, bare, rounds=7, servers=_servers()), queries


def _servers() -> list[int]:
    """The database session and Redis."""
    redis = cache._cache.get_client().info("server")["process_id"]
    with connection.cursor():
        return [connection.connection.info.backend_pid, redis]


def _told(found: Ratio, queries: float) -> str:
    ours, theirs = (side.cpu / REQUESTS * 1000 for side in (found.ours, found.theirs))
    return f"{found.cpu:.1f}x ({ours:.1f} ms / {theirs:.2f} ms), {queries:g} queries"
