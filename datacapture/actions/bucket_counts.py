"""A large region counted in buckets of its practices, by as many workers as are free.

The buckets are noted with the release. Whoever counts takes the next bucket that nobody has, in a transaction of its own:
one worker alone comes through them all, more workers share them, and what is counted stays counted when the release is
stopped, a worker dies or the time limit ends a job.
"""

import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count

from datacapture.actions.computing import Setup, Tell, Timing, count_region, enrolled, forget_others
from datacapture.engine.buckets import split
from datacapture.enums import ReleaseState
from datacapture.models import Event, Patient, Release
from kip.core import jobs
from kip.core.scope import WORKER, Scope, activate
from practices.models import Region

JOB = "datacapture.count_buckets"
BUCKET_LOCK = 7_402_603
MOST_HELPERS = 8
WAIT_SECONDS = 1.0
LISTED_STEPS = 40
_NONE: dict[str, Any] = {"practices": [], "done": {}}


def lay_out(release: Release, setup: Setup, region: Region) -> bool:
    """Note the buckets of a region that is too large for one run, and ask other workers to help; False for other regions.

    Buckets that are noted already stay as they are. Call in the worker's scope.
    """
    found = Release.objects.select_for_update().get(pk=release.pk)
    if _noted(found, region) is _NONE:
        ids = sorted(practice.pk for practice in enrolled(setup, region.pk))
        if Patient.objects.filter(practice_id__in=ids).count() <= settings.KIP_BUCKET_PATIENTS:
            return False
        counted = Event.objects.filter(practice_id__in=ids).order_by().values_list("practice_id").annotate(Count("pk"))
        parts = split(dict.fromkeys(ids, 0) | dict(counted), settings.KIP_BUCKET_EVENTS)
        if len(parts) < 2:
            return False
        forget_others(region, ids)
        noted = {**found.seconds.get("buckets", {}), region.code: {"practices": parts, "done": {}}}
        found.seconds = {**found.seconds, "buckets": noted}
        found.save(update_fields=["seconds"])
    noted = _noted(found, region)
    for number in range(min(len(noted["practices"]) - len(noted["done"]) - 1, MOST_HELPERS)):
        jobs.enqueue(
            JOB,
            scope=Scope(WORKER.persona, region_id=region.pk),
            key=f"{release.pk}-{region.pk}-{number}",
            release_id=release.pk,
            region_id=region.pk,
        )
    return True


def work(release: Release, setup: Setup, region: Region, tell: Tell | None, *, wait: bool) -> bool:
    """Count buckets until none is left; False when somebody stopped the release. Call outside any transaction.

    With `wait` it ends when all are counted, else when the others are all taken by somebody.
    """
    while True:
        with activate(WORKER):
            taken = _take(release, setup, region)
        if taken is None:
            return False
        noted = _noted(release, region)
        if tell:
            tell(len(noted["done"]), len(noted["practices"]), str(region))
        if len(noted["done"]) == len(noted["practices"]):
            return True
        if not taken:
            if not wait:
                return True
            time.sleep(WAIT_SECONDS)


def taken_away(release: Release, region: Region) -> Timing:
    """What the buckets of a region took together (seconds of work, not of waiting); they are noted no more."""
    timing = Timing()
    release.refresh_from_db()
    for seconds, rows, steps in release.seconds["buckets"].pop(region.code, _NONE)["done"].values():
        timing.rows += rows
        timing.steps.update(steps)
        timing.regions[region.code] = round(timing.regions.get(region.code, 0.0) + seconds, 3)
    return timing


def _noted(release: Release, region: Region) -> dict[str, Any]:
    found: dict[str, Any] = release.seconds.get("buckets", {}).get(region.code, _NONE)
    return found


def _take(release: Release, setup: Setup, region: Region) -> bool | None:
    """Count one bucket that nobody has; False when there is none, None when the release is counted no more."""
    release.refresh_from_db()
    if release.state != ReleaseState.COUNTING or release.plan != setup.fingerprint:
        return None
    for number, practices in enumerate(_noted(release, region)["practices"]):
        if str(number) in _noted(release, region)["done"] or not _lock(release, region, number):
            continue
        release.refresh_from_db()  # somebody may have ended it between the look and the lock
        if str(number) in _noted(release, region)["done"]:
            continue
        timing = Timing()
        count_region(setup, region, timing, practice_ids=practices, beside_others=True)
        _note(release, region, number, timing)
        return True
    return False


def _lock(release: Release, region: Region, number: int) -> bool:
    """One worker for a bucket, until the transaction ends."""
    with connection.cursor() as cursor:
        name = f"{release.pk}-{region.pk}-{number}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [BUCKET_LOCK, name])
        return bool(cursor.fetchone()[0])


def _note(release: Release, region: Region, number: int, timing: Timing) -> None:
    """Only the seconds: the state may have been changed by somebody who stopped the run meanwhile."""
    found = Release.objects.select_for_update().get(pk=release.pk)
    steps = {name: round(value, 3) for name, value in timing.steps.most_common(LISTED_STEPS)}
    done = [timing.regions.get(region.code, 0.0), timing.rows, steps]
    found.seconds["buckets"][region.code]["done"][str(number)] = done
    found.save(update_fields=["seconds"])
    release.seconds = found.seconds
