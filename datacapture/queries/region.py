"""What a region reads of its practices: verdicts in words, and numbers that have passed the disclosure gate. No exact row."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from datacapture.enums import AreaLevel, CellState, Direction, Tier
from datacapture.models import AreaResult, IndicatorVersion, PracticeCell, Release
from datacapture.queries import wording
from datacapture.queries.releases import Edition, edition
from datacapture.queries.releases import published as published_release
from kip.core.numbers import integer
from kip.core.texts import text
from practices.models import Practice


def region_practices_of(region_id: int, profession: str) -> QuerySet[Practice]:
    """Existing practices of the region, of one profession or all."""
    found = Practice.objects.filter(region_id=region_id, valid_to=None)
    return found.filter(profession=profession) if profession else found


def cells_of(release: Release, region_id: int, profession: str) -> QuerySet[PracticeCell]:
    """The newest numbers of a region's practices, after the gate."""
    rows = PracticeCell.objects.filter(release=release, region_id=region_id)
    return rows.filter(profession=profession) if profession else rows


@dataclass(frozen=True)
class PracticeRow:
    """One practice in a region's list. Numbers are rounded and empty where `state` is not shown.

    signal: the verdict in words; concerns, strengths: how many clear signals over all measures.
    """

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
    concerns: int = 0
    strengths: int = 0


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
    """The list; None when `measure` names no running indicator. Four queries."""
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
    """Without a measure: only how many clear signals there are, those to talk about and strengths apart."""
    signals: Counter[tuple[int, str]] = Counter()
    if release:
        flagged = cells_of(release, region_id, "").filter(tier=Tier.SIGNAL)
        found = flagged.exclude(version__indicator__direction=Direction.NEUTRAL).values_list("practice_id", "position")
        signals = Counter((practice_id, position) for practice_id, position in found)
    for practice in practices:
        yield _row(practice, None, None, signals[practice.pk, "worse"], signals[practice.pk, "better"])


def _measured(
    release: Release | None, region_id: int, practices: Sequence[Practice], version: IndicatorVersion, order: str
) -> list[PracticeRow]:
    own = [item for item in practices if item.profession in version.indicator.professions]
    found = cells_of(release, region_id, "").filter(version=version) if release else PracticeCell.objects.none()
    cells = {cell.practice_id: cell for cell in found}
    if order == "gain":
        own = sorted(own, key=lambda item: (-cells[item.pk].gain if item.pk in cells else 0, item.name, item.pk))
    return [_row(item, cells.get(item.pk), version) for item in own]


def signal_words(cell: PracticeCell | None, version: IndicatorVersion | None) -> str:
    """ "Clear signal: lower than expected", which month is missing, or that there is no clear signal."""
    if cell is None or version is None or cell.state == CellState.NO_DATA:
        return ""
    if cell.thin:
        return text("empty.thin_months.title")
    if cell.tier != Tier.SIGNAL:
        return _("No clear signal")
    above = (cell.position == "better") != (version.indicator.direction == Direction.LOWER)
    return _("Clearly higher than expected") if above else _("Clearly lower than expected")


def _row(
    practice: Practice, cell: PracticeCell | None, version: IndicatorVersion | None, concerns: int = 0, strengths: int = 0
) -> PracticeRow:
    state = cell.state if cell else str(CellState.NO_DATA)
    shown = cell if cell and version and state == CellState.SHOWN else None
    return PracticeRow(
        practice_id=practice.pk,
        name=practice.name,
        profession=practice.get_profession_display(),
        municipality=practice.municipality.name,
        state=state,
        state_words="" if state == CellState.SHOWN else text(f"empty.{state}.title"),
        n=integer(shown.n) if shown and shown.n is not None else "",
        value=wording.value_words(shown.value, version) if shown and version else "",
        interval=wording.span_words(shown.lower, shown.upper, version, None) if shown and version else "",
        signal=signal_words(cell, version),
        url=reverse("datacapture:region_practice", args=[practice.pk]),
        concerns=concerns,
        strengths=strengths,
    )


@dataclass(frozen=True)
class SheetRow:
    """One measure of a practice: its cell, the country's middle practice, and the measure's page for the region."""

    cell: PracticeRow
    title: str
    middle: str
    url: str


@dataclass(frozen=True)
class SheetSignal:
    """A clear signal of a practice in words. numbers: its own beside the country's, where it may be shown; strength, neutral:
    which of the two it is, if any; gain: rounded patients.
    """

    title: str
    sentence: str
    reliability: str
    gain: str
    numbers: str
    strength: bool
    neutral: bool
    url: str


@dataclass(frozen=True)
class SheetTheme:
    """A theme's measures; signals: how many of them are clear signals."""

    label: str
    rows: tuple[SheetRow, ...]
    signals: int


@dataclass(frozen=True)
class PracticeSheet:
    """One practice as its region may see it: clear signals in words, and each measure's cell after the gate.

    thin: one sentence on months without data; measures: how many were looked at.
    """

    edition: Edition | None
    practice: Practice
    signals: tuple[SheetSignal, ...] = ()
    themes: tuple[SheetTheme, ...] = ()
    thin: str = ""

    @property
    def measures(self) -> int:
        return sum(len(theme.rows) for theme in self.themes)


def practice_sheet(practice: Practice) -> PracticeSheet:
    """Four queries, whatever the number of measures."""
    release = published_release()
    if release is None:
        return PracticeSheet(None, practice)
    cells = {
        cell.version_id: cell for cell in cells_of(release, practice.region_id, practice.profession).filter(practice=practice)
    }
    versions = IndicatorVersion.objects.filter(pk__in=cells).exclude(indicator__type=wording.GAP).select_related("indicator")
    middles = {version_id: median for (version_id, _group), median in middles_of(release, practice.profession).items()}
    found = sorted(versions.defer("definition"), key=lambda item: (item.texts["theme"]["place"], item.indicator.code))
    return PracticeSheet(
        edition(release),
        practice,
        tuple(_signals(found, cells, middles)),
        tuple(_themes(practice, found, cells, middles)),
        wording.all_thin_words(cells.values()),
    )


def _measure_url(version: IndicatorVersion, profession: str) -> str:
    return f"{reverse('datacapture:region_measure', args=[version.indicator.code])}?profession={profession}"


def _signals(
    versions: Iterable[IndicatorVersion], cells: dict[int, PracticeCell], middles: dict[int, float | None]
) -> Iterable[SheetSignal]:
    """What the region should talk with the practice about, most patients to gain first; then strengths."""
    flagged = [(version, cells[version.pk]) for version in versions if cells[version.pk].tier == Tier.SIGNAL]
    for version, cell in sorted(flagged, key=lambda item: (item[1].position == "better", -item[1].gain)):
        cell.version = version
        neutral = version.indicator.direction == Direction.NEUTRAL
        yield SheetSignal(
            title=wording.chosen(version.texts["name"]),
            sentence=wording.sentence(cell, audience="region"),
            reliability=wording.reliability_words(cell),
            gain=gain_words(cell),
            numbers=compared_words(cell, middles.get(version.pk)),
            strength=not neutral and cell.position == "better",
            neutral=neutral,
            url=_measure_url(version, cell.profession),
        )


def middles_of(release: Release, profession: str) -> dict[tuple[int, str], float | None]:
    """The country's middle practice by version and profession, newest month."""
    nation = AreaResult.objects.filter(release=release, level=AreaLevel.NATION, month_end=release.month_end)
    rows = nation.filter(profession=profession) if profession else nation
    return {(version_id, group): median for version_id, group, median in rows.values_list("version_id", "profession", "median")}


def compared_words(cell: PracticeCell, middle: float | None) -> str:
    """ "58 %, the middle practice in the country 82 %"; "" where the practice's number is hidden."""
    value = wording.value_words(cell.value, cell.version)
    other = wording.value_words(middle, cell.version)
    if not value or not other:
        return value
    return _("%(value)s, the middle practice in the country %(middle)s") % {"value": value, "middle": other}


def gain_words(cell: PracticeCell) -> str:
    """Rounded patients to gain, "" where nothing may or can be said."""
    return _("About %(n)s patients") % {"n": integer(cell.gain)} if cell.gain else ""


def _themes(
    practice: Practice, versions: Iterable[IndicatorVersion], cells: dict[int, PracticeCell], middles: dict[int, float | None]
) -> Iterable[SheetTheme]:
    themes: dict[str, list[IndicatorVersion]] = {}
    for version in versions:
        themes.setdefault(wording.chosen(version.texts["theme"]), []).append(version)
    for label, group in themes.items():
        rows = tuple(
            SheetRow(
                cell=_row(practice, cells[version.pk], version),
                title=wording.chosen(version.texts["name"]),
                middle=wording.value_words(middles.get(version.pk), version),
                url=_measure_url(version, practice.profession),
            )
            for version in group
        )
        yield SheetTheme(label, rows, sum(cells[version.pk].tier == Tier.SIGNAL for version in group))
