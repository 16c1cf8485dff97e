"""After a delivery: a practice's own release, compared with the published quarter as it stood. Call in the worker's scope."""

from datetime import date
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from datacapture.actions.computing import Setup
from datacapture.actions.gap_rows import write_gaps
from datacapture.actions.release_rows import count_block, count_strata, write_results
from datacapture.enums import AreaLevel, ReleaseKind, ReleaseState
from datacapture.models import AreaResult, Release, Yardstick
from datacapture.results.adjusting import adjust
from datacapture.results.cube import Cube
from datacapture.results.standing import Frozen, assemble_against
from kip.stats.tiers import METHOD
from practices.models import Practice

PEERS = """
SELECT r.p FROM datacapture_result r JOIN practices_practice p ON p.id = r.practice_id
WHERE r.release_id = %s AND r.latest AND r.q IS NOT NULL AND r.practice_id <> %s AND p.profession = %s
"""


@transaction.atomic
def release_own(setup: Setup, practice: Practice, basis: Release) -> Release:
    """The practice's new numbers beside the quarter `basis`, whose rows stay as they are.

    It supersedes the practice's former own release. The region never reads it.
    """
    block = count_block(setup, [practice])
    lines = np.arange(len(block.specs), dtype=np.int64)
    yardsticks = {item.version_id: item for item in Yardstick.objects.filter(release=basis, profession=practice.profession)}
    reference = {
        int(line): yardsticks[spec.version_id].strata
        for line, spec in zip(lines, block.specs, strict=True)
        if spec.version_id in yardsticks
    }
    judged = assemble_against(block, _frozen(block, basis, practice.profession, yardsticks), _peers(basis, practice))
    release = _begin(practice, basis)
    write_results(release, block, judged, adjust(count_strata(block), block.specs, lines, reference))
    write_gaps(release, setup, [practice], block.thin)
    own = Release.objects.filter(kind=ReleaseKind.OWN, practice=practice)
    now = timezone.now()
    own.filter(state=ReleaseState.PUBLISHED).update(state=ReleaseState.SUPERSEDED, superseded_at=now)
    own.filter(pk=release.pk).update(state=ReleaseState.PUBLISHED, prepared_at=now, published_at=now)
    release.refresh_from_db()
    return release


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
