"""What the platform operator sees: how the machinery runs. No practice, no patient, no figure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from datacapture.models import Purpose
from datacapture.queries.wording import chosen
from kip.core.jobs import nightly_names
from kip.core.models import Job
from kip.core.queue import app
from kip.portal.health import readiness
from kip.portal.job_words import PARTS, job_words

PARKED_SHOWN = 50
FRAME = re.compile(r'^  File ".*?([\w.-]+/[\w.-]+)", line (\d+), in (\w+)', re.M)
SOON = timedelta(days=90)
NIGHT = "close purposes and clear waiting files"  # in kip.settings.queue
GRACE = timedelta(hours=1)


@dataclass(frozen=True)
class Part:
    """A part of the machinery: its name, what stands still without it, whether it answers."""

    name: str
    meaning: str
    answers: bool


@dataclass(frozen=True)
class Queue:
    """Work of one kind: how much waits, since when, runs and is parked."""

    name: str
    waiting: int
    oldest: datetime | None
    running: int
    parked: int

    @property
    def title(self) -> str:
        return job_words(self.name)


@dataclass(frozen=True)
class Parked:
    """A job that failed three times, with the kind of its error and where it arose."""

    id: str
    name: str
    asked: datetime
    attempts: int
    error: str

    @property
    def title(self) -> str:
        return job_words(self.name)


@dataclass(frozen=True)
class Nightly:
    """A nightly job, when it last ended well and when it is asked for next.

    state: done (since the last night), due (asked for within the last hour), late, or new (no night has come yet).
    """

    name: str
    finished: datetime | None
    next: datetime
    state: str

    @property
    def title(self) -> str:
        return job_words(self.name)


@dataclass(frozen=True)
class Operations:
    """troubles: how many parts, kinds of nightly work and parked jobs need somebody."""

    parts: list[Part]
    queues: list[Queue]
    parked: list[Parked]
    nightly: list[Nightly]
    purposes: list[tuple[Purpose, str, bool]]

    @property
    def troubles(self) -> int:
        silent = sum(not part.answers for part in self.parts)
        return silent + len(self.parked) + sum(item.state == "late" for item in self.nightly)


def operations() -> Operations:
    """All of the page, in five queries beside those of the readiness."""
    today = timezone.localdate()
    purposes = Purpose.objects.filter(valid_until__gte=today).order_by("valid_until", "code")
    return Operations(
        parts=[Part(*map(str, PARTS[name]), answers) for name, answers in readiness().items()],
        queues=_queues(),
        parked=_parked(),
        nightly=_nightly(timezone.now()),
        purposes=[(item, chosen({"da": item.name_da, "en": item.name_en}), item.valid_until - today < SOON) for item in purposes],
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
    return [Queue(**row) for row in rows.order_by("name") if row["waiting"] or row["running"] or row["parked"]]


def _parked() -> list[Parked]:
    found = Job.objects.filter(state=Job.State.PARKED).only("id", "name", "error", "attempts", "created_at")
    return [
        Parked(str(job.pk), job.name, job.created_at, job.attempts, error_words(job.error))
        for job in found.order_by("-created_at")[:PARKED_SHOWN]
    ]


def _nightly(now: datetime) -> list[Nightly]:
    names = nightly_names()
    rows = Job.objects.filter(name__in=names, state=Job.State.DONE).order_by().values("name").annotate(last=Max("finished_at"))
    ended = {row["name"]: row["last"] for row in rows}
    made = MigrationRecorder.Migration.objects.aggregate(first=Min("applied"))["first"] or now
    coming, past = night_after(now), night_after(now - timedelta(days=1))
    return [
        Nightly(name, ended.get(name), coming, nightly_state(ended.get(name), past, made, now))
        for name in sorted(names, key=job_words)
    ]


def night_after(moment: datetime) -> datetime:
    """When the nightly work is asked for next."""
    local = timezone.localtime(moment)
    plan = app.conf.beat_schedule[NIGHT]["schedule"]
    night = local.replace(hour=min(plan.hour), minute=min(plan.minute), second=0, microsecond=0)
    return night if night > local else night + timedelta(days=1)


def nightly_state(ended: datetime | None, night: datetime, made: datetime, now: datetime) -> str:
    """State of a nightly job (see `Nightly`). night: the last one; made: when the database was made."""
    if ended is not None and ended >= night:
        return "done"
    if night < made:
        return "new" if ended is None else "done"
    return "due" if now - night < GRACE else "late"


def error_words(error: str) -> str:
    """The kind of an error and the places it passed. Its message stays in the database: it may quote a row."""
    last = error.rpartition("Traceback (most recent call last):\n")[2]
    kind = next((line.partition(":")[0] for line in last.splitlines() if line and not line.startswith(" ")), "")
    return "\n".join([kind, *(f"{file}:{line} {name}" for file, line, name in FRAME.findall(last))]).strip()
