"""Jobs: written with the caller's work, run once, parked after three failures, never lost."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from kip.core import jobs
from kip.core.models import Job
from kip.core.scope import WORKER, Persona, Scope, activate

RAN: list[tuple[int | None, int]] = []


@pytest.fixture(autouse=True)
def two_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    RAN.clear()
    monkeypatch.setattr(jobs, "_registry", {})
    monkeypatch.setattr(jobs, "wake", lambda job_id: None)

    @jobs.job("test.count")
    def count(scope: Scope, progress: jobs.Progress, *, number: int) -> int:
        progress(1, 2, "halvvejs")
        RAN.append((scope.practice_id, number))
        return number

    @jobs.job("test.fail")
    def fail(scope: Scope, progress: jobs.Progress) -> None:
        raise ValueError("prøve")


def asked(name: str = "test.count", key: str = "a", **arguments: int) -> Job:
    with activate(Scope(Persona.PRACTICE, practice_id=5)):
        return jobs.enqueue(name, scope=Scope(Persona.PRACTICE, practice_id=5), key=key, **arguments)


def stored(work: Job) -> Job:
    with activate(WORKER):
        return Job.objects.get(pk=work.pk)


@pytest.mark.django_db
def test_a_job_runs_once_in_its_scope() -> None:
    work = asked(number=7)
    jobs.run(str(work.pk))
    jobs.run(str(work.pk))
    assert RAN == [(5, 7)]
    assert (stored(work).state, stored(work).result) == ("done", 7)
    assert jobs.progress_of(work) == {"done": 1, "total": 2, "text": "halvvejs"}


@pytest.mark.django_db
def test_the_same_key_waits_once() -> None:
    assert asked(number=1).pk == asked(number=1).pk


@pytest.mark.django_db
def test_an_unknown_name_is_refused_at_once() -> None:
    with pytest.raises(LookupError, match=r"no job is named test\.missing"):
        asked("test.missing")


@pytest.mark.django_db
def test_what_is_rolled_back_is_not_asked_for() -> None:
    with transaction.atomic():
        asked(number=1)
        transaction.set_rollback(True)
    with activate(WORKER):
        assert Job.objects.count() == 0


@pytest.mark.django_db
def test_three_failures_park_the_job_with_its_error() -> None:
    work = asked("test.fail")
    states = []
    for _ in range(4):
        jobs.run(str(work.pk))
        states.append((stored(work).state, stored(work).attempts))
    assert states == [("waiting", 1), ("waiting", 2), ("parked", 3), ("parked", 3)]
    assert "ValueError: prøve" in stored(work).error


@pytest.mark.django_db
def test_a_job_of_a_dead_worker_is_taken_up_again() -> None:
    work = asked(number=3)
    now = timezone.now()
    with activate(WORKER):
        Job.objects.filter(pk=work.pk).update(state="running", attempts=1, started_at=now - timedelta(hours=1))
    assert jobs.due(now + timedelta(seconds=1), now - timedelta(minutes=25)) == [str(work.pk)]
