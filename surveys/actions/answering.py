"""What a respondent does: begin, save a page, send, say no. Nothing here is reached by a GET.

A respondent is known by the digest of a link and by nothing else. Sending cuts the answers loose from the link in one
transaction: the answer goes into a sealed row without a way back, the draft is deleted, and the invitation is left with the one
word that it was answered.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from kip.core.keyring import SealError
from kip.core.scope import Persona, Scope, activate
from kip.core.workdays import local_day
from practices.models import Practice
from surveys.enums import OPEN_STATES, CampaignState, InvitationState
from surveys.faults import NotNow
from surveys.keys import seal, unseal
from surveys.links import code_digests, link_of, token_digests
from surveys.models import Campaign, CampaignUnit, Draft, Invitation, OpenChannel, SealedAnswer
from surveys.queries.forms import Asked, asked_in
from surveys.questionnaire.branching import Answer, faults, kept
from surveys.sending_times import closes_at


@dataclass(frozen=True)
class Door:
    """Where a link leads. digest: hex; state: of the invitation, "" for an open channel; closed: why nobody may answer now."""

    digest: str
    mode: str
    state: str
    practice: Practice
    asked: Asked
    closed: str

    @property
    def open_channel(self) -> bool:
        return not self.state

    def scope(self) -> Scope:
        return Scope(Persona.RESPONDENT, link=self.digest)


def door_of(token: str) -> Door | None:
    """Where the token leads, read without leaving a trace; None for one that nobody has been given."""
    return next((found for digest in token_digests(token) if (found := door_of_digest(digest.hex()))), None)


def door_of_code(written: str) -> Door | None:
    """Where a typed short code leads, or None. The caller limits how often it may be asked."""
    for digest in code_digests(written):
        with activate(Scope(Persona.RESPONDENT, link=digest.hex())):
            found = Invitation.objects.values_list("token_digest", flat=True).first()
        if found is not None:
            return door_of_digest(bytes(found).hex())
    return None


def door_of_digest(digest: str) -> Door | None:
    """Where the link of that digest (hex) leads: for a browser that has been let in already."""
    with activate(Scope(Persona.RESPONDENT, link=digest)):
        return _door(digest)


def begin(door: Door) -> str:
    """Note the day of beginning; "" for a personal link, a new personal token for an open channel. Raises `NotNow`."""
    _open(door)
    if door.open_channel:
        identity = uuid.uuid4()
        link = link_of(identity)
        with activate(door.scope()):
            Invitation.objects.bulk_create([
                Invitation(
                    id=identity, campaign=door.asked.campaign, practice=door.practice, mode=door.mode, token_digest=link.digest,
                    key_id=link.key_id, state=InvitationState.BEGUN, begun_on=local_day(timezone.now()),
                )
            ])  # fmt: skip
        return link.token
    with activate(door.scope()):
        Invitation.objects.filter(state__in=OPEN_STATES).update(state=InvitationState.BEGUN, begun_on=local_day(timezone.now()))
    return ""


def answers_so_far(door: Door) -> dict[str, Answer]:
    """What has been saved under the link; empty when nothing has, or when its key is gone."""
    with activate(door.scope()):
        draft = Draft.objects.filter(pk=bytes.fromhex(door.digest)).first()
    if draft is None:
        return {}
    try:
        found: dict[str, Answer] = unseal(draft.content, _bound(door.digest))["answers"]
    except SealError:
        return {}
    return found


def save(door: Door, changed: Mapping[str, Answer | None]) -> tuple[str, ...]:
    """Keep a page's answers; None takes one back. Gives the questions that were answered in a way that is not on offer.

    Nothing is kept of a page with such an answer. Raises `NotNow` when the questionnaire is closed.
    """
    _open(door)
    answers = {**answers_so_far(door), **{code: value for code, value in changed.items() if value}}
    for code, value in changed.items():
        if not value:
            answers.pop(code, None)
    wrong = tuple(fault.item for fault in faults(door.asked.form, answers) if fault.item in changed)
    if wrong:
        return wrong
    content = seal({"answers": answers}, _bound(door.digest))
    with activate(door.scope()):
        Draft.objects.update_or_create(
            pk=bytes.fromhex(door.digest),
            defaults={"campaign": door.asked.campaign, "content": content, "saved_on": local_day(timezone.now())},
        )
    return ()


def submit(door: Door) -> bool:
    """Send the answers and cut them loose. True when this call sent them, False when they had been sent before.

    Raises `NotNow` when nothing has been answered or the questionnaire is closed.
    """
    if door.state == InvitationState.SUBMITTED:
        return False
    _open(door)
    with activate(door.scope()):
        invitation = Invitation.objects.select_for_update().get()
        if invitation.state == InvitationState.SUBMITTED:
            return False
        form = door.asked.form
        answers = kept(form.questionnaire, answers_so_far(door))
        standing = {code: value for code, value in answers.items() if code not in {one.item for one in faults(form, answers)}}
        if not standing:
            raise NotNow("nothing_answered")
        _store(door.asked.campaign, door.practice, invitation.mode, standing)
        Draft.objects.filter(pk=bytes.fromhex(door.digest)).delete()
        Invitation.objects.update(state=InvitationState.SUBMITTED)
    return True


def opt_out(door: Door) -> None:
    """Ask this person no more, in the whole region; doing it twice does no more than once."""
    if door.open_channel:
        return
    with activate(door.scope()):
        Draft.objects.filter(pk=bytes.fromhex(door.digest)).delete()
        Invitation.objects.filter(state__in=OPEN_STATES).update(state=InvitationState.OPTED_OUT)


def _store(campaign: Campaign, practice: Practice, mode: str, answers: Mapping[str, Answer]) -> None:
    pk = uuid.uuid4()
    week = timezone.localdate().isocalendar()
    SealedAnswer.objects.bulk_create([
        SealedAnswer(
            id=pk, campaign=campaign, practice=practice, mode=mode, week=f"{week.year}-W{week.week:02}",
            content=seal({"answers": answers}, f"answer|{pk}"),
        )
    ])  # fmt: skip


def _open(door: Door) -> None:
    if door.closed:
        raise NotNow(door.closed)


def _door(digest: str) -> Door | None:
    """Read in the respondent's scope, whose wall leaves one link's rows."""
    invitation = Invitation.objects.select_related("campaign", "practice").first()
    if invitation is None:
        channel = OpenChannel.objects.filter(closed_at=None).select_related("campaign", "practice").first()
        if channel is None:
            return None
        return _made(digest, channel.mode, "", channel.campaign, channel.practice)
    return _made(digest, invitation.mode, invitation.state, invitation.campaign, invitation.practice)


def _made(digest: str, mode: str, state: str, campaign: Campaign, practice: Practice) -> Door:
    return Door(digest, mode, state, practice, asked_in(campaign, practice.profession), _closed(campaign, state, practice))


def _closed(campaign: Campaign, state: str, practice: Practice) -> str:
    if campaign.state != CampaignState.RUNNING or timezone.now() > closes_at(campaign.last_day):
        return "closed"
    if state and state not in OPEN_STATES:
        return "closed"
    stopped = CampaignUnit.objects.filter(campaign=campaign, practice=practice).values_list("stopped_at", flat=True)
    return "stopped" if any(stopped) else ""


def _bound(digest: str) -> str:
    return f"draft|{digest}"
