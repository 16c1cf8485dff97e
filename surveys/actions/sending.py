"""Sends invitations and reminders: a few at a time, each looked at again under lock just before it leaves.

A mail leaves under the lock of its row: no second worker sends it, and an answer that comes in the same moment waits for it. Who
has answered, said no or bounced between the choice and the sending gets nothing. The message id is the same for the same mail, so
that one sent again after a crash is known as the same.
"""

from __future__ import annotations

import datetime as dt
import smtplib
from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q
from django.utils import timezone

from kip.core.keyring import SealError
from kip.core.scope import WORKER, activate
from kip.core.workdays import local_day
from surveys.actions.inviting import suppress
from surveys.enums import CampaignState, InvitationState, Mode
from surveys.keys import unseal
from surveys.links import link_of
from surveys.mails import Message, written
from surveys.models import Campaign, CampaignUnit, Invitation
from surveys.sending_times import REMINDERS, closes_at, may_send

BATCH = 200  # mails per run of the job, each run within a minute or two
PER_DOMAIN = 40  # of a batch to one mail provider
SOFT_BOUNCES = 3
WAITING = (InvitationState.CREATED, InvitationState.QUEUED)
REMINDED = (InvitationState.SENT, InvitationState.BEGUN)


def sending_hour(now: dt.datetime) -> bool:
    """Whether mail may go out; a demo has no hours, so that a visitor sees it work."""
    return settings.DEMO or may_send(now)


def due(now: dt.datetime | None = None) -> list[UUID]:
    """Invitations to send or to be reminded of, oldest first; empty outside the hours. In the worker's scope."""
    moment = now or timezone.now()
    if not sending_hour(moment):
        return []
    today = local_day(moment)
    first, second = (today - dt.timedelta(days=days) for days in REMINDERS)
    running = Campaign.objects.filter(state=CampaignState.RUNNING, first_day__lte=today, last_day__gte=today)
    stopped = CampaignUnit.objects.filter(campaign__in=running).exclude(stopped_at=None).values("campaign", "practice")
    rows = Invitation.objects.filter(campaign__in=running, mode=Mode.EMAIL, contact__isnull=False).filter(
        Q(state__in=WAITING)
        | Q(state__in=REMINDED, reminded=0, campaign__reminders__gte=1, sent_on__lte=first)
        | Q(state__in=REMINDED, reminded=1, campaign__reminders__gte=2, sent_on__lte=second, reminded_on__lt=today)
    )
    done = {(row["campaign"], row["practice"]) for row in stopped}
    found = rows.order_by("sent_on", "pk").values_list("pk", "campaign", "practice")[: BATCH + 10 * len(done)]
    return [pk for pk, campaign, practice in found if (campaign, practice) not in done][:BATCH]


def send(chosen: Iterable[UUID], now: dt.datetime | None = None) -> Counter[str]:
    """Send to those chosen; how many were sent, came back at once, or were left for the next run."""
    moment = now or timezone.now()
    told: Counter[str] = Counter()
    domains: Counter[str] = Counter()
    with get_connection() as server:
        for pk in chosen:
            told[_send_one(pk, moment, server, domains)] += 1
    return told


def _send_one(pk: UUID, moment: dt.datetime, server: BaseEmailBackend, domains: Counter[str]) -> str:
    """One mail in a transaction of its own: what the server refuses is written down, what it could not take is tried again."""
    with activate(WORKER):
        rows = Invitation.objects.select_for_update(of=("self",), skip_locked=True)
        invitation = rows.select_related("contact", "campaign__region").filter(pk=pk).first()
        message = _message(invitation, moment) if invitation else None
        if invitation is None or message is None:
            return "left_out"
        domain = message.address.rpartition("@")[2]
        if domains[domain] >= PER_DOMAIN:
            return "waits"
        domains[domain] += 1
        try:
            server.send_messages([written(message)])
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            return _bounced(invitation, hard=500 <= code < 600)
        _note(invitation, message.number, local_day(moment))
    return "sent"


def _message(invitation: Invitation, moment: dt.datetime) -> Message | None:
    """What to send now, decided anew under the lock; None for nothing."""
    campaign, contact = invitation.campaign, invitation.contact
    if contact is None or campaign.state != CampaignState.RUNNING or moment > closes_at(campaign.last_day):
        return None
    if invitation.state in WAITING:
        number = 0
    elif invitation.state in REMINDED and invitation.reminded < campaign.reminders:
        number = invitation.reminded + 1
    else:
        return None
    try:
        address = str(unseal(contact.address, f"contact|{campaign.pk}")["address"])
    except SealError:
        return None
    return Message(invitation, campaign, link_of(invitation.pk, invitation.key_id), address, contact.language, number)


def _note(invitation: Invitation, number: int, today: dt.date) -> None:
    if number == 0:
        invitation.state, invitation.sent_on = InvitationState.SENT, today
    else:
        invitation.reminded, invitation.reminded_on = number, today
    invitation.save(update_fields=["state", "sent_on", "reminded", "reminded_on"])


def _bounced(invitation: Invitation, *, hard: bool) -> str:
    """A hard refusal, or the third soft one, ends writing to the address in the region."""
    invitation.soft_bounces += 1
    if hard or invitation.soft_bounces >= SOFT_BOUNCES:
        bounce(invitation)
        return "bounced"
    invitation.save(update_fields=["soft_bounces"])
    return "waits"


def bounce(invitation: Invitation, why: str = "bounced") -> None:
    """The address does not receive mail, or its owner has complained: write to it no more. In the worker's scope."""
    Invitation.objects.filter(pk=invitation.pk, state=InvitationState.CREATED).update(state=InvitationState.QUEUED)
    Invitation.objects.filter(pk=invitation.pk, state__in=(InvitationState.QUEUED, InvitationState.SENT)).update(
        state=InvitationState.BOUNCED, soft_bounces=invitation.soft_bounces
    )
    if invitation.contact is not None:
        suppress(invitation.campaign.region_id, bytes(invitation.contact.key), why)
