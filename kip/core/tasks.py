"""Thin Celery tasks: wake jobs, show life."""

from datetime import timedelta

from celery import shared_task
from celery.signals import worker_ready
from django.core.cache import cache
from django.utils import timezone

from kip.core import jobs

STALE = timedelta(minutes=25)  # past the hard time limit a running job's worker is dead
HEARTBEAT = "worker:heartbeat"


@shared_task(name="kip.run_job")
def run_job(job_id: str) -> None:
    jobs.run(job_id)


@shared_task(name="kip.publish_due")
def publish_due() -> None:
    jobs.enqueue_due()
    now = timezone.now()
    for job_id in jobs.due(now, now - STALE):
        jobs.run(job_id)


@shared_task(name="kip.heartbeat")
def heartbeat() -> None:
    cache.set(HEARTBEAT, timezone.now().timestamp(), 120)


@shared_task(name="kip.nightly")
def nightly() -> None:
    jobs.enqueue_nightly()


@worker_ready.connect
def show_life(**kwargs: object) -> None:
    """At once, not at the next beat: /readyz waits for it."""
    heartbeat()
