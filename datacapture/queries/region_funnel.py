"""The funnel plot of a region's practices, from stored lines and stored cells. The list decides what stands out, not the line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from datacapture.enums import CellState, Tier
from datacapture.models import AreaResult, IndicatorVersion, PracticeCell, RegionStanding
from datacapture.queries import wording
from datacapture.queries.region import signal_words
from datacapture.queries.region_pictures import Picture, dots_of, middle_of, picture, size_words
from kip.charts import DotRow, FunnelLine, FunnelPlot, FunnelPoint
from kip.core.numbers import integer
from kip.core.texts import text
from kip.stats.funnel import MIN_UNITS

AROUND = {"region": gettext_lazy("the region"), "nation": gettext_lazy("the country")}
LIMITS = {"adjusted": gettext_lazy("allowing for ordinary differences"), "plain": gettext_lazy("chance alone")}
DASHES = {"95": "5 4", "998": ""}
MOST_NAMES = 6  # more names than this would lie on top of each other
MOST_ROWS = 60


@dataclass(frozen=True)
class Choices:
    """What the lines are drawn around, and whether they allow for overdispersion."""

    around: str
    limits: str


@dataclass(frozen=True)
class Practices:
    """The practices of a measure. why: words where there is no funnel; notes: what the lines do and do not say."""

    picture: Picture | None
    choices: Choices
    arounds: tuple[tuple[str, str], ...] = ()
    limits: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    why: str = ""


def practices_of(
    version: IndicatorVersion,
    standing: RegionStanding | None,
    named: Sequence[tuple[str, PracticeCell]],
    nation: Sequence[AreaResult],
    asked: Mapping[str, str],
) -> Practices:
    """The funnel, or for waiting days the practices beside each other. named: cells with the practices' names, by name."""
    stored = standing.funnel if standing else {}
    lines = {name: stored[name] for name in AROUND if name in stored}
    around = asked.get("around", "") if asked.get("around") in lines else next(iter(lines), "")
    limits = asked.get("limits", "") if asked.get("limits") in LIMITS else next(iter(LIMITS))
    choices = Choices(around, limits)
    shown = [(name, cell) for name, cell in named if cell.state == CellState.SHOWN]
    if version.indicator.type == wording.GAP:
        return Practices(
            None, choices, why=_("The difference between two groups is calculated for areas and for each practice itself only.")
        )
    if not lines or not shown:
        beside = _beside(version, named, shown, nation)
        return Practices(beside, choices, notes=_hidden_notes(named, shown), why="" if beside else _why(shown))
    plot = _plot(version, lines[around], limits, around, shown)
    return Practices(
        picture=picture(_("Practices by number of patients"), plot, "funnel", _columns(), _rows(version, named)),
        choices=choices,
        arounds=tuple((name, str(AROUND[name])) for name in lines),
        limits=tuple((name, str(label)) for name, label in LIMITS.items()),
        notes=(*_notes(lines[around], limits, nation), *_hidden_notes(named, shown)),
    )


def _why(shown: Sequence[tuple[str, PracticeCell]]) -> str:
    if not shown:
        return _("No practice has so many patients that its figure may be shown.")
    return _("The practices are too few or too alike in size for a funnel plot. See them in the list of practices instead.")


def _plot(
    version: IndicatorVersion, lines: Mapping[str, object], limits: str, around: str, shown: Sequence[tuple[str, PracticeCell]]
) -> FunnelPlot:
    edges: Mapping[str, Sequence[Sequence[float | None]]] = lines[limits]  # type: ignore[assignment]  # written by results.funnels
    centre = float(lines["centre"])  # type: ignore[arg-type]  # as above
    flagged = [name for name, cell in shown if cell.tier == Tier.SIGNAL]
    level = wording.value_words(centre, version)
    words = _("The region together: %(value)s") if around == "region" else _("Middle practice: %(value)s")
    return FunnelPlot(
        points=tuple(_point(name, cell, len(flagged) <= MOST_NAMES) for name, cell in shown),
        sizes=tuple(float(size) for size in lines["sizes"]),  # type: ignore[attr-defined]  # as above
        lines=tuple(
            FunnelLine(tuple(edges[key][0]), tuple(edges[key][1]), label, DASHES[key])
            for key, label in (("95", _("95 in 100")), ("998", _("998 in 1,000")))
        ),
        centre=centre,
        centre_label=words % {"value": level},
        title=wording.chosen(version.texts["name"]),
        reading=_reading(version, shown, flagged),
        direction=wording.direction_words(version),
        size_label=_("Patients (rounded)"),
        tick=wording.tick_of(version),
        size_tick=integer,
        unit=wording.axis_of(version),
        legend={(True, "plain"): _("practice"), (True, "signal"): _("clear signal")},
    )


def _point(name: str, cell: PracticeCell, with_name: bool) -> FunnelPoint:
    signal = cell.tier == Tier.SIGNAL
    return FunnelPoint(
        n=float(cell.n or 0),
        value=float(cell.value or 0.0),
        mark="signal" if signal else "plain",
        own=True,
        label=name if signal and with_name else "",
    )


def _reading(version: IndicatorVersion, shown: Sequence[tuple[str, PracticeCell]], flagged: Sequence[str]) -> str:
    drawn = ngettext("%(n)s practice is drawn.", "%(n)s practices are drawn.", len(shown)) % {"n": integer(len(shown))}
    if not flagged:
        return f"{drawn} " + _("None of them has a clear signal.")
    signals = ngettext("%(n)s has a clear signal: %(names)s.", "%(n)s have a clear signal: %(names)s.", len(flagged)) % {
        "n": integer(len(flagged)),
        "names": ", ".join(flagged[:MOST_NAMES]) + (" …" if len(flagged) > MOST_NAMES else ""),
    }
    return f"{drawn} {signals}"


def _notes(lines: Mapping[str, object], limits: str, nation: Sequence[AreaResult]) -> tuple[str, ...]:
    found = [
        _("The lines are a picture. The clear signals come from the exact tests against the middle practice in the country.")
    ]
    if limits == "plain":
        found.append(_("The lines show what chance alone would do if all practices did the same."))
    elif lines["adjusted"] == lines["plain"]:
        found.append(_("The practices do not differ more than chance explains, so both kinds of lines are the same."))
    else:
        found.append(_("The practices differ more than chance explains, so the lines are wider by the ordinary difference."))
    if nation and nation[-1].practices < MIN_UNITS:
        few = _("Fewer than %(n)s practices in the country have figures, so the ordinary difference is uncertain.")
        found.append(few % {"n": integer(MIN_UNITS)})
    return tuple(found)


def _hidden_notes(named: Sequence[tuple[str, PracticeCell]], shown: Sequence[tuple[str, PracticeCell]]) -> tuple[str, ...]:
    missing = sum(cell.state != CellState.NO_DATA for _name, cell in named) - len(shown)
    if not missing:
        return ()
    return (
        ngettext(
            "%(n)s practice is not drawn, because its figure is hidden or its patients are too few.",
            "%(n)s practices are not drawn, because their figures are hidden or their patients are too few.",
            missing,
        )
        % {"n": integer(missing)},
    )


def _beside(
    version: IndicatorVersion,
    named: Sequence[tuple[str, PracticeCell]],
    shown: Sequence[tuple[str, PracticeCell]],
    nation: Sequence[AreaResult],
) -> Picture | None:
    """Where there is no funnel, as for waiting days, the practices stand beside each other, by name."""
    if not 1 < len(shown) <= MOST_ROWS:
        return None
    flagged = [name for name, cell in shown if cell.tier == Tier.SIGNAL]
    rows = [
        DotRow(name, cell.value, cell.lower, cell.upper, text=wording.value_words(cell.value, version)) for name, cell in shown
    ]
    dots = dots_of(rows, version, _reading(version, shown, flagged), *middle_of(nation, version))
    return picture(_("Practices beside each other"), dots, "practices", _columns(), _rows(version, named))


def _columns() -> tuple[str, ...]:
    return (_("Practice"), _("Value"), _("Probably between"), _("Patients (rounded)"), _("Verdict"))


def _rows(version: IndicatorVersion, named: Sequence[tuple[str, PracticeCell]]) -> list[tuple[str, ...]]:
    return [
        (
            format_html('<a href="{}">{}</a>', reverse("datacapture:region_practice", args=[cell.practice_id]), name),
            wording.value_words(cell.value, version) or text(f"empty.{cell.state}.title"),
            wording.span_words(cell.lower, cell.upper, version, None),
            size_words(cell.n) if cell.state == CellState.SHOWN else "",
            signal_words(cell, version),
        )
        for name, cell in named
    ]
