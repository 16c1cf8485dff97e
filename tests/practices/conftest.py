"""What the tests of people, sign-in and register share."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from practices.acting import Acting, acting_as
from practices.models import Membership, User

PASSWORD = "prøve-kodeord-1"


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """Rate limits and waiting files live in the cache."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def no_second_factor(settings) -> None:
    """As in the demo; the tests of the gate switch it on."""
    settings.KIP_REQUIRE_MFA = False


@pytest.fixture
def fresh(signed_in) -> Callable[..., Client]:
    """`fresh(role, place)` is signed in and has just given the password again."""

    def sign_in(role: str, place: str | None = None) -> Client:
        client = signed_in(role, place)
        assert client.post("/konto/reauthenticate/", {"password": PASSWORD}).status_code == 302
        return client

    return sign_in


def acting_of(user: User) -> Acting:
    return acting_as(Membership.objects.select_related("user", "practice", "region").get(user=user))
