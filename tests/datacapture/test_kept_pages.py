"""A page shown again comes from Redis; every change shows at once, and nobody is shown another practice's."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext

from datacapture.models import CaseState, Indicator, IndicatorVersion, PatientMark
from datacapture.queries.patients import LISTED
from kip.core.scope import WORKER, activate
from practices.models import Practice
from tests.datacapture.feedback_world import World, build, corrected
from tests.datacapture.test_feedback_pages import fraction, stored, words

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
PAGES = ("/", "/maalinger/", "/maalinger/DM-02/")
MEASURE = "/maalinger/DM-02/"


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=("DM-01", "DM-02"))


def main(client: Client, path: str) -> str:
    """The page's main part without what belongs to one session."""
    body = client.get(path).content.decode()
    inner = body[body.index("<main") : body.index("</main>")]
    return re.sub(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>', "", inner)


def reads(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return sum(" FROM " in query["sql"] and "set_config" not in query["sql"] for query in found.captured_queries)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_the_same_the_second_time_and_reads_next_to_nothing(world: World, signed_in: SignIn, path: str) -> None:
    client = signed_in("clinician", "north_1")
    first = main(client, path)
    assert main(client, path) == first
    assert reads(client, path) == 2  # who it is, and whether anything has changed


@pytest.mark.parametrize("path", PAGES)
def test_two_practices_at_the_same_address_see_their_own(world: World, signed_in: SignIn, path: str) -> None:
    one, two = signed_in("clinician", "north_1"), signed_in("clinician", "north_2")
    shown = [main(client, path) for client in (one, two, one, two)]
    assert (shown[0] == shown[2], shown[1] == shown[3], shown[0] == shown[1]) == (True, True, False)
    own, other = (fraction(stored(world, place, "DM-02")) for place in ("north_1", "north_2"))
    assert own != other
    assert [other in words(one.get(path)), own in words(two.get(path))] == [False, False]


def test_who_moves_to_another_practice_sees_that_ones_at_once(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    before = words(client.get(MEASURE))
    with activate(WORKER):
        moved = Practice.objects.get(pk=world.places["north_1"].pk).memberships.get()
        moved.practice = world.places["north_2"]
        moved.save()
    after = words(client.get(MEASURE))
    own, other = (fraction(stored(world, place, "DM-02")) for place in ("north_1", "north_2"))
    assert [own in before, other in before, own in after, other in after] == [True, False, False, True]


def test_a_mark_shows_at_once_and_so_does_its_end(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    with activate(WORKER):
        listed = CaseState.objects.filter(LISTED, practice=world.places["north_1"], version__indicator__code="DM-02")
        patients = list(listed.values_list("patient_id", flat=True)[:2])
    told = []
    for count in (0, 1, 2, 0):
        if count:
            client.post(f"{MEASURE}patienter/maerk/", {"patient": patients[:count], "reason": "handled", "note": ""})
        else:
            client.post(f"{MEASURE}patienter/maerk/", {"patient": patients, "unmark": "1"})
        told.append([re.findall(r"(\d+) af \d+ er gennemgået", words(client.get(path))) for path in ("/", MEASURE)])
    with activate(WORKER):
        left = PatientMark.objects.count()
    assert (told, left) == ([[[], []], [["1"], ["1"]], [["2"], ["2"]], [[], []]], 0)


def test_a_note_shows_at_once_on_list_and_chart_for_colleagues_too(world: World, signed_in: SignIn) -> None:
    one, two = signed_in("clinician", "north_1"), signed_in("practice_manager", "north_1")
    quiet = main(two, MEASURE)
    one.post(f"{MEASURE}noter/", {"day": "2.6.2026", "text": "Ny arbejdsgang"})
    told = main(two, MEASURE)
    assert (quiet.count("Ny arbejdsgang"), told.count("Ny arbejdsgang") >= 3) == (0, True)
    note = re.search(r"/noter/(\d+)/", told)
    assert note is not None
    two.post(f"{MEASURE}noter/{note[1]}/fjern/")
    assert main(one, MEASURE).count("Ny arbejdsgang") == 0


def test_a_new_release_and_new_words_show_at_once(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    before = [words(client.get(path)) for path in PAGES]
    corrected(world.release, results=Q(version__indicator__code="DM-02"))
    after = [words(client.get(path)) for path in PAGES]
    assert ["2026-3, rettelse 1" in page for page in before + after] == [False] * 3 + [True] * 3
    assert ["af 1 målinger" in after[0], "Vi har set på 1 måling." in after[1]] == [True, True]
    with activate(WORKER):
        version = IndicatorVersion.objects.get(indicator__code="DM-02", retired_at=None)
        version.texts["name"]["da"] = "Et helt andet navn"
        version.save()
    assert ["Et helt andet navn" in words(client.get(path)) for path in PAGES] == [True] * 3
    with activate(WORKER):
        Indicator.objects.filter(code="DM-02").update(professions=["physiotherapy"])
    assert "Gælder ikke jer" in words(client.get(MEASURE))


def test_a_page_keeps_no_form_token_and_each_uses_his_own(world: World, signed_in: SignIn) -> None:
    users = [signed_in("clinician", "north_1"), signed_in("practice_manager", "north_1")]
    for number, signed in enumerate(users):
        client = Client(enforce_csrf_checks=True)
        client.cookies = signed.cookies
        form = client.get(MEASURE).content.decode()
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        sent = {"day": "2.6.2026", "text": f"Note {number}", "csrfmiddlewaretoken": token[-1]}
        assert client.post(f"{MEASURE}noter/", sent).status_code == 302
    assert [f"Note {number}" in main(users[0], MEASURE) for number in (0, 1)] == [True, True]


def test_an_emptied_redis_ends_no_session_and_changes_no_page(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    before = main(client, MEASURE)
    cache.delete(f"django.contrib.sessions.cached_db{client.session.session_key}")
    assert main(client, MEASURE) == before


def test_words_that_somebody_searched_for_are_not_kept(world: World, signed_in: SignIn) -> None:
    client = signed_in("clinician", "north_1")
    client.get("/maalinger/?q=hba1c")
    assert reads(client, "/maalinger/?q=hba1c") > 2


def header(client: Client, path: str) -> str:
    body = client.get(path).content.decode()
    return body[body.index("<header") : body.index("</header>")]


@pytest.mark.parametrize("path", PAGES)
def test_a_kept_page_names_whoever_asks_and_leads_back_to_the_own_address(world: World, signed_in: SignIn, path: str) -> None:
    one, two = signed_in("clinician", "north_1"), signed_in("practice_manager", "north_1")
    named = [
        (header(client, path).count(name)) for client in (one, two) for name in ("clinician north_1", "practice_manager north_1")
    ]
    assert named == [2, 0, 0, 2]
    addresses = [f'name="next" value="{path}{query}"' for query in ("", "?x=1", "?x=%3Cb%3E")]
    assert [header(one, path + query).count(addresses[place]) for place, query in enumerate(("", "?x=1", "?x=%3Cb%3E"))] == [
        2,
        2,
        2,
    ]
    one.get(f"{path}?secret=words")
    assert "secret" not in two.get(path).content.decode()


def test_a_name_is_escaped_in_the_frame(world: World, signed_in: SignIn, person: Callable[..., Any]) -> None:
    client = signed_in("clinician", "north_1")
    with activate(WORKER):
        Practice.objects.filter(pk=world.places["north_1"].pk).update(name="<b>Læge & søn</b>")
    for _ in range(2):
        shown = header(client, "/")
        assert (shown.count("&lt;b&gt;Læge &amp; søn&lt;/b&gt;"), "<b>" in shown) == (2, False)


def test_a_message_shows_once_and_to_nobody_else(world: World, signed_in: SignIn) -> None:
    one, two = signed_in("clinician", "north_1"), signed_in("practice_manager", "north_1")
    one.post(f"{MEASURE}noter/", {"day": "2.6.2026", "text": "Ny arbejdsgang"})
    shown = ["Noten står på diagrammet." in main(client, MEASURE) for client in (two, one, one, two)]
    assert shown == [False, True, False, False]
