"""What a region may read of its practices: all of them pass the disclosure gate together. Their totals: results.areas."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datacapture.results.cube import Cube, Ints
from datacapture.results.holding import PRACTICE, Cell, Held, steady
from kip.stats.arrays import BoolArray, FloatArray
from kip.stats.disclosure import Counts, Rule, publish_parts
from kip.stats.overdispersion import Kind


@dataclass(frozen=True)
class RegionCells:
    """The last month of every line as its region reads it. NaN = hidden; state: as in kip.stats.disclosure.

    Values are in the stored unit, calculated from the rounded counts. lost: the region's total must go as well.
    """

    state: npt.NDArray[np.str_]
    n: FloatArray
    x: FloatArray
    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    lost: BoolArray


def together(groups: Ints, regions: Ints) -> Iterator[Ints]:
    """The lines of each group (version and profession) and region, which pass the gate with each other."""
    key = groups * (int(regions.max(initial=0)) + 1) + regions
    order = np.argsort(key, kind="stable")
    yield from (lines for lines in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if lines.size)


def region_cells(
    block: Cube, groups: Ints, exact: Sequence[FloatArray], rule: Rule, former: Held | None = None, held: Held | None = None
) -> RegionCells:
    """Every line of a release through the gate.

    exact: stored value, lower and upper of the last month. A median of days is no quotient of two counts, so it is shown as
    it is stored where the gate lets the counts out. former: the counts behind the release before; held takes in this one's.
    """
    x, n = block.x[:, -1], block.n[:, -1]
    before = _steady(block, rule, former or Held(), held or Held())
    regions = np.array([place.region_id for place in block.places], dtype=np.int64)
    state, lost = np.full(len(x), "no_data", dtype="<U12"), np.zeros(len(x), dtype=bool)
    size, top, value, lower, upper = (np.full(len(x), np.nan) for _ in range(5))
    found = RegionCells(state, size, top, value, lower, upper, lost)
    for lines in together(groups, regions):
        spec = block.specs[lines[0]]
        kind: Kind = "rate" if spec.rate or spec.days else "proportion"
        previous = Counts(before.x[lines][None, :], before.n[lines][None, :])
        parts = publish_parts(x[lines][None, :], n[lines][None, :], rule=rule, kind=kind, previous=previous)
        found.state[lines] = parts.cells.state[0]
        found.n[lines], found.x[lines] = parts.cells.n[0], parts.cells.x[0]
        found.lost[lines] = str(parts.total.state[0]) == "suppressed"
        numbers = (parts.cells.value[0], parts.cells.lower[0], parts.cells.upper[0])
        for target, part, stored in zip((found.value, found.lower, found.upper), numbers, exact, strict=True):
            kept = stored[lines] if spec.days else part * spec.scale
            target[lines] = np.where(np.isnan(parts.cells.value[0]), np.nan, kept)
    return found


def _steady(block: Cube, rule: Rule, former: Held, held: Held) -> Counts:
    """Each line's counts of the last month as they are shown, held against those of the release before."""
    month = block.months[-1]
    cells = [
        Cell(spec.version_id, place.profession, PRACTICE, place.practice_id)
        for spec, place in zip(block.specs, block.places, strict=True)
    ]
    rate = np.array([spec.rate or spec.days for spec in block.specs], dtype=bool)
    kept = steady(block.x[:, -1:], block.n[:, -1:], former.before(cells, [month]), rate, rule)
    for cell, x, n in zip(cells, kept.x[:, 0].tolist(), kept.n[:, 0].tolist(), strict=True):
        held.keep(cell, month, x, n)
    return Counts(kept.x[:, 0], kept.n[:, 0])
