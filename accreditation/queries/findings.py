"""Findings per standard and quarter for aiming help: counts after the disclosure gate (FindingTally), never single practices."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accreditation.models import FindingTally, StandardIndicator
from accreditation.queries.guidelines import Guideline, guidelines_of
from datacapture.queries.region_pictures import Picture, picture
from kip.charts import DotRow, Dots, Series
from kip.core.numbers import danish, integer, percent
from kip.core.texts import interval_short
from kip.stats.intervals import wilson
from practices.acting import Acting
from practices.enums import Profession

QUARTERS = 8
RECENT = 4


@dataclass(frozen=True)
class Count:
    """Ratings below the passing ones of all relevant ratings, as far as they may be shown; hidden: cells that may not."""

    findings: int
    ratings: int
    hidden: int

    @property
    def share(self) -> float | None:
        return self.findings / self.ratings if self.ratings else None

    @property
    def words(self) -> str:
        if not self.ratings:
            return _("hidden") if self.hidden else ""
        return _("%(x)s of %(n)s") % {"x": integer(self.findings), "n": integer(self.ratings)}

    @property
    def value(self) -> str:
        return percent(self.share, self.ratings) if self.share is not None else ""

    @property
    def interval(self) -> str:
        """Probably between what and what."""
        if not self.ratings:
            return ""
        limits = wilson([self.findings], [self.ratings])
        return interval_short(float(limits.lower[0]), float(limits.upper[0]), self.ratings)


@dataclass(frozen=True)
class Point:
    """An indicator with its recent count."""

    number: str
    summary: str
    critical: bool
    own: Count


@dataclass(frozen=True)
class StandardRow:
    """A standard: the region's recent count, the country's, and the region's quarter by quarter."""

    number: str
    title: str
    own: Count
    nation: Count
    quarters: Sequence[tuple[str, Count]]
    points: Sequence[Point]
    guidelines: Sequence[Guideline]


@dataclass(frozen=True)
class Findings:
    """The page: rows by standard, most findings first; quarters oldest first."""

    profession: str
    professions: Sequence[tuple[str, str]]
    quarters: Sequence[str]
    rows: Sequence[StandardRow]
    total: Count
    picture: Picture | None
    trend: Picture | None


def quarter_name(first: dt.date) -> str:
    """ "3. kvartal 2026" or "Q3 2026"."""
    number = (first.month + 2) // 3
    return f"{number}. kvartal {first.year}" if danish() else f"Q{number} {first.year}"


def added(rows: Iterable[FindingTally]) -> Count:
    """Sums of numbers that are shown anyway; what is hidden is counted and added nowhere."""
    shown, hidden = [], 0
    for row in rows:
        if row.suppressed:
            hidden += 1
        else:
            shown.append(row)
    return Count(sum(row.findings or 0 for row in shown), sum(row.surveys or 0 for row in shown), hidden)


def findings(by: Acting, profession: str) -> Findings:
    """The acting region's counts of the last eight quarters that were counted; a role of one profession sees that one."""
    known = _professions(by)
    chosen = profession if profession in dict(known) else known[0][0] if known else ""
    rows = _rows(by, chosen)
    quarters = sorted({row.quarter for row in rows})
    by_standard: dict[str, list[FindingTally]] = defaultdict(list)
    for row in rows:
        by_standard[row.indicator.standard.number].append(row)
    made = [_standard(part, quarters, chosen) for part in by_standard.values()]
    made.sort(key=lambda row: (-(row.own.share or 0), row.number))
    own = [row for row in rows if row.region_id is not None]
    total = added(row for row in own if row.quarter in quarters[-RECENT:])
    names = [quarter_name(day) for day in quarters]
    trend = _trend([(quarter_name(day), added(row for row in own if row.quarter == day)) for day in quarters])
    return Findings(chosen, known, names, made, total, _dots(made), trend)


def _professions(by: Acting) -> list[tuple[str, str]]:
    """Those that have counts."""
    if by.profession:
        return [(by.profession, str(Profession(by.profession).label))]
    codes = FindingTally.objects.filter(region_id=by.scope.region_id).values_list("indicator__edition__profession", flat=True)
    return [(code, str(Profession(code).label)) for code in sorted(set(codes), key=list(Profession).index)]


def _rows(by: Acting, profession: str) -> list[FindingTally]:
    """The region's and the country's, oldest first."""
    rows = FindingTally.objects.filter(indicator__edition__profession=profession)
    own = rows.filter(region_id=by.scope.region_id)
    days = sorted(set(own.values_list("quarter", flat=True)))[-QUARTERS:]
    both = own.filter(quarter__in=days) | rows.filter(region=None, quarter__in=days)
    return list(both.select_related("indicator__standard").order_by("quarter", "indicator__position", "pk"))


def _standard(rows: Sequence[FindingTally], quarters: Sequence[dt.date], profession: str) -> StandardRow:
    standard, own = rows[-1].indicator.standard, [row for row in rows if row.region_id is not None]
    recent = quarters[-RECENT:]
    by_number: dict[str, list[FindingTally]] = defaultdict(list)
    for row in own:
        if row.quarter in recent:
            by_number[row.indicator.number].append(row)
    return StandardRow(
        standard.number, standard.title_da if danish() else standard.title_en,
        added(row for part in by_number.values() for row in part),
        added(row for row in rows if row.region_id is None and row.quarter in recent),
        [(quarter_name(day), added(row for row in own if row.quarter == day)) for day in quarters],
        [_point(part[-1].indicator, part) for part in by_number.values()],
        guidelines_of(profession, standard.number),
    )  # fmt: skip


def _point(indicator: StandardIndicator, rows: Sequence[FindingTally]) -> Point:
    return Point(indicator.number, indicator.summary_da if danish() else indicator.summary_en, indicator.critical, added(rows))


def _dots(rows: Sequence[StandardRow]) -> Picture | None:
    """Standards with their share of findings, the most first."""
    shown = [row for row in rows if row.own.share is not None]
    if not shown:
        return None
    marks = []
    for row in shown:
        limits = wilson([row.own.findings], [row.own.ratings])
        marks.append(
            DotRow(f"{row.number} {row.title}", row.own.share, float(limits.lower[0]), float(limits.upper[0]), text=row.own.words)
        )
    first = shown[0]
    reading = _("Most findings: %(number)s %(title)s, %(words)s ratings.") % {
        "number": first.number, "title": first.title, "words": first.own.words,
    }  # fmt: skip
    title = _("Share of ratings with a finding, by standard")
    chart = Dots(tuple(marks), title, reading, _("Lower is better"), percent, keep_order=True)
    columns = (_("Standard"), _("Findings"), _("Share"), _("Probably between"))
    return picture(
        title, chart, "findings", columns,
        [(f"{row.number} {row.title}", row.own.words, row.own.value, row.own.interval) for row in shown],
    )  # fmt: skip


def _trend(quarters: Sequence[tuple[str, Count]]) -> Picture | None:
    """All findings of the region quarter by quarter; one quarter is no picture."""
    if len([count for _name, count in quarters if count.share is not None]) < 2:
        return None
    limits = [wilson([count.findings], [count.ratings]) if count.ratings else None for _name, count in quarters]
    last_name, last = [pair for pair in quarters if pair[1].share is not None][-1]
    title = _("Findings quarter by quarter")
    chart = Series(
        labels=tuple(name for name, _count in quarters), values=tuple(count.share for _name, count in quarters), title=title,
        reading=_("%(quarter)s: %(words)s ratings had a finding.") % {"quarter": last_name, "words": last.words},
        direction=_("Lower is better"), tick=percent,
        lower=tuple(float(limit.lower[0]) if limit else None for limit in limits),
        upper=tuple(float(limit.upper[0]) if limit else None for limit in limits), own_label=_("The region"),
    )  # fmt: skip
    columns = (_("Quarter"), _("Findings"), _("Share"), _("Probably between"))
    return picture(
        title, chart, "quarters", columns, [(name, count.words, count.value, count.interval) for name, count in quarters]
    )


def hidden_words(total: Count) -> str:
    """How much is hidden, in a sentence; "" for nothing."""
    if not total.hidden:
        return ""
    words = ngettext("%(n)s count is hidden", "%(n)s counts are hidden", total.hidden) % {"n": integer(total.hidden)}
    return _("%(words)s, because few practices stand behind it.") % {"words": words}


def cells(by: Acting, profession: str) -> list[tuple[str, ...]]:
    """Every count of the page as rows of a file, with the head first; a hidden cell has no number."""
    chosen = findings(by, profession).profession
    levels: Mapping[bool, str] = {True: _("the country"), False: _("the region")}
    body = [
        (
            row.quarter.isoformat(), levels[row.region_id is None], row.indicator.standard.number, row.indicator.number,
            row.indicator.summary_da if danish() else row.indicator.summary_en, _("hidden") if row.suppressed else _("shown"),
            "" if row.findings is None else str(row.findings), "" if row.surveys is None else str(row.surveys),
        )
        for row in _rows(by, chosen)
    ]  # fmt: skip
    head = (_("Quarter"), _("Level"), _("Standard"), _("Indicator"), _("Text"), _("State"), _("Findings"), _("Surveys"))
    return [head, *body]
