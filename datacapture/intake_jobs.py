"""Background work of data intake, registered by name."""

from datetime import date
from typing import Any

from django.utils import timezone

from datacapture.actions import deliveries, objections, purposes, quality
from kip.core.jobs import Progress, job
from kip.core.scope import WORKER, Scope, activate
from practices.models import Practice, Region


@job(deliveries.JOB)
def store_delivery(scope: Scope, progress: Progress, *, delivery_id: int, mode: str) -> dict[str, Any]:
    """Check or store one delivery of the practice that sent it."""
    return deliveries.process(delivery_id, _practice(scope), mode=mode, progress=progress)


@job(objections.JOB)
def register_objection(scope: Scope, progress: Progress, *, vault_name: str, purpose_id: int, since: str) -> dict[str, Any]:
    """Register one patient's objection to a purpose."""
    with activate(WORKER):
        wish = objections.Wish(vault_name, purpose_id, date.fromisoformat(since))
        return {"outcome": str(objections.register(_practice(scope), wish))}


@job("datacapture.housekeeping", nightly=True)
def housekeeping(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Close ended purposes, delete those past their retention, give up forgotten uploads. Makes everything due."""
    today = timezone.localdate()
    with activate(WORKER):
        closed = purposes.close_ended(today)
    with activate(WORKER):
        deleted = purposes.delete_expired(today, by="KIP")
    with activate(WORKER):
        forgotten = deliveries.cancel_forgotten(deliveries.forgotten_since(today))
        swept = deliveries.sweep_uploads(timezone.now())
    return {"closed": list(closed), "deleted": list(deleted), "forgotten": forgotten, "swept": swept}


@job(quality.JOB)
def quality_practice(scope: Scope, progress: Progress, *, practice_id: int) -> dict[str, Any]:
    """Look at the data of one practice after a delivery."""
    as_of = quality.looked_at(timezone.localdate())
    with activate(WORKER):
        return {"rows": quality.compute(list(Practice.objects.filter(pk=practice_id)), as_of)}


@job("datacapture.quality", nightly=True)
def quality_everywhere(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Look at the data of every practice, one region at a time."""
    as_of = quality.looked_at(timezone.localdate())
    with activate(WORKER):
        regions = list(Region.objects.values_list("pk", flat=True).order_by("pk"))
    rows = 0
    for done, region_id in enumerate(regions):
        progress(done, len(regions))
        with activate(WORKER):
            rows += quality.compute(list(Practice.objects.filter(region_id=region_id, valid_to=None)), as_of)
    return {"rows": rows}


def _practice(scope: Scope) -> int:
    if scope.practice_id is None:
        raise ValueError("the job names no practice")
    return scope.practice_id
