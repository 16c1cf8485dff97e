"""What a region and a practice read of pathways: stored rows of the newest published release."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.models import PathwayOwn, PathwayResult, Purpose
from datacapture.pathways.definitions import Pathway, Step, pathways
from datacapture.queries.leads import Leads, results_of
from datacapture.queries.pathway_words import (
    Picture,
    Share,
    at_all,
    half_words,
    in_time,
    name_of,
    picture,
    share_of,
    span_words,
)
from datacapture.queries.releases import Edition, edition, published
from datacapture.queries.wording import chosen
from kip.core.numbers import integer

Country = Mapping[int, PathwayResult]


@dataclass(frozen=True)
class FlowPage:
    """One pathway in a region. empty: "" or why there is nothing to show: linking (the purpose does not allow it), no_data
    or too_few. lost: where most people are lost; timely: by step who came in time; spared: what the pathway should spare."""

    edition: Edition | None
    choices: tuple[tuple[str, str], ...]
    pathway: str
    title: str
    about: str
    empty: str
    begun: str
    chart: Picture | None
    lost: str
    timely: tuple[tuple[str, Share | None], ...]
    spared: tuple[tuple[str, Share | None], ...]
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
    steps = {} if empty else {place: step for place, step in enumerate(pathway.steps) if place and place in own}
    title = _("The way through the health service")
    begun = 0 if empty else own[0].n or 0
    return FlowPage(
        edition=edition(release),
        choices=tuple((item.id, name_of(item)) for item in pathways().values()),
        pathway=pathway.id,
        title=name_of(pathway),
        about=_about(pathway),
        empty=empty,
        begun=_begun(pathway, begun),
        chart=None if empty else picture(pathway, title, sorted(own), own, nation),
        lost=_most_lost(steps, own, nation),
        timely=tuple(
            (name_of(step), in_time(step, own[place], nation.get(place))) for place, step in steps.items() if step.within
        ),
        spared=tuple(_spared(steps, own, nation)),
        method=tuple(_method(pathway)),
    )


def _about(pathway: Pathway) -> str:
    return chosen({"da": pathway.about.da, "en": pathway.about.en})


def _begun(pathway: Pathway, number: int) -> str:
    if not number:
        return ""
    said = ngettext("%(n)s person began with “%(step)s”.", "%(n)s people began with “%(step)s”.", number)
    return said % {"n": integer(number), "step": name_of(pathway.steps[0]).lower()}


def _most_lost(steps: Mapping[int, Step], own: Country, nation: Country) -> str:
    """Before which step most people are lost, how surely, and how many are in the country."""
    lost = [
        (row.n - row.x, place)
        for place, step in steps.items()
        if (row := own[place]).n is not None and row.x is not None and row.n > row.x and step.wanted
    ]
    if not lost:
        return ""
    number, place = max(lost)
    row, whole, step = own[place], nation.get(place), steps[place]
    missing = (whole.n - whole.x) / whole.n if whole and whole.n and whole.x is not None else None
    told = share_of("", number, row.n, missing)
    assert told is not None
    values = {"step": name_of(step).lower(), "time": span_words(step.patience), "fraction": told.fraction}
    said = _("Most are lost before “%(step)s”: %(fraction)s did not come within %(time)s, %(interval)s.") % {
        **values,
        "interval": told.interval,
    }
    country = _("In the whole country: %(share)s.") % {"share": told.country}
    return f"{said} {country}" if told.country else said


def _spared(steps: Mapping[int, Step], own: Country, nation: Country) -> Iterator[tuple[str, Share | None]]:
    """What the pathway should spare people, with the country's share."""
    for place, step in steps.items():
        if not step.wanted:
            yield name_of(step), at_all(step, own[place], nation.get(place))


def _method(pathway: Pathway) -> Iterator[str]:
    """How the numbers came about, in sentences."""
    origin = name_of(pathway.steps[0])
    yield _("A person enters with the first “%(step)s” in a period of twelve months that ended long enough ago.") % {
        "step": origin.lower()
    }
    for place, step in enumerate(pathway.steps[1:], start=1):
        values = {"step": name_of(step), "from": name_of(pathway.steps[pathway.anchor(place)]).lower()}
        values["time"] = span_words(step.patience)
        yield _("%(step)s: on a later day than “%(from)s”, within %(time)s.") % values
    yield _("Who moved away or died on the way counts as not having come.")
    yield _("Who went to a practice that sends no data to KIP looks like not having come.")
    yield _("Patients who object are not followed. Nobody can see who the people are.")


@dataclass(frozen=True)
class After:
    """A later step of own patients. few: too few went on, or all but too few; lead: address and words of a list."""

    label: str
    wanted: bool
    few: bool
    timely: Share | None
    all: Share | None
    lead: tuple[str, str] | None


@dataclass(frozen=True)
class OwnStep:
    """The practice's step of one pathway. arrived: how those came who did not begin here, in sentences."""

    title: str
    about: str
    step: str
    n: str
    begins: bool
    arrived: tuple[str, ...]
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
    country: dict[str, dict[int, PathwayResult]] = {}
    for row in whole:
        country.setdefault(row.pathway, {})[row.step] = row
    lists = {step.measure for pathway in pathways().values() for step in pathway.steps if step.measure}
    leads = Leads(results_of(practice_id, release, lists) if mine and release else {})
    steps = []
    for pathway in pathways().values():
        for place in range(len(pathway.steps)):
            rows = {row.after: row for row in mine if (row.pathway, row.step) == (pathway.id, place)}
            if None in rows:
                steps.append(_own_step(pathway, place, rows, country.get(pathway.id, {}), leads))
    empty = "" if steps else _why_empty(profession)
    return OwnPage(edition(release), empty, tuple(steps))


def _why_empty(profession: str) -> str:
    if not any(profession in step.at for pathway in pathways().values() for step in pathway.steps):
        return "no_step"
    return "no_data" if Purpose.objects.filter(allows_linking=True).exists() else "linking"


def _own_step(pathway: Pathway, place: int, rows: Mapping[int | None, PathwayOwn], country: Country, leads: Leads) -> OwnStep:
    own, later = rows[None], {after: row for after, row in rows.items() if after is not None}
    wanted = [after for after in later if pathway.steps[after].wanted]
    title = _("Your patients on their way")
    return OwnStep(
        title=name_of(pathway),
        about=_about(pathway),
        step=name_of(pathway.steps[place]),
        n=ngettext("%(n)s of your patients", "%(n)s of your patients", own.n) % {"n": integer(own.n)},
        begins=place == 0,
        arrived=tuple(_arrived(pathway, place, own)) if place else (),
        after=tuple(_after(pathway.steps[after], row, country.get(after), leads) for after, row in later.items()),
        chart=picture(pathway, title, (place, *wanted), {place: own, **later}, country) if wanted else None,
    )


def _arrived(pathway: Pathway, place: int, own: PathwayOwn) -> Iterator[str]:
    """How the practice's patients came: how long they had waited, and how many of them came in time."""
    step = pathway.steps[place]
    if own.median is not None:
        values = {"half": half_words(own), "from": name_of(pathway.steps[pathway.anchor(place)]).lower()}
        yield _("Half of them came within %(half)s after “%(from)s”.") % values
    timely = in_time(step, own, None)
    if timely and step.within:
        values = {"fraction": timely.fraction, "time": span_words(step.within), "interval": timely.interval}
        yield _("%(fraction)s came within the limit of %(time)s, %(interval)s.") % values


def _after(step: Step, row: PathwayOwn, country: PathwayResult | None, leads: Leads) -> After:
    return After(
        label=name_of(step),
        wanted=step.wanted,
        few=row.x is None,
        timely=in_time(step, row, country),
        all=at_all(step, row, country),
        lead=leads.list_of(step.measure),
    )
