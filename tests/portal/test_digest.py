"""The quarter's mail: only what has changed state, once, in the person's language, with a stop link, over a real SMTP server."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from smtplib import SMTPException
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from datacapture.actions.releasing import begin
from datacapture.enums import ReleaseState
from datacapture.models import DigestMail, DigestStop, IndicatorVersion, Release, Result
from kip.core.models import Job
from kip.core.scope import WORKER, activate
from kip.portal.digest.changes import FRESH, changed_of, quarter
from kip.portal.digest.mails import stop_token
from kip.portal.jobs import PRACTICE_DIGEST, due_digests, practice_digest
from practices.models import Practice, User
from tests.access.objects import STORED, WORDS
from tests.datacapture.feedback_world import let_out
from tests.portal.mail_server import Mailbox, mail_server

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
Person = Callable[..., User]
NOBODY_LISTENS: Any = lambda *told: None  # noqa: E731  (a progress that goes nowhere)
SUMMER, AUTUMN = date(2026, 6, 30), date(2026, 9, 30)
CODES = ("DM-02", "DM-03", "DM-04")


@pytest.fixture
def box(settings: Any, tmp_path: Path) -> Iterator[Mailbox]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 10
        yield server


def version_of(code: str) -> IndicatorVersion:
    found = IndicatorVersion.objects.filter(indicator__code=code).select_related("indicator").first()
    if found:
        return found
    indicator = IndicatorVersion._meta.get_field("indicator").related_model.objects.create(
        code=code, theme="diabetes", professions=["general_practice"], dimension="effectiveness", kind="outcome",
        type="proportion", direction="higher",
    )  # fmt: skip
    texts = {"name": {"da": f"Måling {code}", "en": f"Measure {code}"}, "theme": {"id": "x", "place": 0, **WORDS}}
    return IndicatorVersion.objects.create(
        indicator=indicator, number=1, definition=STORED, definition_hash="0", texts=texts, source="x", trust="draft",
        min_n=10, controllable_by="clinic", author="x",
    )  # fmt: skip


def released(practice: Practice, month_end: date, trends: dict[str, str]) -> Release:
    """A published quarter with one row per measure."""
    with activate(WORKER):
        release = begin(month_end)
        for code, trend in trends.items():
            Result.objects.create(
                release=release, version=version_of(code), practice=practice, region=practice.region, month_end=month_end, n=40,
                x=20, excluded=0, unknown=0, exception=0, value=0.5, lower=0.35, upper=0.65, tier="as_expected", position="",
                trend=trend, since=month_end if trend in ("improving", "worsening") else None, latest=True,
            )  # fmt: skip
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.PREPARED)
    let_out(release)
    return release


@pytest.fixture
def practice(country: dict[str, Any]) -> Practice:
    """One measure got worse, one better, one was worse before."""
    place: Practice = country["north_1"]
    released(place, SUMMER, {"DM-02": "stable", "DM-03": "stable", "DM-04": "worsening"})
    released(place, AUTUMN, {"DM-02": "worsening", "DM-03": "improving", "DM-04": "worsening"})
    return place


def deliver(practice: Practice) -> int:
    return int(practice_digest(WORKER, NOBODY_LISTENS, practice_id=practice.pk)["sent"])


def test_only_what_was_common_and_is_not_any_more(practice: Practice) -> None:
    with activate(WORKER):
        found = quarter()
        assert found is not None
        assert [(item.code, item.state) for item in changed_of(practice.pk, found)] == [
            ("DM-02", "concern"),
            ("DM-03", "improvement"),
        ]


def test_an_old_release_is_no_news(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + FRESH + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    with activate(WORKER):
        assert quarter() is None


def test_each_member_gets_one_mail_in_the_own_language(practice: Practice, person: Person, box: Mailbox) -> None:
    person("clinician", "north_1", "da@kip.example")
    english = person("practice_manager", "north_1", "en@kip.example")
    person("clinician", "north_2", "anden@kip.example")
    with activate(WORKER):
        User.objects.filter(pk=english.pk).update(language="en")
    assert (deliver(practice), deliver(practice)) == (2, 0)
    by_address = {mail["To"]: mail for mail in box.mails}
    assert by_address.keys() == {"da@kip.example", "en@kip.example"}
    danish, other = by_address["da@kip.example"], by_address["en@kip.example"]
    assert danish["Subject"].strip() == f"{practice.name}: nye kvalitetstal til og med 30. september 2026"
    assert "new quality figures" in other["Subject"]
    plain, html = (danish.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for body in (plain, html):
        assert "Måling DM-02" in body
        assert "/maalinger/DM-03/" in body
        assert "/maalinger/DM-04/" not in body
        assert "50 %" not in body
    assert danish["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert danish["List-Unsubscribe"].strip(" <>") in plain
    with activate(WORKER):
        assert set(DigestMail.objects.values_list("label", flat=True)) == {"2026-3"}


def test_a_mail_server_that_fails_loses_nothing(practice: Practice, person: Person, box: Mailbox) -> None:
    person("clinician", "north_1", "da@kip.example")
    box.refuse = True
    with pytest.raises(SMTPException):
        deliver(practice)
    box.refuse = False
    assert (deliver(practice), len(box.mails)) == (1, 1)


def test_the_stop_link_shows_first_and_stops_by_a_post_without_a_cookie(practice: Practice, person: Person, box: Mailbox) -> None:
    reader = person("clinician", "north_1", "da@kip.example")
    deliver(practice)
    address = box.mails[0]["List-Unsubscribe"].strip(" <>").split(":8000")[1]
    client = Client(enforce_csrf_checks=True)
    assert client.get(address).status_code == 200
    with activate(WORKER):
        assert not DigestStop.objects.exists()
    answers = [client.post(address, {"List-Unsubscribe": "One-Click"}).status_code for _ in range(2)]
    assert answers == [200, 200]
    with activate(WORKER):
        assert list(DigestStop.objects.values_list("user_id", "practice_id")) == [(reader.pk, practice.pk)]
        DigestMail.objects.all().delete()
    assert deliver(practice) == 0
    forged = f"/mail/stop/{stop_token(reader.pk, practice.pk)[:-2]}xx/"
    assert (client.get(forged).status_code, client.post(forged).status_code) == (404, 404)


def test_the_night_asks_once_per_practice_with_people(practice: Practice, person: Person) -> None:
    person("clinician", "north_1", "da@kip.example")
    for _ in range(2):
        due_digests(WORKER, NOBODY_LISTENS)
    with activate(WORKER):
        assert list(Job.objects.filter(name=PRACTICE_DIGEST).values_list("practice_id", flat=True)) == [practice.pk]


def test_who_stopped_the_mails_can_start_them_again(
    practice: Practice, signed_in: Callable[..., Client], person: Person, box: Mailbox
) -> None:
    """In the own settings; the colleague's choice is neither seen nor changed."""
    client = signed_in("clinician", "north_1")
    colleague = person("clinician", "north_1", "kollega@kip.example")
    with activate(WORKER):
        DigestStop.objects.create(user=colleague, practice=practice)
    english = {"Accept-Language": "en"}
    assert "You get the mails." in client.get("/mail/", headers=english).content.decode()
    for _time in range(2):
        assert client.post("/mail/", {"wanted": "0"}).status_code == 302
    assert "You have stopped the mails." in client.get("/mail/", headers=english).content.decode()
    assert deliver(practice) == 0
    for _time in range(2):
        assert client.post("/mail/", {"wanted": "1"}).status_code == 302
    with activate(WORKER):
        assert list(DigestStop.objects.values_list("user_id", flat=True)) == [colleague.pk]
    assert deliver(practice) == 1


def test_the_stop_page_tells_the_way_back(practice: Practice, person: Person) -> None:
    reader = person("clinician", "north_1", "da@kip.example")
    page = Client().post(f"/mail/stop/{stop_token(reader.pk, practice.pk)}/").content.decode()
    assert 'href="/mail/"' in page
