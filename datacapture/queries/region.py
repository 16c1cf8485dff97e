"""What a region reads: verdicts without numbers, and numbers only through the disclosure gate. No patient-level table."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from datacapture.enums import Tier
from datacapture.models import IndicatorVersion, RegionResult, Release, Result
from datacapture.queries import wording
from datacapture.queries.measures import Edition, edition, latest_release
from datacapture.results.regions import Shown, publish_region
from kip.core.numbers import integer
from kip.core.texts import text
from kip.stats.disclosure import Rule
from practices.enums import Profession
from practices.models import Practice

FALSE_SHARE = 0.05  # Benjamini-Hochberg keeps the expected share of false signals at or below this


@dataclass(frozen=True)
class Completeness:
    """How many of the register's practices of a profession have figures in the release."""

    profession: str
    practices: int
    with_figures: int

    @property
    def words(self) -> str:
        return _("%(with)s of %(all)s practices") % {"with": integer(self.with_figures), "all": integer(self.practices)}


@dataclass(frozen=True)
class RegionRow:
    """One indicator and profession in a region. value is empty where `hidden` says why."""

    code: str
    title: str
    profession: str
    practices: int
    n: str
    value: str
    spread: str
    hidden: str
    signals: int
    url: str


@dataclass(frozen=True)
class RegionOverview:
    """R1: completeness, verdicts counted, the false signals to expect, and the region's results."""

    edition: Edition | None
    completeness: tuple[Completeness, ...]
    tiers: tuple[tuple[str, str, int], ...]
    false_signals: str
    rows: tuple[RegionRow, ...]


def region_practices_of(region_id: int, profession: str) -> QuerySet[Practice]:
    """Existing practices of the region, of one profession or all."""
    found = Practice.objects.filter(region_id=region_id, valid_to=None)
    return found.filter(profession=profession) if profession else found


def _newest(release: Release, region_id: int, profession: str) -> QuerySet[Result]:
    rows = Result.objects.filter(release=release, region_id=region_id, month_end=release.month_end)
    return rows.filter(practice__profession=profession) if profession else rows


def region_overview(region_id: int, profession: str) -> RegionOverview:
    """Start page of a consultant: five queries."""
    release = latest_release()
    register = dict(region_practices_of(region_id, profession).order_by().values_list("profession").annotate(Count("pk")))
    if release is None:
        return RegionOverview(None, _completeness(register, {}), (), "", ())
    newest = _newest(release, region_id, profession)
    counted = newest.filter(n__gt=0).order_by().values_list("practice__profession")
    figures = dict(counted.annotate(Count("practice_id", distinct=True)))
    verdicts = list(newest.order_by().values_list("version_id", "practice__profession", "tier").annotate(Count("pk")))
    totals = RegionResult.objects.filter(release=release, region_id=region_id).select_related("version__indicator")
    if profession:
        totals = totals.filter(profession=profession)
    tiers: Counter[str] = Counter()
    signals: Counter[tuple[int, str]] = Counter()
    for version_id, group, tier, number in verdicts:
        tiers[tier] += number
        if tier == Tier.SIGNAL:
            signals[version_id, group] += number
    return RegionOverview(
        edition=edition(release),
        completeness=_completeness(register, figures),
        tiers=tuple((tier, wording.tier_word(tier), tiers[tier]) for tier in reversed(Tier.values)),
        false_signals=text("uncertainty.false_signals", n=tiers[Tier.SIGNAL], expected=expected_false(tiers[Tier.SIGNAL])),
        rows=tuple(_region_row(row, signals) for row in totals.order_by("version__indicator__code", "profession")),
    )


def expected_false(signals: int) -> str:
    """ "0-1" false signals among 7: the procedure keeps their expected share at 5 per cent or less."""
    return f"0-{math.ceil(FALSE_SHARE * signals)}" if signals else "0"


def _completeness(register: dict[str, int], figures: dict[str, int]) -> tuple[Completeness, ...]:
    return tuple(
        Completeness(str(label), register[value], figures.get(value, 0))
        for value, label in Profession.choices
        if value in register
    )


def _region_row(row: RegionResult, signals: Counter[tuple[int, str]]) -> RegionRow:
    version = row.version
    code = version.indicator.code
    return RegionRow(
        code=code,
        title=wording.chosen(version.texts["name"]),
        profession=str(Profession(row.profession).label),
        practices=row.practices,
        n=integer(row.n) if row.n is not None else "",
        value=wording.value_words(row.value, version, row.n),
        spread=_spread(row),
        hidden=_hidden(row),
        signals=signals[version.pk, row.profession],
        url=f"{reverse('datacapture:region_practices')}?measure={code}",
    )


def _spread(row: RegionResult) -> str:
    if row.p10 is None or row.p90 is None:
        return ""
    low, high = (wording.value_words(part, row.version, row.n) for part in (row.p10, row.p90))
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _hidden(row: RegionResult) -> str:
    if row.suppressed:
        return text("empty.suppressed.title")
    if not row.n:
        return text("empty.no_data.title")
    return text("empty.too_few.title") if row.value is None else ""


@dataclass(frozen=True)
class PracticeRow:
    """One practice in a region's list. Numbers are rounded and empty where `state` is not shown."""

    practice_id: int
    name: str
    profession: str
    municipality: str
    state: str
    state_words: str
    n: str
    value: str
    interval: str
    signal: str
    url: str


@dataclass(frozen=True)
class PracticeList:
    """R2: a region's practices, by name or by patients to gain, never by value."""

    edition: Edition | None
    rows: tuple[PracticeRow, ...]
    measure: str
    title: str
    direction_words: str
    choices: tuple[tuple[str, str], ...]
    order: str


def practice_list(region_id: int, profession: str, measure: str = "", order: str = "name") -> PracticeList | None:
    """The list; None when `measure` names no running indicator. Five queries."""
    release = latest_release()
    versions = list(IndicatorVersion.objects.filter(retired_at=None).select_related("indicator"))
    choices = [version for version in versions if not profession or profession in version.indicator.professions]
    chosen = next((version for version in choices if version.indicator.code == measure), None)
    if measure and chosen is None:
        return None
    practices = list(region_practices_of(region_id, profession).select_related("municipality"))
    rows = _measured(release, region_id, practices, chosen, order) if chosen else _plain(release, region_id, practices)
    return PracticeList(
        edition=edition(release),
        rows=tuple(rows),
        measure=measure,
        title=wording.chosen(chosen.texts["name"]) if chosen else "",
        direction_words=wording.direction_words(chosen) if chosen else "",
        choices=tuple((item.indicator.code, wording.chosen(item.texts["name"])) for item in choices),
        order=order,
    )


def _plain(release: Release | None, region_id: int, practices: Sequence[Practice]) -> Iterable[PracticeRow]:
    """Without a measure: only how many clear signals there are."""
    signals: dict[int, int] = {}
    if release:
        flagged = Result.objects.filter(release=release, region_id=region_id, month_end=release.month_end, tier=Tier.SIGNAL)
        signals = dict(flagged.order_by().values_list("practice_id").annotate(Count("pk")))
    for practice in practices:
        yield _row(practice, None, None, str(signals.get(practice.pk, 0)))


def _measured(
    release: Release | None, region_id: int, practices: Sequence[Practice], version: IndicatorVersion, order: str
) -> list[PracticeRow]:
    own = [item for item in practices if item.profession in version.indicator.professions]
    newest = (
        _newest(release, region_id, "").filter(version=version).select_related("practice") if release else Result.objects.none()
    )
    stored = {row.practice_id: row for row in newest}
    # The gate sees every practice behind the total, also those that closed and are no longer listed.
    cells = published([(pk, row.practice.profession) for pk, row in stored.items()], stored, version)
    if order == "gain":
        own = sorted(own, key=lambda item: (-_visible_gain(cells.get(item.pk), stored.get(item.pk)), item.name, item.pk))
    return [_row(item, cells.get(item.pk), version, _signal(stored.get(item.pk))) for item in own]


def published(practices: Iterable[tuple[int, str]], stored: dict[int, Result], version: IndicatorVersion) -> dict[int, Shown]:
    """What may be shown of each practice, by id: all practices of a region and profession pass the gate together."""
    groups: dict[str, list[int]] = {}
    for practice_id, profession in practices:
        groups.setdefault(profession, []).append(practice_id)
    cells: dict[int, Shown] = {}
    for ids in groups.values():
        gate = publish_region(
            [stored[pk].x for pk in ids],
            [stored[pk].n for pk in ids],
            rate=version.indicator.type == "rate",
            per=version.indicator.per,
            min_n=version.min_n,
            rule=Rule(threshold=settings.KIP_SMALL_CELL),
        )
        cells.update(zip(ids, gate.cells, strict=True))
    return cells


def _visible_gain(cell: Shown | None, row: Result | None) -> float:
    """The order may not tell what the cell hides."""
    return (row.gain or 0.0) if row and cell and cell.state == "shown" else 0.0


def _signal(row: Result | None) -> str:
    """A region reads clear signals only; weaker hints are the practice's own."""
    return wording.tier_word(Tier.SIGNAL) if row and row.tier == Tier.SIGNAL else ""


def _row(practice: Practice, cell: Shown | None, version: IndicatorVersion | None, signal: str) -> PracticeRow:
    state = cell.state if cell else "no_data"
    shown = cell if cell and version and state == "shown" else None
    return PracticeRow(
        practice_id=practice.pk,
        name=practice.name,
        profession=practice.get_profession_display(),
        municipality=practice.municipality.name,
        state=state,
        state_words="" if state == "shown" else text(f"empty.{state}.title"),
        n=integer(shown.n) if shown and shown.n is not None else "",
        value=wording.value_words(shown.value, version, shown.n) if shown and version else "",
        interval=wording.span_words(shown.lower, shown.upper, version, shown.n) if shown and version else "",
        signal=signal,
        url=reverse("datacapture:region_practice", args=[practice.pk]),
    )


@dataclass(frozen=True)
class PracticeSheet:
    """One practice as its region may see it: each measure's cell after the gate, and clear signals in words."""

    edition: Edition | None
    practice: Practice
    rows: tuple[tuple[PracticeRow, str, str], ...]


def practice_sheet(practice: Practice) -> PracticeSheet:
    """Four queries: the gate needs all practices of the region and profession to decide what one cell may show."""
    release = latest_release()
    if release is None:
        return PracticeSheet(None, practice, ())
    stored: dict[int, dict[int, Result]] = {}
    rows = _newest(release, practice.region_id, practice.profession)
    for row in rows.only("version_id", "practice_id", "n", "x", "tier", "position", "trend", "since", "gain"):
        stored.setdefault(row.version_id, {})[row.practice_id] = row
    versions = IndicatorVersion.objects.filter(pk__in=stored).select_related("indicator").order_by("indicator__code")
    return PracticeSheet(
        edition(release), practice, tuple(_sheet_row(practice, version, stored[version.pk]) for version in versions)
    )


def _sheet_row(practice: Practice, version: IndicatorVersion, stored: dict[int, Result]) -> tuple[PracticeRow, str, str]:
    cells = published([(pk, practice.profession) for pk in stored], stored, version)
    own = stored.get(practice.pk)
    sentence = ""
    if own is not None and own.tier == Tier.SIGNAL:
        own.version = version
        sentence = wording.sentence(own, audience="region")
    row = _row(practice, cells.get(practice.pk), version, _signal(own))
    return row, wording.chosen(version.texts["name"]), sentence
