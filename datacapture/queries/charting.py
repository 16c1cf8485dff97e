"""The trend chart of one measure, with the table and the file that hold the same numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import dateformat
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from datacapture.models import ChartNote, Result
from datacapture.queries import wording
from datacapture.queries.comparing import Comparison
from datacapture.queries.versions import Told
from kip.charts import Note, Series, trend_svg
from kip.core.numbers import danish, integer, month, unbroken
from kip.core.texts import text

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
    "thin_months",
    "open_cases",
)


@dataclass(frozen=True)
class Chart:
    """Names of components/chart.html: two SVG strings, the reading sentence and the table. changed: what a break means."""

    title: str
    reading: str
    direction_words: str
    narrow: SafeString
    wide: SafeString
    columns: tuple[dict[str, Any], ...]
    rows: tuple[tuple[str, ...], ...]
    changed: str = ""


def trend_chart(
    found: Sequence[Result] | Told[Result],
    ident: str = "trend",
    notes: Iterable[ChartNote] = (),
    compared: Comparison | None = None,
) -> Chart | None:
    """Chart of the stored months, oldest first, with the practice's own notes; None below two months with a value.

    found: rows by one version, or by two with a break where the running one takes over. compared: whom the practice chose
    to compare with; without it the nation, which stands in the rows.
    """
    told = found if isinstance(found, Told) else Told(tuple(found), tuple(found))
    rows = told.curve
    if sum(row.value is not None for row in rows) < 2:
        return None
    last, version = rows[-1], rows[-1].version
    changed = " ".join(filter(None, break_words(told)))
    middles = [_middle(row, compared) for row in rows]
    series = Series(
        labels=tuple(dateformat.format(row.month_end, "M Y") for row in rows),
        values=tuple(row.value for row in rows),
        lower=tuple(row.lower for row in rows),
        upper=tuple(row.upper for row in rows),
        band_low=tuple(low for _expected, low, _high in middles),
        band_high=tuple(high for _expected, _low, high in middles),
        reference=tuple(expected for expected, _low, _high in middles),
        title=wording.chosen(version.texts["name"]),
        reading=" ".join(filter(None, (wording.reading(last, compared.words if compared else None), changed))),
        direction=wording.direction_words(version),
        tick=wording.tick_of(version),
        unit=wording.axis_of(version),
        target=wording.target_of(version),
        notes=_marks(rows, notes),
        breaks=told.breaks,
        beside=beside_values(told),
        beside_label=beside_label(told),
        since=next((place for place, row in enumerate(rows) if last.since and row.month_end == last.since), None),
        **_names(last, middles[-1][0]),
    )
    return Chart(
        title=_("Trend over %(months)s months") % {"months": len(rows)},
        reading=series.reading,
        direction_words=series.direction,
        # Both strings are built by kip.charts, which escapes every text it is given.
        narrow=mark_safe(trend_svg(series, "narrow", f"{ident}-narrow")),  # noqa: S308
        wide=mark_safe(trend_svg(series, "wide", f"{ident}-wide")),  # noqa: S308
        columns=_columns(told),
        rows=_table(told, compared),
        changed=changed,
    )


def _middle(row: Result, compared: Comparison | None) -> tuple[float | None, float | None, float | None]:
    """Middle practice and the edges of the band in a month."""
    if compared and compared.middle:
        return compared.middle.of(row.month_end)
    return row.expected, row.band_low, row.band_high


def _marks(rows: Sequence[Result], notes: Iterable[ChartNote]) -> tuple[Note, ...]:
    """Each note at the month it lies in, and months without data; notes outside the months shown stay in the list only."""
    months = {(row.month_end.year, row.month_end.month): place for place, row in enumerate(rows)}
    placed = [(months.get((note.day.year, note.day.month)), note.text) for note in notes]
    # Bit 0 is the row's own month: each thin month is marked once, though every window that holds it is thin.
    placed += [(place, text("empty.thin_months.title")) for place, row in enumerate(rows) if row.thin & 1]
    return tuple(Note(at, words) for at, words in sorted((at, words) for at, words in placed if at is not None))


def _names(last: Result, expected: float | None) -> dict[str, str]:
    """Labels at the line ends, with the newest value in them."""
    version = last.version
    own = unbroken(wording.value_words(last.value, version, last.n))
    middle = unbroken(wording.value_words(expected, version, last.n))
    goal = unbroken(wording.value_words(wording.target_of(version), version))
    return {
        "own_label": _("You: %(value)s") % {"value": own} if own else _("Your practice"),
        "reference_label": _("Middle practice: %(value)s") % {"value": middle} if middle else "",
        "band_label": _("8 of 10 practices"),
        "target_label": _("Target: %(value)s") % {"value": goal} if goal else "",
    }


def beside_values(told: Told[Any]) -> tuple[float | None, ...]:
    """The former version's months in the running one's time, from the month before on, so that the lines meet."""
    if not told.beside or told.at is None:
        return ()
    former = {row.month_end: row.value for row in (*told.curve[told.at - 1 : told.at], *told.beside)}
    return tuple(former.get(row.month_end) for row in told.curve)


def beside_label(told: Told[Any]) -> str:
    """What the thin line is; "" without one."""
    return _("By version %(n)s, as before") % {"n": told.beside[0].version.number} if told.beside and told.at is not None else ""


def break_words(told: Told[Any]) -> tuple[str, ...]:
    """What a break in the curve means; nothing without one."""
    if told.at is None:
        return ()
    changed = _("The definition has changed on the way, so figures before and after are not the same measure.")
    return changed, beside_words(told)


def beside_words(told: Told[Any]) -> str:
    """What the newest figure would be by the former version; "" where there is none."""
    last = told.beside[-1] if told.beside else None
    if last is None or last.month_end != told.curve[-1].month_end or last.value is None:
        return ""
    return _("By version %(n)s, the newest figure would be %(value)s.") % {
        "n": last.version.number, "value": wording.value_words(last.value, last.version, last.n),
    }  # fmt: skip


def _table(told: Told[Result], compared: Comparison | None) -> tuple[tuple[str, ...], ...]:
    """The months with a value, newest first; with two versions each row names its own."""
    two = len({row.version_id for row in told.both}) > 1
    shown = [row for row in reversed(told.both) if row.value is not None]
    return tuple((*_table_row(row, _middle(row, compared)[0]), *((str(row.version.number),) if two else ())) for row in shown)


def _columns(told: Told[Result]) -> tuple[dict[str, Any], ...]:
    two = len({row.version_id for row in told.both}) > 1
    return (
        {"label": _("12 months to the end of")},
        {"label": _("Value"), "numeric": True},
        {"label": _("Numerator"), "numeric": True},
        {"label": _("Denominator"), "numeric": True},
        {"label": _("Probably between"), "numeric": True},
        {"label": _("Middle practice"), "numeric": True},
        *(({"label": _("Version")},) if two else ()),
    )


def _table_row(row: Result, expected: float | None) -> tuple[str, ...]:
    version = row.version
    missing = f" ({text('empty.thin_months.title').lower()})" if row.thin & 1 else ""
    return (
        month(row.month_end) + missing,
        wording.value_words(row.value, version, row.n),
        integer(row.x),
        integer(row.n),
        wording.span_words(row.lower, row.upper, version, row.n),
        wording.value_words(expected, version, row.n),
    )


def csv_rows(rows: Sequence[Result], release: str) -> list[tuple[str, ...]]:
    """The stored months as cells, each with the version that counted it: shares 0-1 or rates, with the reader's decimal sign."""
    body = [
        (
            row.version.indicator.code,
            str(row.version.number),
            release,
            row.month_end.isoformat(),
            str(row.x),
            str(row.n),
            *(plain_number(value) for value in (row.value, row.lower, row.upper, row.expected, row.band_low, row.band_high)),
            " ".join(f"{day:%Y-%m}" for day in row.thin_months),
            str(row.open_cases),
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
