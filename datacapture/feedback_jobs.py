"""Background work: a quarter's release, and a practice's own after its delivery. No job publishes a quarter."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from datacapture.actions.computing import Timing, count_region, last_quarter_end, prepare, release_label
from datacapture.actions.defining import apply_approved
from datacapture.actions.own_releases import release_own
from datacapture.actions.recount import JOB as COMPUTE_PRACTICE
from datacapture.actions.releasing import JOB as PREPARE_RELEASE
from datacapture.actions.releasing import begin, count, order, prepare_rows, quarter_releases
from datacapture.enums import ReleaseState
from datacapture.models import Release
from datacapture.queries.releases import published
from kip.core.jobs import Progress, job
from kip.core.scope import WORKER, Scope, activate
from kip.core.workdays import add_months
from practices.models import Practice


@job(PREPARE_RELEASE)
def prepare_release(scope: Scope, progress: Progress, release_id: int) -> dict[str, Any]:
    """Count what is not counted yet and prepare the release; somebody who stops it meanwhile is heard between regions.

    Definitions approved in the portal run from here on.
    """
    with activate(WORKER):
        release = Release.objects.get(pk=release_id)
        apply_approved()
        setup = prepare(release.month_end)
    if not count(release, setup, progress):
        return {"release": release.label, "stopped": True}
    with activate(WORKER):
        release = prepare_rows(release, setup)
    return {"release": release.label, "seconds": release.seconds}


@job("datacapture.prepare_due_release", nightly=True)
def prepare_due_release(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Begin the last quarter's release a month after its end, when late data have come. A withdrawn one is not begun again."""
    today = timezone.localdate()
    month_end = last_quarter_end(today)
    with activate(WORKER):
        known = quarter_releases().filter(label=release_label(month_end)).exists()
        if known or today < add_months(month_end + timedelta(days=1), 1):
            return {}
        release = begin(month_end)
        order(release, WORKER)
    return {"release": release.label}


@job(COMPUTE_PRACTICE)
def compute_practice(scope: Scope, progress: Progress, practice_id: int) -> dict[str, Any]:
    """Count one practice after a delivery, and set its new numbers beside the published quarter's.

    A quarter that is being prepared counts the practice anew too, so that it holds what was delivered meanwhile.
    """
    timing = Timing()
    with activate(WORKER):
        practice = Practice.objects.select_related("region").get(pk=practice_id)
        basis = published()
        setup = prepare(basis.month_end if basis else last_quarter_end(timezone.localdate()))
        for other in _being_counted(setup.months[-1]):
            count_region(prepare(other), practice.region, timing, practice_ids=[practice.pk])
        count_region(setup, practice.region, timing, progress, practice_ids=[practice.pk])
    if basis is None:
        return {"rows": timing.rows}
    with activate(WORKER):
        release = release_own(setup, practice, basis)
    return {"release": release.label, "seconds": timing.regions, "rows": timing.rows}


def _being_counted(known: date) -> list[date]:
    unfinished = quarter_releases().filter(state__in=(ReleaseState.COUNTING, ReleaseState.STOPPED))
    return list(unfinished.exclude(month_end=known).values_list("month_end", flat=True))
