"""Mails over a real SMTP server: once each, plain, easy to opt out of, two reminders at most and none to who has answered."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from kip.core.scope import WORKER, activate
from kip.core.workdays import COPENHAGEN
from surveys.actions import answering, inviting, sending
from surveys.actions.answering import door_of
from surveys.links import Link, read_code
from surveys.models import Campaign, Contact, Invitation, Suppression
from surveys.sending_times import may_send, next_sending
from tests.portal.mail_server import Mailbox, mail_server
from tests.surveys.conftest import answer

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
Running, Links = Callable[..., Campaign], Callable[[Campaign], list[Link]]
HOUR = dt.time(10, 0)


@pytest.fixture
def box(settings: Any) -> Iterator[Mailbox]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 10
        yield server


def tuesday(weeks: int = 0) -> dt.datetime:
    """A working Tuesday at ten, so many weeks from now on."""
    today = dt.datetime.now(COPENHAGEN).date()
    return next_sending(dt.datetime.combine(today + dt.timedelta(days=7 * weeks), dt.time(0, 0), COPENHAGEN))


def run(moment: dt.datetime) -> Counter[str]:
    with activate(WORKER):
        chosen = sending.due(moment)
    return sending.send(chosen, moment)


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def token(mail: EmailMessage) -> str:
    found = re.search(r"/s/([\w-]{43})/", plain(mail))
    assert found is not None
    return found[1]


def test_a_mail_is_plain_and_says_nothing_of_the_clinic(running: Running, box: Mailbox) -> None:
    running(3)
    assert run(tuesday()) == {"sent": 3}
    assert len(box.mails) == 3
    mail = box.mails[0]
    assert mail.get_content_type() == "multipart/alternative"
    whole = plain(mail) + str(mail["Subject"]) + str(mail["From"])
    for word in ("Lægehuset", "læge", "klinik", "patient"):
        assert word not in whole
    page = mail.get_body(("html",))
    assert page is not None
    assert re.findall(r"<img|<script|http-equiv|style=", page.get_content()) == []
    linked = re.findall(r'href="(http[^"]+)"', page.get_content())
    assert linked == [address.rstrip(".,") for address in re.findall(r"https?://\S+", plain(mail))]
    address = f"/s/fra/{token(mail)}/"
    assert address in mail["List-Unsubscribe"]
    assert (mail["List-Unsubscribe-Post"], mail["Auto-Submitted"]) == ("List-Unsubscribe=One-Click", "auto-generated")
    assert "survey" not in str(mail["Subject"]).lower()
    assert len({mail["Message-ID"] for mail in box.mails}) == len({token(mail) for mail in box.mails}) == 3
    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", plain(mail))
    assert code is not None
    assert read_code(code[0]) != ""


def test_the_link_in_the_mail_opens_the_questionnaire(running: Running, box: Mailbox) -> None:
    running(1)
    run(tuesday())
    page = Client().get(f"/s/{token(box.mails[0])}/", follow=True)
    assert "Lægehuset north 1" in page.content.decode()


def test_two_reminders_at_most_and_none_to_who_has_answered_or_said_no(running: Running, links: Links, box: Mailbox) -> None:
    campaign = running(6)
    mine = links(campaign)
    assert run(tuesday()) == {"sent": 6}
    assert run(tuesday()) == {}
    answer(mine[0], {"PUL1": "4"})
    no = door_of(mine[1].token)
    assert no is not None
    answering.opt_out(no)
    assert run(tuesday() + dt.timedelta(minutes=30)) == {}
    assert run(tuesday(1)) == {"sent": 4}
    assert run(tuesday(1)) == {}
    answer(mine[2], {"PUL1": "4"})
    assert run(tuesday(2)) == {"sent": 3}
    assert run(tuesday(3)) == {}
    first = Counter(token(mail) for mail in box.mails)
    assert Counter(first.values()) == {1: 2, 2: 1, 3: 3}
    assert "Sidste besked" in str(box.mails[-1]["Subject"])
    assert len({mail["Message-ID"] for mail in box.mails}) == len(box.mails) == 13


def test_who_answers_between_the_choice_and_the_sending_gets_nothing(running: Running, links: Links, box: Mailbox) -> None:
    campaign = running(2)
    mine = links(campaign)
    run(tuesday())
    with activate(WORKER):
        chosen = sending.due(tuesday(1))
    assert len(chosen) == 2
    answer(mine[0], {"PUL1": "4"})
    assert sending.send(chosen, tuesday(1)) == {"left_out": 1, "sent": 1}


def test_an_address_nobody_has_is_not_written_to_again(running: Running, box: Mailbox) -> None:
    box.unknown = {"p0@": "550 no such person", "p1@": "450 full just now"}
    campaign = running(3)
    assert run(tuesday()) == {"bounced": 1, "waits": 1, "sent": 1}
    with activate(WORKER):
        assert Counter(Invitation.objects.filter(campaign=campaign).values_list("state", flat=True)) == {
            "bounced": 1, "created": 1, "sent": 1,
        }  # fmt: skip
        [gone] = Suppression.objects.all()
        assert gone.why == "bounced"
    assert [run(tuesday() + dt.timedelta(minutes=later)) for later in (1, 2, 3)] == [{"waits": 1}, {"bounced": 1}, {}]
    with activate(WORKER):
        assert Suppression.objects.count() == 2


def test_a_server_that_fails_loses_nothing(running: Running, box: Mailbox) -> None:
    running(2)
    box.refuse = True
    with pytest.raises(OSError, match="451"):
        run(tuesday())
    box.refuse = False
    assert run(tuesday()) == {"sent": 2}


def test_one_provider_gets_a_few_at_a_time(running: Running, box: Mailbox) -> None:
    running(sending.PER_DOMAIN + 5)
    assert run(tuesday()) == {"sent": sending.PER_DOMAIN, "waits": 5}
    assert run(tuesday()) == {"sent": 5}


def test_nothing_goes_out_at_night_or_when_the_practice_has_its_answers(running: Running, box: Mailbox) -> None:
    campaign = running(2)
    with activate(WORKER):
        assert sending.due(tuesday().replace(hour=3)) == []
        assert sending.due(tuesday() + dt.timedelta(days=60)) == []
        campaign.units.update(stopped_at=tuesday())
        assert sending.due(tuesday()) == []


def test_no_subject_tried_out_changes_the_reminder(running: Running, box: Mailbox) -> None:
    running(4, subjects=["Fortæl os, hvad du synes", "Vi vil gerne høre fra dig"])
    run(tuesday())
    assert Counter(mail["Subject"] for mail in box.mails) == {"Fortæl os, hvad du synes": 2, "Vi vil gerne høre fra dig": 2}


def test_addresses_are_gone_when_the_campaign_is_cleared(running: Running, acts: Any) -> None:
    campaign = running(3)
    with activate(WORKER):
        Campaign.objects.filter(pk=campaign.pk).update(state="closed")
        inviting.clear(Campaign.objects.get(pk=campaign.pk))
        assert (Contact.objects.count(), set(Invitation.objects.values_list("state", flat=True))) == (0, {"expired"})


@pytest.mark.parametrize(
    ("moment", "open_", "then"),
    [
        ("2026-11-24T09:00", True, "2026-11-24T09:00"),
        ("2026-11-24T10:59", True, "2026-11-24T10:59"),
        ("2026-11-24T11:00", False, "2026-11-24T17:00"),
        ("2026-11-24T19:00", False, "2026-11-25T09:00"),
        ("2026-11-26T19:30", False, "2026-12-01T09:00"),
        ("2026-11-28T10:00", False, "2026-12-01T09:00"),
        ("2026-12-24T10:00", False, "2026-12-29T09:00"),
        ("2027-03-25T10:00", False, "2027-03-30T09:00"),
    ],
)
def test_the_hours_of_mail(moment: str, open_: bool, then: str) -> None:
    at = dt.datetime.fromisoformat(moment).replace(tzinfo=COPENHAGEN)
    assert may_send(at) is open_
    assert next_sending(at) == dt.datetime.fromisoformat(then).replace(tzinfo=COPENHAGEN)
    assert may_send(next_sending(at))
