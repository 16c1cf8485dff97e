"""What people do on the pages, in a browser: marks on a phone, mails stopped and started, parked work, the portal in English."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from datacapture.models import CaseState, DigestStop, PatientMark
from datacapture.queries.patients import LISTED
from kip.core.models import Job
from kip.core.scope import WORKER, activate
from kip.portal.digest.mails import stop_token
from practices.models import Practice, Region, User
from tests.e2e.conftest import Complaints
from tests.e2e.test_pages import AXE, LINKS, faults, view_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
Country = dict[str, Region | Practice]
SignIn = Callable[..., User]
PHONE = {"width": 390, "height": 800}
DANISH = re.compile(r"\b(?:og|ikke|af|jeres|hos|fra|det|der|eller|på|skal|klinikker|patienter)\b")


def marks() -> list[str]:
    with activate(WORKER):
        return list(PatientMark.objects.order_by("pk").values_list("reason", flat=True))


def test_a_patient_is_marked_on_a_phone_without_javascript(
    browser: Browser, server: str, world: Country, sign_in: SignIn
) -> None:
    context = browser.new_context(locale="da-DK", java_script_enabled=False, base_url=server, viewport=PHONE)
    page = context.new_page()
    sign_in(page, "practice_assistant", "north_1")
    page.goto("/maalinger/DM-02/patienter/")
    assert not page.locator("#mark-many").is_visible(), "the form below the whole list is for wide screens"
    first = page.locator("details.kip-mark").first
    first.locator("summary").click()
    first.locator("select[name=reason]").select_option("other")
    first.locator("button.button-primary").click()
    opened = page.locator("details.kip-mark[open]")
    assert opened.count() == 1
    assert opened.locator(".form-error-message").is_visible()
    opened.locator("input[name=note]").fill("går i ambulatoriet")
    opened.locator("button.button-primary").click()
    page.wait_for_url("**/maalinger/DM-02/patienter/")
    context.close()
    assert marks() == ["other"]


def test_several_patients_are_marked_at_once_on_a_wide_screen(page: Page, world: Country, sign_in: SignIn) -> None:
    sign_in(page, "clinician", "north_1")
    page.goto("/maalinger/DM-02/patienter/")
    with activate(WORKER):
        listed = CaseState.objects.filter(LISTED, practice=world["north_1"], version__indicator__code="DM-02").count()
    assert not page.locator("details.kip-mark").first.is_visible()
    for place in (1, 2):
        page.check(f"#patient-{place}", force=True)
    page.select_option("#mark-many select[name=reason]", "moved")
    page.click("#mark-many button.button-primary")
    page.wait_for_url("**/maalinger/DM-02/patienter/")
    assert marks() == ["moved", "moved"]
    assert page.locator(".kip-table--patients tbody tr").count() == min(listed - 2, 30)
    assert faults(page) == []


def test_mails_are_stopped_by_the_link_and_started_again_in_the_settings(page: Page, world: Country, sign_in: SignIn) -> None:
    user = sign_in(page, "practice_manager", "north_1")
    page.goto(f"/mail/stop/{stop_token(user.pk, world['north_1'].pk)}/")
    page.click("main form button")
    page.click("main a[href='/mail/']")
    assert page.locator("button[name=wanted][value='1']").is_visible()
    assert faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click("button[name=wanted][value='1']")
    page.wait_for_selector("button[name=wanted][value='0']")
    with activate(WORKER):
        assert not DigestStop.objects.exists()
    page.goto("/konto/sessions/")
    page.click("nav a[href='/mail/']")
    page.click("button[name=wanted][value='0']")
    page.wait_for_selector("button[name=wanted][value='1']")
    with activate(WORKER):
        assert list(DigestStop.objects.values_list("user_id", flat=True)) == [user.pk]


def test_parked_work_is_put_back_by_the_operator(page: Page, world: Country, sign_in: SignIn) -> None:
    with activate(WORKER):
        work = Job.objects.create(
            name="datacapture.store_delivery", key="7", scope={"persona": "kip_worker"}, state=Job.State.PARKED, attempts=3,
            error="", run_after=timezone.now(), arguments={},
        )  # fmt: skip
    sign_in(page, "platform_operator", None)
    assert page.locator("main .alert-warning").is_visible(), "what needs somebody is said first"
    assert faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click(f"form[action='/drift/arbejde/{work.pk}/igen/'] button")
    page.wait_for_url("**/")
    assert page.locator(f"form[action='/drift/arbejde/{work.pk}/igen/']").count() == 0
    with activate(WORKER):
        assert Job.objects.get(pk=work.pk).state == Job.State.WAITING


def test_the_address_of_a_button_has_a_way_back(page: Page, world: Country, sign_in: SignIn, complaints: Complaints) -> None:
    sign_in(page, "practice_manager", "north_1")
    answer = page.goto("/bliv/")
    assert answer is not None
    assert answer.status == 405
    complaints.clear()  # the browser itself notes a 405
    assert page.evaluate(AXE) == []
    page.click("main a.button-primary")
    page.wait_for_url(re.compile(r"/$"))


def test_every_screen_of_a_practice_is_in_english_too(browser: Browser, server: str, world: Country, sign_in: SignIn) -> None:
    """No Danish sentence is left: names of practices and what people wrote are the only Danish there."""
    context = browser.new_context(locale="en-GB", base_url=server, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sign_in(page, "practice_manager", "north_1")
    waiting, seen, found = [server + "/"], set[str](), []
    while waiting:
        address = waiting.pop(0)
        name = view_of(address, server)
        if not name or name in seen:
            continue
        seen.add(name)
        page.goto(address)
        words = page.inner_text("body")
        found += [
            f"{name}: {match.group()} in {words[max(0, match.start() - 40) : match.end() + 40]!r}"
            for match in DANISH.finditer(words)
        ]
        assert page.get_attribute("html", "lang") == "en"
        waiting += [link.partition("#")[0] for link in page.evaluate(LINKS)]
    context.close()
    assert found == []
    assert seen >= {
        "portal:home", "datacapture:measures", "datacapture:measure", "datacapture:patients", "datacapture:patients_print",
        "datacapture:patient_why", "datacapture:population", "datacapture:pathways", "datacapture:deliveries",
        "datacapture:data_quality", "datacapture:format", "datacapture:agreements", "reports:practice_report",
        "portal:who_looked", "practices:people", "portal:digest_settings", "account_change_password", "mfa_index",
    }  # fmt: skip
