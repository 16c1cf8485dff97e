"""A whole visit on a tablet without network: nothing that was written is lost, and nothing stays behind."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser

from accreditation.actions import visiting
from accreditation.actions.evidence import open_photo
from accreditation.actions.visiting import RatingEntry
from accreditation.models import CriticalFinding, Survey, SurveyorRating, VisitDevice, VisitNote
from accreditation.queries import ratings
from accreditation.queries.relevance import asked
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, activate
from tests.accreditation.visit.conftest import with_evidence
from tests.accreditation.world import World
from tests.e2e.tablet import CODE, Tablet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
Tablets = Callable[..., Tablet]
MET, LARGELY, PARTIALLY, NOT_MET = range(4)


@pytest.fixture
def visits(country: Any) -> World:
    return World(country)


@pytest.fixture
def survey(visits: World) -> Survey:
    return with_evidence(visits, "on_site")


@pytest.fixture
def numbers(survey: Survey) -> list[str]:
    with activate(WORKER):
        return [indicator.number for indicator in asked(survey)]


@pytest.fixture
def tablet(browser: Browser, server: str, survey: Survey, visits: World, tmp_path: Path) -> Iterator[Tablets]:
    """`tablet("surveyor")`: a tablet with that person signed in and the visit downloaded."""
    made: list[Tablet] = []

    def make(name: str = "surveyor") -> Tablet:
        visits.lead, visits.second  # noqa: B018  # both exist before anybody signs in
        fresh = Tablet(browser.browser_type, tmp_path / name, server, survey.pk)
        made.append(fresh)
        fresh.sign_in(f"{name}@akk.example")
        fresh.download()
        return fresh

    yield make
    for one in made:
        assert one.errors == []
        one.close()


def said(survey: Survey) -> list[tuple[str, str, str, bool]]:
    """Every rating on the server: indicator, rating, reason, conflicting; in the order it came."""
    with activate(WORKER):
        rows = SurveyorRating.objects.filter(survey=survey).order_by("received_at", "revision")
        return [(row.indicator.number, row.rating, row.reason, row.conflicting) for row in rows.select_related("indicator")]


def test_the_network_goes_in_the_middle_of_a_sentence(tablet: Tablets, survey: Survey, numbers: list[str]) -> None:
    here = tablet()
    here.rate(numbers[0], MET)
    here.go("")
    here.shows(waiting=0, drafts=0, fault="")
    here.offline()
    here.rate(numbers[1], PARTIALLY, "To af tre kendte vagtplanen, og")
    here.page.wait_for_timeout(600)
    here.reload()
    assert here.page.locator(".visit-scale ~ .form-group textarea").input_value() == "To af tre kendte vagtplanen, og"
    here.rate(numbers[1], PARTIALLY, "To af tre kendte vagtplanen, og den er fra 2019.")
    here.rate(numbers[2], LARGELY, "Næsten.")
    here.go("")
    here.shows(waiting=2, drafts=0, fault="offline")
    assert said(survey) == [(numbers[0], "met", "", False)]
    here.offline(False)
    here.shows(waiting=0, fault="")
    assert said(survey) == [
        (numbers[0], "met", "", False),
        (numbers[1], "partially_met", "To af tre kendte vagtplanen, og den er fra 2019.", False),
        (numbers[2], "largely_met", "Næsten.", False),
    ]


def test_an_empty_battery_and_a_closed_session_lose_nothing(
    tablet: Tablets, survey: Survey, numbers: list[str], visits: World
) -> None:
    here = tablet()
    here.offline()
    here.rate(numbers[0], NOT_MET, "Der er ingen plan.")
    here.note("Citat fra sekretæren")
    photo = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Kameraet"
    Image.new("RGB", (3000, 2000), "navy").save(photo, "JPEG", exif=exif)
    here.page.set_input_files(".visit-camera", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}])
    here.page.wait_for_selector(".visit-picture")
    here.shows(waiting=3)
    here.kill()
    here.start(offline=True)
    here.open()
    here.unlock()
    here.shows(waiting=3, fault="offline")
    here.offline(False)
    # The session went with the browser: nothing is sent until the person has signed in again.
    here.shows(waiting=3, fault="signed_out")
    here.page.click("#bar a[href^='/konto/login']")
    here.page.fill("input[name=login]", "surveyor@akk.example")
    here.page.fill("input[name=password]", "prøve-kodeord-1")
    here.page.click("form[action^='/konto/login/'] button[type=submit]")
    here.page.wait_for_url("**/besoeg/enhed/**")
    here.unlock()
    here.shows(waiting=0, fault="")
    assert said(survey) == [(numbers[0], "not_met", "Der er ingen plan.", False)]
    with activate(WORKER):
        notes = {row.kind: row for row in VisitNote.objects.filter(survey=survey)}
    assert {kind: row.text for kind, row in notes.items()} == {"note": "Citat fra sekretæren", "photo": ""}
    with visits.as_(visits.lead) as by:
        kept = Image.open(open_photo(by=by, note=notes["photo"]))
    assert (max(kept.size), dict(kept.getexif())) == (1600, {})


def test_two_surveyors_rate_the_same_and_a_person_chooses(tablet: Tablets, survey: Survey, numbers: list[str]) -> None:
    one, other = tablet("surveyor"), tablet("kollega")
    one.offline()
    other.offline()
    one.rate(numbers[0], MET)
    other.rate(numbers[0], PARTIALLY, "Jeg så noget andet.")
    one.go("")
    other.go("")
    one.offline(False)
    one.shows(waiting=0)
    other.offline(False)
    other.shows(waiting=0, conflicts=1)
    assert said(survey) == [(numbers[0], "met", "", False), (numbers[0], "partially_met", "Jeg så noget andet.", True)]
    other.go(f"/p/{numbers[0]}")
    assert other.page.locator(".visit-version__rating").count() == 2
    one.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    one.shows(conflicts=1)
    other.page.locator(".visit-version .button").nth(1).click()
    # The conflict first: it is settled on the device before the choice is sent, and nothing waits before the tap has been taken.
    other.shows(conflicts=0)
    other.shows(waiting=0)
    one.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    one.shows(conflicts=0)
    with activate(WORKER):
        assert ratings.current(survey)[asked(survey)[0].pk].rating == "partially_met"
        assert ratings.waiting(survey) == {}
    assert len(said(survey)) == 3


def test_what_is_sent_twice_is_stored_once(tablet: Tablets, survey: Survey, numbers: list[str]) -> None:
    here = tablet()
    answered: list[str] = []

    def lose(route: Any) -> None:
        """The server takes it in, and the answer never arrives."""
        route.fetch()
        answered.append(route.request.url)
        route.abort()

    here.page.route("**/send.json", lose, times=1)
    here.rate(numbers[0], MET)
    here.go("")
    here.shows(waiting=0, fault="")
    assert len(answered) == 1
    assert said(survey) == [(numbers[0], "met", "", False)]


def test_a_critical_finding_made_without_network_is_told_when_it_arrives(
    tablet: Tablets, survey: Survey, numbers: list[str]
) -> None:
    here = tablet()
    here.offline()
    here.go(f"/p/{numbers[0]}")
    here.page.click(".visit-critical summary")
    here.page.locator(".visit-critical textarea").fill("Adrenalin er udløbet.")
    here.page.click(".visit-critical .button-warning")
    here.shows(waiting=1)
    here.offline(False)
    here.shows(waiting=0)
    with activate(WORKER):
        found = CriticalFinding.objects.get(survey=survey)
    assert (found.text, found.indicator.number) == ("Adrenalin er udløbet.", numbers[0])


def test_nothing_that_anybody_wrote_can_be_read_on_the_disk(tablet: Tablets, numbers: list[str]) -> None:
    here = tablet()
    here.offline()
    here.rate(numbers[0], PARTIALLY, "Hemmeligheden om vagtplanen")
    here.go("")
    here.shows(waiting=1)
    stored = b"".join(path.read_bytes() for path in here.folder.rglob("*IndexedDB*/**/*") if path.is_file())
    words = ("Hemmeligheden", "Internt", "Vagtplan", "Lægehuset", CODE)
    assert [word for word in words if word.encode() in stored or word.encode("utf-16-le") in stored] == []
    assert b"expires_at" in stored  # what is in clear is found this way
    cached = b"".join(path.read_bytes() for path in here.folder.rglob("*CacheStorage/**/*") if path.is_file())
    assert "Lægehuset".encode() not in cached
    assert b"visit-bar" in cached


def test_a_wrong_code_opens_nothing_and_costs_time(tablet: Tablets) -> None:
    here = tablet()
    here.page.reload()
    for _try in range(6):
        here.unlock("en-anden-kode")
        here.page.wait_for_selector(".visit-said.is-error")
        here.page.wait_for_timeout(300)
    here.unlock()
    here.page.wait_for_selector(".visit-said.is-error")
    assert here.page.locator(".visit-tabs").count() == 0
    here.page.wait_for_timeout(2500)
    here.unlock()
    here.page.wait_for_selector(".visit-tabs")


def test_when_its_time_is_out_the_copy_goes_and_unsent_words_stay_until_sent(
    tablet: Tablets, survey: Survey, numbers: list[str]
) -> None:
    here = tablet()
    here.offline()
    here.rate(numbers[0], MET)
    here.go("")
    here.shows(waiting=1)
    here.page.clock.set_system_time(dt.datetime.now(dt.UTC) + dt.timedelta(days=4))
    here.page.reload()
    here.page.wait_for_selector("main form input[type=password]")
    assert [key for key in here.kept()["records"] if "bundle" in key or "file" in key or "standing" in key] == []
    here.unlock()
    here.shows(waiting=1)
    assert "Lægehuset" not in here.page.inner_text("body")
    here.offline(False)
    here.page.wait_for_url("**/#/", timeout=20000)
    assert said(survey) == [(numbers[0], "met", "", False)]
    assert {name: keys for name, keys in here.kept().items() if keys} == {}


def test_the_copy_goes_when_the_ratings_are_finished_and_the_server_knows(
    tablet: Tablets, survey: Survey, numbers: list[str], visits: World
) -> None:
    here = tablet()
    with visits.as_(visits.second) as by:
        for indicator in asked(survey):
            visiting.rate(by=by, survey=survey, entry=RatingEntry(indicator, "met"))
        visiting.complete_rating(by=by, survey=survey)
    here.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    here.page.wait_for_selector("main .visit-said")
    assert {name: keys for name, keys in here.kept().items() if keys} == {}
    with activate(WORKER):
        assert VisitDevice.objects.get(survey=survey).wiped_at is not None


def test_signing_out_wipes_and_asks_first_when_something_is_not_sent(tablet: Tablets, survey: Survey, numbers: list[str]) -> None:
    here = tablet()
    here.offline()
    here.rate(numbers[0], MET)
    here.go("")
    here.shows(waiting=1)
    here.page.route("**/besoeg/**/send.json", lambda route: route.abort())
    here.offline(False)
    here.page.goto("/")
    here.page.locator("form[action='/konto/logout/'] button").first.evaluate("(button) => button.click()")
    here.page.locator("dialog[open] button[value='']").click()
    assert here.kept()["entries"] != []
    here.page.locator("form[action='/konto/logout/'] button").first.evaluate("(button) => button.click()")
    here.page.locator("dialog[open] button[value=wipe]").click()
    here.page.wait_for_selector("input[name=login]")
    assert {name: keys for name, keys in here.kept().items() if keys} == {}
    with activate(WORKER):
        assert VisitDevice.objects.get(survey=survey).wiped_at is not None


def test_the_practice_can_read_that_its_documents_were_taken_along(tablet: Tablets, survey: Survey) -> None:
    tablet()
    with activate(WORKER):
        acts = set(AuditRecord.objects.filter(practice_id=survey.practice_id).values_list("act", "kind"))
    assert {("downloaded_visit", "device"), ("downloaded", "evidence")} <= acts


def test_another_person_on_the_same_tablet_sends_nothing_in_the_wrong_name(
    tablet: Tablets, survey: Survey, numbers: list[str]
) -> None:
    here = tablet()
    here.offline()
    here.rate(numbers[0], MET)
    here.go("")
    here.shows(waiting=1)
    here.context.clear_cookies()
    here.offline(False)
    here.shows(fault="signed_out", waiting=1)
    here.sign_in("kollega@akk.example")
    here.open()
    here.unlock()
    here.shows(fault="other_person", waiting=1)
    assert said(survey) == []


WIDTHS = (390, 820, 1280)
AXE_FAULTS = """() => axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(
    broken => broken.id + " at " + broken.nodes.map(node => node.target.join(" ")).join(" | ")))"""
TOUCHED = "a, button, input:not([type=hidden]):not(.sr-only), select, textarea, summary"
SMALL = """(touched) => [...document.querySelectorAll(touched)].filter(
    part => part.checkVisibility() && !part.closest("p, dd, dt, .skipnav")).map(
    part => [part, (part.type === "radio" ? part.parentElement : part).getBoundingClientRect()]).filter(
    ([part, box]) => box.height < 43.5 || box.width < 43.5).map(
    ([part, box]) => `${part.tagName}.${part.className} ${box.width}x${box.height} "${part.textContent.trim().slice(0, 30)}"`)"""
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def test_every_screen_can_be_read_and_touched_by_everybody(tablet: Tablets, numbers: list[str]) -> None:
    here = tablet()
    here.rate(numbers[0], PARTIALLY, "Ikke helt.")
    here.note("En note")
    found: list[str] = []
    for rest in ("", f"/p/{numbers[0]}", "/noter", "/samtale", "/send"):
        here.go(rest)
        for width in WIDTHS:
            here.page.set_viewport_size({"width": width, "height": 1000})
            found += [f"{rest} at {width}: {fault}" for fault in here.page.evaluate(AXE_FAULTS)]
            found += [f"{rest} at {width}: small {fault}" for fault in here.page.evaluate(SMALL, TOUCHED)]
            found += [f"{rest} at {width}: scrolls sideways"] if here.page.evaluate(WIDE) else []
    assert found == []


def test_the_pages_with_network_can_be_read_and_touched_by_everybody(
    tablet: Tablets, survey: Survey, numbers: list[str], visits: World
) -> None:
    here = tablet()
    with visits.as_(visits.lead) as by:
        visiting.rate(by=by, survey=survey, entry=RatingEntry(asked(survey)[0], "met"))
    with visits.as_(visits.second) as by:
        visiting.rate(by=by, survey=survey, entry=RatingEntry(asked(survey)[0], "not_met", reason="Nej."))
    here.page.route("**/sw.js", lambda route: route.abort())
    paths = ("", f"{survey.pk}/indikator/{numbers[0]}/", f"{survey.pk}/indikator/{numbers[1]}/", "mig/")
    inside = tuple(f"{survey.pk}/{rest}" for rest in ("", "overblik/", "samtale/", "rapport/", "nej/"))
    found: list[str] = []
    for path in (*paths, *inside):
        here.page.goto(f"/besoeg/{path}")
        for width in WIDTHS:
            here.page.set_viewport_size({"width": width, "height": 1000})
            found += [f"{path} at {width}: {fault}" for fault in here.page.evaluate(AXE_FAULTS)]
            found += [f"{path} at {width}: scrolls sideways"] if here.page.evaluate(WIDE) else []
    assert found == []


def test_a_visit_is_rated_without_javascript(browser: Browser, server: str, survey: Survey, numbers: list[str]) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=server)
    page = context.new_page()
    page.goto("/")
    page.fill("input[name=login]", "surveyor@akk.example")
    page.fill("input[name=password]", "prøve-kodeord-1")
    page.click("form[action='/konto/login/'] button[type=submit]")
    page.goto(f"/besoeg/{survey.pk}/indikator/{numbers[0]}/")
    page.locator(".visit-step input").nth(PARTIALLY).check(force=True)
    page.fill("textarea[name=reason]", "To af tre.")
    page.click("button[name=next]")
    assert page.url.endswith(f"/indikator/{numbers[1]}/")
    page.goto(f"/besoeg/enhed/da/#/{survey.pk}/hent")
    assert page.locator("noscript").count() == 1
    context.close()
    assert said(survey) == [(numbers[0], "partially_met", "To af tre.", False)]
