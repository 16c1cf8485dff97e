"""Totals of a release held against the release before, so that two published tables differ by nothing or by enough persons."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from datacapture.results.cube import Ints
from kip.stats.arrays import BoolArray, FloatArray
from kip.stats.disclosure import Counts, Rule, held, primary
from kip.stats.overdispersion import Kind

Stored = list[Any]  # level, area id, [month, x, n] of each month


PRACTICE = "practice"


class Cell(NamedTuple):
    """One published number over time. level: an area's level, for groups of patients with axis and group behind it, or
    PRACTICE with the practice's id."""

    version_id: int
    profession: str
    level: str
    area_id: int


@dataclass(frozen=True)
class Held:
    """The counts that published numbers were rounded from, by version and profession, cell and month; never shown to
    anybody."""

    counts: dict[tuple[int, str], dict[Cell, dict[date, tuple[int, int]]]] = field(default_factory=dict)

    def keep(self, cell: Cell, month: date, x: int, n: int) -> None:
        self.counts.setdefault(cell[:2], {}).setdefault(cell, {})[month] = (x, n)

    def before(self, cells: Sequence[Cell], months: Sequence[date]) -> tuple[FloatArray, FloatArray]:
        """x and n of each cell and month; NaN where the cell was not there. A month that is new is held against the newest
        one then: its numbers are mostly the same patients'."""
        found = np.full((2, len(cells), len(months)), np.nan)
        for row, cell in enumerate(cells):
            known = self.counts.get(cell[:2], {}).get(cell)
            if known:
                newest = known[max(known)]
                found[:, row, :] = np.array([known.get(month, newest) for month in months], dtype=np.float64).T
        return found[0], found[1]

    def stored(self, version_id: int, profession: str) -> list[Stored]:
        """The cells of one measure and profession as they are kept with the release (`Yardstick.held`)."""
        return [
            [cell.level, cell.area_id, [[month.isoformat(), x, n] for month, (x, n) in sorted(months.items())]]
            for cell, months in self.counts.get((version_id, profession), {}).items()
        ]

    def restore(self, version_id: int, profession: str, stored: Sequence[Stored]) -> None:
        """Take in what `stored` gave."""
        for level, area_id, months in stored:
            cell = Cell(version_id, profession, level, area_id)
            for month, x, n in months:
                self.keep(cell, date.fromisoformat(month), x, n)


@dataclass(frozen=True)
class Steady:
    """x, n: the counts to round and show; small: where these are too small to be shown, whatever the true ones are."""

    x: Ints
    n: Ints
    small: BoolArray


def steady(x: Ints, n: Ints, before: tuple[FloatArray, FloatArray], rate: BoolArray, rule: Rule) -> Steady:
    """Counts held against those of the release before. First axis: measures; rate: which of them have no complement."""
    top, size, small = x.copy(), n.copy(), np.zeros(x.shape, dtype=bool)
    kinds: tuple[tuple[Kind, BoolArray], ...] = (("proportion", ~rate), ("rate", rate))
    for kind, chosen in kinds:
        if bool(chosen.any()):
            now_x, now_n, then_x, then_n = (part[chosen].ravel() for part in (x, n, *before))
            kept: Counts = held(now_x, now_n, then_x, then_n, rule, kind)
            top[chosen], size[chosen] = kept.x.reshape(x[chosen].shape), kept.n.reshape(n[chosen].shape)
            few = (kept.n > 0) & (kept.n < rule.min_denominator)
            small[chosen] = (primary(kept.x, kept.n, rule, kind) | few).reshape(x[chosen].shape)
    return Steady(top, size, small)
