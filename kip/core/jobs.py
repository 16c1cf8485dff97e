"""Background work. `enqueue` writes the job in the caller's transaction; PostgreSQL is the truth, Redis only wakes."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from kip.core import audit
from kip.core.models import Job
from kip.core.queue import app
from kip.core.scope import WORKER, Scope, activate

ATTEMPTS = 3
PROGRESS_SECONDS = 24 * 3600


@dataclass
class Progress:
    """Tells the page how far a job is. Kept in Redis: losing it only hides the bar."""

    job_id: str

    def __call__(self, done: int, total: int, text: str = "") -> None:
        cache.set(f"job:{self.job_id}", {"done": done, "total": total, "text": text}, PROGRESS_SECONDS)


Work = Callable[..., Any]
_registry: dict[str, Work] = {}
_nightly: list[str] = []
_when: dict[str, Callable[[], bool]] = {}


def job(name: str, *, nightly: bool = False, when: Callable[[], bool] | None = None) -> Callable[[Work], Work]:
    """Register `work(scope, progress, **arguments)` under a stable name; a nightly one is asked for every night.

    when: asked every ten seconds in the worker's scope whether there is something to do; then the job is asked for.
    """

    def register(work: Work) -> Work:
        if name in _registry:
            raise ValueError(f"the job {name} is registered twice")
        _registry[name] = work
        if nightly:
            _nightly.append(name)
        if when is not None:
            _when[name] = when
        return work

    return register


def enqueue_nightly() -> None:
    """Ask for every nightly job. Each makes everything due, so a missed night is caught up by the next."""
    with activate(WORKER):
        for name in _nightly:
            enqueue(name, scope=WORKER, key="nightly")


def enqueue_due() -> None:
    """Ask for every job that says it has something to do."""
    with activate(WORKER):
        for name, has_work in _when.items():
            if has_work():
                enqueue(name, scope=WORKER, key="due")


def enqueue(name: str, *, scope: Scope, key: str, **arguments: Any) -> Job:
    """Write a job and wake a worker on commit.

    Raises:
        LookupError: no job of that name is registered.
    """
    if name not in _registry:
        raise LookupError(f"no job is named {name}")
    waiting = Job.objects.filter(name=name, key=key, state=Job.State.WAITING).first()
    work = waiting or Job.objects.create(
        name=name,
        key=key,
        arguments=arguments,
        scope=scope.as_json(),
        practice_id=scope.practice_id,
        region_id=scope.region_id,
        user_id=scope.user_id,
        run_after=timezone.now(),
    )
    # Robust: a silent Redis only delays the work until it is taken up as due.
    transaction.on_commit(lambda: wake(str(work.pk)), robust=True)
    return work


def wake(job_id: str) -> None:
    app.send_task("kip.run_job", [job_id], retry=False)


def nightly_names() -> tuple[str, ...]:
    """The jobs that every night asks for."""
    return tuple(_nightly)


def names() -> tuple[str, ...]:
    """All registered jobs."""
    return tuple(_registry)


def retry(job_id: str) -> bool:
    """Put a parked job back with three new attempts; False when it is parked no more, or the same work waits already."""
    parked = Job.objects.filter(pk=job_id, state=Job.State.PARKED)
    try:
        with transaction.atomic():
            done = parked.update(state=Job.State.WAITING, attempts=0, run_after=timezone.now())
    except IntegrityError:
        return False
    if not done:
        return False
    audit.record("retried_job", kind="job", object_id=job_id)
    transaction.on_commit(lambda: wake(job_id), robust=True)
    return True


def progress_of(work: Job) -> dict[str, Any]:
    return cache.get(f"job:{work.pk}") or {"done": 0, "total": 0, "text": ""}


def run(job_id: str) -> None:
    """Run one job once. A job that fails three times is parked with its error, never lost."""
    work = _claim(job_id)
    if work is None:
        return
    try:
        result = _registry[work.name](Scope.from_json(work.scope), Progress(job_id), **work.arguments)
    except Exception:  # the error is kept for the operations page, whatever it is
        _finish(job_id, error=traceback.format_exc(limit=-6))
        return
    _finish(job_id, result=result)


def _claim(job_id: str) -> Job | None:
    with activate(WORKER):
        work = Job.objects.select_for_update(skip_locked=True).filter(pk=job_id, state=Job.State.WAITING).first()
        if work is None:
            return None
        work.state, work.started_at, work.attempts = Job.State.RUNNING, timezone.now(), work.attempts + 1
        work.save(update_fields=["state", "started_at", "attempts"])
        return work


def _finish(job_id: str, *, result: Any = None, error: str = "") -> None:
    with activate(WORKER):
        work = Job.objects.select_for_update().get(pk=job_id)
        failed = Job.State.PARKED if work.attempts >= ATTEMPTS else Job.State.WAITING
        work.state = failed if error else Job.State.DONE
        work.error, work.result, work.finished_at = error, result, timezone.now()
        work.run_after = timezone.now() + timedelta(seconds=30 * work.attempts)
        work.save()


def due(now: Any, stale_before: Any) -> list[str]:
    """Ids of waiting jobs that are due, after putting back those whose worker died."""
    with activate(WORKER):
        Job.objects.filter(state=Job.State.RUNNING, started_at__lt=stale_before, attempts__lt=ATTEMPTS).update(
            state=Job.State.WAITING
        )
        Job.objects.filter(state=Job.State.RUNNING, started_at__lt=stale_before).update(state=Job.State.PARKED)
        waiting = Job.objects.filter(state=Job.State.WAITING, run_after__lte=now).order_by("created_at")
        return [str(pk) for pk in waiting.values_list("pk", flat=True)[:200]]
