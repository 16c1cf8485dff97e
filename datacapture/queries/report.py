"""Everything a practice's report says: the same cards and rows as the pages."""

from dataclasses import dataclass

from datacapture.enums import Tier
from datacapture.queries.charting import Chart, trend_chart
from datacapture.queries.measures import (
    Card,
    Edition,
    PracticeHome,
    card,
    edition,
    latest_release,
    newest,
    practice_home,
    series_of,
)
from practices.models import Practice


@dataclass(frozen=True)
class ReportPart:
    """A measure with its chart; no chart where too few months have a number."""

    card: Card
    chart: Chart | None


@dataclass(frozen=True)
class PracticeReport:
    """home: what the start page says; parts: every measure with a number, by theme."""

    practice: Practice
    edition: Edition | None
    home: PracticeHome
    parts: tuple[ReportPart, ...]


def practice_report(practice: Practice) -> PracticeReport:
    """The report's content; seven queries."""
    release = latest_release()
    rows = list(newest(release, practice.pk)) if release else []
    months = series_of(release, practice.pk, [row.version_id for row in rows]) if release else {}
    parts = []
    for row in rows:
        for month in months[row.version_id]:
            month.version = row.version
        judged = row.tier != Tier.INSUFFICIENT
        chart = trend_chart(months[row.version_id], f"chart-{row.version_id}") if judged else None
        parts.append(ReportPart(card(row), chart))
    parts.sort(key=lambda part: (part.card.theme_place, part.card.code))
    return PracticeReport(practice, edition(release), practice_home(practice.pk), tuple(parts))
