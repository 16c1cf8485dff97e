"""The worker's part of a campaign: links for those on the list, who is left out and why, and the end."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from kip.core.workdays import add_months
from surveys.enums import CampaignState, InvitationState, WhyIneligible, WhySuppressed
from surveys.links import link_of
from surveys.models import Asked, Campaign, Contact, Draft, Invitation, QuestionnaireVersion, Suppression
from surveys.sending_times import closes_at

CHUNK = 5000
REST_MONTHS = 6  # nobody is asked twice within half a year, whoever asks
DIVIDE = """
    SELECT c.id, c.practice_id, c.mode,
        (SELECT s.why FROM surveys_suppression s WHERE s.region_id = %(region)s AND s.key = c.key),
        EXISTS (SELECT 1 FROM surveys_asked a WHERE a.region_id = %(region)s AND a.key = c.key AND a.asked_on > %(since)s)
    FROM surveys_contact c
    WHERE c.campaign_id = %(campaign)s AND NOT EXISTS (SELECT 1 FROM surveys_invitation i WHERE i.contact_id = c.id)
"""
MARK_ASKED = """
    INSERT INTO surveys_asked (region_id, key, asked_on)
    SELECT %(region)s, c.key, %(today)s FROM surveys_contact c JOIN surveys_invitation i ON i.contact_id = c.id
    WHERE c.campaign_id = %(campaign)s AND i.state = 'created' AND i.sent_on IS NULL
    ON CONFLICT (region_id, key) DO UPDATE SET asked_on = EXCLUDED.asked_on
"""


def uninvited(campaign: Campaign) -> bool:
    """True while somebody on the list has no invitation yet."""
    invited = Invitation.objects.filter(campaign=campaign, contact__isnull=False).values("contact")
    return Contact.objects.filter(campaign=campaign).exclude(pk__in=invited).exists()


def make_invitations(campaign: Campaign, today: dt.date | None = None) -> int:
    """An invitation for everybody on the list who has none, in bounded memory; how many were made. In the worker's scope.

    Who was asked within half a year, said no, or whose address does not receive mail is ineligible, with the reason. The first
    invitation freezes the questionnaire.
    """
    day = today or timezone.localdate()
    facts: dict[str, Any] = {
        "campaign": campaign.pk,
        "region": campaign.region_id,
        "since": add_months(day, -REST_MONTHS),
        "today": day,
    }
    made = 0
    for rows in _chunks(facts):
        _insert(campaign, rows, made)
        made += len(rows)
    with connection.cursor() as cursor:
        cursor.execute(MARK_ASKED, facts)
    if made:
        versions = [campaign.version_id, *campaign.modules.values_list("pk", flat=True)]
        QuestionnaireVersion.objects.filter(pk__in=versions, frozen_at=None).update(frozen_at=timezone.now())
    return made


def _insert(campaign: Campaign, rows: list[tuple[Any, ...]], made: int) -> None:
    """Store a chunk; when two short codes of the whole country happen to be the same, the chunk gets other ones."""
    for _ in range(3):
        with contextlib.suppress(IntegrityError), transaction.atomic():
            Invitation.objects.bulk_create([_invitation(campaign, place, row) for place, row in enumerate(rows, made)])
            return
    raise RuntimeError("no free short codes were found")


def _chunks(facts: dict[str, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of those without an invitation, a chunk at a time; each chunk's invitations are made before the next is read."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(f"{DIVIDE} ORDER BY c.id LIMIT {CHUNK}", facts)
            rows = cursor.fetchall()
        if not rows:
            return
        yield rows


def _invitation(campaign: Campaign, place: int, row: tuple[Any, ...]) -> Invitation:
    contact, practice, mode, suppressed, lately = row
    why = _why(str(suppressed or ""), bool(lately))
    identity = uuid4()
    link = link_of(identity)
    return Invitation(
        id=identity, campaign=campaign, practice_id=practice, contact_id=contact, mode=mode, why=why, token_digest=link.digest,
        code_digest=link.code_digest, key_id=link.key_id,
        subject=place % max(len(campaign.subjects), 1),
        state=InvitationState.INELIGIBLE if why else InvitationState.CREATED,
    )  # fmt: skip


def _why(suppressed: str, lately: bool) -> str:
    if suppressed == WhySuppressed.BOUNCED:
        return WhyIneligible.BOUNCED
    if suppressed:
        return WhyIneligible.OPTED_OUT
    return WhyIneligible.ASKED_LATELY if lately else ""


def end_due(now: dt.datetime | None = None) -> int:
    """Close the campaigns whose last day is over; how many. Links that were not used run out, drafts are deleted."""
    moment = now or timezone.now()
    due = [one for one in Campaign.objects.filter(state=CampaignState.RUNNING) if closes_at(one.last_day) < moment]
    for campaign in due:
        campaign.state, campaign.closed_at = CampaignState.CLOSED, moment
        campaign.save(update_fields=["state", "closed_at"])
    return len(due)


def clear(campaign: Campaign) -> None:
    """Delete the people of a closed campaign: addresses, drafts and links. What was answered stays; it knows none of them."""
    Draft.objects.filter(campaign=campaign).delete()
    Invitation.objects.filter(campaign=campaign, state__in=("created", "queued", "sent", "bounced", "begun")).update(
        state=InvitationState.EXPIRED, begun_on=None
    )
    Contact.objects.filter(campaign=campaign).delete()
    campaign.state = CampaignState.CLEARED
    campaign.save(update_fields=["state"])


def forget_asked(today: dt.date | None = None) -> int:
    """Forget who was asked longer ago than the time of rest."""
    since = add_months(today or timezone.localdate(), -REST_MONTHS)
    return Asked.objects.filter(asked_on__lte=since).delete()[0]


def suppress(region_id: int, key: bytes, why: str, today: dt.date | None = None) -> None:
    """Write to the address no more; a no that stands already stays as it is."""
    Suppression.objects.get_or_create(region_id=region_id, key=key, defaults={"why": why, "since": today or timezone.localdate()})
