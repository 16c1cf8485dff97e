"""A stored result in the reader's words: the one place where a number becomes text for page, chart, CSV and PDF."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.engine.bounds import add_months
from datacapture.enums import Tier
from datacapture.models import IndicatorVersion, Result
from kip.core.numbers import danish, decimal, figure, integer, percent, percent_figure
from kip.core.texts import text, verdict_sentence
from kip.stats.shrink import reliability_word

PATIENT, EVENT = "patient", "event"


def chosen(words: dict[str, str]) -> str:
    """The active language's one of two texts."""
    return words["da"] if danish() else words["en"]


def said(texts: dict[str, Any], name: str) -> str:
    """`name`_da or `name`_en of an indicator's texts; "" when there is none."""
    return str(texts.get(f"{name}_{'da' if danish() else 'en'}", ""))


def unit_of(version: IndicatorVersion) -> str:
    """What is counted: patient, event, patient_index, or events_per_patient for a rate of events."""
    own = version.definition["indicator"]
    return "events_per_patient" if "numerator_count" in own else str(own.get("unit", PATIENT))


def value_words(value: float | None, version: IndicatorVersion, n: int | None = None) -> str:
    """ "80 %" or "312 per 1,000"."""
    if value is None:
        return ""
    indicator = version.indicator
    written = figure(value, indicator.type, n)
    if indicator.type != "rate":
        return written
    return _("%(value)s per %(per)s") % {"value": written, "per": integer(indicator.per)}


def fraction_words(x: int, n: int, version: IndicatorVersion) -> str:
    """ "64 of 80 patients", or what else the indicator counts."""
    numbers = {"x": integer(x), "n": integer(n)}
    unit = unit_of(version)
    if unit == "events_per_patient":
        return _("%(x)s events among %(n)s patients") % numbers
    if unit == EVENT:
        return ngettext("%(x)s of %(n)s course", "%(x)s of %(n)s courses", n) % numbers
    return ngettext("%(x)s of %(n)s patient", "%(x)s of %(n)s patients", n) % numbers


def interval_words(lower: float | None, upper: float | None, version: IndicatorVersion, n: int | None) -> str:
    """The interval as a sentence; "" when there is none."""
    if lower is None or upper is None:
        return ""
    low = figure(lower, "rate", n) if version.indicator.type == "rate" else percent(lower, n)
    return text("uncertainty.interval", lower=low, upper=value_words(upper, version, n))


def span_words(lower: float | None, upper: float | None, version: IndicatorVersion, n: int | None) -> str:
    """The interval for a table cell under a heading that says what it is: "26-48 %"."""
    if lower is None or upper is None:
        return ""
    low = figure(lower, "rate", n) if version.indicator.type == "rate" else percent_figure(lower, n)
    return f"{low}-{value_words(upper, version, n)}"


def sentence(result: Result, *, audience: str = "own", n: int | None = None) -> str:
    """The verdict sentence of a stored row; `n` overrides the count where others read a rounded one."""
    version = result.version
    if not result.tier:
        return _("There are too few comparable practices to compare with.")
    trend = "" if result.trend in ("improving", "worsening") and result.since is None else result.trend
    return verdict_sentence(
        audience=audience,
        tier=result.tier,
        direction=version.indicator.direction,
        position=result.position,
        trend=trend,
        since=result.since,
        n=result.n if n is None else n,
        min_n=version.min_n,
    )


def tier_word(tier: str) -> str:
    """The verdict's word, also where nothing could be compared."""
    return text(f"verdict.label.{tier}") if tier else _("Not compared")


def comparator_words(result: Result) -> str:
    """ "For comparison: the middle practice in the country, 72 %"."""
    if result.expected is None:
        return ""
    expected = value_words(result.expected, result.version, result.n)
    return text("uncertainty.comparator", comparator=_("the middle practice in the country"), expected=expected)


def direction_words(version: IndicatorVersion) -> str:
    """ "Higher is better", in the indicator's own words when it has some."""
    own = said(version.texts, "direction")
    if own:
        return own
    key = {"higher": "higher_better", "lower": "lower_better"}.get(version.indicator.direction, "neutral")
    return text(f"verdict.direction_label.{key}")


def gain_words(result: Result) -> str:
    """How many patients (or courses, or events) it is about; "" below one, because half a patient is nobody."""
    number = round(result.gain or 0)
    if number < 1 or result.position != "worse" or result.tier in ("", Tier.INSUFFICIENT):
        return ""
    unit = unit_of(result.version)
    lower = result.version.indicator.direction == "lower"
    if unit in ("events_per_patient", EVENT):
        words = _courses_fewer(number) if lower else _courses_more(number)
    else:
        words = _patients_fewer(number) if lower else _patients_more(number)
    return words % {"n": integer(number)}


def _patients_fewer(number: int) -> str:
    return ngettext(
        "About %(n)s patient fewer would be counted here if you were level with the middle practice.",
        "About %(n)s patients fewer would be counted here if you were level with the middle practice.",
        number,
    )


def _patients_more(number: int) -> str:
    return ngettext(
        "About %(n)s more patient would meet the measure if you were level with the middle practice.",
        "About %(n)s more patients would meet the measure if you were level with the middle practice.",
        number,
    )


def _courses_fewer(number: int) -> str:
    return ngettext(
        "About %(n)s course fewer would be counted here if you were level with the middle practice.",
        "About %(n)s courses fewer would be counted here if you were level with the middle practice.",
        number,
    )


def _courses_more(number: int) -> str:
    return ngettext(
        "About %(n)s more course would meet the measure if you were level with the middle practice.",
        "About %(n)s more courses would meet the measure if you were level with the middle practice.",
        number,
    )


def reliability_words(result: Result) -> str:
    """What the number can tell us about the difference to others."""
    if result.reliability is None or result.tier in ("", Tier.INSUFFICIENT):
        return ""
    return text(f"uncertainty.reliability_{reliability_word(result.reliability)[0]}")


def detectable_words(result: Result) -> str:
    """The smallest difference that so many patients can show."""
    if result.mdd is None or result.version.indicator.type == "rate":
        return ""
    return text("uncertainty.mdd", n=result.n, difference=decimal(100 * result.mdd, 0))


def target_of(version: IndicatorVersion) -> float | None:
    """The target in the scale of the stored value."""
    if not version.target:
        return None
    number = float(version.target["num"])
    return number if version.indicator.type == "rate" else number / 100


def target_words(result: Result) -> str:
    """Is the target met, not met, or undecided with so few patients?"""
    level = target_of(result.version)
    if level is None or result.lower is None or result.upper is None:
        return ""
    shown = value_words(level, result.version)
    upwards = result.version.target["op"] in ("ge", "gt")
    met = result.lower >= level if upwards else result.upper <= level
    missed = result.upper < level if upwards else result.lower > level
    return text(f"uncertainty.target_{'met' if met else 'not_met' if missed else 'uncertain'}", target=shown)


def reading(result: Result) -> str:
    """One sentence for a chart's title: what it shows, the newest value, its interval and the comparison."""
    name = chosen(result.version.texts["name"])
    if result.value is None:
        return _("%(name)s: no figure for the newest month.") % {"name": name}
    value = value_words(result.value, result.version, result.n)
    first = _("%(name)s: %(value)s (%(fraction)s).") % {
        "name": name,
        "value": value,
        "fraction": fraction_words(result.x, result.n, result.version),
    }
    rest = [interval_words(result.lower, result.upper, result.version, result.n), comparator_words(result)]
    return " ".join([first, *(part if part.endswith(".") else f"{part}." for part in rest if part)])


def next_release(month_end: date) -> date:
    """The day of the next figures: the 15th of the second month after the next quarter's end."""
    quarter_end = add_months(month_end + timedelta(days=1), 3)
    return add_months(quarter_end, 1).replace(day=15)
