"""Which release a page reads: the one way to it for pages, charts, CSV, PDF and API."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from datacapture.enums import ReleaseKind, ReleaseState
from datacapture.models import Release, Result
from datacapture.queries import wording
from kip.core.numbers import integer, long_date


@dataclass(frozen=True)
class Edition:
    """Which release the page comes from. own: the practice's own numbers since the quarter was published."""

    label: str
    month_end: date
    next_date: date
    own: bool = False


def edition(release: Release | None) -> Edition | None:
    """What a page says about its release."""
    if release is None:
        return None
    own = release.kind == ReleaseKind.OWN
    return Edition(release_name(release), release.month_end, wording.next_release(release.month_end), own)


def release_name(release: Release) -> str:
    """The one name of a release on pages and in files: "2026-3", "2026-3, correction 1" or when a practice's own data came."""
    if release.kind == ReleaseKind.OWN:
        day = long_date(release.published_at.date()) if release.published_at else ""
        return _("%(label)s, updated %(day)s with your own data") % {"label": release.label, "day": day}
    if release.revision == 1:
        return release.label
    return _("%(label)s, correction %(n)s") % {"label": release.label, "n": integer(release.revision - 1)}


def published() -> Release | None:
    """The newest published release of a quarter: what regions, the nation and all comparisons read."""
    found = Release.objects.filter(kind=ReleaseKind.QUARTER, state=ReleaseState.PUBLISHED)
    return found.order_by("-month_end", "-revision").first()


def shown_to(practice_id: int) -> Release | None:
    """What a practice reads about itself: its own release since its last delivery, else the published quarter."""
    mine = Q(kind=ReleaseKind.OWN, practice_id=practice_id) | Q(kind=ReleaseKind.QUARTER)
    return Release.objects.filter(mine, state=ReleaseState.PUBLISHED).order_by("-month_end", "-published_at", "-pk").first()


@dataclass(frozen=True)
class ThenAndNow:
    """One month's number as a release said it when the month was new, and as the practice reads it today."""

    month_end: date
    label: str
    then: Result
    now: Result


def then_and_now(practice_id: int, version_id: int) -> tuple[ThenAndNow, ...]:
    """Months, newest first, whose number has changed since it was first published: late data and corrections. Two queries."""
    release = shown_to(practice_id)
    if release is None:
        return ()
    rows = Result.objects.filter(practice_id=practice_id, version_id=version_id)
    now = {row.month_end: row for row in rows.filter(release=release)}
    quarters = rows.filter(
        latest=True,
        release__kind=ReleaseKind.QUARTER,
        release__state__in=(ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED),
    ).exclude(release=release)
    said: dict[date, Result] = {}
    for row in quarters.select_related("release").order_by("month_end", "release__revision"):
        said.setdefault(row.month_end, row)  # the first thing said about a month is the "then"
    changed = [
        ThenAndNow(month, row.release.label, row, now[month])
        for month, row in said.items()
        if month in now and (row.x, row.n) != (now[month].x, now[month].n)
    ]
    return tuple(reversed(changed))
