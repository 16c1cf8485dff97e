"""What the platform operator sees: how the machinery runs. No practice, no patient, no figure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from datacapture.models import Purpose
from kip.core.jobs import nightly_names
from kip.core.models import Job
from kip.portal.health import readiness

PARKED_SHOWN = 50
FRAME = re.compile(r'^  File ".*?([\w.-]+/[\w.-]+)", line (\d+), in (\w+)', re.M)
SOON = timedelta(days=90)


@dataclass(frozen=True)
class Queue:
    """Work of one kind: how much waits, since when, runs and is parked."""

    name: str
    waiting: int
    oldest: datetime | None
    running: int
    parked: int


@dataclass(frozen=True)
class Parked:
    """A job that failed three times, with the kind of its error and where it arose."""

    id: str
    name: str
    asked: datetime
    attempts: int
    error: str


@dataclass(frozen=True)
class Nightly:
    """A nightly job and when it last ended well; late: not within the last 26 hours."""

    name: str
    finished: datetime | None
    late: bool


@dataclass(frozen=True)
class Operations:
    parts: dict[str, bool]
    queues: list[Queue]
    parked: list[Parked]
    nightly: list[Nightly]
    purposes: list[tuple[Purpose, bool]]


def operations() -> Operations:
    """All of the page, in four queries beside those of the readiness."""
    today = timezone.localdate()
    purposes = Purpose.objects.filter(valid_until__gte=today).order_by("valid_until", "code")
    return Operations(
        parts=readiness(),
        queues=_queues(),
        parked=_parked(),
        nightly=_nightly(timezone.now()),
        purposes=[(item, item.valid_until - today < SOON) for item in purposes],
    )


def _queues() -> list[Queue]:
    state = Job.State
    rows = (
        Job.objects.order_by()
        .values("name")
        .annotate(
            waiting=Count("id", filter=Q(state=state.WAITING)),
            oldest=Min("created_at", filter=Q(state=state.WAITING)),
            running=Count("id", filter=Q(state=state.RUNNING)),
            parked=Count("id", filter=Q(state=state.PARKED)),
        )
    )
    return [Queue(**row) for row in rows.order_by("name")]


def _parked() -> list[Parked]:
    found = Job.objects.filter(state=Job.State.PARKED).only("id", "name", "error", "attempts", "created_at")
    return [
        Parked(str(job.pk), job.name, job.created_at, job.attempts, error_words(job.error))
        for job in found.order_by("-created_at")[:PARKED_SHOWN]
    ]


def _nightly(now: datetime) -> list[Nightly]:
    names = nightly_names()
    rows = Job.objects.filter(name__in=names, state=Job.State.DONE).order_by().values("name").annotate(last=Max("finished_at"))
    last = {row["name"]: row["last"] for row in rows}
    return [
        Nightly(name, last.get(name), last.get(name) is None or now - last[name] > timedelta(hours=26)) for name in sorted(names)
    ]


def error_words(error: str) -> str:
    """The kind of an error and the places it passed. Its message stays in the database: it may quote a row."""
    last = error.rpartition("Traceback (most recent call last):\n")[2]
    kind = next((line.partition(":")[0] for line in last.splitlines() if line and not line.startswith(" ")), "")
    return "\n".join([kind, *(f"{file}:{line} {name}" for file, line, name in FRAME.findall(last))]).strip()
