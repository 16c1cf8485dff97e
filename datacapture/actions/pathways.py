"""Pathways of a release: followed, sent through the gate, stored. Call in the worker's scope."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import connection

from datacapture.enums import ReleaseKind
from datacapture.models import PathwayCount, PathwayOwn, PathwayResult, Purpose, Release
from datacapture.pathways.definitions import Pathway, pathways
from datacapture.pathways.following import follow, link
from datacapture.pathways.publishing import Former, hold, publish_flows, publish_own
from kip.stats.disclosure import Rule
from practices.models import Practice


def covered(purpose: Purpose) -> list[Pathway]:
    """The pathways that a purpose allows to follow: it allows linking, and it lets in every code set they need."""
    if not purpose.allows_linking:
        return []
    return [pathway for pathway in pathways().values() if pathway.sets() <= set(purpose.code_sets)]


def write_pathways(release: Release, purpose: Purpose, practices: Iterable[Practice]) -> int:
    """Store the release's rows for every pathway the purpose allows; returns how many. Nothing is linked where it does not."""
    allowed = covered(purpose)
    if not allowed:
        return 0
    rule = Rule(threshold=settings.KIP_SMALL_CELL)
    sets = sorted(set().union(*(pathway.sets() for pathway in allowed)))
    before = former(release)
    results, counts, owns = [], [], []
    with connection.cursor() as cursor:
        link(cursor, purpose.pk, [practice.pk for practice in practices], sets, release.month_end)
        for pathway in allowed:
            followed = follow(cursor, pathway, release.month_end)
            named: dict[str, Any] = {"release": release, "pathway": pathway.id}
            kept = hold(pathway, followed.flows, before.get(pathway.id, {}), rule)
            results += [PathwayResult(**named, **asdict(row)) for row in publish_flows(pathway, followed, rule, kept)]
            counts += [PathwayCount(**named, **asdict(item)) for item in kept]
            owns += [PathwayOwn(**named, **asdict(row)) for row in publish_own(followed.owns, rule)]
        cursor.execute("DROP TABLE kip_person, kip_seen")
    PathwayResult.objects.bulk_create(results, batch_size=2000)
    PathwayCount.objects.bulk_create(counts, batch_size=2000)
    PathwayOwn.objects.bulk_create(owns, batch_size=2000)
    return len(results) + len(owns)


def former(release: Release) -> dict[str, Former]:
    """By pathway: the regions' counts of the release that was published last before this one, as they were let out."""
    earlier = Release.objects.filter(kind=ReleaseKind.QUARTER, published_at__isnull=False).exclude(pk=release.pk)
    found: dict[str, dict[tuple[int, int], tuple[int, int]]] = {}
    for row in PathwayCount.objects.filter(release=earlier.order_by("-published_at", "-pk").first()):
        found.setdefault(row.pathway, {})[row.region_id, row.step] = (row.x, row.timely)
    return dict(found)
