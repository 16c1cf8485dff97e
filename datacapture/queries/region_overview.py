"""R1: what came in, what has changed since the last release, and every measure as a small picture by profession and theme."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.enums import AreaLevel, CellState, Tier
from datacapture.models import AreaResult, IndicatorVersion, RegionStanding, Release
from datacapture.queries import wording
from datacapture.queries.region import cells_of, region_practices_of
from datacapture.queries.region_changes import Changes, changes_since
from datacapture.queries.releases import Edition, edition, published
from kip.charts import sparkline_svg
from kip.core.numbers import integer
from kip.core.texts import text
from kip.stats.tiers import ATTENTION_P, INFORMATION_P, SIGNAL_Q
from practices.enums import Profession

SPARK = (110.0, 34.0)
NO_BREAK_HYPHEN = "\u2011"
COUNTED = ("concerns", "strengths", "neutral", "attention", "information", "as_expected", "insufficient", "tests")


@dataclass(frozen=True)
class Tile:
    """One measure of one profession in the region. value is empty where `hidden` says why."""

    title: str
    direction_words: str
    value: str
    spread: str
    hidden: str
    spark: str
    concerns: int
    strengths: int
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
    concerns: int
    strengths: int
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
class Fact:
    """A number in large type, its unit in small, what it is, and a line under it."""

    label: str
    figure: str
    unit: str = ""
    note: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class RegionOverview:
    """What a consultant sees first. signals: clear ones, those to talk about and strengths apart; weaker: the other verdicts.

    number: of clear signals in all; changes: against the quarter before, and against what a correction corrects, empty where
    there is nothing earlier.
    """

    edition: Edition | None
    professions: tuple[ProfessionPart, ...]
    number: int = 0
    signals: tuple[Fact, ...] = ()
    weaker: tuple[Fact, ...] = ()
    changes: tuple[Changes, ...] = ()

    @property
    def false_words(self) -> str:
        """How many of the clear signals are expected to be false."""
        return text("uncertainty.false_signals", n=self.number, expected=expected_false(self.number))


Line = tuple[Any, ...]  # values of LINE
LINE = ("version_id", "profession", "month_end", "value", "p10", "p90", "suppressed", "n")


def region_overview(region_id: int, profession: str) -> RegionOverview:
    """Start page of a consultant; the same number of queries, whatever the number of practices and measures."""
    release = published()
    register = dict(region_practices_of(region_id, profession).order_by().values_list("profession").annotate(Count("pk")))
    if release is None:
        return RegionOverview(None, tuple(_parts(register, {}, {}, {})))
    cells = cells_of(release, region_id, profession)
    held = Count("practice_id", distinct=True, filter=~Q(thin=0))
    having = cells.exclude(state=CellState.NO_DATA).order_by().values_list("profession")
    figures = {group: pair for group, *pair in having.annotate(some=Count("practice_id", distinct=True), held=held)}
    standings = RegionStanding.objects.filter(release=release, region_id=region_id).defer("funnel")
    rows = {(row.version_id, row.profession): row for row in standings if profession in ("", row.profession)}
    tiles = _tiles(release, region_id, profession, rows)
    total = {name: sum(getattr(row, name) for row in rows.values()) for name in COUNTED}
    return RegionOverview(
        edition=edition(release),
        professions=tuple(_parts(register, figures, tiles, rows)),
        number=total["concerns"] + total["strengths"] + total["neutral"],
        signals=tuple(_signals(total)),
        weaker=tuple(_weaker(total)),
        changes=changes_since(release, region_id, profession),
    )


def expected_false(signals: int) -> str:
    """ "0-1" false signals among 7: the procedure keeps their expected share at 5 per cent or less."""
    return f"0-{math.ceil(SIGNAL_Q * signals)}" if signals else "0"


def expected_by_chance(tests: int, share: float) -> str:
    """ "at most 24": what chance alone would give if no practice differed."""
    return _("chance alone: at most %(n)s") % {"n": integer(math.ceil(share * tests))} if tests else ""


def _signals(total: Mapping[str, int]) -> Iterable[Fact]:
    """Clear signals by what they call for, with how many are expected to be false."""
    labels = {
        "concerns": _("clear signals to talk about"),
        "strengths": _("clear strengths"),
        "neutral": _("clear differences, neither good nor bad"),
    }
    for name, label in labels.items():
        if total[name] or name != "neutral":
            yield Fact(label, integer(total[name]), note=_false_words(total[name]))


def _weaker(total: Mapping[str, int]) -> Iterable[Fact]:
    """The other verdicts, the strongest first, with what chance alone would give."""
    chance = {Tier.ATTENTION: ATTENTION_P, Tier.INFORMATION: INFORMATION_P - ATTENTION_P}
    for tier in (Tier.ATTENTION, Tier.INFORMATION, Tier.AS_EXPECTED, Tier.INSUFFICIENT):
        note = expected_by_chance(total["tests"], chance[tier]) if tier in chance else ""
        yield Fact(wording.tier_word(tier), integer(total[tier]), note=note)


def _false_words(number: int) -> str:
    return _("expected false: %(n)s") % {"n": expected_false(number).replace("-", NO_BREAK_HYPHEN)} if number else ""


def _of(areas: QuerySet[AreaResult], profession: str) -> QuerySet[AreaResult]:
    return areas.filter(profession=profession) if profession else areas


Standings = Mapping[tuple[int, str], RegionStanding]


def _tiles(
    release: Release, region_id: int, profession: str, standings: Standings
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
            tile = _tile(version, group, series, middles.get((version_id, group)), standings.get((version_id, group)))
            found.setdefault(group, []).append((version, tile))
    return found


def _tile(
    version: IndicatorVersion, group: str, series: Sequence[Line], middle: float | None, standing: RegionStanding | None
) -> Tile:
    _version, _group, _month, value, low, high, suppressed, n = series[-1]
    values = tuple(line[3] for line in series)
    drawn = sparkline_svg(values, middle, size=SPARK) if sum(item is not None for item in values) > 1 else ""
    return Tile(
        title=wording.chosen(version.texts["name"]),
        direction_words=wording.direction_words(version),
        value=wording.value_words(value, version),  # counts are rounded, so a decimal would promise too much
        spread=spread_words(low, high, version),
        hidden=hidden_words(value, n, suppressed),
        spark=mark_safe(drawn),  # noqa: S308  (drawn by kip.charts, which escapes)
        concerns=standing.concerns if standing else 0,
        strengths=standing.strengths if standing else 0,
        url=f"{reverse('datacapture:region_measure', args=[version.indicator.code])}?profession={group}",
    )


def spread_words(low: float | None, high: float | None, version: IndicatorVersion) -> str:
    """Where 8 of 10 practices lie."""
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s") % {
        "low": wording.value_words(low, version),
        "high": wording.value_words(high, version),
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
    standings: Standings,
) -> Iterable[ProfessionPart]:
    concerns, strengths = (
        Counter({group: sum(getattr(row, name) for (_id, at), row in standings.items() if at == group) for group in register})
        for name in ("concerns", "strengths")
    )
    for value, label in Profession.choices:
        if value in register:
            themes = tuple(_themes(tiles.get(value, [])))
            practices, thin = figures.get(value, [0, 0])
            counts = (register[value], practices, concerns[value], strengths[value])
            yield ProfessionPart(value, str(label), *counts, themes, thin)


def _themes(found: Iterable[tuple[IndicatorVersion, Tile]]) -> Iterable[ThemeTiles]:
    themes: dict[tuple[int, str], list[tuple[str, Tile]]] = {}
    for version, tile in found:
        theme = version.texts["theme"]
        themes.setdefault((theme["place"], wording.chosen(theme)), []).append((version.indicator.code, tile))
    for (_place, label), group in sorted(themes.items()):
        yield ThemeTiles(label, tuple(tile for _code, tile in sorted(group, key=lambda item: item[0])))
