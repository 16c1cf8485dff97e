"""A stored result in the reader's words: the one place where a number becomes text for page, chart, CSV and PDF."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.enums import Tier
from datacapture.models import IndicatorVersion, PracticeCell, Result
from kip.core.numbers import danish, decimal, figure, integer, long_date, month, percent, percent_figure, points
from kip.core.texts import text, verdict_sentence
from kip.core.workdays import add_months
from kip.stats.shrink import reliability_word

PATIENT, EVENT = "patient", "event"
SHARES = frozenset({"proportion", "composite_all", "mean_change"})
GAP, DAYS = "gap", "median_days"


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


def is_share(version: IndicatorVersion) -> bool:
    """True where a stored value is a share of 0-1."""
    return version.indicator.type in SHARES


def of_practices(version: IndicatorVersion) -> bool:
    """False for a gap between areas, which is no practice's own number."""
    return version.indicator.type != GAP or version.definition["indicator"]["by"] == "deprivation_quintile"


def value_words(value: float | None, version: IndicatorVersion, n: int | None = None) -> str:
    """ "80 %", "312 per 1,000", "14 days" or "4 percentage points"."""
    if value is None:
        return ""
    kind = version.indicator.type
    if kind == GAP:
        return _("%(value)s percentage points") % {"value": points(value, n)}
    written = figure(value, kind, n)
    if kind == "rate":
        return _("%(value)s per %(per)s") % {"value": written, "per": integer(version.indicator.per)}
    if kind == DAYS:
        return (_("%(value)s day") if value == 1 else _("%(value)s days")) % {"value": written}
    return written


def _low_words(lower: float, version: IndicatorVersion, n: int | None) -> str:
    """The first number of a span, whose unit stands behind the second."""
    if version.indicator.type == GAP:
        return points(lower, n)
    return percent_figure(lower, n) if is_share(version) else figure(lower, version.indicator.type, n)


def tick_of(version: IndicatorVersion) -> Callable[[float], str]:
    """How a chart's axis writes a value; points stand without their long unit, which the lines' names have."""
    if is_share(version):
        return percent
    if version.indicator.type == DAYS:
        return lambda value: value_words(value, version)
    return points if version.indicator.type == GAP else lambda value: figure(value, "rate") if value else "0"


def axis_of(version: IndicatorVersion) -> Literal["percent", "rate"]:
    """The kind of axis a value is drawn on."""
    return "percent" if is_share(version) or version.indicator.type == GAP else "rate"


def fraction_words(x: int, n: int, version: IndicatorVersion) -> str:
    """ "64 of 80 patients", or what else the indicator counts; of a gap only the size of its smaller group is known."""
    kind = version.indicator.type
    if kind == GAP:
        return _("at least %(n)s patients in each group") % {"n": integer(n)}
    if kind == DAYS:
        return ngettext("%(n)s course with a first visit", "%(n)s courses with a first visit", n) % {"n": integer(n)}
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
    low = percent(lower, n) if is_share(version) else _low_words(lower, version, n)
    return text("uncertainty.interval", lower=low, upper=value_words(upper, version, n))


def span_words(lower: float | None, upper: float | None, version: IndicatorVersion, n: int | None) -> str:
    """The interval for a table cell under a heading that says what it is: "26-48 %"."""
    if lower is None or upper is None:
        return ""
    low = _low_words(lower, version, n)
    between = _(" to ") if version.indicator.type == GAP else "-"  # a gap may be negative
    return f"{low}{between}{value_words(upper, version, n)}"


def sentence(result: Result | PracticeCell, *, audience: str = "own", n: int | None = None) -> str:
    """The verdict sentence of a stored row; `n` overrides the count where others read a rounded one."""
    version = result.version
    if result.thin:
        return thin_words(result)
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
        n=(result.n or 0) if n is None else n,
        min_n=version.min_n,
    )


def tier_word(tier: str) -> str:
    """The verdict's word, also where nothing could be compared."""
    return text(f"verdict.label.{tier}") if tier else _("Not compared")


def verdict_word(result: Result) -> str:
    """As `tier_word`, with its own word where months are missing."""
    return text("empty.thin_months.title") if result.thin else tier_word(result.tier)


def thin_words(result: Result | PracticeCell) -> str:
    """ "Data for April 2026 are missing, so the figure is not compared"; "" where none are."""
    return text("empty.thin_months.text", months=months_words(result.thin_months)) if result.thin else ""


def all_thin_words(rows: Iterable[Result | PracticeCell]) -> str:
    """One sentence on all thin months behind a practice's newest figures; "" where there are none."""
    months = sorted({month for row in rows for month in row.thin_months})
    return text("empty.thin_months.all", months=months_words(months)) if months else ""


def months_words(months: Sequence[date]) -> str:
    """ "March, April 2025 and May 2026" in full: every month with its year."""
    names = [month(day) for day in months]
    return names[0] if len(names) == 1 else _("%(most)s and %(last)s") % {"most": ", ".join(names[:-1]), "last": names[-1]}


def open_words(result: Result) -> str:
    """Cases of days whose end has not come: the median knows nothing of them; "" where there are none."""
    number = result.open_cases
    if not number:
        return ""
    words = ngettext(
        "%(n)s referral has no first visit yet and is not in the figure.",
        "%(n)s referrals have no first visit yet and are not in the figure.",
        number,
    )
    return words % {"n": integer(number)}


def mean_words(result: Result) -> str:
    """The mean score change behind a share of changes; "" where none is stored."""
    if result.mean is None:
        return ""
    return _("On average the score changed by %(value)s points.") % {"value": decimal(result.mean, 1)}


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


def _gain(result: Result) -> int:
    number = round(result.gain or 0)
    return 0 if result.position != "worse" or result.tier in ("", Tier.INSUFFICIENT) else max(number, 0)


def gain_words(result: Result) -> str:
    """How many patients (or courses, or events) it is about; "" below one, because half a patient is nobody."""
    number = _gain(result)
    if not number:
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


def reliability_words(result: Result | PracticeCell) -> str:
    """What the number can tell us about the difference to others."""
    if result.reliability is None or result.tier in ("", Tier.INSUFFICIENT):
        return ""
    return text(f"uncertainty.reliability_{reliability_word(result.reliability)[0]}")


def detectable_words(result: Result) -> str:
    """The smallest difference that so many patients can show."""
    if result.mdd is None or not is_share(result.version):
        return ""
    return text("uncertainty.mdd", n=result.n, difference=decimal(100 * result.mdd, 0))


def target_of(version: IndicatorVersion) -> float | None:
    """The target in the scale of the stored value."""
    if not version.target:
        return None
    number = float(version.target["num"])
    return number / 100 if is_share(version) or version.indicator.type == GAP else number


def target_words(result: Result) -> str:
    """Is the target met, not met, or undecided with so few patients?"""
    level = target_of(result.version)
    if level is None or result.lower is None or result.upper is None:
        return ""
    shown = value_words(level, result.version)
    upwards = result.version.target["op"] in ("ge", "gt")
    met = result.lower >= level if upwards else result.upper <= level
    missed = result.upper < level if upwards else result.lower > level
    words = text(f"uncertainty.target_{'met' if met else 'not_met' if missed else 'uncertain'}", target=shown)
    behind = met and result.position == "worse" and result.tier in (Tier.SIGNAL, Tier.ATTENTION)
    further = _("Most other practices are further ahead, so there is still something to gain.")
    return f"{words} {further}" if behind else words


def reading(result: Result, comparison: str | None = None) -> str:
    """Sentences for a chart's title: what it shows, the newest value, its interval and the comparison (None: the nation)."""
    name = chosen(result.version.texts["name"])
    if result.value is None:
        return _("%(name)s: no figure for the newest month.") % {"name": name}
    value = value_words(result.value, result.version, result.n)
    first = _("%(name)s: %(value)s (%(fraction)s).") % {
        "name": name,
        "value": value,
        "fraction": fraction_words(result.x, result.n, result.version),
    }
    against = comparator_words(result) if comparison is None else comparison
    rest = [interval_words(result.lower, result.upper, result.version, result.n), against]
    return " ".join([first, *(part if part.endswith(".") else f"{part}." for part in rest if part)])


def next_release(month_end: date) -> date:
    """The day of the next figures: the 15th of the second month after the next quarter's end."""
    quarter_end = add_months(month_end + timedelta(days=1), 3)
    return add_months(quarter_end, 1).replace(day=15)


def enough_words(due: date | None) -> str:
    """When a measure may have enough patients, said as the guess it is."""
    if due is None:
        return text("uncertainty.enough_unknown")
    return _("If the number keeps growing as it did the past year, there will be enough around %(month)s.") % {
        "month": month(due)
    }


def overdue_words(due: date) -> str:
    """The next figures should have been here."""
    return _("New figures were due %(date)s and are delayed. %(who)s is working on it.") % {
        "date": long_date(due),
        "who": settings.KIP_CONTACT,
    }


def late_data_words(month_end: date, label: str, then: Result, now: Result) -> str:
    """What a month's number was when a release first said it, and what it is with the data that came later."""
    values = {
        "month": month(month_end),
        "label": label,
        "then": value_words(then.value, now.version, then.n) or fraction_words(then.x, then.n, now.version),
        "now": value_words(now.value, now.version, now.n) or fraction_words(now.x, now.n, now.version),
    }
    return _("For %(month)s release %(label)s said %(then)s. With the data that came later it is %(now)s.") % values


def gap_words(raw: float | None, adjusted: float | None, version: IndicatorVersion, n: int) -> str:
    """Raw and adjusted beside each other, with what the gap means; "" where nothing was adjusted."""
    if raw is None or adjusted is None:
        return ""
    one, other = value_words(raw, version, n), value_words(adjusted, version, n)
    if one == other:
        return _("Adjusted for age and sex the figure is the same: your patients' age and sex do not explain it.")
    higher = adjusted > raw
    numbers = {"raw": one, "adjusted": other}
    if higher:
        return (
            _(
                "Counted straight the figure is %(raw)s, adjusted for age and sex %(adjusted)s."
                " Your patients' age and sex make it look lower than it is among comparable patients."
            )
            % numbers
        )
    return (
        _(
            "Counted straight the figure is %(raw)s, adjusted for age and sex %(adjusted)s."
            " Your patients' age and sex make it look higher than it is among comparable patients."
        )
        % numbers
    )
