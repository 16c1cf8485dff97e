"""R5 "Udforsk": a measure by group and time, from stored area rows only, which have passed the disclosure gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q
from django.utils import dateformat
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datacapture.enums import AreaLevel, ReleaseKind, ReleaseState
from datacapture.models import AreaResult, IndicatorVersion, Release
from datacapture.queries import wording
from datacapture.queries.charting import plain_number
from datacapture.queries.region_overview import hidden_words
from datacapture.queries.releases import Edition, edition, published
from kip.charts import DotRow, Dots, dot_interval_svg
from kip.core.numbers import danish, figure, integer, percent
from practices.enums import Profession
from practices.models import Cluster, Municipality, Region

GROUPS = {
    AreaLevel.REGION: gettext_lazy("The region and the country"),
    AreaLevel.CLUSTER: gettext_lazy("Clusters"),
    AreaLevel.MUNICIPALITY: gettext_lazy("Municipalities"),
}
MONTHS, RELEASES = "months", "releases"
TIMES = {MONTHS: gettext_lazy("Month by month in the newest release"), RELEASES: gettext_lazy("Release by release")}
HEAD = ("indicator", "profession", "group", "time", "state", "practices", "n", "value", "lower", "upper")


@dataclass(frozen=True)
class Question:
    """What the reader asks for. Everything unknown is the usual."""

    code: str
    profession: str
    group: str
    time: str


@dataclass(frozen=True)
class Cell:
    """One figure after the gate. state: shown, suppressed, few or none; words: the value, or why there is none; span: where
    the value probably lies."""

    state: str
    words: str
    n: str
    row: AreaResult | None
    span: str = ""


@dataclass(frozen=True)
class GroupRow:
    """One group over time."""

    name: str
    cells: tuple[Cell, ...]
    times: tuple[str, ...]

    @property
    def labelled(self) -> tuple[tuple[str, Cell], ...]:
        """Each cell with its time, for a screen that has room for one column."""
        return tuple(zip(self.times, self.cells, strict=True))


@dataclass(frozen=True)
class Picture:
    """The newest column drawn on the server."""

    title: str
    reading: str
    narrow: SafeString
    wide: SafeString


@dataclass(frozen=True)
class ExplorePage:
    """The builder's choices, and the table with its picture and the plain data behind an interactive one."""

    edition: Edition | None
    question: Question
    title: str
    direction: str
    measures: tuple[tuple[str, str], ...]
    professions: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]
    times: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[GroupRow, ...]
    picture: Picture | None
    data: dict[str, Any]


def explore_page(region: Region, asked: Mapping[str, str], only: str) -> ExplorePage:
    """The answer to a question; five queries. only: the one profession that the reader acts for, "" = all."""
    release = published()
    versions = list(IndicatorVersion.objects.filter(retired_at=None).select_related("indicator").order_by("indicator__code"))
    allowed = [only] if only else list(Profession.values)
    profession = asked.get("profession", "")
    profession = profession if profession in allowed else allowed[0]
    fitting = [item for item in versions if profession in item.indicator.professions]
    version = next((item for item in fitting if item.indicator.code == asked.get("measure")), next(iter(fitting), None))
    group = asked.get("group", "") if asked.get("group") in GROUPS else str(AreaLevel.REGION)
    # A smaller area has figures for the last month of each release only.
    time = asked.get("time", MONTHS) if asked.get("time") in TIMES and group == AreaLevel.REGION else ""
    time = time or (MONTHS if group == AreaLevel.REGION else RELEASES)
    question = Question(version.indicator.code if version else "", profession, group, time)
    names = _names(region, profession, group)
    found = _rows(version, question, names, release) if version and release else []
    columns, rows = _table(found, question, names, version) if version else ((), ())
    return ExplorePage(
        edition=edition(release),
        question=question,
        title=wording.chosen(version.texts["name"]) if version else "",
        direction=wording.direction_words(version) if version else "",
        measures=tuple((item.indicator.code, wording.chosen(item.texts["name"])) for item in fitting),
        professions=tuple((item, str(Profession(item).label)) for item in allowed),
        groups=tuple((str(name), str(label)) for name, label in GROUPS.items()),
        times=tuple((name, str(label)) for name, label in TIMES.items()),
        columns=columns,
        rows=rows,
        picture=_picture(version, columns, rows) if version and rows else None,
        data=_data(version, columns, rows) if version else {},
    )


Key = tuple[str, int]


def _names(region: Region, profession: str, group: str) -> dict[Key, str]:
    """The areas of a question by level and id, in the order of the table: the own ones, then the country."""
    own: list[tuple[int, str]]
    if group == AreaLevel.CLUSTER:
        own = list(Cluster.objects.filter(region=region, profession=profession).order_by("name").values_list("pk", "name"))
    elif group == AreaLevel.MUNICIPALITY:
        own = list(Municipality.objects.filter(region=region).order_by("name").values_list("pk", "name"))
    else:
        own = [(region.pk, region.name_da if danish() else region.name_en)]
    return {**{(group, pk): name for pk, name in own}, (str(AreaLevel.NATION), 0): _("The whole country")}


def _rows(version: IndicatorVersion, question: Question, names: Mapping[Key, str], release: Release) -> list[AreaResult]:
    wanted = Q(level=AreaLevel.NATION) | Q(
        level=question.group, area_id__in=[pk for level, pk in names if level == question.group]
    )
    rows = AreaResult.objects.filter(wanted, version__indicator=version.indicator, profession=question.profession)
    rows = rows.select_related("release")
    if question.time == MONTHS:
        return list(rows.filter(release=release, version=version).order_by("month_end"))
    quarters = rows.filter(release__kind=ReleaseKind.QUARTER, release__state=ReleaseState.PUBLISHED)
    return list(quarters.filter(month_end=F("release__month_end")).order_by("month_end", "version__number"))


def _table(
    found: Sequence[AreaResult], question: Question, names: Mapping[Key, str], version: IndicatorVersion
) -> tuple[tuple[str, ...], tuple[GroupRow, ...]]:
    times: dict[date, str] = {}
    known: dict[tuple[Key, date], AreaResult] = {}
    for row in found:
        monthly = question.time == MONTHS
        times[row.month_end] = dateformat.format(row.month_end, "M Y") if monthly else str(row.release)
        known[(row.level, row.area_id), row.month_end] = row
    labels = tuple(times.values())
    rows = [GroupRow(name, tuple(_cell(known.get((key, day)), version) for day in times), labels) for key, name in names.items()]
    return labels, tuple(row for row in rows if any(cell.row for cell in row.cells))


def _cell(row: AreaResult | None, version: IndicatorVersion) -> Cell:
    if row is None:
        return Cell("none", hidden_words(None, None, False), "", None)
    if row.suppressed:
        return Cell("suppressed", hidden_words(None, None, True), "", row)
    size = integer(row.n) if row.n is not None else ""
    if row.value is None:
        return Cell("few" if row.n else "none", hidden_words(None, row.n, False), size, row)
    # From rounded counts: without decimals, as on the measure's own page.
    span = wording.span_words(row.lower, row.upper, version, None)
    return Cell("shown", wording.value_words(row.value, version), size, row, span)


def _picture(version: IndicatorVersion, columns: Sequence[str], rows: Sequence[GroupRow]) -> Picture | None:
    """Groups beside each other at the newest time, in the table's order: nobody has a rank."""
    if not columns:
        return None
    name = wording.chosen(version.texts["name"])
    reading = _("%(name)s, %(time)s, group by group, with the interval that each figure probably lies in.") % {
        "name": name, "time": columns[-1],
    }  # fmt: skip
    newest = [(row.name, row.cells[-1].row, row.cells[-1]) for row in rows]
    dots = Dots(
        rows=tuple(
            DotRow(label, row.value, row.lower, row.upper, cell.words)
            if row and cell.state == "shown"
            else DotRow(label, None, text=cell.words)
            for label, row, cell in newest
        ),
        title=name, reading=reading, direction=wording.direction_words(version),
        tick=percent if wording.is_share(version) else lambda value: figure(value, "rate"),
        unit="percent" if wording.is_share(version) else "rate", keep_order=True,
    )  # fmt: skip
    drawn = (mark_safe(dot_interval_svg(dots, width, f"explore-{width}")) for width in ("narrow", "wide"))  # noqa: S308  (kip.charts escapes)
    return Picture(_("The newest figures"), reading, *drawn)


def _data(version: IndicatorVersion, columns: Sequence[str], rows: Sequence[GroupRow]) -> dict[str, Any]:
    """What the interactive chart draws: exactly the cells of the table, a hidden one as a gap."""
    return {
        "times": list(columns),
        "share": wording.is_share(version),
        "separators": ",." if danish() else ".,",
        "series": [
            {
                "name": row.name,
                "values": [cell.row.value if cell.row and cell.state == "shown" else None for cell in row.cells],
                "words": [f"{row.name}, {time}: {_told(cell)}" for time, cell in zip(columns, row.cells, strict=True)],
            }
            for row in rows
        ],
    }


def _told(cell: Cell) -> str:
    return _("%(value)s, probably between %(span)s") % {"value": cell.words, "span": cell.span} if cell.span else cell.words


def file_rows(page: ExplorePage) -> list[tuple[str, ...]]:
    """The table as lines of a file, one per figure; a hidden number is an empty cell and its state says why."""
    asked = page.question
    lines = [
        (
            asked.code, asked.profession, row.name, time, cell.state,
            str(cell.row.practices) if cell.row and cell.state != "suppressed" else "",
            str(cell.row.n) if cell.row and cell.row.n is not None else "",
            *(plain_number(number) for number in _numbers(cell)),
        )
        for row in page.rows
        for time, cell in zip(page.columns, row.cells, strict=True)
    ]  # fmt: skip
    return [HEAD, *lines]


def _numbers(cell: Cell) -> tuple[float | None, ...]:
    return (cell.row.value, cell.row.lower, cell.row.upper) if cell.row and cell.state == "shown" else (None, None, None)
