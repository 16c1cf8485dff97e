"""R2: practices with a clear signal, ordered by patients to gain. Never a rank list: no value decides a place."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from datacapture.enums import Tier
from datacapture.models import IndicatorVersion, Release, Result
from datacapture.queries import wording
from datacapture.queries.region import newest_of, region_practices_of
from datacapture.queries.region import published as gated
from datacapture.queries.region_overview import release_before, signals_of
from datacapture.queries.releases import Edition, edition, published
from kip.core.numbers import integer
from kip.core.texts import text
from practices.models import Practice

ROUND = 5  # as all numbers about others
ADVICE = "verdict.judgement.region.worse.signal"


@dataclass(frozen=True)
class Reason:
    """Why a practice stands on the list: measure, verdict and certainty in words, rounded patients to gain, and if it is new."""

    title: str
    sentence: str
    reliability: str
    gain: str
    new: bool


@dataclass(frozen=True)
class WorkRow:
    """One practice with its reasons."""

    name: str
    profession: str
    municipality: str
    reasons: tuple[Reason, ...]
    url: str


@dataclass(frozen=True)
class WorkList:
    """Practices to turn to first. strong: how many clear signals are strengths, which others could learn from."""

    edition: Edition | None
    rows: tuple[WorkRow, ...]
    strong: int = 0


def work_list(region_id: int, profession: str) -> WorkList:
    """The list; seven queries. The gate sees every practice of the region before one gain is shown."""
    release = published()
    if release is None:
        return WorkList(None, ())
    signals = newest_of(release, region_id, profession).filter(tier=Tier.SIGNAL).exclude(version__indicator__direction="neutral")
    flagged = list(signals.filter(position="worse").order_by("version__indicator__code"))
    versions = IndicatorVersion.objects.select_related("indicator").in_bulk({row.version_id for row in flagged})
    for row in flagged:
        row.version = versions[row.version_id]
    shown = _shown(newest_of(release, region_id, profession), versions)
    old = _old(release, region_id, profession)
    practices = region_practices_of(region_id, profession).filter(pk__in={row.practice_id for row in flagged})
    groups: dict[int, list[Result]] = {}
    for row in flagged:
        groups.setdefault(row.practice_id, []).append(row)
    found = [(practice, groups[practice.pk]) for practice in practices.select_related("municipality")]
    found.sort(key=lambda item: (-_visible(item[1], shown), -len(item[1]), item[0].name, item[0].pk))
    rows = tuple(_work_row(practice, rows, shown, old) for practice, rows in found)
    return WorkList(edition(release), rows, signals.filter(position="better").count())


def _shown(newest: Iterable[Result], versions: dict[int, IndicatorVersion]) -> set[tuple[int, int]]:
    """Practice and version of every cell that may be shown."""
    stored: dict[int, dict[int, Result]] = {pk: {} for pk in versions}
    rows = newest.filter(version_id__in=versions).select_related("practice")  # type: ignore[attr-defined]
    for row in rows.only("version_id", "practice_id", "practice__profession", "n", "x", "value", "lower", "upper"):
        stored[row.version_id][row.practice_id] = row
    return {
        (practice_id, version_id)
        for version_id, rows in stored.items()
        for practice_id, cell in gated(
            [(pk, row.practice.profession) for pk, row in rows.items()], rows, versions[version_id]
        ).items()
        if cell.state == "shown"
    }


def _old(release: Release, region_id: int, profession: str) -> set[tuple[int, int]] | None:
    """Signals of the release before; None where there is none."""
    earlier = release_before(release)
    if earlier is None:
        return None
    return {(practice_id, version_id) for practice_id, version_id, _group in signals_of(earlier, region_id, profession)}


def _patients(row: Result, shown: set[tuple[int, int]]) -> int:
    """Rounded patients to gain; 0 where the cell is hidden or courses and events are counted, which are no patients."""
    if (row.practice_id, row.version_id) not in shown or wording.unit_of(row.version) != wording.PATIENT:
        return 0
    return ROUND * round((row.gain or 0.0) / ROUND)


def _visible(rows: Iterable[Result], shown: set[tuple[int, int]]) -> int:
    """The order may not tell what a cell hides."""
    return sum(_patients(row, shown) for row in rows)


def _work_row(
    practice: Practice, rows: Iterable[Result], shown: set[tuple[int, int]], old: set[tuple[int, int]] | None
) -> WorkRow:
    return WorkRow(
        name=practice.name,
        profession=practice.get_profession_display(),
        municipality=practice.municipality.name,
        reasons=tuple(_reason(row, shown, old) for row in sorted(rows, key=lambda row: -_patients(row, shown))),
        url=reverse("datacapture:region_practice", args=[practice.pk]),
    )


def _reason(row: Result, shown: set[tuple[int, int]], old: set[tuple[int, int]] | None) -> Reason:
    patients = _patients(row, shown)
    advice = text(ADVICE)  # the same for all, so the page says it once
    return Reason(
        title=wording.chosen(row.version.texts["name"]),
        sentence=wording.sentence(row, audience="region").replace(f"{advice} ", ""),
        reliability=wording.reliability_words(row),
        gain=_("About %(n)s patients") % {"n": integer(patients)} if patients else "",
        new=old is not None and (row.practice_id, row.version_id) not in old,
    )
