"""Signing in through an OpenID Connect provider that runs as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from practices.models import User
from tests.practices.oidc_provider import CLIENT_ID, CLIENT_SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]
LOGIN = "/konto/oidc/region/login/"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of the running provider; it ends when its standard input closes."""
    script = Path(__file__).with_name("oidc_provider.py")
    with subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()
        process.wait(10)


@pytest.fixture
def configured(provider, settings, socket_enabled) -> str:
    """The same shape that KIP_OIDC_PROVIDERS has in operation."""
    app = {
        "provider_id": "region",
        "name": "Regionens login",
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "settings": {"server_url": provider, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}, "saml": {"APPS": []}}
    return provider


def through_provider(client: Client, provider: str, who: str, query: str = ""):
    """From the portal to the provider and back, as a browser goes."""
    away = client.post(f"{LOGIN}{query}")
    assert (away.status_code, away.headers["location"].split("?")[0]) == (302, f"{provider}/authorize")
    back = requests.get(f"{away.headers['location']}&login_hint={who}", allow_redirects=False, timeout=5)
    assert back.headers["location"].startswith(f"http://testserver{LOGIN}callback/?code=")
    return client.get(back.headers["location"].removeprefix("http://testserver"))


def test_the_sign_in_page_offers_the_provider(configured) -> None:
    page = Client().get("/konto/login/").content.decode()
    assert page.count(f'href="{LOGIN}"') + page.count(f'href="{LOGIN}?') == 1


def test_a_person_connects_the_login_once_and_then_signs_in_with_it(configured, signed_in) -> None:
    inside = signed_in("practice_manager", "north_1")
    inside.post("/konto/reauthenticate/", {"password": "prøve-kodeord-1"})
    connected = through_provider(inside, configured, "known", "?process=connect")
    assert connected.headers["location"] == "/konto/3rdparty/"
    linked = SocialAccount.objects.get()
    assert (linked.provider, linked.uid, linked.user.name) == ("region", "uuid-1", "practice_manager north_1")
    outside = Client()
    assert through_provider(outside, configured, "known").headers["location"] == "/"
    assert outside.get("/personer/").context["portal"].person_name == "practice_manager north_1"


def test_a_stranger_makes_no_account_even_with_the_address_of_somebody_known(configured, person) -> None:
    person("practice_manager", "north_1")
    client = Client()
    answer = through_provider(client, configured, "stranger")
    assert (answer.status_code, answer.templates[0].name) == (200, "account/signup_closed.html")
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)
    assert client.get("/personer/").headers["location"] == "/konto/login/?next=/personer/"


def test_an_answer_with_another_state_is_refused(configured) -> None:
    client = Client()
    client.post(LOGIN)
    answer = client.get(f"{LOGIN}callback/?code=x&state=gaettet")
    assert client.get("/personer/").status_code == 302
    assert SocialAccount.objects.count() == 0
    assert (answer.status_code, answer.templates[0].name) == (401, "socialaccount/authentication_error.html")


def test_staff_who_come_from_a_provider_still_need_the_second_factor(configured, signed_in, settings) -> None:
    inside = signed_in("regional_administrator", "north")
    inside.post("/konto/reauthenticate/", {"password": "prøve-kodeord-1"})
    through_provider(inside, configured, "known", "?process=connect")
    settings.KIP_REQUIRE_MFA = True
    outside = Client()
    through_provider(outside, configured, "known")
    assert outside.get("/register/").headers["location"] == "/konto/2fa/"
