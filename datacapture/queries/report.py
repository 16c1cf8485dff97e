"""Everything a practice's report says: the same cards and rows as the pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from datacapture.models import Release, Result
from datacapture.queries.charting import Chart, trend_chart
from datacapture.queries.home import PracticeHome, practice_home
from datacapture.queries.measures import STRONG, Card, card, newest, results
from datacapture.queries.releases import Edition, edition
from datacapture.queries.shown import shown
from practices.models import Practice

MOVING = ("improving", "worsening")


@dataclass(frozen=True)
class ReportPart:
    """A measure that stands out, with its chart."""

    card: Card
    chart: Chart


@dataclass(frozen=True)
class ReportTheme:
    """A theme: every measure as a line of its table, and charts of those that stand out."""

    label: str
    cards: tuple[Card, ...]
    parts: tuple[ReportPart, ...]


@dataclass(frozen=True)
class PracticeReport:
    """home: what the start page says; themes: every measure with a number."""

    practice: Practice
    edition: Edition | None
    home: PracticeHome
    themes: tuple[ReportTheme, ...]
    made: date


def practice_report(practice: Practice, today: date) -> PracticeReport:
    """The report's content; six queries."""
    at = shown(practice.pk)
    rows = newest(at.release, practice.pk, at.versions) if at.release else []
    months = _months(at.release, practice.pk, [row.version_id for row in rows if stands_out(row)]) if at.release else {}
    cards = sorted((card(row) for row in rows), key=lambda item: (item.theme_place, item.code))
    themes = dict.fromkeys((item.theme_id, item.theme) for item in cards)
    return PracticeReport(
        practice=practice,
        edition=edition(at.release),
        home=practice_home(practice.pk, today, at),
        themes=tuple(_theme(label, [item for item in cards if item.theme_id == key], months) for key, label in themes),
        made=today,
    )


def stands_out(row: Result) -> bool:
    """Differs from the peers by more than chance explains, or has really moved over time."""
    return row.tier in STRONG or (row.trend in MOVING and row.since is not None and bool(row.tier))


def _months(release: Release, practice_id: int, version_ids: Sequence[int]) -> dict[int, list[Result]]:
    """All months of some measures, oldest first, by version id; one query."""
    found: dict[int, list[Result]] = {}
    where = "release_id = %s AND practice_id = %s AND version_id = ANY(%s) ORDER BY version_id, month_end"
    for row in results(where, [release.pk, practice_id, list(version_ids)]):
        found.setdefault(row.version_id, []).append(row)
    return found


def _theme(label: str, cards: Sequence[Card], months: dict[int, list[Result]]) -> ReportTheme:
    return ReportTheme(label, tuple(cards), tuple(_parts(cards, months)))


def _parts(cards: Iterable[Card], months: dict[int, list[Result]]) -> Iterable[ReportPart]:
    for item in cards:
        found = months.get(item.row.version_id, []) if stands_out(item.row) else []
        for month in found:
            month.version = item.row.version
        chart = trend_chart(found, f"chart-{item.row.version_id}") if found else None
        if chart is not None:
            yield ReportPart(item, chart)
