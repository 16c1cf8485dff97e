"""The trend chart of one measure, with the table and the file that hold the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import dateformat
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from datacapture.models import IndicatorVersion, Result
from datacapture.queries import wording
from kip.charts import Series, trend_svg
from kip.core.numbers import danish, figure, integer, month, percent

CSV_HEAD = (
    "indicator",
    "version",
    "release",
    "month_end",
    "x",
    "n",
    "value",
    "lower",
    "upper",
    "peer_median",
    "peer_p10",
    "peer_p90",
)


@dataclass(frozen=True)
class Chart:
    """Names of components/chart.html: two SVG strings, the reading sentence and the table."""

    title: str
    reading: str
    direction_words: str
    narrow: SafeString
    wide: SafeString
    columns: tuple[dict[str, Any], ...]
    rows: tuple[tuple[str, ...], ...]


def trend_chart(rows: Sequence[Result], ident: str = "trend") -> Chart | None:
    """Chart of the stored months, oldest first; None below two months with a value."""
    known = [row for row in rows if row.value is not None]
    if len(known) < 2:
        return None
    last = rows[-1]
    version = last.version
    series = Series(
        labels=tuple(dateformat.format(row.month_end, "M Y") for row in rows),
        values=tuple(row.value for row in rows),
        lower=tuple(row.lower for row in rows),
        upper=tuple(row.upper for row in rows),
        band_low=tuple(row.band_low for row in rows),
        band_high=tuple(row.band_high for row in rows),
        reference=tuple(row.expected for row in rows),
        title=wording.chosen(version.texts["name"]),
        reading=wording.reading(last),
        direction=wording.direction_words(version),
        tick=percent if version.indicator.type != "rate" else _rate_tick,
        unit="percent" if version.indicator.type != "rate" else "rate",
        target=wording.target_of(version),
        since=next((place for place, row in enumerate(rows) if last.since and row.month_end == last.since), None),
        **_names(last),
    )
    return Chart(
        title=_("Trend over %(months)s months") % {"months": len(rows)},
        reading=series.reading,
        direction_words=series.direction,
        # Both strings are built by kip.charts, which escapes every text it is given.
        narrow=mark_safe(trend_svg(series, "narrow", f"{ident}-narrow")),  # noqa: S308
        wide=mark_safe(trend_svg(series, "wide", f"{ident}-wide")),  # noqa: S308
        columns=_columns(),
        rows=tuple(_table_row(row) for row in reversed(known)),
    )


def _rate_tick(value: float) -> str:
    return figure(value, "rate")


def _names(last: Result) -> dict[str, str]:
    """Labels at the line ends, with the newest value in them."""
    version = last.version
    target = wording.target_of(version)
    own = wording.value_words(last.value, version, last.n)
    middle = wording.value_words(last.expected, version, last.n)
    return {
        "own_label": _("You: %(value)s") % {"value": own} if own else _("Your practice"),
        "reference_label": _("Middle practice: %(value)s") % {"value": middle} if middle else "",
        "band_label": _("8 of 10 practices"),
        "target_label": _("Target: %(value)s") % {"value": wording.value_words(target, version)} if target is not None else "",
    }


def _columns() -> tuple[dict[str, Any], ...]:
    return (
        {"label": _("12 months to the end of")},
        {"label": _("Value"), "numeric": True},
        {"label": _("Numerator"), "numeric": True},
        {"label": _("Denominator"), "numeric": True},
        {"label": _("Probably between"), "numeric": True},
        {"label": _("Middle practice"), "numeric": True},
    )


def _table_row(row: Result) -> tuple[str, ...]:
    version = row.version
    return (
        month(row.month_end),
        wording.value_words(row.value, version, row.n),
        integer(row.x),
        integer(row.n),
        wording.span_words(row.lower, row.upper, version, row.n),
        wording.value_words(row.expected, version, row.n),
    )


def csv_rows(rows: Sequence[Result], version: IndicatorVersion, release: str) -> list[tuple[str, ...]]:
    """The stored months as cells: shares 0-1 or rates, written with the reader's decimal sign."""
    code, number = version.indicator.code, str(version.number)
    body = [
        (
            code,
            number,
            release,
            row.month_end.isoformat(),
            str(row.x),
            str(row.n),
            *(plain_number(value) for value in (row.value, row.lower, row.upper, row.expected, row.band_low, row.band_high)),
        )
        for row in rows
    ]
    return [CSV_HEAD, *body]


def plain_number(value: float | None) -> str:
    """Six decimals without thousands; the decimal sign a spreadsheet of the reader's language expects."""
    if value is None:
        return ""
    written = f"{value:.6f}"
    return written.replace(".", ",") if danish() else written
