"""A large region counted in buckets by one or several workers gives what one run gives, stops, and goes on."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from datacapture.actions import bucket_counts, releasing
from datacapture.actions.computing import prepare
from datacapture.engine_jobs import count_buckets
from datacapture.enums import ReleaseState
from datacapture.models import CaseState, CaseTally, CountBasis, IndicatorCount, Release
from kip.core.models import Job
from kip.core.scope import WORKER, activate
from tests.datacapture.feedback_world import MONTH_END, World, build

NOBODY: Any = lambda *told: None  # noqa: E731  (a progress that goes nowhere)


@pytest.fixture(autouse=True)
def many_buckets(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
    settings.KIP_BUCKET_PATIENTS, settings.KIP_BUCKET_EVENTS = 5, 200


@pytest.fixture
def world(country: dict[str, Any], settings: Any) -> World:
    settings.KIP_BUCKET_PATIENTS = 10**6
    made = build(country, only=("DM-02",))
    settings.KIP_BUCKET_PATIENTS = 5
    return made


def stored() -> list[list[Any]]:
    """Everything that counting leaves, but for its own numbers and times."""
    kept = []
    for model in (IndicatorCount, CaseState, CaseTally, CountBasis):
        left_out = {"id", "counted_at"}
        names = [field.attname for field in model._meta.concrete_fields if field.attname not in left_out]
        kept.append(sorted(map(repr, model.objects.values_list(*names))))
    return kept


def begun() -> Release:
    with activate(WORKER):
        return releasing.begin(MONTH_END, reason="Igen")


def noted(release: Release, region: Any) -> dict[str, Any]:
    with activate(WORKER):
        return Release.objects.get(pk=release.pk).seconds.get("buckets", {}).get(region.code, {})


@pytest.mark.django_db
def test_buckets_add_up_to_one_run_and_their_notes_go(world: World) -> None:
    with activate(WORKER):
        setup, before = prepare(MONTH_END), stored()
        IndicatorCount.objects.all().delete()
    release, told = begun(), []
    assert releasing.count(release, setup, lambda *step: told.append(step))
    with activate(WORKER):
        assert stored() == before
        assert before[0]
        asked = Job.objects.filter(name=bucket_counts.JOB)
        assert {work.region_id for work in asked} <= {region.pk for region in world.regions.values()}
        assert asked.count() > 0
        release.refresh_from_db()
    assert release.seconds["buckets"] == {}
    assert release.seconds["rows"] > 0
    assert set(release.seconds["regions"]) == {region.code for region in world.regions.values()}
    ends = [(done, of) for done, of, text in told if text == str(world.regions["north"])]
    assert ends[-1][0] == ends[-1][1] > 2
    assert [done for done, _ in ends] == sorted(done for done, _ in ends)


@pytest.mark.django_db
def test_a_stopped_release_keeps_its_buckets_and_goes_on_with_the_others(world: World) -> None:
    with activate(WORKER):
        setup, before = prepare(MONTH_END), stored()
    release, north = begun(), world.regions["north"]

    def stop_after_one(done: int, of: int, text: str) -> None:
        if text == str(north) and done == 1 and of > 2:
            with activate(WORKER):
                Release.objects.filter(pk=release.pk).update(state=ReleaseState.STOPPED)

    assert not releasing.count(release, setup, stop_after_one)
    kept = noted(release, north)
    assert len(kept["done"]) == 1
    assert count_buckets(WORKER, NOBODY, release_id=release.pk, region_id=north.pk) == {"region": north.code, "counting": False}
    first = kept["practices"][int(next(iter(kept["done"])))]
    with activate(WORKER):
        times = dict(CountBasis.objects.filter(practice_id__in=first).values_list("practice_id", "counted_at"))
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.COUNTING)
    assert releasing.count(release, setup)
    with activate(WORKER):
        assert dict(CountBasis.objects.filter(practice_id__in=first).values_list("practice_id", "counted_at")) == times
        assert stored() == before


@pytest.mark.django_db
def test_a_small_region_is_one_run(world: World, settings: Any) -> None:
    settings.KIP_BUCKET_PATIENTS = 10**6
    with activate(WORKER):
        setup = prepare(MONTH_END)
    release = begun()
    assert releasing.count(release, setup)
    assert noted(release, world.regions["north"]) == {}
    with activate(WORKER):
        assert not Job.objects.filter(name=bucket_counts.JOB).exists()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_two_workers_share_the_buckets(world: World) -> None:
    with activate(WORKER):
        setup, before = prepare(MONTH_END), stored()
    release, north = begun(), world.regions["north"]
    with activate(WORKER):
        Release.objects.filter(pk=release.pk).update(plan=setup.fingerprint)
        assert bucket_counts.lay_out(release, setup, north)
    others = len(noted(release, north)["practices"])
    both, helped = threading.Barrier(2), []

    def wait_for_the_other(done: int, of: int, text: str) -> None:
        if done < 3:
            both.wait(timeout=60)

    def help_out() -> None:
        try:
            helped.append(bucket_counts.work(Release(pk=release.pk), setup, north, wait_for_the_other, wait=False))
        finally:
            connection.close()

    helper = threading.Thread(target=help_out)
    helper.start()
    ended = bucket_counts.work(Release(pk=release.pk), setup, north, wait_for_the_other, wait=True)
    helper.join()
    assert (ended, helped) == (True, [True])
    assert len(noted(release, north)["done"]) == others > 2
    with activate(WORKER):
        assert stored() == before
