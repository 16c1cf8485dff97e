"""The quality of data as pages show it: what to mend first for a practice, and suppliers and practices for a region."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datacapture.codes import code_sets
from datacapture.enums import QualityMeasure
from datacapture.models import IndicatorVersion, QualityResult
from kip.core.numbers import danish, decimal, integer, month, percent
from kip.stats.disclosure import Published, Rule, publish
from practices.models import Practice

LEAST_EFFECT = 0.05
SHOWN = 12
LEAST_PRACTICES = 3
WHOLE = ("", "")
Rows = Mapping[str, Mapping[tuple[str, str], QualityResult]]


@dataclass(frozen=True)
class Mend:
    """One thing to mend: what is wrong, how wrong, what to do and where."""

    row: QualityResult
    title: str
    text: str
    action: str
    effect: str
    url: str
    link: str


@dataclass(frozen=True)
class QualityPage:
    """A practice's data as they are; figures are (label, now, earlier), suppliers one line per system."""

    as_of: date | None
    mends: tuple[Mend, ...]
    more: int
    figures: tuple[tuple[str, str, str], ...]
    suppliers: tuple[tuple[str, str, str, str, str], ...]


def own_page(practice: Practice) -> QualityPage:
    """Everything on one practice, for itself: three queries."""
    return _page(list(QualityResult.objects.filter(practice=practice).order_by("-effect", "measure", "key", "producer")))


def _page(rows: Sequence[QualityResult]) -> QualityPage:
    names = _measure_names(row.key for row in rows if row.measure == QualityMeasure.UNKNOWN)
    wrong = [row for row in rows if row.effect >= LEAST_EFFECT]
    by_measure: dict[str, dict[tuple[str, str], QualityResult]] = defaultdict(dict)
    for row in rows:
        by_measure[row.measure][row.key, row.producer] = row
    return QualityPage(
        as_of=rows[0].as_of if rows else None,
        mends=tuple(_mend(row, names) for row in wrong[:SHOWN]),
        more=max(0, len(wrong) - SHOWN),
        figures=tuple(_figures(by_measure)),
        suppliers=tuple(_supplier(row) for (_key, producer), row in sorted(by_measure["lateness"].items()) if producer),
    )


def _measure_names(codes: Iterable[str]) -> dict[str, str]:
    language = "da" if danish() else "en"
    running = IndicatorVersion.objects.filter(indicator__code__in=list(codes), retired_at=None).select_related("indicator")
    return {version.indicator.code: version.texts["name"][language] for version in running}


def _figures(rows: Rows) -> Iterable[tuple[str, str, str]]:
    if row := rows["coverage"].get(WHOLE):
        yield _("Patients on the list with a record in the last 12 months"), percent(row.value or 0), _earlier(row)
    if row := rows["coding"].get(WHOLE):
        yield _("Contacts with a diagnosis code, last three months"), percent(row.value or 0), _earlier(row)
    if row := rows["lateness"].get(WHOLE):
        yield _("Days until half of the records have come"), decimal(row.value or 0, 0), ""
        yield _("Days until nine out of ten have come"), decimal(row.upper or 0, 0), ""
    if row := rows["corrected"].get(WHOLE):
        yield _("Records corrected or taken back later"), percent(row.value or 0, row.n), ""
    if row := rows["corrected"].get(("repeats", "")):
        yield _("Lines that we had already"), percent(row.value or 0), ""


def _earlier(row: QualityResult) -> str:
    return percent(row.before) if row.before is not None else ""


def _supplier(row: QualityResult) -> tuple[str, str, str, str, str]:
    name = row.producer if row.producer != "?" else _("Not stated")
    return name, integer(row.n), decimal(row.value or 0, 0), decimal(row.upper or 0, 0), percent(row.x / row.n)


def _mend(row: QualityResult, names: Mapping[str, str]) -> Mend:
    say: dict[str, Callable[[QualityResult], tuple[str, str, str]]] = {
        QualityMeasure.COVERAGE: _thin_months if row.key else _fewer_patients,
        QualityMeasure.MISSING: _never_seen,
        QualityMeasure.CODING: _fewer_codes,
        QualityMeasure.UNIT: _other_unit,
        QualityMeasure.LATENESS: _late,
    }
    url, link = reverse("datacapture:deliveries"), _("Go to Data intake")
    if row.measure == QualityMeasure.UNKNOWN:
        title, text, action = _not_judged(row, names.get(row.key, row.key))
        url, link = reverse("datacapture:measure", args=[row.key]), _("See the measure")
    else:
        title, text, action = say[row.measure](row)
    effect = _("Holds back as much as %(n)s measures.") % {"n": decimal(row.effect)}
    return Mend(row, title, text, action, effect, url, link)


def _other_unit(row: QualityResult) -> tuple[str, str, str]:
    values = {
        "code": row.key, "producer": row.producer or _("the practice's own system"), "x": integer(row.x), "n": integer(row.n),
        "month": month(row.since) if row.since else "", "factor": _times(row.value or 1),
    }  # fmt: skip
    return (
        _("Values of %(code)s look like another unit") % values,
        _("%(x)s of %(n)s values from %(producer)s are about %(factor)s the usual ones. It began in %(month)s.") % values,
        _("Ask %(producer)s which unit it sends, and have corrected values sent.") % values,
    )


def _times(factor: float) -> str:
    if factor >= 1:
        return _("%(n)s times") % {"n": integer(float(f"{factor:.2g}"))}
    return _("one %(n)sth of") % {"n": integer(float(f"{1 / factor:.2g}"))}


def _thin_months(row: QualityResult) -> tuple[str, str, str]:
    text = ngettext(
        "%(x)s of the last %(n)s months holds far fewer records than usual. It is %(month)s.",
        "%(x)s of the last %(n)s months hold far fewer records than usual. The first is %(month)s.",
        row.x,
    )
    values = {"x": integer(row.x), "n": integer(row.n), "month": month(row.since) if row.since else ""}
    return _("Data are missing for whole months"), text % values, _("Have the extract for these months sent again.")


def _fewer_patients(row: QualityResult) -> tuple[str, str, str]:
    values = {"now": percent(row.value or 0), "before": percent(row.before or 0)}
    return (
        _("Fewer of your patients have data than a year ago"),
        _("%(now)s of the patients on your list have a record in the last 12 months, against %(before)s the year before.")
        % values,
        _("Check that the extract covers every clinician and every patient."),
    )


def _never_seen(row: QualityResult) -> tuple[str, str, str]:
    entry = code_sets().get(row.key)
    name = (entry.da if danish() else entry.en) if entry else row.key
    text = _("The measures need these codes, and they may be sent, but none have come in two years.")
    if row.before is not None:
        text += " " + _("%(share)s of the practices of the profession send them.") % {"share": percent(row.before)}
    action = _("Ask your system supplier to include the codes in the extract. If you never use them, you need do nothing.")
    return _("Nothing has come on: %(name)s") % {"name": name}, text, action


def _fewer_codes(row: QualityResult) -> tuple[str, str, str]:
    values = {"now": percent(row.value or 0), "before": percent(row.before or 0)}
    return (
        _("Fewer contacts have a diagnosis code"),
        _("%(now)s of the contacts in the last three months, against %(before)s in the nine months before.") % values,
        _("If you code as you used to, the fault is in the transfer: ask your system supplier."),
    )


def _not_judged(row: QualityResult, name: str) -> tuple[str, str, str]:
    values = {"x": integer(row.x), "n": integer(row.n)}
    return (
        name,
        _("%(x)s of %(n)s patients cannot be judged, because what the measure needs is not recorded.") % values,
        _("Record it at the next visit. The measure says what it needs."),
    )


def _late(row: QualityResult) -> tuple[str, str, str]:
    values = {"share": percent(row.x / row.n), "days": decimal(row.upper or 0, 0)}
    return (
        _("Data come late"),
        _("%(share)s of the records come more than 30 days after their day. Nine out of ten have come after %(days)s days.")
        % values,
        _("Ask your system supplier for a daily transfer."),
    )


@dataclass(frozen=True)
class RegionQuality:
    """Suppliers and practices of a region; suppliers behind fewer than three practices are one line."""

    as_of: date | None
    suppliers: tuple[tuple[str, ...], ...]
    practices: tuple[tuple[Any, ...], ...]


def region_page(region_id: int, profession: str) -> RegionQuality:
    """Counts of data only, and shares of patients after the disclosure gate: two queries."""
    found = QualityResult.objects.filter(region_id=region_id)
    places = Practice.objects.filter(region_id=region_id, valid_to=None).order_by("name")
    if profession:
        found, places = found.filter(practice__profession=profession), places.filter(profession=profession)
    rows = list(found.exclude(measure=QualityMeasure.UNKNOWN))
    by_practice: dict[int, list[QualityResult]] = defaultdict(list)
    for row in rows:
        by_practice[row.practice_id].append(row)
    known = [place for place in places if place.pk in by_practice]
    return RegionQuality(
        as_of=max((row.as_of for row in rows), default=None),
        suppliers=tuple(_suppliers(rows)),
        practices=tuple(_practice_lines(known, by_practice)),
    )


def _suppliers(rows: Sequence[QualityResult]) -> Iterable[tuple[str, ...]]:
    late: dict[str, list[QualityResult]] = defaultdict(list)
    for row in rows:
        if row.measure == QualityMeasure.LATENESS and row.producer:
            late[row.producer].append(row)
    few = [row for name, own in late.items() if len(own) < LEAST_PRACTICES for row in own]
    groups = {name: own for name, own in sorted(late.items()) if len(own) >= LEAST_PRACTICES}
    if len({row.practice_id for row in few}) >= LEAST_PRACTICES:
        groups[_("Other systems")] = few
    units: dict[str, list[QualityResult]] = defaultdict(list)
    for row in rows:
        if row.measure == QualityMeasure.UNIT:
            units[row.producer].append(row)
    for name, own in groups.items():
        wrong = units.get(name, [])
        said = _unit_words(wrong) if len({row.practice_id for row in wrong}) >= LEAST_PRACTICES else "–"
        days = decimal(median(row.value or 0 for row in own), 0), decimal(median(row.upper or 0 for row in own), 0)
        yield name, integer(len({row.practice_id for row in own})), *days, said


def _unit_words(rows: Sequence[QualityResult]) -> str:
    codes = ", ".join(sorted({row.key for row in rows}))
    since = min(row.since for row in rows if row.since)
    values = {"codes": codes, "n": integer(len({row.practice_id for row in rows})), "month": month(since)}
    return _("%(codes)s at %(n)s practices, from %(month)s") % values


def _practice_lines(places: Sequence[Practice], rows: Mapping[int, Sequence[QualityResult]]) -> Iterable[tuple[Any, ...]]:
    whole = {place.pk: {row.measure: row for row in rows[place.pk] if (row.key, row.producer) == WHOLE} for place in places}
    coverage, coding = (_gate([whole[place.pk].get(name) for place in places]) for name in ("coverage", "coding"))
    for position, place in enumerate(places):
        late = whole[place.pk].get("lateness")
        thin = next((row.x for row in rows[place.pk] if row.measure == "coverage" and row.key == "months"), 0)
        yield (
            place, _share(coverage, position), _share(coding, position), integer(thin),
            decimal(late.value or 0, 0) if late else "–", decimal(late.upper or 0, 0) if late else "–",
        )  # fmt: skip


def _gate(rows: Sequence[QualityResult | None]) -> Published | None:
    if not rows:
        return None
    return publish(
        [row.x if row else 0 for row in rows], [row.n if row else 0 for row in rows], rule=Rule(threshold=settings.KIP_SMALL_CELL)
    )


def _share(published: Published | None, position: int) -> str:
    if published is None or str(published.state[position]) != "shown":
        return "–"
    return percent(float(published.value[position]))


def region_practice_page(practice: Practice) -> QualityPage:
    """One practice as its region may see it: the faults in its data, no patient counts and no single measure."""
    found = QualityResult.objects.filter(practice=practice).exclude(measure=QualityMeasure.UNKNOWN)
    shown = found.exclude(measure=QualityMeasure.COVERAGE, key="").exclude(measure=QualityMeasure.CODING)
    return _page(list(shown.order_by("-effect", "measure", "key", "producer")))
