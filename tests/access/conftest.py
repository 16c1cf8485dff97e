"""Clients and objects of the access matrix."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client

from kip.core.tasks import HEARTBEAT
from practices.models import Practice, Region, User
from tests.access.objects import Objects


@pytest.fixture
def objects(country: dict[str, Region | Practice]) -> Objects:
    return Objects(country)


@pytest.fixture(autouse=True)
def as_in_the_demo(settings: Any, tmp_path: Path) -> None:
    """Without the second factor, whose gate has tests of its own; rate limits start afresh and a worker beats."""
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False
    cache.clear()
    cache.set(HEARTBEAT, time.time(), 60)


@pytest.fixture
def signed_in(signed_in: Callable[..., Client]) -> Callable[..., Client]:
    """As everywhere, with the password just given again: the pages that ask for it then show what the door says."""

    def sign_in(role: str, place: str | None = None) -> Client:
        client = signed_in(role, place)
        request = HttpRequest()
        request.session = client.session
        user = User.objects.get(pk=request.session["_auth_user_id"])
        record_authentication(request, user, method="password", reauthenticated=True)
        request.session.save()
        return client

    return sign_in
