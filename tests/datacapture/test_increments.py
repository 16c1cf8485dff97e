"""Changed rows are noticed by the database itself; carried-on counts are checked at night and a difference is an alarm."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from datacapture.actions.computing import Setup, enrolled, prepare
from datacapture.actions.increments import CountsDiffer, bring_up_to_date, check_counts
from datacapture.engine_jobs import check_region
from datacapture.models import (
    CaseTally,
    CodeSetMember,
    CountBasis,
    Event,
    IndicatorCount,
    Objection,
    Patient,
    Purpose,
    TouchedPatient,
)
from kip.core import jobs
from kip.core.jobs import Progress
from kip.core.models import Job
from kip.core.scope import WORKER, Persona, Scope, activate
from kip.core.workdays import add_months
from tests.datacapture.feedback_world import MONTH_END, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Any) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country)


def touched() -> set[int]:
    return set(TouchedPatient.objects.values_list("patient_id", flat=True))


def north(setup: Setup, world: World) -> tuple[int, list[int]]:
    region = world.regions["north"].pk
    return region, sorted(practice.pk for practice in enrolled(setup, region))


def test_every_change_touches_its_patient_and_counting_forgets_it(world: World) -> None:
    with activate(WORKER):
        setup = prepare(MONTH_END)
        region, practices = north(setup, world)
        TouchedPatient.objects.all().delete()
        events = list(Event.objects.filter(practice_id__in=practices).order_by("pk")[:400:50])
        Event.objects.filter(pk=events[0].pk).update(value=1)
        events[1].delete()
        expected = {events[0].patient_id, events[1].patient_id}
        assert touched() == expected
        code = events[2].code_id
        CodeSetMember.objects.filter(code_id=code).first().delete()
        assert touched() == expected | set(Event.objects.filter(code_id=code).values_list("patient_id", flat=True))
        bring_up_to_date(setup, region, practices)
        TouchedPatient.objects.exclude(practice_id__in=practices).delete()
        Patient.objects.filter(pk=events[3].patient_id).update(death=date(2026, 1, 1))
        assert touched() == {events[3].patient_id}
    with activate(Scope(Persona.PRACTICE, practice_id=events[4].practice_id)):
        Objection.objects.create(
            practice_id=events[4].practice_id,
            patient_id=events[4].patient_id,
            purpose=Purpose.objects.get(),
            since=date(2020, 1, 1),
        )
    with activate(WORKER):
        assert touched() == {events[3].patient_id, events[4].patient_id}
        update = bring_up_to_date(setup, region, practices)
        assert (update.patients, update.whole, touched()) == (2, [], set())
        assert check_counts(setup, region, practices) == len(practices)


def test_tallies_add_up_to_the_counts(world: World) -> None:
    with activate(WORKER):
        basis = CountBasis.objects.first()
        last = 1 << (len(basis.months) - 1)
        tallies = CaseTally.objects.filter(practice_id=basis.practice_id)
        found = sum(row.n for row in tallies if row.numerator & last)
        counts = IndicatorCount.objects.filter(practice_id=basis.practice_id, month_end=basis.months[-1])
        assert found == sum(counts.values_list("numerator", flat=True)) > 0


def test_new_months_new_practices_and_new_versions_are_brought_up_to_date(world: World) -> None:
    with activate(WORKER):
        later = prepare(add_months(MONTH_END + timedelta(days=1), 1) - timedelta(days=1))
        region, practices = north(later, world)
        first, second, *_ = practices
        CountBasis.objects.filter(practice_id=first).delete()
        dropped = later.versions["DM-02"].pk
        basis = CountBasis.objects.get(practice_id=second)
        CountBasis.objects.filter(pk=basis.pk).update(version_ids=[pk for pk in basis.version_ids if pk != dropped])
        IndicatorCount.objects.filter(version_id=dropped, practice_id=second).delete()
        update = bring_up_to_date(later, region, practices)
        assert first in update.whole
        assert check_counts(later, region, practices) == len(practices)
        assert set(CountBasis.objects.get(practice_id=second).version_ids) == {v.pk for v in later.versions.values()}


def test_a_difference_is_told_and_parks_the_nightly_job(world: World) -> None:
    with activate(WORKER):
        setup = prepare(MONTH_END)
        region, practices = north(setup, world)
        row = IndicatorCount.objects.filter(practice_id__in=practices, version=setup.versions["DM-02"]).first()
        IndicatorCount.objects.filter(pk=row.pk).update(numerator=row.numerator + 1)
        with pytest.raises(CountsDiffer) as told:
            check_counts(setup, region, practices)
    assert str(told.value) == f"The stored counts differ from a full count: DM-02 at practice {row.practice_id}."
    with activate(WORKER):
        work = jobs.enqueue("datacapture.check_counts", scope=WORKER, key="x", region_id=region)
    for _ in range(jobs.ATTEMPTS):
        with activate(WORKER):
            Job.objects.filter(pk=work.pk).update(run_after=timezone.now())
        jobs.run(str(work.pk))
    with activate(WORKER):
        parked = Job.objects.get(pk=work.pk)
    assert parked.state == Job.State.PARKED
    assert "DM-02 at practice" in parked.error


def test_the_nightly_check_says_what_it_compared(world: World) -> None:
    with activate(WORKER):
        Event.objects.filter(practice=world.places["north_1"]).first().delete()
    done = check_region(WORKER, Progress("none"), world.regions["north"].pk)
    assert (done["patients"], done["practices"]) == (1, 6)
