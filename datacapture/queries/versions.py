"""Two versions of a definition in one release: which of them each month is told by, and where the curve breaks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from datacapture.actions.computing import last_quarter_end
from datacapture.actions.side_by_side import quarter_of
from datacapture.models import AreaResult, IndicatorVersion, Result
from kip.charts import Note

Row = TypeVar("Row", Result, AreaResult)


@dataclass(frozen=True)
class Told(Generic[Row]):
    """own: all months by the running version, oldest first; curve: by the former one until the running one takes over.

    beside: the former version's months from there on, while both are counted. at: where in the curve the running one
    begins, None without a former one.
    """

    own: tuple[Row, ...]
    curve: tuple[Row, ...]
    beside: tuple[Row, ...] = ()
    at: int | None = None

    @property
    def breaks(self) -> tuple[Note, ...]:
        """The mark between the two, with its label."""
        if self.at is None:
            return ()
        return (Note(self.at, break_label(self.curve[self.at].version)),)

    @property
    def both(self) -> tuple[Row, ...]:
        """Every row of both versions that is shown, by month and version."""
        return tuple(sorted((*self.curve, *self.beside), key=lambda row: (row.month_end, row.version.number)))


def break_label(version: IndicatorVersion) -> str:
    """What stands at the mark where a version takes over."""
    return _("From here version %(n)s") % {"n": version.number}


def first_own_month(version: IndicatorVersion) -> date:
    """First day of the quarter of the first release that could hold the version."""
    return quarter_of(last_quarter_end(timezone.localdate(version.published_at)))[0]


def told_of(rows: Iterable[Row]) -> Told[Row]:
    """Rows of one place and measure by up to two versions, each with its version at hand."""
    by_version: dict[int, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.month_end):
        by_version.setdefault(row.version.number, []).append(row)
    numbers = sorted(by_version)
    own = by_version[numbers[-1]] if numbers else []
    former: Sequence[Row] = by_version[numbers[-2]] if len(numbers) > 1 else ()
    if not former:
        return Told(tuple(own), tuple(own))
    started = min(first_own_month(own[-1].version), own[-1].month_end)
    earlier = [row for row in former if row.month_end < started]
    later = [row for row in own if row.month_end >= started]
    beside = tuple(row for row in former if row.month_end >= started)
    return Told(tuple(own), (*earlier, *later), beside, len(earlier) if earlier else None)
