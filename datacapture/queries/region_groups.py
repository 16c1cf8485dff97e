"""The equity tab: a measure by social conditions, sex and age in a region, from stored rows after the gate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datacapture.engine.cases import BAND_STARTS
from datacapture.enums import AreaLevel, GroupAxis
from datacapture.models import GroupResult, IndicatorVersion, Inequality
from datacapture.queries import wording
from datacapture.queries.region_pictures import Picture, dots_of, picture, size_words
from kip.charts import DotRow
from kip.core.numbers import decimal, figure, integer, percent, percent_figure, points, unbroken
from kip.core.texts import text

FIFTHS = {
    1: gettext_lazy("least deprived fifth"),
    2: gettext_lazy("second least deprived fifth"),
    3: gettext_lazy("middle fifth"),
    4: gettext_lazy("second most deprived fifth"),
    5: gettext_lazy("most deprived fifth"),
    0: gettext_lazy("not delivered"),
}
SEXES = {1: gettext_lazy("men"), 2: gettext_lazy("women")}
HEADS = {
    GroupAxis.QUINTILE: gettext_lazy("By social conditions"),
    GroupAxis.SEX: gettext_lazy("By sex"),
    GroupAxis.AGE: gettext_lazy("By age"),
}


@dataclass(frozen=True)
class Division:
    """A measure divided one way. picture: None where `why` says what is missing; facts: what the picture means in words."""

    title: str
    picture: Picture | None
    facts: tuple[str, ...] = ()
    why: str = ""


def divisions(
    version: IndicatorVersion, rows: Sequence[GroupResult], slopes: Sequence[Inequality], total: float | None
) -> tuple[Division, ...]:
    """Social conditions, sex and age, in that order. rows: of the region and the nation; total: the region's own value.

    A gap has its two groups among the first, as the shares that it is the difference of.
    """
    gap = version.indicator.type == wording.GAP
    axes = (GroupAxis.QUINTILE,) if gap else (GroupAxis.QUINTILE, GroupAxis.SEX, GroupAxis.AGE)
    return tuple(
        _division(version, axis, [row for row in rows if row.axis == axis], slopes, None if gap else total) for axis in axes
    )


def _division(
    version: IndicatorVersion, axis: str, rows: Sequence[GroupResult], slopes: Sequence[Inequality], total: float | None
) -> Division:
    title = str(HEADS[GroupAxis(axis)])
    own = sorted((row for row in rows if row.level == AreaLevel.REGION), key=lambda row: _place(axis, row.part))
    known = [row for row in own if row.suppressed or row.n]
    if axis == GroupAxis.QUINTILE and all(row.part == 0 for row in known):
        return Division(title, None, why=_("Social conditions have not been delivered, so the figure cannot be divided by them."))
    if len(known) < 2:
        return Division(title, None, why=_("All patients behind the figure are in one group."))
    if all(row.value is None for row in known):
        return Division(title, None, why=text("empty.suppressed.text"))
    nation = {row.part: row for row in rows if row.level == AreaLevel.NATION}
    slope = next((item for item in slopes if item.level == AreaLevel.REGION), None) if axis == GroupAxis.QUINTILE else None
    lead = _slope_words(version, slope) if slope else ""
    return Division(title, _picture(version, axis, known, nation, total, lead), tuple(_facts(axis, known, slope)))


def _place(axis: str, part: int) -> int:
    """Social conditions that were not delivered stand last."""
    return 9 if axis == GroupAxis.QUINTILE and part == 0 else part


def group_name(axis: str, part: int) -> str:
    """ "most deprived fifth", "women" or "40-64 years"."""
    if axis == GroupAxis.QUINTILE:
        return str(FIFTHS.get(part, part)).capitalize()
    if axis == GroupAxis.SEX:
        return str(SEXES.get(part, part)).capitalize()
    low = BAND_STARTS[part - 1] if part else 0
    if part == len(BAND_STARTS):
        return _("%(age)s years and over") % {"age": integer(low)}
    return _("%(low)s-%(high)s years") % {"low": integer(low), "high": integer(BAND_STARTS[part] - 1)}


def _words(value: float | None, version: IndicatorVersion) -> str:
    """A group's value; of a gap the share that it is taken from."""
    if value is not None and version.indicator.type == wording.GAP:
        return percent(value)
    return wording.value_words(value, version)


def _span(lower: float | None, upper: float | None, version: IndicatorVersion) -> str:
    if lower is not None and upper is not None and version.indicator.type == wording.GAP:
        return f"{percent_figure(lower)}-{percent(upper)}"
    return wording.span_words(lower, upper, version, None)


def _value(row: GroupResult | None, version: IndicatorVersion) -> str:
    if row is None:
        return ""
    return _words(row.value, version) or text("empty.suppressed.title" if row.suppressed else "empty.no_data.title")


def _picture(
    version: IndicatorVersion,
    axis: str,
    own: Sequence[GroupResult],
    nation: dict[int, GroupResult],
    total: float | None,
    lead: str,
) -> Picture:
    title = str(HEADS[GroupAxis(axis)])
    shown = [row for row in own if row.value is not None]
    each = "; ".join(f"{group_name(axis, row.part).lower()} {_words(row.value, version)}" for row in shown) + "."
    reading = f"{lead} {each[:1].upper()}{each[1:]}".strip()
    label = (
        _("The region together: %(value)s") % {"value": unbroken(wording.value_words(total, version))}
        if total is not None
        else ""
    )
    dots = dots_of(
        [DotRow(group_name(axis, row.part), row.value, row.lower, row.upper, text=_value(row, version)) for row in own],
        version, reading, total, label,
    )  # fmt: skip
    if version.indicator.type == wording.GAP:
        dots = replace(dots, tick=percent, direction="", target=None, target_label="")
    columns = (
        _("Group"), _("Value"), _("Probably between"), _("Patients (rounded)"), _("Practices"), _("The whole country"),
    )  # fmt: skip
    rows = [
        (
            group_name(axis, row.part), _value(row, version), _span(row.lower, row.upper, version),
            size_words(row.n), "" if row.suppressed else integer(row.practices), _value(nation.get(row.part), version),
        )
        for row in own
    ]  # fmt: skip
    return picture(title, dots, f"groups-{axis}", columns, rows)


def _facts(axis: str, own: Sequence[GroupResult], slope: Inequality | None) -> list[str]:
    found = []
    if axis == GroupAxis.QUINTILE and slope is None:
        found.append(_("The five groups are not all shown, so the slope is not calculated."))
    if slope is not None and slope.rii is not None:
        ratios = {name: decimal(getattr(slope, name), 2) for name in ("rii", "rii_lower", "rii_upper")}
        found.append(
            _("The least deprived end divided by the most deprived: %(rii)s (probably between %(rii_lower)s and %(rii_upper)s).")
            % ratios
        )
    if slope is not None:
        found.append(_("Both are read off the straight line through the five groups, which are weighted by their size."))
    if any(row.suppressed for row in own):
        found.append(_("Small groups are hidden, and another one with them, so that nobody can be recognised."))
    return found


def _slope_words(version: IndicatorVersion, slope: Inequality) -> str:
    """How far the least deprived end lies from the most deprived, with the interval; said plainly when it may be chance."""
    if slope.sii_lower <= 0 <= slope.sii_upper:
        words = _("The difference between the least and the most deprived end may be chance (probably %(span)s).")
        return words % {"span": _differences(slope.sii_lower, slope.sii_upper, version)}
    low, high = sorted((abs(slope.sii_lower), abs(slope.sii_upper)))
    numbers = {"size": _difference(abs(slope.sii), version), "span": _differences(low, high, version)}
    if slope.sii > 0:
        return _("The least deprived end lies %(size)s higher than the most deprived (probably %(span)s).") % numbers
    return _("The least deprived end lies %(size)s lower than the most deprived (probably %(span)s).") % numbers


def _in_points(version: IndicatorVersion) -> bool:
    return wording.is_share(version) or version.indicator.type == wording.GAP


def _difference(value: float, version: IndicatorVersion) -> str:
    if _in_points(version):
        return _("%(value)s percentage points") % {"value": points(value)}
    return wording.value_words(value, version)


def _differences(low: float, high: float, version: IndicatorVersion) -> str:
    """ "4 to 19 percentage points"."""
    first = points(low) if _in_points(version) else figure(low, version.indicator.type)
    return _("%(low)s to %(high)s") % {"low": first, "high": _difference(high, version)}
