"""Background work of the night: what was kept for a time only, and what lies in a region that has ended."""

from django.utils import timezone

from datacapture.actions.own_releases import clear_superseded
from datacapture.actions.regions import counts_follow_regions
from kip.core.jobs import Progress, job
from kip.core.scope import WORKER, Scope, activate
from practices.succession import follow_successors


@job("datacapture.clear_own_releases", nightly=True)
def clear_own_releases(scope: Scope, progress: Progress) -> dict[str, int]:
    """Own releases that newer ones took the place of; a second run finds nothing more."""
    with activate(WORKER):
        return {"releases": clear_superseded(timezone.now())}


@job("datacapture.follow_regions", nightly=True)
def follow_regions(scope: Scope, progress: Progress) -> dict[str, int]:
    """On and after the first day of a new region: the register and the stored counts move to it, once."""
    with activate(WORKER):
        moved = follow_successors(timezone.localdate())
        return {"practices": sum(item.practices for item in moved), "rows": counts_follow_regions()}
