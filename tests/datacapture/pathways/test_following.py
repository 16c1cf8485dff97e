"""Pathways against a second implementation, and who is never followed."""

from typing import Any

import pytest
from django.db import connection

from datacapture.actions.pathways import covered, former, write_pathways
from datacapture.models import Event, Objection, PathwayCount, PathwayOwn, PathwayResult, Patient, PatientPseudonym, Release
from datacapture.pathways.definitions import pathways
from datacapture.pathways.following import Followed, follow, link
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.feedback_world import let_out
from tests.datacapture.pathways.pathway_world import MONTH_END, SETS, World, build, naive

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country)


def followed(world: World, name: str) -> Followed:
    with activate(WORKER), connection.cursor() as cursor:
        link(cursor, world.purpose.pk, [practice.pk for practice in world.practices], SETS, MONTH_END)
        return follow(cursor, pathways()[name], MONTH_END)


def test_the_counts_are_those_of_a_recount_in_python(world: World) -> None:
    for name, pathway in pathways().items():
        found = followed(world, name)
        flows, owns = naive(world, pathway)
        told = {(row.region_id, row.step): (row.n, row.x, row.timely, row.wait.median) for row in found.flows if row.n}
        assert {key: value[:3] for key, value in told.items()} == {key: value[:3] for key, value in flows.items()}
        later = [key for key in flows if key[1]]
        assert [told[key][3] for key in later] == [flows[key][3] for key in later]
        for row in found.flows:
            wait = row.wait
            if wait.lower is not None and wait.upper is not None:
                assert row.x >= 6
                assert wait.lower <= (wait.median or 0) <= wait.upper
        mine = {(row.practice_id, row.step, row.after): (row.n, row.x, row.timely) for row in found.owns}
        assert mine == {key: value[:3] for key, value in owns.items()}
        assert sum(row.x for row in found.flows if row.step == 1) > 3, "the test country must have people on the way"


def test_without_a_shared_pseudonym_nobody_is_followed_anywhere(world: World) -> None:
    with activate(WORKER):
        shared = [row.pk for row in PatientPseudonym.objects.all() if bytes(row.digest).startswith(b"cpr")]
        PatientPseudonym.objects.filter(pk__in=shared).delete()
    assert all(row.x == 0 for row in followed(world, "low_back").flows if row.step)  # no profession sees two of its steps


def test_another_purpose_links_nothing_and_an_objection_ends_it(world: World) -> None:
    with activate(WORKER), connection.cursor() as cursor:
        assert link(cursor, world.purpose.pk + 1, [practice.pk for practice in world.practices], SETS, MONTH_END) == 0
    before = sum(row.x for row in followed(world, "diabetes").flows)
    with activate(WORKER):
        Objection.objects.all().delete()
    assert sum(row.x for row in followed(world, "diabetes").flows) > before


def test_only_a_purpose_that_allows_it_is_followed(world: World) -> None:
    assert [pathway.id for pathway in covered(world.purpose)] == list(pathways())
    world.purpose.code_sets = ["dx_laenderyg"]
    assert [pathway.id for pathway in covered(world.purpose)] == ["low_back"]
    world.purpose.allows_linking = False
    with activate(WORKER):
        release = Release.objects.create(label="2026-3", month_end=MONTH_END, method="1")
        assert (covered(world.purpose), write_pathways(release, world.purpose, world.practices)) == ([], 0)


def test_who_may_read_the_stored_rows(world: World) -> None:
    with activate(WORKER):
        release = Release.objects.create(label="2026-3", month_end=MONTH_END, method="1")
        assert write_pathways(release, world.purpose, world.practices)
        Release.objects.filter(pk=release.pk).update(state="prepared")
        regions = set(PathwayResult.objects.values_list("region_id", flat=True))
    assert len(regions) == 3
    here = world.practices[0]
    with activate(Scope(Persona.REGION, region_id=here.region_id)):
        assert set(PathwayResult.objects.values_list("region_id", flat=True)) == {None, here.region_id}
    with activate(Scope(Persona.PRACTICE, practice_id=here.pk)):
        assert set(PathwayResult.objects.values_list("region_id", flat=True)) == {None}
        assert set(PathwayOwn.objects.values_list("practice_id", flat=True)) == {here.pk}
    with pytest.raises(Exception, match="permission denied"), activate(Scope(Persona.REGION, region_id=here.region_id)):
        list(PathwayOwn.objects.all())
    with pytest.raises(Exception, match="never after"), activate(WORKER):
        PathwayResult.objects.update(n=1)
    with pytest.raises(Exception, match="permission denied"), activate(Scope(Persona.REGION, region_id=here.region_id)):
        list(PathwayCount.objects.all())
    with pytest.raises(Exception, match="never after"), activate(WORKER):
        PathwayCount.objects.update(x=1)


def test_the_next_release_is_held_against_what_was_let_out(world: World) -> None:
    """A person more or less between two releases is not to be seen; the counts that were let out are kept for the next."""
    with activate(WORKER):
        first = Release.objects.create(label="2026-3", month_end=MONTH_END, method="1")
        write_pathways(first, world.purpose, world.practices)
        Release.objects.filter(pk=first.pk).update(state="prepared")
    let_out(first)
    with activate(WORKER):
        assert former(first) == {}, "a release is not held against itself"
        gone = Patient.objects.filter(practice=world.practices[0]).order_by("pk").first()
        Event.objects.filter(patient=gone).delete()
        second = Release.objects.create(label="2026-4", month_end=MONTH_END, method="1")
        before = former(second)
        write_pathways(second, world.purpose, world.practices)
        rows = {release.pk: _counts(release) for release in (first, second)}
    assert before.keys() == pathways().keys()
    for key, (x, timely) in rows[second.pk].items():
        old_x, old_timely = rows[first.pk][key]
        assert abs(x - old_x) not in range(1, 5)
        assert abs(timely - old_timely) not in range(1, 5)


def _counts(release: Release) -> dict[tuple[str, int, int], tuple[int, int]]:
    rows = PathwayCount.objects.filter(release=release)
    return {(row.pathway, row.region_id, row.step): (row.x, row.timely) for row in rows}
