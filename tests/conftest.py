"""Shared fixtures: a small country with two regions, and sign-in as each role.

Tests run as the login `kip_test`, which owns nothing and may take on every persona; only set-up uses the worker's scope.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation

from kip.core.scope import WORKER, activate
from practices.enums import PRACTICE_ROLES, REGION_ROLES, Profession, Role
from practices.models import Cluster, Membership, Municipality, Practice, Region, User

START = date(2020, 1, 1)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """One test database, built by the owner and used by the test login, whichever alias a test asks for.

    The owner may empty the audit trail between tests; the login's connection is closed before the database goes.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default", "owner"})
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE core_auditrecord DISABLE TRIGGER audit_keep_all")
        yield
        connections["default"].close()
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """Every test begins in the portal's default language, whatever a request of the one before chose."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def worker(db: None) -> Iterator[None]:
    """The test's own code acts as the worker."""
    with activate(WORKER):
        yield


@pytest.fixture
def country(db: None) -> dict[str, Region | Practice]:
    """Two regions (north, south) with two general practices each and a physiotherapist in the north."""
    with activate(WORKER):
        made: dict[str, Region | Practice] = {}
        for code, key in (("1081", "north"), ("1083", "south")):
            region = Region.objects.create(code=code, name_da=f"Region {key}", name_en=f"{key} Region", valid_from=START)
            town = Municipality.objects.create(code=f"0{code[1:]}", name=f"By {key}", region=region)
            cluster = Cluster.objects.create(name=f"Klynge {key}", region=region, profession="general_practice", valid_from=START)
            made[key] = region
            for number in (1, 2):
                made[f"{key}_{number}"] = Practice.objects.create(
                    number=f"D{code}{number}",
                    name=f"Lægehuset {key} {number} (demo)",
                    profession=Profession.GENERAL_PRACTICE,
                    region=region,
                    municipality=town,
                    cluster=cluster,
                    valid_from=START,
                )
        made["north_physio"] = Practice.objects.create(
            number="D1081F",
            name="Fysioterapien north (demo)",
            profession=Profession.PHYSIOTHERAPY,
            region=made["north"],
            municipality=Municipality.objects.get(name="By north"),
            valid_from=START,
        )
    return made


Person = Callable[..., User]


@pytest.fixture
def person(country: dict[str, Region | Practice]) -> Person:
    """`person(role, place_key)` makes a user with one membership; place is a key of `country` or None."""

    def make(role: str, place: str | None = None, email: str | None = None) -> User:
        with activate(WORKER):
            user = User.objects.create_user(email or f"{role}.{place}@kip.example", "prøve-kodeord-1", name=f"{role} {place}")
            where = country[place] if place else None
            Membership.objects.create(
                user=user,
                role=role,
                practice=where if Role(role) in PRACTICE_ROLES else None,
                region=where if Role(role) in REGION_ROLES else None,
                valid_from=START,
            )
        return user

    return make


@pytest.fixture
def signed_in(person: Person) -> Callable[..., Client]:
    """`signed_in(role, place_key)` is a test client with that person's session."""

    def sign_in(role: str, place: str | None = None) -> Client:
        client = Client()
        client.force_login(person(role, place), backend="practices.backends.PersonBackend")
        return client

    return sign_in
