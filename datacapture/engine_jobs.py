"""Background work of the engine: counts kept current at night, and checked against a full count."""

from datetime import date
from typing import Any

from datacapture.actions import bucket_counts
from datacapture.actions.computing import NotReady, Setup, enrolled, prepare
from datacapture.actions.increments import bring_up_to_date, check_counts
from datacapture.models import CountBasis, Release
from kip.core.jobs import Progress, enqueue, job
from kip.core.scope import WORKER, Scope, activate
from practices.models import Region


@job("datacapture.keep_counts", nightly=True)
def keep_counts(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Ask for the check of every region that has been counted; each region is a job of its own and fails alone."""
    with activate(WORKER):
        counted = CountBasis.objects.values_list("practice__region_id", flat=True).distinct()
        regions = sorted(counted.order_by())
        for region_id in regions:
            enqueue(
                "datacapture.check_counts",
                scope=Scope(WORKER.persona, region_id=region_id),
                key=str(region_id),
                region_id=region_id,
            )
    return {"regions": len(regions)}


@job(bucket_counts.JOB)
def count_buckets(scope: Scope, progress: Progress, release_id: int, region_id: int) -> dict[str, Any]:
    """Help with a large region of a release that is being counted, as long as there is a bucket that nobody has."""
    with activate(WORKER):
        release, region = Release.objects.get(pk=release_id), Region.objects.get(pk=region_id)
        setup = prepare(release.month_end)
    return {"region": region.code, "counting": bucket_counts.work(release, setup, region, progress, wait=False)}


@job("datacapture.check_counts")
def check_region(scope: Scope, progress: Progress, region_id: int) -> dict[str, Any]:
    """Carry a region's counts on, then count everything again beside them; a difference parks the job as an alarm.

    Each practice stays at the months it was last counted for: moving on to new months is the releases' affair.
    """
    patients = compared = 0
    with activate(WORKER):
        region = Region.objects.get(pk=region_id)
        groups = _by_months(region)
    for months, practices in groups.items():
        with activate(WORKER):
            setup = _setup(months)
            if setup is None:
                continue
            here = sorted({practice.pk for practice in enrolled(setup, region.pk)} & practices)
            patients += bring_up_to_date(setup, region.pk, here).patients
        with activate(WORKER):
            compared += check_counts(setup, region.pk, here)
    return {"region": region.code, "patients": patients, "practices": compared}


def _by_months(region: Region) -> dict[tuple[date, ...], set[int]]:
    groups: dict[tuple[date, ...], set[int]] = {}
    for practice_id, months in CountBasis.objects.filter(practice__region=region).values_list("practice_id", "months"):
        groups.setdefault(tuple(months), set()).add(practice_id)
    return groups


def _setup(months: tuple[date, ...]) -> Setup | None:
    """What counting these months needs; None between two definitions or without an open purpose."""
    try:
        return prepare(months[-1], months=len(months))
    except NotReady:
        return None
