"""Which measures of a practice have changed state since the last quarter's release (design note statistics.md 10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from datacapture.enums import Direction, ReleaseKind, ReleaseState, Tier
from datacapture.models import Release, Result
from datacapture.queries import wording
from datacapture.queries.releases import published

CONCERN, IMPROVEMENT, COMMON = "concern", "improvement", "common"
FRESH = timedelta(days=30)  # an older release is no news: nobody is written to about it


@dataclass(frozen=True)
class Quarter:
    """The release that a mail tells of, and the quarter before it."""

    release: Release
    former: Release


@dataclass(frozen=True)
class Changed:
    """One measure whose state is new: the row behind the verdict and the state."""

    row: Result
    state: str

    @property
    def code(self) -> str:
        return str(self.row.version.indicator.code)

    @property
    def title(self) -> str:
        return wording.chosen(self.row.version.texts["name"])

    @property
    def sentence(self) -> str:
        return wording.sentence(self.row)


def quarter() -> Quarter | None:
    """The newest published quarter while it is news, with the quarter before; None when there is no such pair."""
    release = published()
    if release is None or release.published_at is None or release.published_at < timezone.now() - FRESH:
        return None
    before = Release.objects.filter(
        kind=ReleaseKind.QUARTER, state=ReleaseState.PUBLISHED, month_end__lt=release.month_end
    ).order_by("-month_end")  # fmt: skip
    former = before.first()
    return Quarter(release, former) if former else None


def state_of(row: Result) -> str:
    """concern, improvement or common: the verdict over time, and a clear difference from others. Neutral has no good side."""
    if row.version.indicator.direction == Direction.NEUTRAL:
        return COMMON
    if row.trend == "worsening" or (row.tier == Tier.SIGNAL and row.position == "worse"):
        return CONCERN
    if row.trend == "improving" or (row.tier == Tier.SIGNAL and row.position == "better"):
        return IMPROVEMENT
    return COMMON


def changed_of(practice_id: int, found: Quarter) -> list[Changed]:
    """Measures that were common and are not any more, concerns first; two queries."""
    now, before = (_newest(practice_id, release) for release in (found.release, found.former))
    known = {row.version.indicator_id: state_of(row) for row in before}
    changed = [
        Changed(row, state_of(row)) for row in now if known.get(row.version.indicator_id) == COMMON and state_of(row) != COMMON
    ]
    return sorted(changed, key=lambda item: (item.state != CONCERN, item.code))


def looked_at(practice_id: int, found: Quarter) -> int:
    """How many measures of the practice the release holds."""
    return Result.objects.filter(practice_id=practice_id, release=found.release, latest=True).count()


def _newest(practice_id: int, release: Release) -> Iterable[Result]:
    rows = Result.objects.filter(practice_id=practice_id, release=release, latest=True)
    return list(rows.select_related("version__indicator"))
