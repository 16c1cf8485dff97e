"""Background work of patient surveys. Each job makes everything due."""

from typing import Any

from kip.core.jobs import Progress, job
from kip.core.scope import WORKER, Scope, activate
from surveys.actions import inviting, mixing, sending
from surveys.enums import CampaignState
from surveys.models import Campaign


def _to_invite() -> list[Campaign]:
    return [one for one in Campaign.objects.filter(state=CampaignState.RUNNING) if inviting.uninvited(one)]


@job("surveys.invite", when=lambda: bool(_to_invite()))
def invite(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Make the links of campaigns that have begun."""
    with activate(WORKER):
        campaigns = _to_invite()
    made = 0
    for place, campaign in enumerate(campaigns):
        progress(place, len(campaigns))
        with activate(WORKER):
            made += inviting.make_invitations(campaign)
    return {"made": made}


@job("surveys.send", when=lambda: bool(sending.due()))
def send(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Send a batch of invitations and reminders; what is left is due again at once."""
    with activate(WORKER):
        chosen = sending.due()
    return dict(sending.send(chosen))


@job("surveys.mix", when=lambda: bool(mixing.due()))
def mix(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Let out the batches that are full."""
    with activate(WORKER):
        campaigns = mixing.due()
    out = 0
    for place, pk in enumerate(campaigns):
        progress(place, len(campaigns))
        with activate(WORKER):
            out += mixing.mix(Campaign.objects.get(pk=pk))
    return {"let_out": out}


@job("surveys.end", nightly=True)
def end(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Close what has run out, and forget who was asked longer ago than the time of rest."""
    with activate(WORKER):
        return {"closed": inviting.end_due(), "forgotten": inviting.forget_asked()}
