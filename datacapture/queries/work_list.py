"""R2: practices with a clear signal, ordered by patients to gain. Never a rank list: no value decides a place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from datacapture.enums import Direction, Tier
from datacapture.models import IndicatorVersion, PracticeCell, Release
from datacapture.queries import wording
from datacapture.queries.region import cells_of, compared_words, gain_words, middles_of, region_practices_of
from datacapture.queries.region_changes import Signal, release_before, signals_of
from datacapture.queries.releases import Edition, edition, published
from kip.core.texts import text
from practices.models import Practice

ADVICE = "verdict.judgement.region.worse.signal"
SHARING = "verdict.judgement.region.better.signal"


@dataclass(frozen=True)
class Reason:
    """Why a practice stands on the list: measure, its number beside the country's, verdict and certainty in words, rounded
    patients to gain, and if it is new.
    """

    title: str
    numbers: str
    sentence: str
    reliability: str
    gain: str
    new: bool
    url: str


@dataclass(frozen=True)
class WorkRow:
    """One practice with its reasons; quality_url: where its data can be checked first."""

    name: str
    profession: str
    municipality: str
    reasons: tuple[Reason, ...]
    url: str
    quality_url: str


@dataclass(frozen=True)
class WorkList:
    """Practices to turn to first. strong: practices with a strength that others could learn from, by name."""

    edition: Edition | None
    rows: tuple[WorkRow, ...]
    strong: tuple[WorkRow, ...] = ()


@dataclass(frozen=True)
class Told:
    """What the rows are told against: the signals of the release before (None = there is none), and the middle practices."""

    before: frozenset[Signal] | None
    middles: Mapping[tuple[int, str], float | None]


def work_list(region_id: int, profession: str) -> WorkList:
    """The list; seven queries. Gains are stored after the gate, so neither number nor order tells what a cell hides."""
    release = published()
    if release is None:
        return WorkList(None, ())
    signals = cells_of(release, region_id, profession).filter(tier=Tier.SIGNAL)
    flagged = list(signals.exclude(version__indicator__direction=Direction.NEUTRAL).order_by("version__indicator__code"))
    versions = IndicatorVersion.objects.filter(pk__in={cell.version_id for cell in flagged}).select_related("indicator").in_bulk()
    for cell in flagged:
        cell.version = versions[cell.version_id]
    told = Told(_old(release, region_id, profession), middles_of(release, profession))
    practices = region_practices_of(region_id, profession).filter(pk__in={cell.practice_id for cell in flagged})
    known = list(practices.select_related("municipality"))
    return WorkList(
        edition(release),
        tuple(_rows(known, [cell for cell in flagged if cell.position == "worse"], told, ADVICE)),
        tuple(_rows(known, [cell for cell in flagged if cell.position == "better"], told, SHARING)),
    )


def _old(release: Release, region_id: int, profession: str) -> frozenset[Signal] | None:
    """Signals of the release before; None where there is none."""
    earlier = release_before(release)
    return signals_of([earlier], region_id, profession)[earlier.pk] if earlier else None


def _rows(practices: Iterable[Practice], cells: Iterable[PracticeCell], told: Told, advice: str) -> Iterable[WorkRow]:
    groups: dict[int, list[PracticeCell]] = {}
    for cell in cells:
        groups.setdefault(cell.practice_id, []).append(cell)
    found = [(practice, groups[practice.pk]) for practice in practices if practice.pk in groups]
    found.sort(key=lambda item: (-sum(cell.gain for cell in item[1]), -len(item[1]), item[0].name, item[0].pk))
    for practice, own in found:
        yield WorkRow(
            name=practice.name,
            profession=practice.get_profession_display(),
            municipality=practice.municipality.name,
            reasons=tuple(_reason(cell, told, advice) for cell in sorted(own, key=lambda cell: -cell.gain)),
            url=reverse("datacapture:region_practice", args=[practice.pk]),
            quality_url=reverse("datacapture:region_quality_practice", args=[practice.pk]),
        )


def _reason(cell: PracticeCell, told: Told, advice: str) -> Reason:
    words = text(advice)  # the same for all, so the page says it once
    return Reason(
        title=wording.chosen(cell.version.texts["name"]),
        numbers=compared_words(cell, told.middles.get((cell.version_id, cell.profession))),
        sentence=wording.sentence(cell, audience="region").replace(words, "").replace("  ", " ").strip(),
        reliability=wording.reliability_words(cell),
        gain=gain_words(cell),
        new=told.before is not None and Signal.of(cell) not in told.before,
        url=f"{reverse('datacapture:region_measure', args=[cell.version.indicator.code])}?profession={cell.profession}",
    )
