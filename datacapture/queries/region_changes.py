"""What a release changed for a region: clear signals that are new, still there or gone, against the quarter before."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

from django.db.models import Q

from datacapture.enums import Direction, ReleaseKind, ReleaseState, Tier
from datacapture.models import PracticeCell, Release
from datacapture.queries.releases import release_name


class Signal(NamedTuple):
    """One clear signal: the measure stays the same when its definition gets a new version."""

    practice_id: int
    indicator_id: int
    position: str

    @classmethod
    def of(cls, cell: PracticeCell) -> Self:
        return cls(cell.practice_id, cell.version.indicator_id, cell.position)


@dataclass(frozen=True)
class Changes:
    """Clear signals against an earlier release; concerns and strengths apart, as they call for different acts.

    label: the earlier release; corrected: it is the one that this release corrects.
    """

    label: str
    corrected: bool
    new_concerns: int
    new_strengths: int
    kept: int
    gone: int

    @property
    def none(self) -> bool:
        """True where nothing is new and nothing is gone."""
        return not (self.new_concerns or self.new_strengths or self.gone)


STOOD = Q(kind=ReleaseKind.QUARTER, state__in=(ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED))


def release_before(release: Release) -> Release | None:
    """The quarter's release before this one, as it stood last."""
    return Release.objects.filter(STOOD, month_end__lt=release.month_end).order_by("-month_end", "-revision").first()


def signals_of(releases: Iterable[Release], region_id: int, profession: str) -> dict[int, frozenset[Signal]]:
    """The clear signals of each release by its id, without those of measures where neither side is better. One query."""
    ids = [release.pk for release in releases]
    found = PracticeCell.objects.filter(release__in=ids, region_id=region_id, tier=Tier.SIGNAL)
    judged = found.exclude(version__indicator__direction=Direction.NEUTRAL)
    rows = judged.filter(profession=profession) if profession else judged
    signals: dict[int, set[Signal]] = {pk: set() for pk in ids}
    for release_id, *key in rows.values_list("release_id", "practice_id", "version__indicator_id", "position"):
        signals[release_id].add(Signal(*key))
    return {pk: frozenset(rows) for pk, rows in signals.items()}


def changes_since(release: Release, region_id: int, profession: str) -> tuple[Changes, ...]:
    """Against the quarter before, and for a correction against what it corrects. Two queries, whatever there is."""
    stood = Release.objects.filter(STOOD & (Q(month_end__lt=release.month_end) | Q(pk=release.supersedes_id)))
    known = list(stood.order_by("-month_end", "-revision"))
    before = next((item for item in known if item.month_end < release.month_end), None)
    corrected = next((item for item in known if item.pk == release.supersedes_id), None)
    earlier = [(item, item is corrected) for item in (before, corrected) if item is not None]
    signals = signals_of([release, *(item for item, _again in earlier)], region_id, profession)
    return tuple(_changes(release_name(item), again, signals[item.pk], signals[release.pk]) for item, again in earlier)


def _changes(label: str, corrected: bool, then: frozenset[Signal], now: frozenset[Signal]) -> Changes:
    new = [signal.position for signal in now - then]
    return Changes(label, corrected, new.count("worse"), new.count("better"), len(now & then), len(then - now))
