"""Background work: counting after new data, and the release."""

from datetime import date
from typing import Any

from django.utils import timezone

from datacapture.actions.computing import Timing, count_region, last_quarter_end, prepare, publish
from kip.core.jobs import Progress, job
from kip.core.scope import WORKER, Scope, activate
from practices.models import Practice, Region


@job("datacapture.compute_region")
def compute_region(scope: Scope, progress: Progress, region_id: int, month_end: str | None = None) -> dict[str, Any]:
    """Count one region and publish the release anew."""
    timing = Timing()
    with activate(WORKER):
        setup = prepare(_last_day(month_end))
        count_region(setup, Region.objects.get(pk=region_id), timing, progress)
    with activate(WORKER):
        release = publish(setup, timing)
    return {"release": release.label, "seconds": timing.regions, "rows": timing.rows}


@job("datacapture.compute_practice")
def compute_practice(scope: Scope, progress: Progress, practice_id: int, month_end: str | None = None) -> dict[str, Any]:
    """Count one practice after a delivery and replace its rows of the release; the peers' rows stay as they were."""
    timing = Timing()
    with activate(WORKER):
        setup = prepare(_last_day(month_end))
        practice = Practice.objects.select_related("region").get(pk=practice_id)
        count_region(setup, practice.region, timing, progress, practice_ids=[practice.pk])
    with activate(WORKER):
        release = publish(setup, timing, only=practice.pk)
    return {"release": release.label, "seconds": timing.regions, "rows": timing.rows}


def _last_day(month_end: str | None) -> date:
    return date.fromisoformat(month_end) if month_end else last_quarter_end(timezone.localdate())
