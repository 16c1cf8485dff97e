"""Sends a mail once to each person, in the person's language. Call outside any scope, in the worker.

Each mail is noted before it leaves; a mail server that fails gives the note back and raises, so that a later run goes on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accreditation.models import SentMail
from kip.core.scope import WORKER, activate
from kip.core.site import site
from practices.models import User


@dataclass(frozen=True)
class Letter:
    """One mail: subject, paragraphs, and a calendar file or none. No text of a patient, a rating or a finding."""

    subject: str
    lines: Sequence[str]
    calendar: bytes | None = None


def send(key: str, users: Iterable[User], write: Callable[[User], Letter]) -> int:
    """Send to everybody who has not had the mail of that key; how many were sent."""
    sent = 0
    for user in users:
        with activate(WORKER):
            _note, first = SentMail.objects.get_or_create(key=key, user=user)
            if not first:
                continue
            with translation.override(user.language or "da"):
                message = _message(user, write(user))
        try:
            message.send()
        except OSError:  # also what smtplib raises
            with activate(WORKER):
                SentMail.objects.filter(key=key, user=user).delete()
            raise
        sent += 1
    return sent


def _message(user: User, letter: Letter) -> EmailMessage:
    facts = {
        "name": user.name,
        "lines": letter.lines,
        "address": site() + reverse("portal:home"),
        "contact": settings.KIP_CONTACT,
        "phone": settings.KIP_PHONE,
    }
    body = render_to_string("emails/accreditation/letter.txt", facts)
    message = EmailMessage(" ".join(letter.subject.split()), body, None, [user.email])
    if letter.calendar is not None:
        message.attach("besoeg.ics", letter.calendar, "text/calendar")
    return message
