"""R1: what came in, what has changed since the last release, and every measure as a small picture by profession and theme."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.enums import AreaLevel, ReleaseKind, ReleaseState, Tier
from datacapture.models import AreaResult, IndicatorVersion, Release
from datacapture.queries import wording
from datacapture.queries.region import newest_of, region_practices_of
from datacapture.queries.releases import Edition, edition, published
from kip.charts import sparkline_svg
from kip.core.numbers import integer
from kip.core.texts import text
from practices.enums import Profession

FALSE_SHARE = 0.05  # Benjamini-Hochberg keeps the expected share of false signals at or below this
SPARK = (110.0, 34.0)


@dataclass(frozen=True)
class Tile:
    """One measure of one profession in the region. value is empty where `hidden` says why."""

    title: str
    direction_words: str
    value: str
    spread: str
    hidden: str
    spark: str
    signals: int
    url: str


@dataclass(frozen=True)
class ThemeTiles:
    """A theme with its small pictures."""

    label: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class ProfessionPart:
    """One profession: how many of the register's practices have figures, its clear signals and its themes.

    thin: how many of them lack data for a month behind their newest figures.
    """

    id: str
    label: str
    practices: int
    with_figures: int
    signals: int
    themes: tuple[ThemeTiles, ...]
    thin: int = 0

    @property
    def words(self) -> str:
        return _("%(with)s of %(all)s practices") % {"with": integer(self.with_figures), "all": integer(self.practices)}

    @property
    def thin_words(self) -> str:
        """Empty where every practice's months are there."""
        words = ngettext("%(n)s practice lacks data for a month", "%(n)s practices lack data for a month", self.thin)
        return words % {"n": integer(self.thin)} if self.thin else ""


@dataclass(frozen=True)
class Changes:
    """Clear signals of practices and measures against the release before: new, gone and still there."""

    label: str
    new: int
    gone: int
    kept: int


@dataclass(frozen=True)
class RegionOverview:
    """What a consultant sees first. changes: None where there is no earlier release to compare with."""

    edition: Edition | None
    professions: tuple[ProfessionPart, ...]
    tiers: tuple[tuple[str, str, int], ...] = ()
    false_signals: str = ""
    changes: Changes | None = None


Line = tuple[Any, ...]  # values of LINE
LINE = ("version_id", "profession", "month_end", "value", "p10", "p90", "suppressed", "n")


def region_overview(region_id: int, profession: str) -> RegionOverview:
    """Start page of a consultant; eight queries, whatever the number of practices and measures."""
    release = published()
    register = dict(region_practices_of(region_id, profession).order_by().values_list("profession").annotate(Count("pk")))
    if release is None:
        return RegionOverview(None, tuple(_parts(register, {}, {}, Counter())))
    newest = newest_of(release, region_id, profession)
    held = Count("practice_id", distinct=True, filter=~Q(thin=0))
    having = newest.filter(n__gt=0).order_by().values_list("practice__profession")
    figures = {group: pair for group, *pair in having.annotate(some=Count("practice_id", distinct=True), held=held)}
    tiers = dict(newest.order_by().values_list("tier").annotate(Count("pk")))
    signals = signals_of(release, region_id, profession)
    counted = Counter((version_id, group) for _practice, version_id, group in signals)
    tiles = _tiles(release, region_id, profession, counted)
    number = len(signals)
    return RegionOverview(
        edition=edition(release),
        professions=tuple(_parts(register, figures, tiles, Counter(group for *_rest, group in signals))),
        tiers=tuple((tier, wording.tier_word(tier), tiers.get(tier, 0)) for tier in reversed(Tier.values)),
        false_signals=text("uncertainty.false_signals", n=number, expected=expected_false(number)),
        changes=_changes(release, region_id, profession, signals),
    )


def expected_false(signals: int) -> str:
    """ "0-1" false signals among 7: the procedure keeps their expected share at 5 per cent or less."""
    return f"0-{math.ceil(FALSE_SHARE * signals)}" if signals else "0"


def signals_of(release: Release, region_id: int, profession: str) -> set[tuple[int, int, str]]:
    """Clear signals of a release: practice id, version id and profession."""
    found = newest_of(release, region_id, profession).filter(tier=Tier.SIGNAL)
    return set(found.order_by().values_list("practice_id", "version_id", "practice__profession"))


def release_before(release: Release) -> Release | None:
    """The quarter's release before this one, as it stood last."""
    stood = (ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED)
    earlier = Release.objects.filter(kind=ReleaseKind.QUARTER, state__in=stood, month_end__lt=release.month_end)
    return earlier.order_by("-month_end", "-revision").first()


def _changes(release: Release, region_id: int, profession: str, now: set[tuple[int, int, str]]) -> Changes | None:
    earlier = release_before(release)
    if earlier is None:
        return None
    then = signals_of(earlier, region_id, profession)
    return Changes(earlier.label, len(now - then), len(then - now), len(now & then))


def _of(areas: QuerySet[AreaResult], profession: str) -> QuerySet[AreaResult]:
    return areas.filter(profession=profession) if profession else areas


def _tiles(
    release: Release, region_id: int, profession: str, signals: Counter[tuple[int, str]]
) -> dict[str, list[tuple[IndicatorVersion, Tile]]]:
    """Tiles by profession, each with its version, from the region's stored months and the nation's middle."""
    of_region = Q(level=AreaLevel.REGION, area_id=region_id)
    of_nation = Q(level=AreaLevel.NATION, month_end=release.month_end)
    areas = AreaResult.objects.filter(of_region | of_nation, release=release)
    lines: dict[tuple[int, str], list[Line]] = {}
    middles: dict[tuple[int, str], float | None] = {}
    for level, median, *rest in _of(areas, profession).order_by("month_end").values_list("level", "median", *LINE):
        line: Line = tuple(rest)
        if level == AreaLevel.NATION:
            middles[line[0], line[1]] = median
        else:
            lines.setdefault((line[0], line[1]), []).append(line)
    ids = {version_id for version_id, _group in lines}
    versions = IndicatorVersion.objects.filter(pk__in=ids).select_related("indicator").defer("definition").in_bulk()
    found: dict[str, list[tuple[IndicatorVersion, Tile]]] = {}
    for (version_id, group), series in lines.items():
        if series[-1][2] == release.month_end:
            version = versions[version_id]
            tile = _tile(version, group, series, middles.get((version_id, group)), signals[version_id, group])
            found.setdefault(group, []).append((version, tile))
    return found


def _tile(version: IndicatorVersion, group: str, series: Sequence[Line], middle: float | None, signals: int) -> Tile:
    _version, _group, _month, value, low, high, suppressed, n = series[-1]
    values = tuple(line[3] for line in series)
    drawn = sparkline_svg(values, middle, size=SPARK) if sum(item is not None for item in values) > 1 else ""
    return Tile(
        title=wording.chosen(version.texts["name"]),
        direction_words=wording.direction_words(version),
        value=wording.value_words(value, version, n),
        spread=spread_words(low, high, version, n),
        hidden=hidden_words(value, n, suppressed),
        spark=mark_safe(drawn),  # noqa: S308  (drawn by kip.charts, which escapes)
        signals=signals,
        url=f"{reverse('datacapture:region_measure', args=[version.indicator.code])}?profession={group}",
    )


def spread_words(low: float | None, high: float | None, version: IndicatorVersion, n: int | None) -> str:
    """Where 8 of 10 practices lie."""
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s") % {
        "low": wording.value_words(low, version, n),
        "high": wording.value_words(high, version, n),
    }


def hidden_words(value: float | None, n: int | None, suppressed: bool) -> str:
    """Why there is no value; "" where there is one."""
    if suppressed:
        return text("empty.suppressed.title")
    if not n:
        return text("empty.no_data.title")
    return text("empty.too_few.title") if value is None else ""


def _parts(
    register: dict[str, int],
    figures: dict[str, list[int]],
    tiles: dict[str, list[tuple[IndicatorVersion, Tile]]],
    signals: Counter[str],
) -> Iterable[ProfessionPart]:
    for value, label in Profession.choices:
        if value in register:
            themes = tuple(_themes(tiles.get(value, [])))
            practices, thin = figures.get(value, [0, 0])
            yield ProfessionPart(value, str(label), register[value], practices, signals[value], themes, thin)


def _themes(found: Iterable[tuple[IndicatorVersion, Tile]]) -> Iterable[ThemeTiles]:
    themes: dict[tuple[int, str], list[tuple[str, Tile]]] = {}
    for version, tile in found:
        theme = version.texts["theme"]
        themes.setdefault((theme["place"], wording.chosen(theme)), []).append((version.indicator.code, tile))
    for (_place, label), group in sorted(themes.items()):
        yield ThemeTiles(label, tuple(tile for _code, tile in sorted(group, key=lambda item: item[0])))
