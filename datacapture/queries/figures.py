"""Stored figures as rows for other systems: the same rows, the same gate and the same readers as the pages."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from datacapture.enums import AreaLevel, ReleaseKind, ReleaseState
from datacapture.models import AreaResult, Indicator, Release, Result
from datacapture.queries import wording
from datacapture.queries.region_overview import hidden_words
from kip.core.numbers import danish
from practices.models import Cluster, Municipality, Region

TOLD = (ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED)


def told_releases() -> QuerySet[Release]:
    """Releases that have been let out; the wall adds a practice's own ones for that practice alone."""
    return Release.objects.filter(state__in=TOLD).select_related("supersedes", "basis")


def indicators() -> QuerySet[Indicator]:
    """Every measure that has ever been published, with its versions."""
    return Indicator.objects.filter(versions__isnull=False).distinct().prefetch_related("versions")


def own_results(practice_id: int, release: Release | None) -> QuerySet[Result]:
    """A practice's rows of one release, all months; none before there is a release."""
    rows = Result.objects.filter(practice_id=practice_id, release=release) if release else Result.objects.none()
    return rows.select_related("version__indicator", "release")


def area_figures(region_id: int, profession: str, release: Release | None) -> QuerySet[AreaResult]:
    """What a region reads of areas: its own, its municipalities' and clusters', and the country's; after the gate.

    profession: the only one that the reader acts for, "" = all. Releases that are superseded are no longer told of.
    """
    regions = Region.objects.filter(Q(pk=region_id) | Q(successor=region_id))  # also the division that this region follows
    inside = Q(level=AreaLevel.NATION) | Q(level=AreaLevel.REGION, area_id__in=regions.values("pk"))
    inside |= Q(level=AreaLevel.CLUSTER, area_id__in=Cluster.objects.filter(region_id=region_id).values("pk"))
    inside |= Q(level=AreaLevel.MUNICIPALITY, area_id__in=Municipality.objects.filter(region_id=region_id).values("pk"))
    rows = AreaResult.objects.filter(inside, release=release) if release else AreaResult.objects.none()
    rows = rows.filter(profession=profession) if profession else rows
    return rows.select_related("version__indicator")


def shown_quarter(number: int) -> Release | None:
    """A quarter's release that stands, by its number."""
    return Release.objects.filter(pk=number, kind=ReleaseKind.QUARTER, state=ReleaseState.PUBLISHED).first()


def area_names(region_id: int) -> dict[tuple[str, int], str]:
    """Names of the areas of `area_figures`, by level and number; three queries."""
    names = {(AreaLevel.NATION.value, 0): ""}
    for region in Region.objects.filter(Q(pk=region_id) | Q(successor=region_id)):
        names[AreaLevel.REGION.value, region.pk] = region.name_da if danish() else region.name_en
    for level, places in ((AreaLevel.CLUSTER, Cluster.objects), (AreaLevel.MUNICIPALITY, Municipality.objects)):
        names |= {(level.value, pk): name for pk, name in places.filter(region_id=region_id).values_list("pk", "name")}
    return names


@dataclass(frozen=True)
class AreaFigure:
    """One area row as others may read it. state: shown, too_few, suppressed or no_data, as the pages say in words."""

    row: AreaResult
    area_name: str
    state: str
    words: str


def area_figure(row: AreaResult, names: dict[tuple[str, int], str]) -> AreaFigure:
    """The row with its name and state."""
    state = "suppressed" if row.suppressed else "no_data" if not row.n else "too_few" if row.value is None else "shown"
    said = wording.value_words(row.value, row.version, row.n) or hidden_words(row.value, row.n, row.suppressed)
    return AreaFigure(row, names.get((row.level, row.area_id), ""), state, said)
