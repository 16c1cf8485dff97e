"""After a delivery: a practice's own release, compared with the published quarter as it stood. Call in the worker's scope."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from datacapture.actions.computing import Setup
from datacapture.actions.gap_counts import count_gaps
from datacapture.actions.gap_rows import write_gaps
from datacapture.actions.release_rows import count_block, count_strata, tests_of, write_results
from datacapture.enums import AreaLevel, ReleaseKind, ReleaseState
from datacapture.models import AreaResult, Release, Result, Yardstick
from datacapture.results.adjusting import adjust
from datacapture.results.cube import Cube
from datacapture.results.standing import Frozen, assemble_against
from kip.core import audit
from kip.stats.tiers import METHOD
from practices.models import Practice

# A system that sends every night leaves thirty own releases of about a thousand rows: long enough for somebody to ask about a
# page printed, or figures fetched, since the last monthly extract. What must be found again for ever is in the quarters, and a
# report keeps its own copy of what it said.
KEPT = timedelta(days=30)
# A published quarter that the pages show instead of an own release (as `queries.releases.shown_to` chooses).
OVERTAKEN = """
UPDATE datacapture_release o SET state = 'superseded', superseded_at = %s
WHERE o.kind = 'own' AND o.state = 'published' AND EXISTS (
    SELECT 1 FROM datacapture_release q WHERE q.kind = 'quarter' AND q.state = 'published'
    AND (q.month_end, q.published_at) > (o.month_end, o.published_at))
"""
PEERS = """
SELECT r.p FROM datacapture_result r JOIN practices_practice p ON p.id = r.practice_id
WHERE r.release_id = %s AND r.latest AND r.q IS NOT NULL AND r.practice_id <> %s AND p.profession = %s
"""


@transaction.atomic
def release_own(setup: Setup, practice: Practice, basis: Release) -> Release:
    """The practice's new numbers beside the quarter `basis`, whose rows stay as they are.

    It supersedes the practice's former own release. The region never reads it.
    """
    release = _begin(practice, basis)
    _write(release, setup, practice, basis)
    if setup.former:
        _write(release, setup.beside, practice, basis, former=True)
    own = Release.objects.filter(kind=ReleaseKind.OWN, practice=practice)
    now = timezone.now()
    own.filter(state=ReleaseState.PUBLISHED).update(state=ReleaseState.SUPERSEDED, superseded_at=now)
    own.filter(pk=release.pk).update(state=ReleaseState.PUBLISHED, prepared_at=now, published_at=now)
    release.refresh_from_db()
    return release


def _write(release: Release, setup: Setup, practice: Practice, basis: Release, *, former: bool = False) -> None:
    """The practice's rows by the versions of the setup; former: they run beside their successors."""
    block = count_block(setup, [practice])
    lines = np.arange(len(block.specs), dtype=np.int64)
    yardsticks = {item.version_id: item for item in Yardstick.objects.filter(release=basis, profession=practice.profession)}
    reference = {
        int(line): yardsticks[spec.version_id].strata
        for line, spec in zip(lines, block.specs, strict=True)
        if spec.version_id in yardsticks
    }
    frozen, peers = _frozen(block, basis, practice.profession, yardsticks), _peers(basis, practice)
    gaps = count_gaps(setup, [practice], block.thin, frozen)
    judged = assemble_against(block, frozen, [*peers, *(p for gap in gaps for p in gap.tested)])
    write_results(release, block, judged, adjust(count_strata(block), block.specs, lines, reference), former=former)
    others = [*peers, *tests_of(block, judged).get(practice.profession, [])]
    write_gaps(release, setup, gaps, {practice.profession: others}, former=former)


def _begin(practice: Practice, basis: Release) -> Release:
    own = Release.objects.filter(kind=ReleaseKind.OWN, practice=practice, label=basis.label)
    former = own.select_for_update().order_by("-revision").first()
    return Release.objects.create(
        kind=ReleaseKind.OWN,
        label=basis.label,
        month_end=basis.month_end,
        practice=practice,
        basis=basis,
        supersedes=former,
        revision=former.revision + 1 if former else 1,
        method=METHOD,
    )


def _frozen(block: Cube, basis: Release, profession: str, yardsticks: dict[int, Yardstick]) -> dict[int, Frozen]:
    nation = AreaResult.objects.filter(release=basis, level=AreaLevel.NATION, profession=profession)
    stored: dict[int, dict[date, tuple[Any, ...]]] = {}
    for version_id, month, *bands in nation.values_list("version_id", "month_end", "median", "p10", "p90"):
        stored.setdefault(version_id, {})[month] = tuple(bands)
    found = {}
    for version_id, months in stored.items():
        expected, low, high = zip(*(months.get(month, (None, None, None)) for month in block.months), strict=True)
        mark = yardsticks.get(version_id)
        marks = (mark.theta, mark.tau2, mark.spread2) if mark else (None, None, None)
        found[version_id] = Frozen(expected, low, high, *marks)
    return found


def _peers(basis: Release, practice: Practice) -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute(PEERS, [basis.pk, practice.pk, practice.profession])
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def clear_superseded(now: datetime) -> int:
    """Remove own releases that others took the place of longer than `KEPT` ago; returns how many.

    Quarters stay for ever, and the triggers let nothing else go. Call in the worker's scope.
    """
    with connection.cursor() as cursor:
        cursor.execute(OVERTAKEN, [now])
    gone = Release.objects.filter(kind=ReleaseKind.OWN, state=ReleaseState.SUPERSEDED, superseded_at__lt=now - KEPT)
    ids = list(gone.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    Release.objects.filter(supersedes__in=ids).update(supersedes=None)
    rows = Result.objects.filter(release__in=ids).delete()[0]
    Release.objects.filter(pk__in=ids).delete()
    detail = json.dumps({"releases": len(ids), "rows": rows, "kept_days": KEPT.days})
    audit.record("cleared_own_releases", kind="release", detail=detail)
    return len(ids)
