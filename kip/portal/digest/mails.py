"""Writes and sends the quarter's mail of one practice: plain text and simple HTML in the person's language, no patient data."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from datacapture.models import DigestMail, DigestStop
from datacapture.queries import wording
from kip.core import audit
from kip.core.scope import WORKER, activate
from kip.core.site import site
from kip.core.texts import text
from kip.portal.digest.changes import CONCERN, IMPROVEMENT, Changed, Quarter, changed_of, looked_at
from practices.enums import PRACTICE_ROLES
from practices.models import Membership, Practice, User

SALT = "kip.digest.stop"


def stop_token(user_id: int, practice_id: int) -> str:
    """What stands in the stop link; it says who and where, and nobody else can write it."""
    return signing.dumps([user_id, practice_id], salt=SALT)


def read_token(token: str) -> tuple[int, int] | None:
    """User and practice of a stop link, or None."""
    try:
        user_id, practice_id = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(user_id), int(practice_id)


def stop(user_id: int, practice_id: int) -> None:
    """No more of these mails for this person and practice; a second time changes nothing."""
    DigestStop.objects.bulk_create([DigestStop(user_id=user_id, practice_id=practice_id)], ignore_conflicts=True)


def start(user_id: int, practice_id: int) -> None:
    """The mails come again, from the next quarter on. Call in the person's own scope at the practice."""
    DigestStop.objects.filter(user_id=user_id, practice_id=practice_id).delete()


def is_stopped(user_id: int, practice_id: int) -> bool:
    """The person has stopped the mails of this practice. Call in the person's own scope at the practice."""
    return DigestStop.objects.filter(user_id=user_id, practice_id=practice_id).exists()


def readers(practice_id: int, label: str) -> list[User]:
    """The practice's people today who have not stopped the mail and have not had this quarter's."""
    today = timezone.localdate()
    members = Membership.objects.filter(practice_id=practice_id, role__in=PRACTICE_ROLES, valid_from__lte=today)
    members = members.exclude(valid_to__lt=today)
    silent = DigestStop.objects.filter(practice_id=practice_id).values("user_id")
    served = DigestMail.objects.filter(practice_id=practice_id, label=label).values("user_id")
    people = User.objects.filter(pk__in=members.values("user_id"), is_active=True).exclude(pk__in=silent).exclude(pk__in=served)
    return list(people.order_by("pk"))


def send(practice: Practice, found: Quarter) -> int:
    """Mail everybody who is to have it; how many were sent. Call outside any scope, in the worker.

    Each mail is noted before it leaves: a mail server that fails gives the note back and raises, so that a later run goes on.
    """
    with activate(WORKER):
        changed = changed_of(practice.pk, found)
        total = looked_at(practice.pk, found)
        people = readers(practice.pk, found.release.label) if changed else []
    sent = 0
    for person in people:
        sent += _send_one(person, practice, found, changed, total)
    return sent


def _send_one(person: User, practice: Practice, found: Quarter, changed: Sequence[Changed], total: int) -> int:
    note = {"practice": practice, "user": person, "label": found.release.label}
    with activate(WORKER):
        _note, first = DigestMail.objects.get_or_create(**note)
        if not first:
            return 0
        audit.record("mailed", practice_id=practice.pk, kind="digest", object_id=found.release.label)
    try:
        mail(person, practice, found, changed, total).send()
    except OSError:  # also what smtplib raises
        with activate(WORKER), transaction.atomic():
            DigestMail.objects.filter(**note).delete()
        raise
    return 1


def mail(person: User, practice: Practice, found: Quarter, changed: Sequence[Changed], total: int) -> EmailMultiAlternatives:
    """One person's mail, in the language the person has chosen."""
    with translation.override(person.language or "da"):
        stop_address = site() + reverse("portal:digest_stop", args=[stop_token(person.pk, practice.pk)])
        facts = _facts(practice, found, changed, total)
        lines = [(item.title, item.sentence, f"{site()}{reverse('datacapture:measure', args=[item.code])}") for item in changed]
        footer = text(
            "mail.staff_footer.body",
            site=site(), contact_name=settings.KIP_CONTACT, phone=settings.KIP_PHONE, settings_url=stop_address,
        )  # fmt: skip
        body = text("mail.digest.body", **facts)
        context = {"body": body, "lines": lines, "footer": footer, "stop": stop_address, "language": translation.get_language()}
        made = EmailMultiAlternatives(
            subject=" ".join(text("mail.digest.subject", clinic=practice.name, date=found.release.month_end).split()),
            body=render_to_string("emails/digest/body.txt", context),
            to=[person.email],
            headers={"List-Unsubscribe": f"<{stop_address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )
        made.attach_alternative(render_to_string("emails/digest/body.html", context), "text/html")
    return made


def _facts(practice: Practice, found: Quarter, changed: Sequence[Changed], total: int) -> dict[str, Any]:
    nothing = _("nothing new this time")
    better, worse = (", ".join(item.title for item in changed if item.state == state) for state in (IMPROVEMENT, CONCERN))
    return {
        "clinic": practice.name,
        "total": total,
        "strength": better or nothing,
        "focus": worse or nothing,
        "changed": ", ".join(item.title for item in changed),
        "url": site() + reverse("portal:home"),
        "next_date": wording.next_release(found.release.month_end),
    }
