"""A release on its way: who may take which step, what never changes, and a practice's own numbers beside it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from datacapture.actions import releasing
from datacapture.actions.computing import prepare
from datacapture.enums import ReleaseKind, ReleaseState
from datacapture.feedback_jobs import compute_practice, prepare_due_release, prepare_release
from datacapture.models import AreaResult, Event, IndicatorVersion, PracticeCell, Release, ReleaseApproval, Result, Yardstick
from datacapture.queries.releases import published, shown_to, then_and_now
from kip.core.models import AuditRecord, Job
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.acting import Acting, acting_as, valid_memberships
from practices.models import User
from tests.datacapture.feedback_world import MONTH_END, World, build, compute, corrected, prepared

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
Person = Callable[..., User]
NOBODY_LISTENS: Any = lambda *told: None  # noqa: E731  (a progress that goes nowhere)


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE, settings.KIP_REQUIRE_MFA = tmp_path, tmp_path / "keys", False


@pytest.fixture
def world(country: dict[str, Any]) -> World:
    return build(country, only=("DM-02",))


def acting(user: User) -> Acting:
    with activate(WORKER):
        return acting_as(valid_memberships(user)[0])


def rows(release: Release) -> list[Any]:
    with activate(WORKER):
        return list(Result.objects.filter(release=release).order_by("pk").values())


def state_of(release: Release) -> str:
    with activate(WORKER):
        return str(Release.objects.get(pk=release.pk).state)


def test_a_release_needs_the_analyst_the_checks_and_two_different_people(world: World, person: Person) -> None:
    analyst, administrator, member = (
        acting(person(role, place))
        for role, place in (
            ("national_analyst", None), ("regional_administrator", "north"), ("steering_group_member", None),
        )
    )  # fmt: skip
    release = prepared("Sene data")
    for by, act in ((member, releasing.check), (administrator, releasing.publish), (administrator, releasing.withdraw)):
        with pytest.raises(PermissionDenied), activate(by.scope):
            act(by=by, release=release)
    with pytest.raises(releasing.NotNow), activate(member.scope):
        releasing.approve(by=member, release=release)
    with activate(analyst.scope):
        releasing.check(by=analyst, release=release)
    with pytest.raises(PermissionDenied), activate(analyst.scope):
        releasing.approve(by=analyst, release=release)
    with activate(administrator.scope):
        releasing.approve(by=administrator, release=release)
    with pytest.raises(releasing.NotNow), activate(administrator.scope):
        releasing.approve(by=administrator, release=release)
    with pytest.raises(releasing.NotNow), activate(analyst.scope):
        releasing.publish(by=analyst, release=release)
    with activate(member.scope):
        releasing.approve(by=member, release=release)
    with activate(analyst.scope):
        releasing.publish(by=analyst, release=release)
        now = published()
    assert now is not None
    assert (now.pk, now.revision, now.supersedes_id, state_of(world.release)) == (release.pk, 2, world.release.pk, "superseded")
    with activate(WORKER):
        acts = list(
            AuditRecord.objects.filter(kind="release", object_id=str(release.pk)).order_by("seq").values_list("act", flat=True)
        )
    assert acts == [
        "release_begun", "release_prepared", "release_checked", "release_approved", "release_approved", "release_published",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE datacapture_result SET x = 0 WHERE release_id = %s",
        "DELETE FROM datacapture_result WHERE release_id = %s",
        "INSERT INTO datacapture_yardstick (release_id, version_id, profession, strata, held)"
        " SELECT release_id, version_id, 'x', '[]', '[]' FROM datacapture_result WHERE release_id = %s LIMIT 1",
        "UPDATE datacapture_yardstick SET theta = 0 WHERE release_id = %s",
        "UPDATE datacapture_practicecell SET gain = 0 WHERE release_id = %s",
        "DELETE FROM datacapture_regionstanding WHERE release_id = %s",
        "UPDATE datacapture_groupresult SET practices = 0 WHERE release_id = %s",
        "UPDATE datacapture_release SET checks = '[]' WHERE id = %s",
        "UPDATE datacapture_release SET state = 'counting' WHERE id = %s",
        "DELETE FROM datacapture_release WHERE id = %s",
        "UPDATE datacapture_releaseapproval SET name = 'x' WHERE release_id = %s",
    ],
)
def test_the_database_keeps_a_published_release(world: World, statement: str) -> None:
    before = rows(world.release)
    with pytest.raises(DatabaseError, match=r"release|approv"), activate(WORKER), connection.cursor() as cursor:
        cursor.execute(statement, [world.release.pk])
    assert rows(world.release) == before


def test_rows_cannot_be_moved_into_a_published_release(world: World) -> None:
    release = prepared("Sene data")
    move = "UPDATE datacapture_result SET release_id = %s, month_end = month_end + 1 WHERE release_id = %s"
    with pytest.raises(DatabaseError, match="rows of a release"), activate(WORKER), connection.cursor() as cursor:
        cursor.execute(move, [world.release.pk, release.pk])


def test_the_database_asks_for_two_people_whoever_publishes(world: World, person: Person) -> None:
    release = prepared("Sene data")
    with activate(WORKER):
        releasing.pass_checks(release)
        ReleaseApproval.objects.create(release=release, user=person("steering_group_member"), name="A", role="x")
    for persona in (Persona.WORKER, Persona.NATIONAL, Persona.REGION):
        with pytest.raises(DatabaseError, match="two people"), activate(Scope(persona, region_id=1, user_id=1)):
            Release.objects.filter(pk=release.pk).update(state=ReleaseState.APPROVED)
    with pytest.raises(DatabaseError, match="does not become"), activate(WORKER):
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.PUBLISHED)
    with pytest.raises(DatabaseError, match="a region approves"), activate(Scope(Persona.REGION, region_id=1)):
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.WITHDRAWN)
    with pytest.raises(DatabaseError, match="row-level security"), activate(Scope(Persona.REGION, region_id=1, user_id=1)):
        ReleaseApproval.objects.create(release=release, user_id=2, name="B", role="x")


def test_the_checks_say_what_is_wrong(world: World) -> None:
    found = {item["key"]: item for item in prepared("Prøve").checks}
    assert set(found) == {"regions", "adds_up", "versions", "coverage", "thin", "emptied", "unknown", "changed", "signals"}
    assert {item["state"] for item in found.values()} == {"passed"}
    assert found["coverage"]["figures"] == found["coverage"]["before"] == len(world.places)
    assert (found["changed"]["rows"], found["signals"]["signals"]) == ([], found["signals"]["before"])
    with activate(WORKER):
        [unfinished] = Release.objects.filter(state=ReleaseState.PREPARED)
        Release.objects.filter(pk=unfinished.pk).update(state=ReleaseState.WITHDRAWN)
        Event.objects.filter(practice=world.places["north_1"]).delete()
    again = {item["key"]: item for item in prepared("Prøve").checks}
    assert (again["emptied"]["state"], again["emptied"]["names"]) == ("notice", [world.places["north_1"].name])
    assert again["changed"]["rows"] == [["DM-02", 0, 1]]


def test_a_failed_check_stops_the_release(world: World) -> None:
    with activate(WORKER):
        release = releasing.begin(MONTH_END, reason="Prøve")
        setup = prepare(MONTH_END)
        made = releasing.prepare_rows(release, setup)
    assert made.checks[0] == {"key": "regions", "state": "failed", "missing": ["1081", "1083"]}
    with pytest.raises(releasing.NotNow), activate(WORKER):
        releasing.pass_checks(made)


def test_a_stopped_counting_goes_on_where_it_was(world: World, person: Person) -> None:
    analyst = acting(person("national_analyst"))
    with activate(analyst.scope):
        release = releasing.begin(MONTH_END, reason="Sene data", by=analyst)
    with activate(WORKER):
        setup = prepare(MONTH_END)

    def stop(done: int, total: int, name: str) -> None:
        if done == 1:
            with activate(analyst.scope):
                releasing.stop(by=analyst, release=release)

    assert not releasing.count(release, setup, stop)
    with activate(WORKER):
        assert set(Release.objects.get(pk=release.pk).seconds["regions"]) == {"1081"}
    with activate(analyst.scope):
        releasing.resume(by=analyst, release=release)
    counted = []
    with CaptureQueriesContext(connection) as found:
        prepare_release(WORKER, lambda *told: counted.append(told[2]), release_id=release.pk)
    assert state_of(release) == "prepared"
    stored = [query for query in found.captured_queries if query["sql"].startswith("delete from datacapture_casestate")]
    assert len(stored) <= 1  # the second region's only measure
    with activate(WORKER):
        assert set(Release.objects.get(pk=release.pk).seconds["regions"]) == {"1081", "1083"}


def test_the_night_prepares_a_due_release_once_and_never_publishes(world: World) -> None:
    with activate(WORKER):
        before = Release.objects.count()
    assert prepare_due_release(WORKER, NOBODY_LISTENS) == {}  # the quarter's release is there
    with activate(WORKER):
        assert Release.objects.count() == before


def test_after_a_delivery_the_practice_reads_now_beside_then(world: World) -> None:
    own = world.places["north_1"]
    before = rows(world.release)
    with activate(WORKER):
        same = compute_practice(WORKER, NOBODY_LISTENS, practice_id=own.pk)
        first = Release.objects.get(kind=ReleaseKind.OWN, practice=own)
    assert same["release"] == world.release.label
    names = [
        "x", "n", "value", "expected", "band_low", "band_high", "p", "p_adjusted", "q", "tier", "position", "gain",
        "reliability", "mdd", "adjusted", "adjusted_lower", "adjusted_upper", "trend",
    ]  # fmt: skip
    then = {row["month_end"]: row for row in before if row["practice_id"] == own.pk}
    now = {row["month_end"]: row for row in rows(first)}
    assert set(now) == set(then)
    for month, row in now.items():
        for name in names:
            assert row[name] == (pytest.approx(then[month][name], abs=1e-9) if then[month][name] is not None else None), name
    with activate(WORKER):
        Event.objects.filter(practice=own, code__kind="lab").update(value=40.0)
    compute_practice(WORKER, NOBODY_LISTENS, practice_id=own.pk)
    assert (rows(world.release), state_of(first)) == (before, "superseded")
    with activate(Scope(Persona.PRACTICE, practice_id=own.pk)):
        shown = shown_to(own.pk)
        row = Result.objects.get(release=shown, month_end=MONTH_END)
        changes = then_and_now(own.pk, row.version_id)
    assert shown is not None
    assert (shown.kind, shown.revision, shown.supersedes_id, shown.basis_id) == ("own", 2, first.pk, world.release.pk)
    assert (row.value, row.expected, row.region_id) == (1.0, then[MONTH_END]["expected"], None)
    assert [(item.month_end, item.then.x, item.now.x) for item in changes] == [(MONTH_END, then[MONTH_END]["x"], row.x)]
    with activate(Scope(Persona.REGION, region_id=own.region_id)):
        assert not PracticeCell.objects.filter(release=shown).exists()
        assert not Release.objects.filter(kind=ReleaseKind.OWN).exists()
    with activate(Scope(Persona.PRACTICE, practice_id=world.places["north_2"].pk)):
        assert shown_to(world.places["north_2"].pk) == world.release
        assert not Release.objects.filter(kind=ReleaseKind.OWN).exists()


def test_a_new_quarters_correction_takes_the_place_of_an_older_own_release(world: World) -> None:
    own = world.places["north_1"]
    compute_practice(WORKER, NOBODY_LISTENS, practice_id=own.pk)
    newer = compute("Sene data")
    with activate(WORKER):
        assert (shown_to(own.pk), published()) == (newer, newer)


def test_the_command_goes_all_the_way_with_two_people(world: World, person: Person) -> None:
    addresses = [
        person(role, place).email for role, place in (("regional_administrator", "north"), ("steering_group_member", None))
    ]
    outsider = person("clinician", "north_1").email
    day = MONTH_END.isoformat()
    with pytest.raises(CommandError, match="needs a reason"):
        call_command("compute", "--month-end", day)
    with pytest.raises(CommandError, match="may not approve"):
        call_command("compute", "--month-end", day, "--reason", "Prøve", "--publish", addresses[0], outsider)
    with activate(WORKER):
        Release.objects.filter(state=ReleaseState.PREPARED).update(state=ReleaseState.WITHDRAWN)
    call_command("compute", "--month-end", day, "--reason", "Prøve", "--publish", *addresses)
    with activate(WORKER):
        assert [item.revision for item in Release.objects.filter(state=ReleaseState.PUBLISHED)] == [2]


def test_the_pages_show_the_way_and_only_the_next_step(world: World, signed_in: SignIn) -> None:
    administrator, consultant = signed_in("regional_administrator", "north"), signed_in("quality_consultant", "north")
    analyst = signed_in("national_analyst")
    release = prepared("Sene prøvesvar fra tre klinikker")
    here = f"/dataudgaver/{release.pk}/"
    page = analyst.get(here).content.decode()
    assert "Sene prøvesvar fra tre klinikker" in page
    assert f"{here}kontrolleret/" in page
    assert f"{here}godkend/" not in page
    assert [administrator.get(f"{here}{step}/").status_code for step in ("godkend", "kontrolleret")] == [404, 404]
    assert analyst.post(f"{here}kontrolleret/").status_code == 302
    assert state_of(release) == "checked"
    assert consultant.get(here).status_code == 200
    assert consultant.get(f"{here}godkend/").status_code == 404
    asked = administrator.get(f"{here}godkend/")
    assert (asked.status_code, asked.headers["Location"].split("?")[0]) == (302, "/konto/reauthenticate/")
    assert administrator.post("/konto/reauthenticate/", {"password": "prøve-kodeord-1"}).status_code == 302
    assert administrator.post(f"{here}godkend/", {}).status_code == 422
    assert administrator.post(f"{here}godkend/", {"read": "on"}).status_code == 302
    assert administrator.get(f"{here}godkend/").status_code == 404
    with activate(WORKER):
        assert ReleaseApproval.objects.filter(release=release).count() == 1


def test_the_pages_read_the_same_few_rows_however_many_releases_there_are(world: World, signed_in: SignIn) -> None:
    analyst = signed_in("national_analyst")

    def asked(path: str) -> int:
        analyst.get(path)
        with CaptureQueriesContext(connection) as found:
            assert analyst.get(path).status_code == 200
        return len([query for query in found.captured_queries if 'FROM "datacapture' in query["sql"]])

    before = asked("/dataudgaver/"), asked(f"/dataudgaver/{world.release.pk}/")
    corrected(world.release)
    newest = corrected(world.release)
    assert before == (asked("/dataudgaver/"), asked(f"/dataudgaver/{newest.pk}/"))
    assert max(before) <= 5


def test_begin_orders_a_job_and_withdraw_makes_room(world: World, person: Person) -> None:
    analyst = acting(person("national_analyst"))
    last = date(2026, 12, 31)
    with activate(analyst.scope):
        release = releasing.begin(last, by=analyst)
        releasing.order(release, analyst.scope)
        with pytest.raises(releasing.NotNow):
            releasing.begin(last, by=analyst)
        releasing.withdraw(by=analyst, release=release)
        again = releasing.begin(last, by=analyst)
    assert (release.revision, again.revision, again.label) == (1, 1, "2026-4")
    with activate(WORKER):
        assert Job.objects.filter(name=releasing.JOB, key=str(release.pk)).count() == 1
    assert not releasing.count(release, _setup(), NOBODY_LISTENS)


def _setup() -> Any:
    with activate(WORKER):
        return prepare(MONTH_END)


def test_yardsticks_are_the_workers_alone(world: World) -> None:
    with activate(WORKER):
        mark = Yardstick.objects.get(release=world.release)
        row = Result.objects.filter(release=world.release, latest=True, p__isnull=False).first()
        nation = AreaResult.objects.get(release=world.release, level="nation", month_end=MONTH_END)
        version = IndicatorVersion.objects.get(pk=mark.version_id)
    assert row is not None
    assert (mark.theta, nation.median, version.indicator_id) == (row.expected, row.expected, version.indicator_id)
    for persona in (Persona.PRACTICE, Persona.REGION, Persona.NATIONAL):
        scope = Scope(persona, practice_id=row.practice_id, region_id=row.region_id)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), activate(scope):
            Yardstick.objects.count()
