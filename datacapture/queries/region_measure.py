"""R3: one measure across a region: its course, its clusters side by side, and the same numbers as a table and a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import dateformat
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.enums import AreaLevel
from datacapture.models import AreaResult, IndicatorVersion, Release
from datacapture.queries import wording
from datacapture.queries.charting import plain_number
from datacapture.queries.region_overview import hidden_words, spread_words
from datacapture.queries.releases import Edition, edition, published, release_name
from kip.charts import DotRow, Dots, Series, dot_interval_svg, trend_svg
from kip.core.numbers import integer
from kip.stats.intervals import poisson_exact, wilson
from practices.enums import Profession
from practices.models import Cluster, Region

Cells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A chart in both widths, with its reading sentence and the table that holds the same numbers."""

    title: str
    reading: str
    direction_words: str
    narrow: SafeString
    wide: SafeString
    columns: tuple[dict[str, Any], ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class RegionMeasure:
    """A measure of one profession in a region. hidden: why there is no value; interval: of a gap."""

    edition: Edition | None
    code: str
    title: str
    direction_words: str
    profession: str
    professions: tuple[tuple[str, str], ...]
    value: str
    interval: str
    hidden: str
    practices: str
    patients: str
    spread: str
    nation: str
    trend: Picture | None
    clusters: Picture | None
    cells: Cells
    practices_url: str


def region_measure(region: Region, code: str, limit: str, wanted: str) -> RegionMeasure | None:
    """The page; None when no such measure runs for the professions that the reader may see. Five queries.

    limit: the reader's only profession, or "" for all; wanted: the profession chosen on the page.
    """
    version = IndicatorVersion.objects.filter(indicator__code=code, retired_at=None).select_related("indicator").first()
    allowed = [item for item in version.indicator.professions if limit in ("", item)] if version else []
    if version is None or not allowed:
        return None
    profession = wanted if wanted in allowed else allowed[0]
    release = published()
    areas = _areas(release, version, profession) if release else []
    own = [row for row in areas if row.level == AreaLevel.REGION and row.area_id == region.pk]
    nation = [row for row in areas if row.level == AreaLevel.NATION]
    last = own[-1] if own else None
    clusters = _clusters(region, profession, areas, version, release)
    name = wording.chosen(version.texts["name"])
    return RegionMeasure(
        edition=edition(release),
        code=code,
        title=name,
        direction_words=wording.direction_words(version),
        profession=profession,
        professions=tuple((item, str(Profession(item).label)) for item in allowed),
        value=wording.value_words(last.value, version, last.n) if last else "",
        interval=wording.span_words(last.lower, last.upper, version, last.n) if last else "",
        hidden=hidden_words(last.value, last.n, last.suppressed) if last else hidden_words(None, None, False),
        practices=integer(last.practices) if last else "0",
        patients=integer(last.n) if last and last.n is not None else "",
        spread=spread_words(last.p10, last.p90, version, last.n) if last else "",
        nation=wording.value_words(nation[-1].median, version, nation[-1].n) if nation else "",
        trend=_trend(own, nation, version),
        clusters=_dots(clusters, nation, version),
        cells=_cells(code, release, last, clusters),
        practices_url=_practices_url(version),
    )


def _practices_url(version: IndicatorVersion) -> str:
    """The list of practices; a gap has none, as it is shown to the practice alone."""
    code = version.indicator.code
    return "" if version.indicator.type == wording.GAP else f"{reverse('datacapture:region_practices')}?measure={code}"


def _areas(release: Release, version: IndicatorVersion, profession: str) -> list[AreaResult]:
    levels = (AreaLevel.REGION, AreaLevel.NATION, AreaLevel.CLUSTER)
    rows = AreaResult.objects.filter(release=release, version=version, profession=profession, level__in=levels)
    return list(rows.order_by("month_end"))


@dataclass(frozen=True)
class ClusterLine:
    """One cluster's newest numbers after the gate."""

    name: str
    row: AreaResult
    lower: float | None
    upper: float | None


def _clusters(
    region: Region, profession: str, areas: Sequence[AreaResult], version: IndicatorVersion, release: Release | None
) -> list[ClusterLine]:
    """The region's clusters by name. The interval is calculated from the rounded numbers that may be shown."""
    if release is None:
        return []
    names = dict(Cluster.objects.filter(region=region, profession=profession).values_list("pk", "name"))
    rows = [
        row for row in areas if row.level == AreaLevel.CLUSTER and row.area_id in names and row.month_end == release.month_end
    ]
    return sorted((_line(names[row.area_id], row, version) for row in rows), key=lambda line: line.name)


def _line(name: str, row: AreaResult, version: IndicatorVersion) -> ClusterLine:
    if row.value is None or not row.n or row.x is None or version.indicator.type in (wording.DAYS, wording.GAP):
        return ClusterLine(name, row, None, None)
    rate = version.indicator.type == "rate"
    lower, upper = poisson_exact([row.x], [row.n]) if rate else wilson([min(row.x, row.n)], [row.n])
    scale = version.indicator.per if rate else 1
    return ClusterLine(name, row, float(lower[0]) * scale, float(upper[0]) * scale)


def value_or_why(row: AreaResult, version: IndicatorVersion) -> str:
    """The area's value, or the words for why there is none."""
    return wording.value_words(row.value, version, row.n) or hidden_words(row.value, row.n, row.suppressed)


def _trend(own: Sequence[AreaResult], nation: Sequence[AreaResult], version: IndicatorVersion) -> Picture | None:
    if sum(row.value is not None for row in own) < 2:
        return None
    middles = {row.month_end: row.median for row in nation}
    last = own[-1]
    value = wording.value_words(last.value, version, last.n)
    middle = wording.value_words(middles.get(last.month_end), version)
    name = wording.chosen(version.texts["name"])
    reading = _("%(name)s: the region's practices together %(value)s, the middle practice in the country %(middle)s.") % {
        "name": name, "value": value or _("no figure"), "middle": middle or _("no figure"),
    }  # fmt: skip
    series = Series(
        labels=tuple(dateformat.format(row.month_end, "M Y") for row in own),
        values=tuple(row.value for row in own),
        band_low=tuple(row.p10 for row in own),
        band_high=tuple(row.p90 for row in own),
        reference=tuple(middles.get(row.month_end) for row in own),
        title=name,
        reading=reading,
        direction=wording.direction_words(version),
        tick=wording.tick_of(version),
        unit=wording.axis_of(version),
        target=wording.target_of(version),
        own_label=_("The region: %(value)s") % {"value": value},
        reference_label=_("Middle practice: %(value)s") % {"value": middle} if middle else "",
        band_label=_("8 of 10 practices in the region"),
    )
    columns = ({"label": _("12 months to the end of")}, *({"label": item, "numeric": True} for item in (
        _("The region"), _("Patients (rounded)"), _("8 of 10 practices"), _("Middle practice in the country"),
    )))  # fmt: skip
    rows = tuple(
        (
            dateformat.format(row.month_end, "F Y"), value_or_why(row, version),
            integer(row.n) if row.n is not None else "", spread_words(row.p10, row.p90, version, row.n),
            wording.value_words(middles.get(row.month_end), version),
        )
        for row in reversed(own)
    )  # fmt: skip
    drawn = (mark_safe(trend_svg(series, width, f"region-{width}")) for width in ("narrow", "wide"))  # noqa: S308  (kip.charts escapes)
    return Picture(_("The region over time"), reading, series.direction, *drawn, columns, rows)


def _dots(lines: Sequence[ClusterLine], nation: Sequence[AreaResult], version: IndicatorVersion) -> Picture | None:
    """Clusters beside each other, by name: a cluster has no rank."""
    if not lines:
        return None
    middle = nation[-1].median if nation else None
    name = wording.chosen(version.texts["name"])
    reading = ngettext(
        "%(name)s in %(n)s cluster, with the interval that the figure probably lies in.",
        "%(name)s in %(n)s clusters, with the interval that each figure probably lies in.",
        len(lines),
    ) % {"name": name, "n": integer(len(lines))}
    level = wording.value_words(middle, version)
    places = range(len(lines), 0, -1)
    dots = Dots(
        rows=tuple(
            DotRow(line.name, line.row.value, line.lower, line.upper, order=float(place),
                   text=value_or_why(line.row, version))
            for place, line in zip(places, lines, strict=True)
        ),
        title=name,
        reading=reading,
        direction=wording.direction_words(version),
        tick=wording.tick_of(version),
        unit=wording.axis_of(version),
        reference=middle,
        reference_label=_("Middle practice: %(value)s") % {"value": level} if level else "",
    )  # fmt: skip
    columns = ({"label": _("Cluster")}, *({"label": item, "numeric": True} for item in (
        _("Value"), _("Probably between"), _("Patients (rounded)"), _("Practices"),
    )))  # fmt: skip
    rows = tuple(
        (
            line.name, value_or_why(line.row, version),
            wording.span_words(line.lower, line.upper, version, line.row.n),
            integer(line.row.n) if line.row.n is not None else "", integer(line.row.practices),
        )
        for line in lines
    )  # fmt: skip
    drawn = (mark_safe(dot_interval_svg(dots, width, f"clusters-{width}")) for width in ("narrow", "wide"))  # noqa: S308  (kip.charts escapes)
    return Picture(_("Clusters beside each other"), reading, dots.direction, *drawn, columns, rows)


def _cells(code: str, release: Release | None, last: AreaResult | None, lines: Sequence[ClusterLine]) -> Cells:
    """The newest numbers as cells of a file; a hidden number is an empty cell."""
    head = ("indicator", "release", "month_end", "level", "area", "practices", "n", "value", "lower", "upper")
    if release is None:
        return (head,)
    own = [("region", ClusterLine("", last, None, None))] if last else []
    return (head, *(_cell(code, release, level, line) for level, line in [*own, *(("cluster", item) for item in lines)]))


def _cell(code: str, release: Release, level: str, line: ClusterLine) -> tuple[str, ...]:
    row = line.row
    size = "" if row.n is None else str(row.n)
    numbers = (plain_number(value) for value in (row.value, line.lower, line.upper))
    return (code, release_name(release), row.month_end.isoformat(), level, line.name, str(row.practices), size, *numbers)
