"""The mail that asks a patient: plain words, nothing that tells of a clinic or an illness, and a way out that one press takes.

No picture, no counted link, no attachment. The address of the link stands as it is. Sources: RFC 8058 (one-click), RFC 3834.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from kip.core.site import site
from kip.core.texts import text
from surveys.links import Link, written_code
from surveys.models import Campaign, Invitation

KEYS = ("survey_invitation", "survey_reminder_1", "survey_reminder_2")


@dataclass(frozen=True)
class Message:
    """What one mail is made of. number: 0 the invitation, 1 and 2 the reminders."""

    invitation: Invitation
    campaign: Campaign
    link: Link
    address: str
    language: str
    number: int


def written(message: Message) -> EmailMultiAlternatives:
    """The mail, in the person's language."""
    with translation.override(message.language if message.language in ("da", "en") else "da"):
        body = f"{_body(message)}\n{_footer(message)}"
        subject = _subject(message)
    mail = EmailMultiAlternatives(subject, body, None, [message.address], headers=_headers(message))
    page = render_to_string("emails/surveys/ask.html", {"lines": _lines(body), "language": message.language, "subject": subject})
    mail.attach_alternative(page, "text/html")
    return mail


def message_id(invitation: Invitation, number: int) -> str:
    """The same for the same mail, however often it is tried."""
    return f"<{invitation.pk}.{number}@{_domain()}>"


def _subject(message: Message) -> str:
    own = message.campaign.subjects
    if own and message.number == 0:
        return own[message.invitation.subject % len(own)]
    return text(f"mail.{KEYS[message.number]}.subject", sender=_sender(message.campaign), date=message.campaign.last_day)


WANTED = (
    ("sender", "minutes", "url", "date", "result_url"),
    ("sender", "minutes", "url"),
    ("sender", "date", "url", "reply_phone"),
)


def _body(message: Message) -> str:
    facts = {
        "sender": _sender(message.campaign),
        "minutes": (message.campaign.content or {})["questionnaire"]["estimated_minutes"],
        "url": site() + reverse("answer:enter", args=[message.link.token]),
        "date": message.campaign.last_day,
        "result_url": site() + reverse("answer:running"),
        "reply_phone": settings.KIP_PHONE,
    }
    return text(f"mail.{KEYS[message.number]}.body", **{name: facts[name] for name in WANTED[message.number]})


def _footer(message: Message) -> str:
    return text(
        "mail.patient_footer.body", site=f"{site()}{reverse('answer:welcome')}", code=written_code(message.link.code),
        list_url=site() + reverse("answer:running"), contact_name=settings.KIP_CONTACT, phone=settings.KIP_PHONE,
        opt_out_url=_opt_out(message.link),
    )  # fmt: skip


def _headers(message: Message) -> dict[str, str]:
    return {
        "Message-ID": message_id(message.invitation, message.number),
        "List-Unsubscribe": f"<{_opt_out(message.link)}>, <mailto:{_from()}?subject=afmeld>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<patienter.{_domain()}>",
        "Auto-Submitted": "auto-generated",
    }


def _opt_out(link: Link) -> str:
    return site() + reverse("answer:opt_out_link", args=[link.token])


def _sender(campaign: Campaign) -> str:
    region = campaign.region
    return region.name_en if (translation.get_language() or "da").startswith("en") else region.name_da


def _from() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _domain() -> str:
    return _from().rpartition("@")[2]


def _lines(body: str) -> list[str]:
    return body.strip().splitlines()
