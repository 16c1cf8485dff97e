"""A real browser against a live server. Chromium comes from the system; `make test` installs it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.core.cache import cache
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from datacapture.enums import DeliveryState
from datacapture.models import Delivery
from kip.core.scope import WORKER, activate
from practices.models import Practice, Region, User
from tests.access.objects import PASSWORD, Objects
from tests.datacapture.feedback_world import build
from tests.datacapture.intake_files import purpose

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Country = dict[str, Region | Practice]
Complaints = list[str]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Chromium is missing. Install it with: sudo apt-get install chromium"
    # Playwright keeps an event loop in this thread; the ORM may be used in it all the same.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as tool:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = tool.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="package")
def server(django_db_setup: None) -> Iterator[str]:
    """Address of a running portal. Files come from WhiteNoise, as in operation, not from Django's own test handler."""
    thread = LiveServerThread("127.0.0.1", static_handler=lambda portal: portal, connections_override={})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture
def complaints() -> Complaints:
    """What the browser complains of: script errors, refused resources, failed requests."""
    return []


@pytest.fixture
def context(browser: Browser, server: str) -> Iterator[BrowserContext]:
    """A Danish browser that takes addresses without the server's name. axe-core comes with it, past the portal's policy."""
    opened = browser.new_context(locale="da-DK", viewport={"width": 1280, "height": 900}, base_url=server)
    opened.add_init_script(path=AXE)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A page that fails the test on any complaint that the test did not take out of the list."""
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(f"{opened.url}: {error}"))
    opened.on("console", lambda said: complaints.append(told(opened, said)) if said.type == "error" else None)
    yield opened
    assert complaints == []


def told(page: Page, said: ConsoleMessage) -> str:
    return f"{page.url}: {said.text} ({said.location['url']})"


@pytest.fixture(autouse=True)
def as_in_the_demo(settings: Any, tmp_path: Path) -> None:
    """Without the second factor, whose gate has tests of its own; rate limits start afresh."""
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False
    cache.clear()


@pytest.fixture
def world(country: Country) -> Country:
    """The country with counted measures and one of each thing that a practice's pages list."""
    build(country, only=("DM-02", "DM-03"))
    made = Objects(country)
    for kind in ("delivery", "key", "invitation", "membership", "report"):
        made[f"own_{kind}"]
    with activate(WORKER):
        purpose("aaben")
        practice = country["north_1"]
        for state in (DeliveryState.WAITING, DeliveryState.CANCELLED):
            Delivery.objects.create(practice=practice, channel="web", file_name=f"{state}.csv", size=1, digest="0", state=state)
    return country


@pytest.fixture
def sign_in(person: Callable[..., User]) -> Callable[..., User]:
    """`sign_in(page, role, place)` types address and password of a new person into the sign-in page."""

    def act(page: Page, role: str, place: str) -> User:
        user = person(role, place, email=f"{role}@kip.example")
        page.goto("/")
        page.fill("input[name=login]", user.email)
        page.fill("input[name=password]", PASSWORD)
        page.click("form[action='/konto/login/'] button[type=submit]")
        page.wait_for_url("/")
        return user

    return act
