"""A practice's own releases: cleared away a month after others took their place, and by nobody but the worker."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from datacapture.actions.own_releases import KEPT, clear_superseded
from datacapture.enums import ReleaseKind, ReleaseState
from datacapture.feedback_jobs import compute_practice
from datacapture.models import Release, Result
from datacapture.queries.releases import shown_to
from datacapture.upkeep_jobs import clear_own_releases
from kip.core.jobs import nightly_names
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.feedback_world import World, build, compute

pytestmark = pytest.mark.django_db
NOBODY_LISTENS: Any = lambda *told: None  # noqa: E731  (a progress that goes nowhere)


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=("DM-02",))


def deliver(world: World, times: int) -> list[int]:
    """So many own releases of the first practice, oldest first."""
    own = world.places["north_1"]
    for _ in range(times):
        compute_practice(WORKER, NOBODY_LISTENS, practice_id=own.pk)
    with activate(WORKER):
        return list(Release.objects.filter(kind=ReleaseKind.OWN).order_by("pk").values_list("pk", flat=True))


def left() -> dict[int, int]:
    """Rows by release, of every release."""
    with activate(WORKER):
        return {item.pk: Result.objects.filter(release=item).count() for item in Release.objects.all()}


def test_superseded_own_releases_go_after_a_month_and_the_rest_stays(world: World) -> None:
    first, second, third = deliver(world, 3)
    before = left()
    with activate(WORKER):
        assert clear_superseded(timezone.now() + KEPT - timedelta(minutes=1)) == 0
    assert left() == before
    with time_machine.travel(timezone.now() + KEPT + timedelta(minutes=1)):
        assert clear_own_releases(WORKER, NOBODY_LISTENS) == {"releases": 2}
        assert clear_own_releases(WORKER, NOBODY_LISTENS) == {"releases": 0}
    assert left() == {pk: rows for pk, rows in before.items() if pk not in (first, second)}
    with activate(WORKER):
        newest = Release.objects.get(pk=third)
        record = AuditRecord.objects.get(act="cleared_own_releases")
        assert shown_to(world.places["north_1"].pk) == newest
    assert (newest.state, newest.supersedes_id, newest.revision) == ("published", None, 3)
    assert f'"rows": {before[first] + before[second]}' in str(record.detail).replace("'", '"')
    assert "datacapture.clear_own_releases" in nightly_names()


def test_an_own_release_that_a_quarter_overtook_goes_too(world: World) -> None:
    (own,) = deliver(world, 1)
    newer = compute("Sene data")
    now = timezone.now()
    with activate(WORKER):
        assert clear_superseded(now) == 0
        assert Release.objects.get(pk=own).state == ReleaseState.SUPERSEDED
        assert clear_superseded(now + KEPT + timedelta(minutes=1)) == 1
        assert set(Release.objects.values_list("pk", flat=True)) == {world.release.pk, newer.pk}
    assert all(left().values())


@pytest.mark.parametrize(
    ("statement", "which"),
    [
        ("DELETE FROM datacapture_result WHERE release_id = %s", "quarter"),
        ("DELETE FROM datacapture_release WHERE id = %s", "quarter"),
        ("UPDATE datacapture_release SET supersedes_id = NULL WHERE id = %s", "quarter"),
        ("DELETE FROM datacapture_result WHERE release_id = %s", "shown"),
        ("DELETE FROM datacapture_release WHERE id = %s", "shown"),
        ("UPDATE datacapture_result SET x = 0 WHERE release_id = %s", "gone"),
        ("UPDATE datacapture_release SET reason = 'x', supersedes_id = NULL WHERE id = %s", "gone"),
    ],
)
def test_the_database_lets_nothing_else_go(world: World, statement: str, which: str) -> None:
    gone, shown = deliver(world, 2)
    quarter = compute("Sene data")
    ids = {"quarter": quarter.supersedes_id, "shown": shown, "gone": gone}
    before = left()
    if which == "quarter" and "supersedes_id = NULL" in statement:
        ids["quarter"] = quarter.pk
    with pytest.raises(DatabaseError, match="release"), activate(WORKER), connection.cursor() as cursor:
        cursor.execute(statement, [ids[which]])
    assert left() == before


@pytest.mark.parametrize("persona", [item for item in Persona if item is not Persona.WORKER])
def test_nobody_but_the_worker_clears(world: World, persona: Persona) -> None:
    gone, _shown = deliver(world, 2)
    own = world.places["north_1"]
    scope = Scope(persona, practice_id=own.pk, region_id=own.region_id, user_id=1)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), activate(scope):
        Result.objects.filter(release_id=gone)._raw_delete("default")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), activate(scope):
        Release.objects.filter(pk=gone)._raw_delete("default")
