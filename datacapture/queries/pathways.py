"""What a region and a practice read of pathways: stored rows in words, chart and table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.models import PathwayOwn, PathwayResult, Purpose
from datacapture.pathways.definitions import Pathway, Span, Step, pathways
from datacapture.queries.releases import Edition, edition, published
from datacapture.queries.wording import chosen
from kip.charts import Flow, flow_svg
from kip.charts import Step as Drawn
from kip.core.numbers import decimal, integer, percent
from kip.core.texts import interval_short

DASH = "–"


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
class FlowPage:
    """One pathway in a region. empty: "" or why there is nothing to show: linking (the purpose does not allow it), no_data
    or too_few. lost: where most people are lost, in a sentence; limits: step, limit, share in time, interval."""

    edition: Edition | None
    choices: tuple[tuple[str, str], ...]
    pathway: str
    title: str
    about: str
    empty: str
    chart: Picture | None
    lost: str
    limits: tuple[tuple[str, ...], ...]
    method: tuple[str, ...]


def flow_page(region_id: int, wanted: str) -> FlowPage:
    """A pathway of the newest published release; an unknown one is the first. Three queries."""
    release = published()
    pathway = pathways().get(wanted) or next(iter(pathways().values()))
    rows = list(PathwayResult.objects.filter(release=release, pathway=pathway.id).order_by("step")) if release else []
    own = {row.step: row for row in rows if row.region_id == region_id}
    nation = {row.step: row for row in rows if row.region_id is None}
    empty = ""
    if not own:
        empty = "no_data" if rows or Purpose.objects.filter(allows_linking=True).exists() else "linking"
    elif own[0].n is None:
        empty = "too_few"
    return FlowPage(
        edition=edition(release),
        choices=tuple((item.id, _name(item)) for item in pathways().values()),
        pathway=pathway.id,
        title=_name(pathway),
        about=chosen({"da": pathway.about.da, "en": pathway.about.en}),
        empty=empty,
        chart=None if empty else _chart(pathway, own, nation),
        lost="" if empty else _most_lost(pathway, own),
        limits=() if empty else tuple(_limits(pathway, own, nation)),
        method=tuple(_method(pathway)),
    )


def _name(item: Pathway | Step) -> str:
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


def _fraction(row: PathwayResult | PathwayOwn) -> str:
    if row.x is None or not row.n:
        return _("too few to show")
    return _("%(x)s of %(n)s (%(share)s)") % {"x": integer(row.x), "n": integer(row.n), "share": percent(row.x / row.n)}


def _waiting(row: PathwayResult) -> str:
    if row.median is None:
        return ""
    half = {"half": days_words(row.median)}
    if row.p90 is None:
        return _("Half came within %(half)s") % half
    return _("Half came within %(half)s, nine out of ten within %(most)s") % {**half, "most": days_words(row.p90)}


def _loss(step: Step, row: PathwayResult) -> str:
    if not step.wanted or row.x is None or row.n is None or row.n <= row.x:
        return ""
    values = {"n": integer(row.n - row.x), "time": span_words(step.patience)}
    return _("%(n)s did not come within %(time)s") % values


def _is_late(step: Step, row: PathwayResult) -> bool:
    """The middle waiting is longer than the time limit."""
    if row.median is None or step.within is None:
        return False
    return row.median > step.within.number * (1 if step.within.unit == "d" else 30.4)


def _chart(pathway: Pathway, own: Mapping[int, PathwayResult], nation: Mapping[int, PathwayResult]) -> Picture:
    steps = tuple(_drawn(step, place, own[place]) for place, step in enumerate(pathway.steps) if place in own)
    reading = _reading(pathway, own)
    flow = Flow(steps, _name(pathway), reading, _("longer than the time limit"))
    return Picture(
        title=_("The way through the health service"),
        reading=reading,
        narrow=mark_safe(flow_svg(flow, "narrow", "flow-narrow")),  # noqa: S308  # built by kip.charts, which escapes all texts
        wide=mark_safe(flow_svg(flow, "wide", "flow-wide")),  # noqa: S308  # as above
        columns=(
            {"label": _("Step")},
            {"label": _("Could take it"), "numeric": True},
            {"label": _("Took it"), "numeric": True},
            {"label": _("Days, half"), "numeric": True},
            {"label": _("Days, nine out of ten"), "numeric": True},
            {"label": _("In the whole country"), "numeric": True},
        ),
        rows=tuple(_cells(step, own[place], nation.get(place)) for place, step in enumerate(pathway.steps) if place in own),
    )


def _drawn(step: Step, place: int, row: PathwayResult) -> Drawn:
    if place == 0:
        said = _("%(n)s people began") % {"n": integer(row.n or 0)}
        return Drawn(_name(step), float(row.n or 0), said)
    count = None if row.x is None else float(row.x)
    return Drawn(_name(step), count, _fraction(row), _waiting(row), _loss(step, row), _is_late(step, row))


def _cells(step: Step, row: PathwayResult, nation: PathwayResult | None) -> tuple[str, ...]:
    whole = percent(nation.x / nation.n) if nation and nation.x is not None and nation.n and nation.step else DASH
    numbers = [DASH if number is None else integer(number) for number in (row.n, row.x)]
    waits = [days_words(row.median), days_words(row.p90)] if row.step else [DASH, DASH]
    return (_name(step), *numbers, *waits, whole)


def _reading(pathway: Pathway, own: Mapping[int, PathwayResult]) -> str:
    parts = [_("%(n)s people began") % {"n": integer(own[0].n or 0)}]
    parts += [f"{_name(step)}: {_fraction(own[place])}" for place, step in enumerate(pathway.steps) if place and place in own]
    return "; ".join(parts) + "."


def _most_lost(pathway: Pathway, own: Mapping[int, PathwayResult]) -> str:
    """Where most people are lost, before which step."""
    lost = [
        (row.n - row.x, row)
        for place, row in own.items()
        if place and pathway.steps[place].wanted and row.n is not None and row.x is not None and row.n > row.x
    ]
    if not lost:
        return ""
    number, row = max(lost, key=lambda item: item[0])
    step = pathway.steps[row.step]
    values = {"step": _name(step).lower(), "n": integer(number), "whole": integer(row.n or 0), "time": span_words(step.patience)}
    return _("Most are lost before “%(step)s”: %(n)s of %(whole)s did not come within %(time)s.") % values


def _limits(pathway: Pathway, own: Mapping[int, PathwayResult], nation: Mapping[int, PathwayResult]) -> Sequence[tuple[str, ...]]:
    found = []
    for place, step in enumerate(pathway.steps):
        if step.within is None or place not in own:
            continue
        row, whole = own[place], nation.get(place)
        told = [percent(row.share), interval_short(row.lower or 0, row.upper or 0)] if row.share is not None else [DASH, DASH]
        country = percent(whole.share) if whole and whole.share is not None else DASH
        found.append((_name(step), span_words(step.within), *told, country))
    return found


def _method(pathway: Pathway) -> Sequence[str]:
    """How the numbers came about, in sentences."""
    origin = _name(pathway.steps[0])
    yield _("A person enters with the first “%(step)s” in a period of twelve months that ended long enough ago.") % {
        "step": origin.lower()
    }
    for place, step in enumerate(pathway.steps[1:], start=1):
        values = {"step": _name(step), "from": _name(pathway.steps[pathway.anchor(place)]).lower()}
        values["time"] = span_words(step.patience)
        yield _("%(step)s: on a later day than “%(from)s”, within %(time)s.") % values
    yield _("Who moved away or died on the way counts as not having come.")
    yield _("Patients who object are not followed. Nobody can see who the people are.")


@dataclass(frozen=True)
class After:
    """A later step of own patients, in words. few: too few went on, or all but too few."""

    label: str
    fraction: str
    timely: str
    country: str
    few: bool


@dataclass(frozen=True)
class OwnStep:
    """The practice's step of one pathway."""

    title: str
    about: str
    step: str
    n: str
    arrived: str
    after: tuple[After, ...]
    chart: Picture | None


@dataclass(frozen=True)
class OwnPage:
    """empty: "", linking, no_step (no pathway has a step of the profession) or no_data."""

    edition: Edition | None
    empty: str
    steps: tuple[OwnStep, ...]


def own_page(practice_id: int, profession: str) -> OwnPage:
    """The practice's own steps in the newest published release, never anybody else's. Four queries at most."""
    release = published()
    mine = list(PathwayOwn.objects.filter(release=release, practice_id=practice_id).order_by("pathway", "step", "after"))
    whole = PathwayResult.objects.filter(release=release, region=None) if mine else []
    country = {(row.pathway, row.step): row for row in whole}
    steps = []
    for pathway in pathways().values():
        for place in range(len(pathway.steps)):
            rows = {row.after: row for row in mine if (row.pathway, row.step) == (pathway.id, place)}
            if None in rows:
                steps.append(_own_step(pathway, place, rows, country))
    empty = "" if steps else _why_empty(profession)
    return OwnPage(edition(release), empty, tuple(steps))


def _why_empty(profession: str) -> str:
    if not any(profession in step.at for pathway in pathways().values() for step in pathway.steps):
        return "no_step"
    return "no_data" if Purpose.objects.filter(allows_linking=True).exists() else "linking"


def _own_step(
    pathway: Pathway, place: int, rows: Mapping[int | None, PathwayOwn], country: Mapping[tuple[str, int], PathwayResult]
) -> OwnStep:
    own = rows[None]
    arrived = ""
    if place and own.median is not None:
        values = {"half": days_words(own.median), "from": _name(pathway.steps[pathway.anchor(place)]).lower()}
        arrived = _("Half came within %(half)s after “%(from)s”.") % values
    return OwnStep(
        title=_name(pathway),
        about=chosen({"da": pathway.about.da, "en": pathway.about.en}),
        step=_name(pathway.steps[place]),
        n=ngettext("%(n)s of your patients", "%(n)s of your patients", own.n) % {"n": integer(own.n)},
        arrived=arrived,
        after=tuple(
            _after(pathway.steps[after], row, country.get((pathway.id, after)))
            for after, row in rows.items()
            if after is not None
        ),
        chart=_own_chart(pathway, place, rows),
    )


def _own_chart(pathway: Pathway, place: int, rows: Mapping[int | None, PathwayOwn]) -> Picture | None:
    """Own patients and how many of them took each step that is counted from the own one; None where none is."""
    later = [(pathway.steps[after], row) for after, row in rows.items() if after is not None]
    if not later:
        return None
    name, own = _name(pathway.steps[place]), rows[None]
    steps = [Drawn(name, float(own.n), integer(own.n))]
    steps += [Drawn(_name(step), None if row.x is None else float(row.x), _fraction(row), _half(row)) for step, row in later]
    reading = "; ".join(f"{step.label}: {step.text}" for step in steps) + "."
    flow = Flow(tuple(steps), _name(pathway), reading)
    ident = f"flow-{pathway.id.replace('_', '-')}-{place}"
    return Picture(
        title=_("Your patients on their way"),
        reading=reading,
        narrow=mark_safe(flow_svg(flow, "narrow", f"{ident}-narrow")),  # noqa: S308  # built by kip.charts, escaped
        wide=mark_safe(flow_svg(flow, "wide", f"{ident}-wide")),  # noqa: S308  # as above
        columns=({"label": _("Step")}, {"label": _("Took it"), "numeric": True}, {"label": _("Days, half"), "numeric": True}),
        rows=((name, integer(own.n), DASH), *((_name(step), _fraction(row), days_words(row.median)) for step, row in later)),
    )


def _half(row: PathwayOwn) -> str:
    return _("Half came within %(half)s") % {"half": days_words(row.median)} if row.median is not None else ""


def _after(step: Step, row: PathwayOwn, country: PathwayResult | None) -> After:
    timely = ""
    if row.share is not None and step.within is not None:
        values = {"share": percent(row.share), "time": span_words(step.within)}
        values["interval"] = interval_short(row.lower or 0, row.upper or 0)
        timely = _("%(share)s came within %(time)s (%(interval)s)") % values
    known = country is not None and country.x is not None and bool(country.n)
    return After(
        label=_name(step),
        fraction=_fraction(row),
        timely=timely,
        country=percent(country.x / country.n) if known else "",  # type: ignore[union-attr, operator]  # known says so
        few=row.x is None,
    )
