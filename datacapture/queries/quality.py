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
from datacapture.queries.needed_sets import sets_named
from datacapture.queries.pathway_words import days_words, fraction_words
from datacapture.queries.wording import chosen
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
    """One thing to mend: what is wrong, how wrong, what to do, what that gives, and where. row: the one it weighs most in."""

    row: QualityResult
    title: str
    text: str
    action: str
    gain: str
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
    wrong = [row for row in rows if row.effect >= LEAST_EFFECT]
    versions = _versions(row.key for row in wrong if row.measure == QualityMeasure.UNKNOWN)
    by_measure: dict[str, dict[tuple[str, str], QualityResult]] = defaultdict(dict)
    for row in rows:
        by_measure[row.measure][row.key, row.producer] = row
    groups = _causes(wrong, versions)
    return QualityPage(
        as_of=rows[0].as_of if rows else None,
        mends=tuple(_mend(group, versions) for group in groups[:SHOWN]),
        more=max(0, len(groups) - SHOWN),
        figures=tuple(_figures(by_measure)),
        suppliers=tuple(_supplier(row) for (_key, producer), row in sorted(by_measure["lateness"].items()) if producer),
    )


def _versions(codes: Iterable[str]) -> dict[str, IndicatorVersion]:
    running = IndicatorVersion.objects.filter(indicator__code__in=list(codes), retired_at=None).select_related("indicator")
    return {version.indicator.code: version for version in running}


def _causes(rows: Sequence[QualityResult], versions: Mapping[str, IndicatorVersion]) -> list[list[QualityResult]]:
    """Rows in their order; what several measures miss for the same reason is one group, where its first row stands."""
    groups: dict[object, list[QualityResult]] = {}
    for row in rows:
        sets = _missed(versions.get(row.key)) if row.measure == QualityMeasure.UNKNOWN else None
        groups.setdefault(sets or row.pk, []).append(row)
    return sorted(groups.values(), key=lambda group: -sum(row.effect for row in group))


def _missed(version: IndicatorVersion | None) -> frozenset[str]:
    """The code sets whose absence keeps a measure from judging a patient."""
    if version is None:
        return frozenset()
    return sets_named(version.definition, version.definition.get("indicator", {}).get("unknown"))


def _figures(rows: Rows) -> Iterable[tuple[str, str, str]]:
    if row := rows["coverage"].get(WHOLE):
        yield _("Patients on the list with a record in the last 12 months"), percent(row.value or 0), _earlier(row)
    if (row := rows["coding"].get(WHOLE)) and (row.x or row.before):  # where nobody asks for codes there is nothing to tell
        yield _("Contacts with a diagnosis code, last three months"), percent(row.value or 0), _earlier(row)
    if row := rows["lateness"].get(WHOLE):
        yield _("Half of the records come within"), days_words(row.value), ""
        yield _("Nine out of ten records come within"), days_words(row.upper), ""
    if row := rows["corrected"].get(WHOLE):
        yield _("Records corrected or taken back later"), _rare(row), ""
    if row := rows["corrected"].get(("repeats", "")):
        yield _("Lines that we had already"), percent(row.value or 0), ""


def _rare(row: QualityResult) -> str:
    """A share that is often close to nothing: "9 of 900 (1%)"."""
    return fraction_words(row.x, row.n) if row.n and row.x <= row.n else percent(row.value or 0)


def _earlier(row: QualityResult) -> str:
    return percent(row.before) if row.before is not None else ""


def _supplier(row: QualityResult) -> tuple[str, str, str, str, str]:
    name = row.producer if row.producer != "?" else _("Not stated")
    return name, integer(row.n), days_words(row.value), days_words(row.upper), percent(row.x / row.n)


def _mend(group: Sequence[QualityResult], versions: Mapping[str, IndicatorVersion]) -> Mend:
    say: dict[str, Callable[[QualityResult], tuple[str, str, str, str]]] = {
        QualityMeasure.COVERAGE: _thin_months if group[0].key else _fewer_patients,
        QualityMeasure.MISSING: _never_seen,
        QualityMeasure.CODING: _fewer_codes,
        QualityMeasure.UNIT: _other_unit,
        QualityMeasure.LATENESS: _late,
    }
    row = group[0]
    if row.measure == QualityMeasure.UNKNOWN:
        url, link = reverse("datacapture:measure", args=[row.key]), _("See the measure")
        return Mend(row, *_not_judged(group, versions), url, link)
    return Mend(row, *say[row.measure](row), reverse("datacapture:deliveries"), _("Go to Data intake"))


def _other_unit(row: QualityResult) -> tuple[str, str, str, str]:
    values = {
        "code": row.key, "producer": row.producer or _("the practice's own system"), "x": integer(row.x), "n": integer(row.n),
        "month": month(row.since) if row.since else "", "factor": _times(row.value or 1),
    }  # fmt: skip
    return (
        _("Values of %(code)s look like another unit") % values,
        _("%(x)s of %(n)s values from %(producer)s are about %(factor)s the usual ones. It began in %(month)s.") % values,
        _("Ask %(producer)s which unit it sends, and have corrected values sent.") % values,
        ngettext("%(x)s value counts again.", "%(x)s values count again.", row.x) % values,
    )


def _times(factor: float) -> str:
    if factor >= 1:
        return _("%(n)s times") % {"n": integer(float(f"{factor:.2g}"))}
    return _("one %(n)sth of") % {"n": integer(float(f"{1 / factor:.2g}"))}


def _thin_months(row: QualityResult) -> tuple[str, str, str, str]:
    text = ngettext(
        "%(x)s of the last %(n)s months holds far fewer records than usual. It is %(month)s.",
        "%(x)s of the last %(n)s months hold far fewer records than usual. The first is %(month)s.",
        row.x,
    )
    values = {"x": integer(row.x), "n": integer(row.n), "month": month(row.since) if row.since else ""}
    return (
        _("Data are missing for whole months"),
        text % values,
        _("Have the extract for these months sent again."),
        _("Your figures can be compared again: one with a missing month gets no verdict."),
    )


def _fewer_patients(row: QualityResult) -> tuple[str, str, str, str]:
    values = {"now": percent(row.value or 0), "before": percent(row.before or 0)}
    return (
        _("Fewer of your patients have data than a year ago"),
        _("%(now)s of the patients on your list have a record in the last 12 months, against %(before)s the year before.")
        % values,
        _("Check that the extract covers every clinician and every patient."),
        _("The figures tell about all your patients again."),
    )


def _never_seen(row: QualityResult) -> tuple[str, str, str, str]:
    name = _set_name(row.key)
    text = _("The measures need these codes, and they may be sent, but none have come in two years.")
    if row.before is not None:
        text += " " + _("%(share)s of the practices of the profession send them.") % {"share": percent(row.before)}
    action = _("Ask your system supplier to include the codes in the extract. If you never use them, you need do nothing.")
    measures = max(1, round(row.effect))
    gain = ngettext("%(n)s measure gets the data it needs.", "%(n)s measures get the data they need.", measures)
    return _("Nothing has come on: %(name)s") % {"name": name}, text, action, gain % {"n": integer(measures)}


def _fewer_codes(row: QualityResult) -> tuple[str, str, str, str]:
    values = {"now": percent(row.value or 0), "before": percent(row.before or 0)}
    return (
        _("Fewer contacts have a diagnosis code"),
        _("%(now)s of the contacts in the last three months, against %(before)s in the nine months before.") % values,
        _("If you code as you used to, the fault is in the transfer: ask your system supplier."),
        _("The measures find the patients they are about again."),
    )


def _set_name(name: str) -> str:
    entry = code_sets().get(name)
    return (entry.da if danish() else entry.en) if entry else name


def _not_judged(group: Sequence[QualityResult], versions: Mapping[str, IndicatorVersion]) -> tuple[str, str, str, str]:
    """What several measures miss for the same reason, each with its own number of patients."""
    missed = [_set_name(name) for name in sorted(_missed(versions.get(group[0].key)))]
    title = _("Not recorded: %(names)s") % {"names": ", ".join(missed)} if missed else _name_of(group[0], versions)
    told = [
        _("%(name)s: %(x)s of %(n)s patients cannot be judged.")
        % {"name": _name_of(row, versions), "x": integer(row.x), "n": integer(row.n)}
        for row in group
    ]
    most = max(row.x for row in group)
    gain = ngettext("Up to %(n)s patient more is judged.", "Up to %(n)s patients more are judged.", most) % {"n": integer(most)}
    return title, " ".join(told), _("Record it at the next visit, or have it included in the extract."), gain


def _name_of(row: QualityResult, versions: Mapping[str, IndicatorVersion]) -> str:
    return chosen(versions[row.key].texts["name"]) if row.key in versions else row.key


def _late(row: QualityResult) -> tuple[str, str, str, str]:
    values = {"share": percent(row.x / row.n), "days": decimal(row.upper or 0, 0)}
    return (
        _("Data come late"),
        _("%(share)s of the records come more than 30 days after their day. Nine out of ten have come after %(days)s days.")
        % values,
        _("Ask your system supplier for a daily transfer."),
        _("Your figures are up to date sooner."),
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
    coding_rows = [whole[place.pk].get("coding") for place in places]
    # Nobody of some professions codes contacts: a nought would read as a fault.
    coders = {place.profession for place, row in zip(places, coding_rows, strict=True) if row and row.x}
    asked = [row if place.profession in coders else None for place, row in zip(places, coding_rows, strict=True)]
    coverage, coding = _gate([whole[place.pk].get("coverage") for place in places]), _gate(asked)
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
