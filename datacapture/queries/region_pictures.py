"""The pictures of a measure across a region: its course over time and its clusters beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from django.utils import dateformat
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.models import AreaResult, IndicatorVersion
from datacapture.queries import wording
from datacapture.queries.region_overview import hidden_words, spread_words
from datacapture.queries.versions import break_label, first_own_month
from kip.charts import Chart, DotRow, Dots, Note, Series, drawn
from kip.core.numbers import integer, month, unbroken

Column = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A chart in both widths, with its reading sentence and the table that holds the same numbers."""

    title: str
    reading: str
    narrow: SafeString
    wide: SafeString
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def picture(title: str, chart: Chart, ident: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Picture:
    """Both widths of a chart. columns: labels, all but the first of numbers."""
    widths: tuple[Literal["narrow", "wide"], ...] = ("narrow", "wide")
    both = [mark_safe(drawn(chart, width, f"{ident}-{width}")) for width in widths]  # noqa: S308  (kip.charts escapes)
    first, *others = columns
    heads: tuple[Column, ...] = ({"label": first}, *({"label": item, "numeric": True} for item in others))
    return Picture(title, chart.reading, *both, heads, tuple(rows))


def value_or_why(row: AreaResult, version: IndicatorVersion) -> str:
    """The area's value, or the words for why there is none."""
    return wording.value_words(row.value, version) or hidden_words(row.value, row.n, row.suppressed)


def size_words(n: int | None) -> str:
    """A rounded number of patients, "" where it is hidden."""
    return "" if n is None else integer(n)


def span(row: AreaResult, version: IndicatorVersion) -> str:
    """The interval that the row's figure probably lies in."""
    return "" if row.value is None else wording.span_words(row.lower, row.upper, version, None)


def trend_picture(
    own: Sequence[AreaResult], nation: Sequence[AreaResult], version: IndicatorVersion, changed: bool
) -> Picture | None:
    """The region's months, oldest first, with hidden ones marked; None where fewer than two may be shown.

    changed: a former version is still counted beside this one, so the chart marks where this one took over.
    """
    if sum(row.value is not None for row in own) < 2:
        return None
    middles = {row.month_end: row.median for row in nation}
    last = own[-1]
    value = unbroken(wording.value_words(last.value, version))
    middle = unbroken(wording.value_words(middles.get(last.month_end), version))
    target = wording.target_of(version)
    name = wording.chosen(version.texts["name"])
    breaks = _breaks(own, version) if changed else ()
    reading = _trend_words(name, value, middle)
    if breaks:
        reading += " " + _change_words(own[breaks[0].at], version)
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
        target=target,
        target_label=target_label(version),
        notes=hidden_runs(own),
        breaks=breaks,
        own_label=_("The region: %(value)s") % {"value": value},
        reference_label=_("Middle practice: %(value)s") % {"value": middle} if middle else "",
        band_label=_("8 of 10 practices in the region") if any(row.p10 is not None for row in own) else "",
    )
    columns = (
        _("12 months to the end of"), _("The region"), _("Probably between"), _("Patients (rounded)"),
        _("8 of 10 practices"), _("Middle practice in the country"),
    )  # fmt: skip
    rows = [
        (
            month(row.month_end), value_or_why(row, version), span(row, version), size_words(row.n),
            spread_words(row.p10, row.p90, version), wording.value_words(middles.get(row.month_end), version),
        )
        for row in reversed(own)
    ]  # fmt: skip
    return picture(_("The region over time"), series, "region", columns, rows)


def _trend_words(name: str, value: str, middle: str) -> str:
    return _("%(name)s: the region's practices together %(value)s, the middle practice in the country %(middle)s.") % {
        "name": name, "value": value or _("no figure"), "middle": middle or _("no figure"),
    }  # fmt: skip


def _change_words(first: AreaResult, version: IndicatorVersion) -> str:
    return _("The definition changed in %(month)s. All months here are counted by version %(n)s.") % {
        "month": month(first.month_end), "n": version.number,
    }  # fmt: skip


def _breaks(own: Sequence[AreaResult], version: IndicatorVersion) -> tuple[Note, ...]:
    """The mark at the first month of the quarter from which the version runs; none where it lies before or after the months."""
    start = first_own_month(version)
    place = next((place for place, row in enumerate(own) if row.month_end >= start), 0)
    return (Note(place, break_label(version)),) if place else ()


def target_label(version: IndicatorVersion) -> str:
    """ "Target: 40 %", "" where there is none."""
    goal = unbroken(wording.value_words(wording.target_of(version), version))
    return _("Target: %(value)s") % {"value": goal} if goal else ""


def hidden_runs(rows: Sequence[AreaResult]) -> tuple[Note, ...]:
    """A note at the last month of each stretch without a figure, which says why and since when."""
    runs = groupby(enumerate(rows), key=lambda item: hidden_words(item[1].value, item[1].n, item[1].suppressed))
    return tuple(_note(why, [place for place, _row in run], rows) for why, run in runs if why)


def _note(why: str, places: Sequence[int], rows: Sequence[AreaResult]) -> Note:
    first = month(rows[places[0]].month_end)
    return Note(places[-1], why if len(places) == 1 else _("%(why)s since %(first)s") % {"why": why, "first": first})


def cluster_picture(
    lines: Sequence[tuple[str, AreaResult]], nation: Sequence[AreaResult], version: IndicatorVersion
) -> Picture | None:
    """Clusters beside each other, by name: a cluster has no rank. None below two, since one would be the region again."""
    if len(lines) < 2:
        return None
    shown = sum(row.value is not None for _name, row in lines)
    reading = ngettext(
        "%(name)s in %(n)s cluster, with the interval that the figure probably lies in.",
        "%(name)s in %(n)s clusters, with the interval that each figure probably lies in.",
        shown,
    ) % {"name": wording.chosen(version.texts["name"]), "n": integer(shown)}
    columns = (_("Cluster"), _("Value"), _("Probably between"), _("Patients (rounded)"), _("Practices"))
    rows = [
        (name, value_or_why(row, version), span(row, version), size_words(row.n), integer(row.practices)) for name, row in lines
    ]
    dots = dots_of(
        [DotRow(name, row.value, row.lower, row.upper, text=value_or_why(row, version)) for name, row in lines],
        version, reading, *middle_of(nation, version),
    )  # fmt: skip
    return picture(_("Clusters beside each other"), dots, "clusters", columns, rows)


def middle_of(nation: Sequence[AreaResult], version: IndicatorVersion) -> tuple[float | None, str]:
    """The country's middle practice: the newest value, and its label."""
    level = nation[-1].median if nation else None
    words = unbroken(wording.value_words(level, version))
    return level, _("Middle practice: %(value)s") % {"value": words} if words else ""


def dots_of(
    rows: Sequence[DotRow], version: IndicatorVersion, reading: str, reference: float | None = None, label: str = ""
) -> Dots:
    """Rows in the order given, beside the level they are compared with and the target."""
    return Dots(
        rows=tuple(rows),
        title=wording.chosen(version.texts["name"]),
        reading=reading,
        direction=wording.direction_words(version),
        tick=wording.tick_of(version),
        unit=wording.axis_of(version),
        reference=reference,
        reference_label=label,
        target=wording.target_of(version),
        target_label=target_label(version),
        keep_order=True,
    )
