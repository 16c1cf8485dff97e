"""Stored steps of a pathway in words and pictures: the same for a region and for a practice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.models import PathwayOwn, PathwayResult
from datacapture.pathways.definitions import Pathway, Span, Step
from datacapture.queries.wording import chosen
from kip.charts import Flow, Part, flow_svg
from kip.charts import Step as Drawn
from kip.core.numbers import decimal, integer, percent, percent_figure
from kip.core.texts import interval_short
from kip.stats.intervals import wilson

DASH = "–"
Row = PathwayResult | PathwayOwn
Rows = Mapping[int, Row]
MONTH_DAYS = 30.4


@dataclass(frozen=True)
class Picture:
    """Names of components/chart.html."""

    title: str
    reading: str
    narrow: SafeString
    wide: SafeString
    columns: tuple[dict[str, Any], ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Share:
    """A part of people in words: "405 af 1.685 (24 %)" and "sandsynligvis 22-26 %"; country: the same share there, "" unknown."""

    label: str
    fraction: str
    interval: str
    country: str


def name_of(item: Pathway | Step) -> str:
    return chosen({"da": item.da, "en": item.en})


def span_words(span: Span) -> str:
    """ "28 days" or "12 months"."""
    if span.unit == "d":
        return ngettext("%(n)s day", "%(n)s days", span.number) % {"n": integer(span.number)}
    return ngettext("%(n)s month", "%(n)s months", span.number) % {"n": integer(span.number)}


def days_words(days: float | None) -> str:
    """Days of waiting, or a dash."""
    if days is None:
        return DASH
    return ngettext("%(n)s day", "%(n)s days", round(days)) % {"n": decimal(days, 0)}


def days_interval(row: Row) -> str:
    """ "probably 352-371 days", or "" where it is not known; one number where both ends are the same."""
    if row.wait_lower is None or row.wait_upper is None:
        return ""
    low, high = decimal(row.wait_lower, 0), days_words(row.wait_upper)
    return _("probably %(span)s") % {"span": high if row.wait_lower == row.wait_upper else f"{low}-{high}"}


def half_words(row: Row) -> str:
    """The median waiting with its interval: "361 days (probably 352-371 days)"; a dash where it is hidden."""
    known = days_interval(row)
    return f"{days_words(row.median)} ({known})" if known else days_words(row.median)


def fraction_words(x: int, n: int) -> str:
    """ "312 of 400 (78%)"."""
    return _("%(x)s of %(n)s (%(share)s)") % {"x": integer(x), "n": integer(n), "share": percent(x / n)}


def probably(lower: float, upper: float) -> str:
    """An interval of a share in whole per cent, without a span whose two ends read the same."""
    figure = percent_figure(lower)
    if figure != percent_figure(upper):
        return interval_short(lower, upper)
    if figure == "0":
        return _("probably below %(share)s") % {"share": percent(0.01)}
    if figure == "100":
        return _("probably above %(share)s") % {"share": percent(0.99)}
    return _("probably about %(share)s") % {"share": percent(lower)}


def share_of(label: str, x: int | None, n: int | None, country: float | None = None) -> Share | None:
    """x of n with its interval; None where it is hidden."""
    if x is None or not n:
        return None
    top = min(x, n)
    limits = wilson(top, n)
    told = "" if country is None else percent(country)
    return Share(label, fraction_words(top, n), probably(float(limits.lower[0]), float(limits.upper[0])), told)


def country_share(row: PathwayResult | None, *, timely: bool) -> float | None:
    """The country's share of the same kind: in time, or at any time."""
    if row is None:
        return None
    if timely:
        return row.share
    return row.x / row.n if row.x is not None and row.n else None


def in_time(step: Step, row: Row, country: PathwayResult | None) -> Share | None:
    """Who took a step within its limit; None without a limit or where it is hidden."""
    if step.within is None:
        return None
    label = _("within %(time)s") % {"time": span_words(step.within)}
    return share_of(label, row.timely, row.n, country_share(country, timely=True))


def at_all(step: Step, row: Row, country: PathwayResult | None) -> Share | None:
    """Who took a step as long as one waits for it; None where it is hidden."""
    label = _("within %(time)s") % {"time": span_words(step.patience)}
    return share_of(label, row.x, row.n, country_share(country, timely=False))


def _parts(step: Step, row: Row) -> Iterator[Part]:
    """What became of those who could take a step, each with its number and share of them."""
    if row.x is None or not row.n:
        return
    x = min(row.x, row.n)
    patience = {"time": span_words(step.patience)}
    if step.within and row.timely is not None and step.within != step.patience:
        timely = min(row.timely, x)
        limit = {"time": span_words(step.within)}
        yield Part("came", timely, _told(_("%(n)s within %(time)s (%(share)s)"), timely, row.n, limit))
        if x > timely:
            yield Part("later", x - timely, _told(_("%(n)s later (%(share)s)"), x - timely, row.n, {}))
    else:
        yield Part("came", x, _told(_("%(n)s within %(time)s (%(share)s)"), x, row.n, patience))
    if row.n > x:
        yield Part("lost", row.n - x, _told(_("%(n)s did not come within %(time)s (%(share)s)"), row.n - x, row.n, patience))


def _told(form: str, count: int, whole: int, more: dict[str, str]) -> str:
    return form % {"n": integer(count), "share": percent(count / whole), **more}


def waiting_words(row: Row, origin: int) -> str:
    """How long those who came had waited since the step with that number."""
    if row.median is None:
        return ""
    values = {"step": integer(origin), "half": half_words(row)}
    p90 = row.p90 if isinstance(row, PathwayResult) else None
    if p90 is None:
        return _("From step %(step)s half waited up to %(half)s") % values
    values["most"] = days_words(p90)
    return _("From step %(step)s half waited up to %(half)s, nine out of ten up to %(most)s") % values


def _is_late(step: Step, row: Row) -> bool:
    """The middle waiting is longer than the time limit."""
    if row.median is None or step.within is None:
        return False
    return row.median > step.within.number * (1 if step.within.unit == "d" else MONTH_DAYS)


def picture(pathway: Pathway, title: str, places: Sequence[int], rows: Rows, country: Mapping[int, PathwayResult]) -> Picture:
    """The wanted steps among `places`, the first of them as the start; each step's numbers stand under its own bar."""
    first, *later = [place for place in places if pathway.steps[place].wanted]
    number = {place: position for position, place in enumerate((first, *later), 1)}
    begun = rows[first].n or 0
    start = ngettext("%(n)s person", "%(n)s persons", begun) % {"n": integer(begun)}
    drawn = [Drawn(name_of(pathway.steps[first]), float(begun), start)]
    for place in later:
        step, row = pathway.steps[place], rows[place]
        parts = tuple(_parts(step, row))
        origin = number.get(pathway.anchor(place), 1)
        hidden = "" if parts else _("too few to show")
        waiting = waiting_words(row, origin) if parts else ""
        drawn.append(Drawn(name_of(step), float(row.n or 0) if parts else None, hidden, parts, waiting, _is_late(step, row)))
    reading = "; ".join(f"{step.label}: {', '.join(part.text for part in step.parts) or step.text}" for step in drawn) + "."
    flow = Flow(tuple(drawn), name_of(pathway), reading, _("longer than the time limit"))
    ident = f"flow-{pathway.id.replace('_', '-')}-{first}"
    return Picture(
        title=title,
        reading=reading,
        narrow=mark_safe(flow_svg(flow, "narrow", f"{ident}-narrow")),  # noqa: S308  # built by kip.charts, which escapes all texts
        wide=mark_safe(flow_svg(flow, "wide", f"{ident}-wide")),  # noqa: S308  # as above
        columns=_columns(),
        rows=tuple(_cells(pathway.steps[place], rows[place], country.get(place), place == first) for place in (first, *later)),
    )


def _columns() -> tuple[dict[str, Any], ...]:
    labels = (
        _("Could take it"), _("Came in time"), _("Came later"), _("Did not come"), _("Days, half"), _("Probably between"),
        _("Days, nine out of ten"), _("In time, whole country"),
    )  # fmt: skip
    return ({"label": _("Step")}, *({"label": label, "numeric": True} for label in labels))


def _cells(step: Step, row: Row, country: PathwayResult | None, start: bool) -> tuple[str, ...]:
    """One line of the table; the start has nothing but its number."""
    if start or row.x is None or row.n is None:
        return (name_of(step), DASH if row.n is None else integer(row.n), *[DASH] * 7)
    x = min(row.x, row.n)
    timely = None if row.timely is None or step.within is None else min(row.timely, x)
    counts = (timely, x if timely is None else x - timely, row.n - x)
    known = row.wait_lower is not None and row.wait_upper is not None
    p90 = row.p90 if isinstance(row, PathwayResult) else None
    share = country_share(country, timely=step.within is not None)
    return (
        name_of(step),
        integer(row.n),
        *(DASH if count is None else integer(count) for count in counts),
        days_words(row.median),
        f"{decimal(row.wait_lower or 0, 0)}-{decimal(row.wait_upper or 0, 0)}" if known else DASH,
        days_words(p90),
        DASH if share is None else percent(share),
    )
