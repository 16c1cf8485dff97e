"""The operator's page: parts, queues, nightly work, and parked work that is run again without a word of what it is about."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kip.core.jobs import names
from kip.core.models import AuditRecord, Job
from kip.core.scope import WORKER, activate
from kip.portal.health import readiness
from kip.portal.job_words import JOBS, PARTS
from kip.portal.operations import error_words, night_after, nightly_state

SECRET = "0101011234"
ERROR = f"""Traceback (most recent call last):
  File "/srv/kip/datacapture/actions/storing.py", line 12, in store
    insert(row)
psycopg.errors.NotNullViolation: null value in column "x"
DETAIL:  Failing row contains ({SECRET}).
"""
pytestmark = pytest.mark.django_db


def parked(**fields: object) -> Job:
    values = {
        "name": "datacapture.store_delivery", "key": "7", "scope": {"persona": "kip_worker"}, "state": Job.State.PARKED,
        "attempts": 3, "error": ERROR, "run_after": timezone.now(), "arguments": {"who": SECRET},
    }  # fmt: skip
    with activate(WORKER):
        return Job.objects.create(**{**values, **fields})


@pytest.fixture
def operator(signed_in: Callable[..., Client]) -> Client:
    client = signed_in("platform_operator")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_the_page_tells_of_the_machinery_and_of_nobody(operator: Client) -> None:
    parked()
    parked(state=Job.State.WAITING, key="8", practice_id=5)
    page = operator.get("/").content.decode()
    for words in (
        "Store a file from a practice",
        "Close ended purposes",
        "Database",
        "not yet due",
        "actions/storing.py:12 store",
    ):
        assert words in page
    assert SECRET not in page
    assert "1 thing needs you" not in page, "the worker is silent in a test, so there is more than the parked job"
    assert "Release 2" not in page, "the operator sees no figures, so no release either"


def test_every_job_has_a_plain_name() -> None:
    assert [name for name in names() if name not in JOBS] == []
    assert PARTS.keys() == readiness().keys()


@pytest.mark.parametrize(
    ("ended", "made", "now", "state"),
    [
        (None, "2026-11-20 09:00", "2026-11-20 12:00", "new"),
        (None, "2026-11-20 09:00", "2026-11-21 02:30", "due"),
        (None, "2026-11-20 09:00", "2026-11-21 03:30", "late"),
        ("2026-11-20 11:00", "2026-11-20 09:00", "2026-11-20 12:00", "done"),
        ("2026-11-21 02:15", "2026-11-01 09:00", "2026-11-21 14:00", "done"),
        ("2026-11-20 02:15", "2026-11-01 09:00", "2026-11-21 02:20", "due"),
        ("2026-11-20 02:15", "2026-11-01 09:00", "2026-11-21 09:00", "late"),
    ],
)
def test_nightly_work_is_late_only_when_a_night_has_passed(ended: str | None, made: str, now: str, state: str) -> None:
    def moment(written: str) -> datetime:
        return timezone.make_aware(datetime.fromisoformat(written))

    night = night_after(moment(now) - timedelta(days=1))
    assert (timezone.localtime(night).hour, timezone.localtime(night).minute) == (2, 10)
    assert nightly_state(moment(ended) if ended else None, night, moment(made), moment(now)) == state


def test_an_error_is_told_by_kind_and_place() -> None:
    assert error_words(ERROR) == "psycopg.errors.NotNullViolation\nactions/storing.py:12 store"
    assert error_words("") == ""


def test_parked_work_runs_again_once_and_is_recorded(operator: Client) -> None:
    work = parked()
    address = f"/drift/arbejde/{work.pk}/igen/"
    assert [operator.post(address).status_code for _time in range(2)] == [302, 302]
    with activate(WORKER):
        stored = Job.objects.get(pk=work.pk)
        acts = list(AuditRecord.objects.filter(act="retried_job").values_list("role", "object_id", "practice_id"))
    assert (stored.state, stored.attempts) == (Job.State.WAITING, 0)
    assert acts == [("platform_operator", str(work.pk), None)]


def test_the_same_work_is_not_queued_twice(operator: Client) -> None:
    work = parked()
    parked(state=Job.State.WAITING)
    operator.post(f"/drift/arbejde/{work.pk}/igen/")
    with activate(WORKER):
        assert Job.objects.get(pk=work.pk).state == Job.State.PARKED
