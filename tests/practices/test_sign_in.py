"""Signing in: no enumeration, rate limits, sessions, the second factor, and people who are switched off."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from kip.core.scope import WORKER, activate
from practices.enums import PRACTICE_ROLES, STAFF_ROLES, Role
from practices.models import User
from tests.practices.conftest import PASSWORD

pytestmark = pytest.mark.django_db
UNKNOWN = "ukendt@kip.example"


def sign_in(email: str, password: str = PASSWORD, client: Client | None = None, **headers):
    return (client or Client()).post("/konto/login/", {"login": email, "password": password}, **headers)


def told(answer, email: str) -> tuple[int, str, str]:
    """All an outsider can see, without the token of the form and the address that was typed."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())
    return answer.status_code, answer.headers.get("location", ""), body.replace(email, "").replace(email.replace("@", "%40"), "")


def test_a_password_signs_in(person) -> None:
    answer = sign_in(person("clinician", "north_1").email)
    assert (answer.status_code, answer.headers["location"]) == (302, "/")


def test_a_wrong_password_says_the_same_for_known_and_unknown(person) -> None:
    known = person("clinician", "north_1").email
    assert told(sign_in(known, "forkert kodeord"), known) == told(sign_in(UNKNOWN, "forkert kodeord"), UNKNOWN)


def test_reset_says_the_same_for_known_and_unknown_and_mails_no_stranger(person, mailoutbox) -> None:
    known = person("clinician", "north_1").email
    answers = [told(Client().post("/konto/password/reset/", {"email": email}), email) for email in (known, UNKNOWN)]
    assert answers[0] == answers[1] == (302, "/konto/password/reset/done/", "")
    assert [mail.to for mail in mailoutbox] == [[known]]
    sent = mailoutbox[0]
    assert sent.subject.split()[0] == "KIP:"
    assert [sent.body.count(word) for word in ("example.com", "http://testserver/konto/")] == [0, 1]


def test_nobody_signs_up(person) -> None:
    known = person("clinician", "north_1").email
    data = {"password1": "en lang sætning 7", "password2": "en lang sætning 7"}
    answers = [told(Client().post("/konto/signup/", {"email": email, **data}), email) for email in (known, UNKNOWN)]
    assert answers[0] == answers[1]
    assert User.objects.count() == 1


def test_the_sixth_wrong_password_within_five_minutes_locks_that_account_only(person) -> None:
    locked, other = person("clinician", "north_1").email, person("clinician", "north_2").email
    for _attempt in range(5):
        sign_in(locked, "forkert kodeord")
    assert [sign_in(email).status_code for email in (locked, other)] == [200, 302]


def test_one_address_gets_twenty_resets_a_minute(person) -> None:
    statuses = [Client().post("/konto/password/reset/", {"email": f"nr{n}@kip.example"}).status_code for n in range(21)]
    assert statuses == [302] * 20 + [429]


def test_the_session_page_lists_devices_and_ends_the_others(person) -> None:
    user = person("clinician", "north_1")
    here, there = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}), Client()
    for client in (here, there):
        sign_in(user.email, client=client)
        client.get("/personer/")
    page = here.get("/konto/sessions/")
    assert (len(page.context["sessions"]), "Firefox, Windows" in page.content.decode()) == (2, True)
    assert here.post("/konto/sessions/").status_code == 302
    assert [client.get("/personer/").status_code for client in (here, there)] == [200, 302]


def test_signing_in_makes_a_new_session_key(person) -> None:
    client = Client()
    client.get("/konto/login/")
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    client.cookies["kip"] = before
    sign_in(person("clinician", "north_1").email, client=client)
    assert client.session.session_key != before


def test_a_person_who_is_switched_off_is_out_on_the_next_request(person) -> None:
    user, client = person("clinician", "north_1"), Client()
    sign_in(user.email, client=client)
    assert client.get("/personer/").status_code == 200
    with activate(WORKER):
        User.objects.update(is_active=False)
    answer = client.get("/personer/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/konto/login/?next=/personer/")


def test_staff_without_a_second_factor_reach_only_the_page_that_makes_one(signed_in, settings) -> None:
    settings.KIP_REQUIRE_MFA = True
    client = signed_in("regional_administrator", "north")
    answers = [client.get(path) for path in ("/personer/", "/register/", "/")]
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(302, "/konto/2fa/")] * 3
    assert client.get("/konto/2fa/").status_code == 200


def test_which_roles_the_second_factor_is_asked_of() -> None:
    assert frozenset(Role) - STAFF_ROLES == PRACTICE_ROLES


def test_a_practice_may_sign_in_without_a_second_factor(signed_in, settings) -> None:
    settings.KIP_REQUIRE_MFA = True
    assert signed_in("practice_manager", "north_1").get("/personer/").status_code == 200


def test_staff_with_an_app_give_its_code_and_come_in(person, settings) -> None:
    settings.KIP_REQUIRE_MFA = True
    user, client, secret = person("regional_administrator", "north"), Client(), generate_totp_secret()
    TOTP.activate(user, secret)
    answer = sign_in(user.email, client=client)
    assert answer.headers["location"].startswith("/konto/2fa/authenticate/")
    assert client.get("/personer/").headers["location"] == "/konto/login/?next=/personer/"
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post("/konto/2fa/authenticate/", {"code": code}).headers["location"] == "/"
    assert client.get("/personer/").status_code == 200
    assert Authenticator.objects.filter(user=user, type="totp").count() == 1


@pytest.mark.parametrize(("demo", "mfa", "said"), [(True, False, 1), (True, True, 0), (False, False, 0)])
def test_the_sign_in_page_says_that_the_demo_has_no_second_factor(demo, mfa, said, settings) -> None:
    settings.DEMO, settings.KIP_REQUIRE_MFA = demo, mfa
    page = Client().get("/konto/login/", headers={"accept-language": "en"}).content.decode()
    assert page.count("Two-step sign-in is switched off in the demo") == said
