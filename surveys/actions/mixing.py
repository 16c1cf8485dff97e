"""Lets answers out in batches: opens the sealed ones, shuffles them into `Response`, and hands comments over to be read.

Nothing is opened before there is enough for a batch, so that no row tells when a single answer came. Afterwards every answered
invitation of the campaign is written anew, so that no row of it shares a transaction with an answer, and so is every answer of
the practice, shuffled: where a row lies tells neither when it came nor with which batch.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import uuid4

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from practices.models import Membership
from surveys.actions.figuring import write_unit_figures
from surveys.enums import CampaignState, InvitationState
from surveys.keys import unseal
from surveys.masking import mask
from surveys.models import Campaign, CampaignUnit, Comment, Invitation, Response, SealedAnswer
from surveys.questionnaire.form import restore
from surveys.scoring.batches import visible

Unit = tuple[int, int]  # campaign and practice
_random = secrets.SystemRandom()


def due() -> list[int]:
    """Campaigns with a practice that has enough answers for its next batch, or that have ended with answers still sealed."""
    sealed, mixed = _counted(SealedAnswer.objects), _counted(Response.objects.filter(out=False))
    found = set()
    for unit in CampaignUnit.objects.filter(campaign__in={campaign for campaign, _practice in sealed}).select_related("campaign"):
        key = unit.campaign_id, unit.practice_id
        waiting = sealed[key] + mixed[key]
        ended = unit.campaign.state != CampaignState.RUNNING and sealed[key]
        if ended or visible(unit.released + waiting) > unit.released:
            found.add(unit.campaign_id)
    return sorted(found)


@transaction.atomic
def mix(campaign: Campaign) -> int:
    """Open what is sealed and let out what may be seen; how many answers were let out. In the worker's scope."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    sealed = list(SealedAnswer.objects.filter(campaign=campaign).select_for_update())
    texts = {item.code for item in restore(campaign.content or {}).questionnaire.items if item.type == "text"}
    names = _names(row.practice_id for row in sealed)
    _random.shuffle(sealed)
    Response.objects.bulk_create([_opened(row, texts, names.get(row.practice_id, ())) for row in sealed])
    SealedAnswer.objects.filter(pk__in=[row.pk for row in sealed]).delete()
    Invitation.objects.filter(campaign=campaign, state=InvitationState.SUBMITTED).update(state=InvitationState.SUBMITTED)
    return sum(_let_out(unit) for unit in CampaignUnit.objects.filter(campaign=campaign).select_related("practice", "campaign"))


def _opened(row: SealedAnswer, texts: set[str], names: Iterable[str]) -> Response:
    answers = unseal(row.content, f"answer|{row.pk}")["answers"]
    return Response(
        campaign_id=row.campaign_id, practice_id=row.practice_id, mode=row.mode, week=row.week,
        answers={code: answer for code, answer in answers.items() if code not in texts},
        texts={code: list(mask(answer, names)) for code, answer in answers.items() if code in texts},
    )  # fmt: skip


def _let_out(unit: CampaignUnit) -> int:
    """Put the next batch of one practice into figures."""
    rows = list(Response.objects.filter(campaign=unit.campaign, practice=unit.practice))
    held = [row for row in rows if not row.out]
    more = visible(unit.released + len(held)) - unit.released
    if more <= 0:
        return 0
    chosen = _random.sample(held, more)
    _hand_over(unit, chosen)
    for row in chosen:
        row.out, row.texts = True, {}
    _write_anew(rows)
    unit.released, unit.reach = unit.released + more, reach_of(unit)
    if unit.campaign.target and unit.released >= unit.campaign.target and unit.stopped_at is None:
        unit.stopped_at = timezone.now()
    unit.save(update_fields=["released", "reach", "stopped_at"])
    write_unit_figures(unit)
    return more


def _hand_over(unit: CampaignUnit, chosen: Iterable[Response]) -> None:
    """Give the masked texts of a batch to be read, each by itself and in no order."""
    comments = [
        Comment(campaign=unit.campaign, practice=unit.practice, item=code, text=text, masked=hits)
        for row in chosen
        for code, (text, hits) in row.texts.items()
        if text.strip()
    ]
    _random.shuffle(comments)
    Comment.objects.bulk_create(comments)


def _write_anew(rows: list[Response]) -> None:
    Response.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        row.pk = uuid4()
    _random.shuffle(rows)
    Response.objects.bulk_create(rows)


def reach_of(unit: CampaignUnit) -> dict[str, int]:
    """Invitations of a practice by state, as they stand when a batch is let out."""
    states = Invitation.objects.filter(campaign=unit.campaign, practice=unit.practice).values_list("state")
    return dict(states.annotate(number=Count("pk")).order_by("state"))


def _counted(rows: object) -> Counter[Unit]:
    grouped = rows.values_list("campaign", "practice").annotate(number=Count("pk"))  # type: ignore[attr-defined]
    return Counter({(campaign, practice): number for campaign, practice, number in grouped})


def _names(practices: Iterable[int]) -> Mapping[int, list[str]]:
    """Names of the people of each practice: known words to mask."""
    found: dict[int, list[str]] = {}
    members = Membership.objects.filter(practice__in=set(practices)).select_related("user")
    for member in members:
        found.setdefault(member.practice_id or 0, []).append(member.user.name)
    return found
