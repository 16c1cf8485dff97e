"""Every page as people meet it: in a browser, at three widths, with and without JavaScript."""

from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page, Response

from practices.models import Practice, Region, User
from tests.access.objects import Objects
from tests.e2e.conftest import Complaints

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
Country = dict[str, Region | Practice]
SignIn = Callable[..., User]
WIDTHS = (1280, 820, 390)
PER_VIEW = 2
# Files and pages of others.
NO_PAGES = {"portal:was", "portal:healthz", "portal:readyz", "reports:download"}
AXE = """() => axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(
    broken => broken.id + " at " + broken.nodes.map(node => node.target.join(" ")).join(" | ")))"""
LINKS = "() => [...document.querySelectorAll('a[href]:not([download])')].map(link => link.href)"
TOO_WIDE = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) { return null; }
    const out = [...document.querySelectorAll("body *")].filter(
        part => part.checkVisibility() && part.getBoundingClientRect().right > room + 1);
    return out.slice(-4).map(part => `${part.tagName}.${part.className} "${part.textContent.trim().slice(0, 40)}"`);
}"""


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, at every width."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        where = f"{urlsplit(page.url).path} at {width}"
        found += [f"{where}: {sentence}" for sentence in page.evaluate(AXE)]
        wide = page.evaluate(TOO_WIDE)
        if wide is not None:
            found.append(f"{where}: scrolls sideways because of {wide}")
    return found


def view_of(address: str, server: str) -> str:
    """Name of the view behind a link of the portal, "" for everything that is no page of it."""
    path = urlsplit(address).path
    if not address.startswith(server) or "csv" in path:
        return ""
    try:
        name = resolve(path).view_name
    except Resolver404:
        return f"dead link {path}"
    return "" if name in NO_PAGES else name


def walk(page: Page, server: str, start: str) -> tuple[Counter[str], list[str]]:
    """Follow every link from `start` on, a few pages of each view: what was seen and what was wrong."""
    waiting, seen, found = [server + start], Counter[str](), []
    met = set(waiting)
    while waiting:
        address = waiting.pop(0)
        name = view_of(address, server)
        if seen[name] >= PER_VIEW:
            continue
        seen[name] += 1
        answer = page.goto(address)
        if answer is None or answer.status != 200:
            found.append(f"{address}: {answer.status if answer else 'no answer'}")
            continue
        links = [link.partition("#")[0] for link in page.evaluate(LINKS)]
        fresh = dict.fromkeys(link for link in links if link not in met and view_of(link, server))
        met.update(fresh)
        waiting += fresh
        found += faults(page)
    return seen, found


def open_menu(page: Page) -> list[str]:
    """The folded menu of a small screen, opened."""
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto("/")
    page.click(".kip-menu summary")
    return page.evaluate(AXE)


def test_every_page_of_a_practice(page: Page, server: str, world: Country, sign_in: SignIn) -> None:
    sign_in(page, "practice_manager", "north_1")
    seen, found = walk(page, server, "/")
    assert found + open_menu(page) == []
    assert set(seen) >= {"datacapture:patients", "datacapture:delivery", "datacapture:enrol", "practices:invite"}


def test_every_page_of_a_region(page: Page, server: str, world: Country, sign_in: SignIn) -> None:
    sign_in(page, "quality_consultant", "north")
    page.goto(f"/region/klinikker/{world['north_1'].pk}/")
    page.check("input[name=purpose][value=data_check]", force=True)
    page.click("main form button[type=submit]")
    seen, found = walk(page, server, "/")
    assert found + open_menu(page) == []
    assert set(seen) >= {"datacapture:region_practice", "practices:register", "practices:practice", "practices:people"}


@pytest.mark.parametrize(
    ("role", "place", "names"),
    [
        ("national_analyst", None, {"datacapture:releases", "datacapture:release", "datacapture:definition"}),
        ("platform_operator", None, {"practices:people"}),
        ("surveyor", None, {"portal:home"}),
        ("risk_manager", "north", {"portal:home"}),
    ],
)
def test_every_page_of_the_other_roles(
    page: Page, server: str, world: Country, sign_in: SignIn, role: str, place: str | None, names: set[str]
) -> None:
    sign_in(page, role, place)
    seen, found = walk(page, server, "/")
    assert found + open_menu(page) == []
    assert set(seen) >= names


def test_every_page_before_sign_in(page: Page, server: str, country: Country) -> None:
    seen, found = walk(page, server, "/konto/login/")
    assert found == []
    assert set(seen) >= {"account_login", "portal:privacy"}


def test_all_works_without_javascript(browser: Browser, server: str, world: Country, sign_in: SignIn) -> None:
    context = browser.new_context(locale="da-DK", java_script_enabled=False, base_url=server)
    page = context.new_page()
    sign_in(page, "practice_manager", "north_1")
    page.click("nav.kip-side a[href='/maalinger/']")
    assert page.locator("main a[href='/maalinger/DM-02/']").count() > 0
    page.click("form[action='/konto/logout/'] button:visible")
    assert page.request.get("/maalinger/", max_redirects=0).status == 302
    context.close()


def test_the_language_can_be_changed_and_changed_back(page: Page, country: Country, sign_in: SignIn) -> None:
    sign_in(page, "practice_manager", "north_1")
    page.goto("/maalinger/")
    for language, heading in (("en", "All measures"), ("da", "Alle målinger")):
        page.click(f"button[name=language][value={language}]:visible")
        assert urlsplit(page.url).path == "/maalinger/"
        assert page.get_attribute("html", "lang") == language
        assert page.inner_text("h1") == heading


@pytest.mark.parametrize(
    ("role", "place", "address", "thing"),
    [
        ("quality_consultant", "north", "/region/klinikker/{}/", "foreign_practice"),
        ("practice_manager", "north_1", "/data/{}/", "foreign_delivery"),
    ],
)
def test_what_belongs_to_others_is_not_found(
    page: Page, complaints: Complaints, country: Country, sign_in: SignIn, role: str, place: str, address: str, thing: str
) -> None:
    sign_in(page, role, place)
    answer: Response | None = page.goto(address.format(Objects(country)[thing]))
    assert answer is not None
    assert answer.status == 404
    assert "south" not in page.inner_text("main")
    assert faults(page) == []
    assert [text for text in complaints if "404" not in text] == []
    complaints.clear()
