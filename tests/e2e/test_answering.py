"""A patient answers on a phone: narrow, by keyboard, with large text, without scripts, and on another device halfway."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from kip.core.scope import WORKER, activate
from practices.models import Practice
from surveys.actions.library import store_library
from surveys.links import Link, link_of
from surveys.models import Campaign, CampaignUnit, Invitation, QuestionnaireVersion, SealedAnswer
from surveys.queries.forms import assembled
from tests.e2e.conftest import Country
from tests.e2e.test_pages import AXE as FIND_FAULTS
from tests.e2e.test_pages import TOO_WIDE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
PHONE = {"width": 320, "height": 640}
SHOTS = os.environ.get("ANSWER_SHOTS")


@pytest.fixture
def link(country: Country) -> Link:
    """An invitation to the general questionnaire with the questions on coordination, in a general practice."""
    made, today = link_of(uuid4()), timezone.localdate()
    with activate(WORKER):
        store_library()
        practice = country["north_1"]
        assert isinstance(practice, Practice)
        host, module = (QuestionnaireVersion.objects.get(code=code) for code in ("KIP-PEX", "KIP-COORD"))
        campaign = Campaign.objects.create(
            region=practice.region, practice=practice, title="Forår", version=host, first_day=today,
            last_day=today + timedelta(days=28), controller="Lægehuset north 1", contact="klinik@kip.example",
            legal_basis="fastsat af databeskyttelsesrådgiveren",
        )  # fmt: skip
        Campaign.objects.filter(pk=campaign.pk).update(content=assembled(host, [module]), state="running")
        CampaignUnit.objects.create(campaign=campaign, practice=practice)
        Invitation.objects.create(
            campaign=campaign, practice=practice, mode="email", token_digest=made.digest, code_digest=made.code_digest,
            key_id=made.key_id,
        )  # fmt: skip
    return made


@pytest.fixture
def phone(browser: Browser, server: str, context: BrowserContext) -> Callable[..., Page]:
    """`phone(javaScript=False, …)` is a page of a browser of its own, 320 pixels wide."""

    def make(**more: object) -> Page:
        opened = browser.new_context(locale="da-DK", viewport=PHONE, base_url=server, **more)  # type: ignore[arg-type]
        return opened.new_page()

    return make


def sound(page: Page, name: str) -> None:
    """No fault that axe finds, and nothing to scroll sideways for."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"answer_{name}.png"), full_page=True)
    assert page.evaluate(FIND_FAULTS) == []
    assert page.evaluate(TOO_WIDE) is None


def test_every_page_is_sound_on_a_phone(context: BrowserContext, link: Link) -> None:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    sent: list[int] = []
    page.on("response", lambda answer: sent.append(len(answer.body()) if answer.status == 200 else 0))
    page.goto(f"/s/{link.token}/")
    assert page.url.endswith("/s/")
    assert sum(sent) < 60_000
    sound(page, "welcome")
    page.click(".top__tools a")
    sound(page, "welcome_large")
    page.click(".main-button")
    sound(page, "many_choices")
    page.check("input[value=fys]")
    page.click("button[name=next]")
    sound(page, "one_choice")
    for _ in range(2):
        page.click("button[name=skip]")
    sound(page, "scale")
    page.locator("label.choice").first.click()
    page.click("button[name=next]")
    page.goto("/s/spoergsmaal/?q=FT1")
    sound(page, "text")
    page.fill("textarea", "Jeg hedder 010190-1234")
    page.click("button[name=next]")
    assert page.locator(".fault").inner_text() == "Teksten ligner et cpr-nummer. Fjern tallet, så passer vi bedre på dig."
    assert page.input_value("textarea") == "Jeg hedder 010190-1234"
    sound(page, "text_refused")
    page.click("button[name=show]")
    sound(page, "review")
    page.click(".actions .main-button")
    sound(page, "thanks")
    page.goto("/s/")
    sound(page, "again")
    page.goto("/s/fra/")
    page.goto("/s/AAAA/")
    sound(page, "unknown")
    with activate(WORKER):
        assert SealedAnswer.objects.count() == 1


def test_by_keyboard_alone_and_without_scripts(phone: Callable[..., Page], link: Link) -> None:
    page = phone(java_script_enabled=False)
    page.goto(f"/s/{link.token}/")
    page.locator(".main-button").focus()
    page.keyboard.press("Enter")
    page.locator("input[value=fys]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=V2")
    assert page.locator("h1").inner_text().startswith("Er du blevet sendt videre")
    page.locator("input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    other = phone()
    other.goto(f"/s/{link.token}/")
    assert "Velkommen tilbage" in other.inner_text("main")
    other.click(".main-button")
    assert other.locator(".progress").inner_text().startswith("Spørgsmål 3 af ")
    other.click("button[name=back]")
    assert other.locator("input:checked").get_attribute("value") == "nej"


def test_a_reader_of_the_screen_hears_question_and_answer(phone: Callable[..., Page], link: Link) -> None:
    page = phone()
    page.goto(f"/s/{link.token}/")
    page.click(".main-button")
    page.goto("/s/spoergsmaal/?q=REL1")
    group = page.get_by_role("group", name="I hvilken grad blev du mødt med respekt?")
    assert group.get_by_role("radio").count() == 7
    assert group.get_by_role("radio", name="I høj grad", exact=True).is_visible()
