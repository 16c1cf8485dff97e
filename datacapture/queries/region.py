"""What a region reads: verdicts without numbers, and numbers only through the disclosure gate. No patient-level table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Count, QuerySet
from django.urls import reverse

from datacapture.enums import Tier
from datacapture.models import IndicatorVersion, Release, Result
from datacapture.queries import wording
from datacapture.queries.releases import Edition, edition
from datacapture.queries.releases import published as published_release
from datacapture.results.regions import Shown, publish_region
from kip.core.numbers import integer
from kip.core.texts import text
from kip.stats.disclosure import Rule
from practices.models import Practice


def region_practices_of(region_id: int, profession: str) -> QuerySet[Practice]:
    """Existing practices of the region, of one profession or all."""
    found = Practice.objects.filter(region_id=region_id, valid_to=None)
    return found.filter(profession=profession) if profession else found


def newest_of(release: Release, region_id: int, profession: str) -> QuerySet[Result]:
    """The stored rows of a region's practices for the release's last month."""
    rows = Result.objects.filter(release=release, region_id=region_id, month_end=release.month_end)
    return rows.filter(practice__profession=profession) if profession else rows


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
    """A region's practices, by name or by patients to gain, never by value."""

    edition: Edition | None
    rows: tuple[PracticeRow, ...]
    measure: str
    title: str
    direction_words: str
    choices: tuple[tuple[str, str], ...]
    order: str


def practice_list(region_id: int, profession: str, measure: str = "", order: str = "name") -> PracticeList | None:
    """The list; None when `measure` names no running indicator. Five queries."""
    release = published_release()
    versions = list(IndicatorVersion.objects.filter(retired_at=None).select_related("indicator"))
    shown = [version for version in versions if version.indicator.type != wording.GAP]  # a practice's gap is its own to read
    choices = [version for version in shown if not profession or profession in version.indicator.professions]
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
        newest_of(release, region_id, "").filter(version=version).select_related("practice") if release else Result.objects.none()
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
            rule=Rule(threshold=settings.KIP_SMALL_CELL),
        )
        cells.update(zip(ids, gate, strict=True))
    if version.indicator.type == wording.DAYS:
        return {pk: _with_days(cell, stored[pk]) for pk, cell in cells.items()}
    return cells


def _with_days(cell: Shown, row: Result) -> Shown:
    """A median is no quotient of the two counts: it is shown as it is stored, where the gate lets the counts out."""
    return replace(cell, value=row.value, lower=row.lower, upper=row.upper) if cell.state == "shown" else cell


def _visible_gain(cell: Shown | None, row: Result | None) -> float:
    """The order may not tell what the cell hides."""
    return (row.gain or 0.0) if row and cell and cell.state == "shown" else 0.0


def _signal(row: Result | None) -> str:
    """A region reads clear signals only, and where months are missing; weaker hints are the practice's own."""
    if row and row.thin:
        return wording.verdict_word(row)
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
    release = published_release()
    if release is None:
        return PracticeSheet(None, practice, ())
    stored: dict[int, dict[int, Result]] = {}
    rows = newest_of(release, practice.region_id, practice.profession)
    words = ("month_end", "tier", "position", "trend", "since", "gain", "thin")
    for row in rows.only("version_id", "practice_id", "n", "x", "value", "lower", "upper", *words):
        stored.setdefault(row.version_id, {})[row.practice_id] = row
    versions = IndicatorVersion.objects.filter(pk__in=stored).exclude(indicator__type=wording.GAP)
    versions = versions.select_related("indicator").order_by("indicator__code")
    return PracticeSheet(
        edition(release), practice, tuple(_sheet_row(practice, version, stored[version.pk]) for version in versions)
    )


def _sheet_row(practice: Practice, version: IndicatorVersion, stored: dict[int, Result]) -> tuple[PracticeRow, str, str]:
    cells = published([(pk, practice.profession) for pk in stored], stored, version)
    own = stored.get(practice.pk)
    sentence = ""
    if own is not None and (own.tier == Tier.SIGNAL or own.thin):
        own.version = version
        sentence = wording.sentence(own, audience="region")
    row = _row(practice, cells.get(practice.pk), version, _signal(own))
    return row, wording.chosen(version.texts["name"]), sentence
