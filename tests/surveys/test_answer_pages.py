"""A respondent's pages: without an account, without cookies if need be, and nothing happens by looking."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from kip.core.scope import WORKER, activate
from surveys.actions.answering import door_of
from surveys.links import Link, link_of, written_code
from surveys.models import Campaign, Draft, Invitation, OpenChannel, SealedAnswer
from surveys.questionnaire.library import library

pytestmark = pytest.mark.django_db
Running, Links = Callable[..., Campaign], Callable[[Campaign], list[Link]]
SIGNATURE = re.compile(r'name="link" value="([^"]+)"')
SCANNERS = ("Mozilla/5.0 (compatible; SafeLinks)", "BarracudaCentral", "curl/8", "facebookexternalhit/1.1")


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def link(running: Running, links: Links) -> Link:
    return links(running(12))[0]


def rows() -> list[Any]:
    with activate(WORKER):
        return [list(Invitation.objects.order_by("pk").values_list()), Draft.objects.count(), SealedAnswer.objects.count()]


def signature(page: Any) -> str:
    return unescape(SIGNATURE.search(page.content.decode())[1])  # type: ignore[index]


def heading(page: Any) -> str:
    found = re.search(r"<h1>(?:<label[^>]*>)?(.*?)(?:</label>)?</h1>", page.content.decode(), re.S)
    assert found is not None
    return unescape(found[1])


def words(code: str) -> str:
    return str(library().questionnaires["KIP-PULSE"].by_code[code].text)


def test_scanners_change_nothing_and_the_person_can_answer(link: Link) -> None:
    before = rows()
    for agent in SCANNERS:
        for method in ("get", "head", "options"):
            scanner = Client(headers={"user-agent": agent, "sec-purpose": "prefetch"})
            for path in (
                f"/s/{link.token}/",
                "/s/",
                "/s/spoergsmaal/",
                "/s/spoergsmaal/?q=PUL1",
                "/s/svar/",
                "/s/fra/",
                f"/s/fra/{link.token}/",
            ):
                assert getattr(scanner, method)(path, follow=method == "get").status_code < 500
    assert rows() == before
    browser = Client()
    entered = browser.get(f"/s/{link.token}/")
    assert (entered.status_code, entered.headers["Location"]) == (302, "/s/")
    page = browser.get("/s/")
    page = browser.post("/s/", {"link": signature(page)}, follow=True)
    assert heading(page) == words("PUL1")
    for code, answer in (("PUL1", "5"), ("PUL2", "4"), ("PUL3", "nr"), ("PUL4", "3")):
        page = browser.post("/s/spoergsmaal/", {"link": signature(page), "q": code, "a": answer, "next": ""}, follow=True)
    assert heading(page) == words("PUL5")
    page = browser.post("/s/spoergsmaal/", {"link": signature(page), "q": "PUL5", "skip": ""}, follow=True)
    page = browser.post("/s/spoergsmaal/", {"link": signature(page), "q": "PUFT", "a": "Fint", "next": ""}, follow=True)
    assert page.redirect_chain[-1] == ("/s/svar/", 303)
    assert "I meget høj grad" in page.content.decode()
    page = browser.post("/s/svar/", {"link": signature(page)})
    assert heading(page) == "Tak for dine svar"
    with activate(WORKER):
        assert SealedAnswer.objects.count() == 1
    again = browser.get("/s/")
    assert "allerede sendt" in again.content.decode()


def test_without_cookies_the_signature_in_the_form_is_enough(link: Link) -> None:
    page = Client().post("/s/", {"code": link.token})
    page = Client().post("/s/", {"link": signature(page)})
    for code in ("PUL1", "PUL2", "PUL3", "PUL4", "PUL5"):
        assert heading(page) == words(code)
        page = Client().post("/s/spoergsmaal/", {"link": signature(page), "q": code, "a": "4", "next": ""})
    page = Client().post("/s/spoergsmaal/", {"link": signature(page), "q": "PUFT", "a": "", "next": ""})
    page = Client().post("/s/svar/", {"link": signature(page)})
    assert heading(page) == "Tak for dine svar"
    with activate(WORKER):
        assert SealedAnswer.objects.count() == 1


@pytest.mark.parametrize("path", ["/s/", "/s/spoergsmaal/", "/s/svar/", "/s/fra/"])
@pytest.mark.parametrize("written", ["", "x", "x:y:z"])
def test_a_form_without_our_signature_does_nothing(link: Link, path: str, written: str) -> None:
    browser = Client()
    browser.get(f"/s/{link.token}/")
    before = rows()
    assert browser.post(path, {"link": written, "q": "PUL1", "a": "5"}).status_code == 404
    assert rows() == before


def test_the_link_stands_in_no_page_and_no_page_is_kept(link: Link) -> None:
    browser = Client()
    browser.get(f"/s/{link.token}/")
    page = browser.get("/s/")
    answers = [page, browser.post("/s/", {"link": signature(page)}, follow=True), browser.get("/s/svar/"), browser.get("/s/fra/")]
    for answer in answers:
        assert link.token not in answer.content.decode()
        assert link.digest.hex() not in answer.content.decode().replace(signature(page), "")
        assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Lægehuset" not in browser.get("/s/fra/").content.decode()


def test_one_click_says_no_at_once_and_a_look_does_not(link: Link) -> None:
    program = Client(enforce_csrf_checks=True)
    assert program.get(f"/s/fra/{link.token}/").status_code == 302
    assert program.post(f"/s/fra/{link.token}/", {"other": "One-Click"}).status_code == 200
    with activate(WORKER):
        assert not Invitation.objects.filter(state="opted_out").exists()
    for _ in range(2):
        assert program.post(f"/s/fra/{link.token}/", {"List-Unsubscribe": "One-Click"}).status_code == 200
    with activate(WORKER):
        assert Invitation.objects.filter(state="opted_out").count() == 1
    browser = Client()
    browser.get(f"/s/{link.token}/")
    assert browser.get("/s/").status_code == 410
    assert program.post(f"/s/fra/{'A' * 43}/", {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_a_letters_code_opens_and_guessing_is_stopped(link: Link) -> None:
    browser = Client()
    assert browser.post("/s/", {"code": "12345-67890"}).status_code == 422
    assert heading(browser.post("/s/", {"code": written_code(link.code)})) == "Fortæl, hvordan du oplevede dit besøg"
    told = [browser.post("/s/", {"code": written_code(link_of(uuid4()).code)}).status_code for _ in range(4)]
    assert told == [422, 422, 422, 429]


def test_a_cpr_number_is_not_kept(link: Link) -> None:
    browser = Client()
    page = browser.get(f"/s/{link.token}/", follow=True)
    page = browser.post("/s/", {"link": signature(page)}, follow=True)
    page = browser.post("/s/spoergsmaal/", {"link": signature(page), "q": "PUFT", "a": "Jeg er 010190-1234", "next": ""})
    assert page.status_code == 422
    assert "Jeg er 010190-1234" in page.content.decode()
    door = door_of(link.token)
    assert door is not None
    with activate(WORKER):
        assert Draft.objects.count() == 0


def test_nothing_answered_cannot_be_sent(link: Link) -> None:
    browser = Client()
    page = browser.get(f"/s/{link.token}/", follow=True)
    browser.post("/s/", {"link": signature(page)})
    page = browser.post("/s/svar/", {"link": signature(page)})
    assert (page.status_code, "Svar på mindst ét spørgsmål" in page.content.decode()) == (422, True)


def test_a_poster_gives_everybody_a_link_of_their_own(running: Running) -> None:
    campaign = running(3)
    poster = link_of(uuid4())
    with activate(WORKER):
        practice = Invitation.objects.filter(campaign=campaign).values_list("practice", flat=True)[0]
        OpenChannel.objects.create(
            campaign=campaign, practice_id=practice, mode="qr", token_digest=poster.digest, key_id=poster.key_id
        )
    for _ in range(2):
        browser = Client()
        page = browser.get(f"/s/{poster.token}/", follow=True)
        page = browser.post("/s/", {"link": signature(page), "homepage": ""})
        assert heading(page) == words("PUL1")
        page = browser.post("/s/spoergsmaal/", {"link": signature(page), "q": "PUL1", "a": "2", "next": ""}, follow=True)
        assert heading(browser.post("/s/svar/", {"link": signature(page)})) == "Tak for dine svar"
    program = Client()
    page = program.get(f"/s/{poster.token}/", follow=True)
    assert heading(program.post("/s/", {"link": signature(page), "homepage": "x"})) == "Tak for dine svar"
    with activate(WORKER):
        assert sorted(SealedAnswer.objects.values_list("mode", flat=True)) == ["qr", "qr"]
        assert Invitation.objects.filter(mode="qr", state="submitted", contact=None).count() == 2


def test_a_page_costs_the_same_few_queries(link: Link, django_assert_max_num_queries: Any) -> None:
    browser = Client()
    page = browser.get(f"/s/{link.token}/", follow=True)
    page = browser.post("/s/", {"link": signature(page)}, follow=True)
    with django_assert_max_num_queries(13):
        browser.get("/s/spoergsmaal/?q=PUL3")
