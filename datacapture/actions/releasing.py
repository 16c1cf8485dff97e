"""A quarter's release on its way: counted, prepared, checked, approved by two people, published, superseded.

Every step asks its policy and leaves one record in the audit trail; the database's triggers hold the same line.
"""

import json
import time
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from datacapture.actions import bucket_counts
from datacapture.actions.computing import Setup, Tell, Timing, count_region, enrolled, release_label
from datacapture.actions.gap_rows import write_former_gaps, write_gap_yardsticks, write_gaps
from datacapture.actions.pathways import write_pathways
from datacapture.actions.population import write_population
from datacapture.actions.release_checks import FAILED, checks_of
from datacapture.actions.release_rows import numbers, tests_of, write_former, write_results
from datacapture.actions.shown_rows import held_before, write_shown
from datacapture.enums import ReleaseKind, ReleaseState
from datacapture.models import Release, ReleaseApproval
from datacapture.policies import APPROVERS, may_approve_release, may_prepare_release
from kip.core import audit, jobs
from kip.core.scope import WORKER, Scope, activate
from kip.stats.tiers import METHOD
from practices.acting import Acting, acting_as, valid_memberships
from practices.models import Region, User

JOB = "datacapture.prepare_release"
COUNTING_LOCK = 7_402_601  # advisory lock, with the release as its second half
OPEN = (ReleaseState.COUNTING, ReleaseState.STOPPED, ReleaseState.PREPARED, ReleaseState.CHECKED, ReleaseState.APPROVED)


class NotNow(Exception):
    """The release is not in a state for this step; str() is one English sentence for logs and the command line."""


def quarter_releases() -> Any:
    """Releases of quarters, the newest first."""
    return Release.objects.filter(kind=ReleaseKind.QUARTER)


@transaction.atomic
def begin(month_end: date, *, reason: str = "", by: Acting | None = None) -> Release:
    """Start a quarter's release, or its correction when the quarter is published already; a job counts it.

    Raises:
        NotNow: one is on its way already, or a correction has no reason.
    """
    if by is not None and not may_prepare_release(by.role):
        raise PermissionDenied
    label = release_label(month_end)
    former = list(quarter_releases().filter(label=label).exclude(state=ReleaseState.WITHDRAWN).order_by("-revision"))
    if any(item.state in OPEN for item in former):
        raise NotNow(f"A release {label} is being prepared already.")
    if former and not reason:
        raise NotNow("A correction of a published release needs a reason.")
    release = Release.objects.create(
        label=label,
        month_end=month_end,
        revision=former[0].revision + 1 if former else 1,
        supersedes=former[0] if former else None,
        reason=reason,
        method=METHOD,
    )
    _record("release_begun", release, reason=reason)
    return release


def order(release: Release, scope: Scope) -> None:
    """Ask a worker to count the release; scope: of whoever asks, since the web's login may not act as the worker."""
    jobs.enqueue(JOB, scope=scope, key=str(release.pk), release_id=release.pk)


def count(release: Release, setup: Setup, tell: Tell | None = None) -> bool:
    """Count the regions that are not counted yet, each in a transaction of its own; False when somebody stopped it.

    What was counted for other definitions is counted again. Call outside any transaction.
    """
    with activate(WORKER):
        release.refresh_from_db()
        if release.state != ReleaseState.COUNTING:
            return False
        if release.plan != setup.fingerprint:
            release.plan, release.seconds = setup.fingerprint, {}
            release.save(update_fields=["plan", "seconds"])
        regions = list(Region.objects.order_by("code"))
    for number, region in enumerate(regions):
        if tell:
            tell(number, len(regions), str(region))
        if not _count_one(release, setup, region, tell):
            return False
    return True


def _count_one(release: Release, setup: Setup, region: Region, tell: Tell | None) -> bool:
    """One region, unless somebody stopped the release; two workers on the same release wait for each other."""
    timing = Timing()
    with activate(WORKER):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [COUNTING_LOCK, release.pk])
        release.refresh_from_db()
        if release.state != ReleaseState.COUNTING:
            return False
        if region.code in release.seconds.get("regions", {}):
            return True
        parted = bucket_counts.lay_out(release, setup, region)
        if not parted:
            count_region(setup, region, timing)
            _note(release, region, timing)
    if parted:
        if not bucket_counts.work(release, setup, region, tell, wait=True):
            return False
        with activate(WORKER):
            _note(release, region, bucket_counts.taken_away(release, region))
    return True


def _note(release: Release, region: Region, timing: Timing) -> None:
    """Only the seconds: the state may have been changed by somebody who stopped the run meanwhile."""
    release.seconds = _with(release.seconds, region.code, timing)
    Release.objects.filter(pk=release.pk).update(seconds=release.seconds)


def _with(seconds: dict[str, Any], code: str, timing: Timing) -> dict[str, Any]:
    regions = {**seconds.get("regions", {}), code: timing.regions.get(code, 0.0)}
    steps = dict(seconds.get("steps", {}))
    for name, value in timing.steps.items():
        steps[name] = round(steps.get(name, 0.0) + value, 3)
    rows = seconds.get("rows", 0) + timing.rows
    return {**seconds, "regions": regions, "steps": dict(sorted(steps.items(), key=lambda item: -item[1])[:40]), "rows": rows}


@transaction.atomic
def prepare_rows(release: Release, setup: Setup) -> Release:
    """Judge, write all rows, run the checks; the release is then prepared. Call in the worker's scope."""
    release = Release.objects.select_for_update().get(pk=release.pk)
    if release.state != ReleaseState.COUNTING:
        raise NotNow("The release is not being counted.")
    began = time.perf_counter()
    practices = enrolled(setup)
    made = numbers(setup, practices)
    judged = time.perf_counter()
    write_results(release, made.block, made.judged, made.adjusted)
    stored = time.perf_counter()
    write_gaps(release, setup, made.gaps, tests_of(made.block, made.judged))
    held = write_shown(release, setup, practices, made)
    write_gap_yardsticks(release, made.gaps, held)
    former = held_before(release)
    write_former(release, setup, practices, former)
    write_former_gaps(release, setup.beside, practices, made.block.thin, former)
    areas = time.perf_counter()
    write_pathways(release, setup.purpose, practices)
    write_population(release, setup.purpose, practices)
    followed = time.perf_counter()
    release.checks = checks_of(release, setup)
    seconds = {"judging": judged - began, "results": stored - judged, "areas": areas - stored, "pathways": followed - areas}
    release.seconds |= {name: round(value, 3) for name, value in seconds.items()}
    release.seconds["checks"] = round(time.perf_counter() - followed, 3)
    release.method, release.state, release.prepared_at = METHOD, ReleaseState.PREPARED, timezone.now()
    release.save()
    _record("release_prepared", release)
    return release


@transaction.atomic
def check(*, by: Acting, release: Release) -> None:
    """A person has read the automatic checks and lets the release go to approval. None of them may have failed."""
    if not may_prepare_release(by.role):
        raise PermissionDenied
    pass_checks(release)


@transaction.atomic
def pass_checks(release: Release) -> None:
    """As `check`, for the command line, whose caller has the machine."""
    release = _locked(release, ReleaseState.PREPARED)
    if any(item["state"] == FAILED for item in release.checks):
        raise NotNow("An automatic check has failed.")
    _move(release, ReleaseState.CHECKED, "release_checked")


@transaction.atomic
def approve(*, by: Acting, release: Release) -> None:
    """One of two approvals, each by another person; the second one makes the release approved."""
    person = by.scope.user_id
    if person is None or not may_approve_release(by.role):
        raise PermissionDenied
    release = _locked(release, ReleaseState.CHECKED)
    if release.approvals.filter(user_id=person).exists():
        raise NotNow("The second approval must come from another person.")
    ReleaseApproval.objects.create(release=release, user_id=person, name=by.person_name, role=by.role)
    _record("release_approved", release)
    if release.approvals.count() >= APPROVERS:
        Release.objects.filter(pk=release.pk).update(state=ReleaseState.APPROVED)


@transaction.atomic
def publish(*, by: Acting, release: Release) -> None:
    """Let the release out; the one it corrects is superseded in the same moment."""
    if not may_prepare_release(by.role):
        raise PermissionDenied
    publish_approved(release)


@transaction.atomic
def publish_approved(release: Release) -> None:
    """As `publish`, for the command line, whose caller has the machine."""
    release = _locked(release, ReleaseState.APPROVED)
    now = timezone.now()
    former = quarter_releases().filter(label=release.label, state=ReleaseState.PUBLISHED)
    former.update(state=ReleaseState.SUPERSEDED, superseded_at=now)
    Release.objects.filter(pk=release.pk).update(state=ReleaseState.PUBLISHED, published_at=now)
    _record("release_published", release, reason=release.reason)


@transaction.atomic
def stop(*, by: Acting, release: Release) -> None:
    """Stop the counting; what is counted stays, and `resume` goes on from there."""
    if not may_prepare_release(by.role):
        raise PermissionDenied
    _move(_locked(release, ReleaseState.COUNTING), ReleaseState.STOPPED, "release_stopped")


@transaction.atomic
def resume(*, by: Acting, release: Release) -> None:
    """Go on with a stopped counting."""
    if not may_prepare_release(by.role):
        raise PermissionDenied
    _move(_locked(release, ReleaseState.STOPPED), ReleaseState.COUNTING, "release_resumed")
    order(release, by.scope)


@transaction.atomic
def begin_or_go_on(month_end: date, *, reason: str = "") -> Release:
    """The stopped or unfinished counting of this quarter, else a new one: for the command line."""
    unfinished = quarter_releases().filter(
        label=release_label(month_end), state__in=(ReleaseState.COUNTING, ReleaseState.STOPPED)
    )
    release: Release | None = unfinished.select_for_update().first()
    if release is None:
        return begin(month_end, reason=reason)
    if release.state == ReleaseState.STOPPED:
        _move(release, ReleaseState.COUNTING, "release_resumed")
    return release


@transaction.atomic
def withdraw(*, by: Acting, release: Release) -> None:
    """Give up a release that is not published; it stays on the list as withdrawn."""
    if not may_prepare_release(by.role):
        raise PermissionDenied
    _move(_locked(release, *OPEN), ReleaseState.WITHDRAWN, "release_withdrawn")


def approve_by_address(release: Release, addresses: list[str]) -> None:
    """Approvals named on the command line, each by a person whose role may give one. Call in the worker's scope."""
    for address in addresses:
        user = User.objects.filter(email=address.lower()).first()
        acts = next((item for item in _roles(user) if may_approve_release(item.role)), None)
        if acts is None:
            raise NotNow(f"{address} may not approve a release.")
        approve(by=acts, release=release)


def _roles(user: User | None) -> list[Acting]:
    return [acting_as(item) for item in valid_memberships(user)] if user is not None else []


def _locked(release: Release, *states: str) -> Release:
    found = Release.objects.select_for_update().get(pk=release.pk)
    if found.state not in states:
        raise NotNow(f"The release {found} is {found.state}.")
    return found


def _move(release: Release, state: str, act: str) -> None:
    Release.objects.filter(pk=release.pk).update(state=state)
    _record(act, release)


def _record(act: str, release: Release, **facts: str) -> None:
    detail = json.dumps({"release": str(release), **{name: value for name, value in facts.items() if value}})
    audit.record(act, kind="release", object_id=release.pk, detail=detail)
