"""Totals of areas: every number about others goes through the disclosure gate, with its parts and its parent together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from datacapture.results.amounts import of_days
from datacapture.results.cube import Cube, Ints, Spec
from datacapture.results.holding import Cell, Held, Steady, steady
from datacapture.results.judging import Column, Judged
from datacapture.results.regions import RegionCells, region_cells
from kip.stats.arrays import BoolArray, FloatArray
from kip.stats.bands import bands
from kip.stats.disclosure import Rule, primary, round_to, secondary, small
from kip.stats.intervals import median_interval, poisson_exact, wilson
from kip.stats.overdispersion import Kind

CLUSTER, MUNICIPALITY, REGION, NATION, SIMILAR = "cluster", "municipality", "region", "nation", "similar"
SIZE_CLASSES = ((1, 1), (2, 4), (5, None))  # clinicians from, to: solo, small and large practices


def size_class(clinicians: int) -> int:
    """1, 2 or 3: which of SIZE_CLASSES a practice is compared in. Clinicians, as patients are not listed everywhere."""
    return next(place for place, (_low, high) in enumerate(SIZE_CLASSES, 1) if high is None or clinicians <= high)


@dataclass(frozen=True)
class AreaRow:
    """One row of AreaResult; names and units are the table's."""

    level: str
    area_id: int
    version_id: int
    profession: str
    month_end: date
    practices: int
    n: int | None
    x: int | None
    value: float | None
    median: float | None
    p10: float | None
    p90: float | None
    tau: float | None
    suppressed: bool
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Sums:
    """Totals of one level; arrays are groups (version and profession) x areas x months. middle: median of all days
    and its interval; steady: the counts to show, held against those of the release before."""

    areas: Sequence[int]
    x: Ints
    n: Ints
    practices: Ints
    largest: Ints
    middle: tuple[FloatArray, ...]
    steady: Steady

    def closed(self, rule: Rule) -> BoolArray:
        """True where too few practices stand behind a total, one holds nearly all of it, or what would be shown is small."""
        return self.steady.small | (self.n > 0) & ((self.practices < rule.min_units) | (self.largest > rule.dominance * self.n))


@dataclass(frozen=True)
class Gate:
    """What must go: the rate, the size too, and whether the parent's total must go as well (no area axis)."""

    rate: BoolArray
    size: BoolArray
    parent: BoolArray


class Areas:
    """The area totals of one release. `groups` numbers each line's version and profession.

    former: the counts behind the release before; held: those behind this one, complete after `rows`.
    """

    def __init__(self, block: Cube, judged: Judged, groups: Ints, rule: Rule, former: Held | None = None) -> None:
        self.block, self.judged, self.groups, self.rule = block, judged, groups, rule
        self.former, self.held = former or Held(), Held()
        self.count = int(groups.max()) + 1 if len(groups) else 0
        first = np.unique(groups, return_index=True)[1]
        self.specs = [block.specs[line] for line in first]
        self.professions = [block.places[line].profession for line in first]
        # Events and cases with days have no complement to hide: nothing follows from the total less the counted.
        self.rate = np.array([spec.rate or spec.days for spec in self.specs], dtype=bool)

    @cached_property
    def cells(self) -> RegionCells:
        """Every practice's last month as its region reads it."""
        exact = [self.judged.monthly[name][:, -1] for name in ("value", "lower", "upper")]
        return region_cells(self.block, self.groups, exact, self.rule, self.former, self.held)

    def rows(self) -> list[AreaRow]:
        """All rows: nation and regions for every month, the other levels for the last one."""
        if not self.count:
            return []
        last = slice(len(self.block.months) - 1, None)
        every = slice(0, None)
        towns, regions = self._keys("municipality_id"), self._keys("region_id")
        clusters = self._keys("cluster_id")
        clusters = np.where(clusters > 0, clusters, -regions)  # those in no cluster are a part too, that nobody is shown
        closed_towns, closed_clusters = self._telling(towns), self._telling(clusters)
        closed_clusters |= self._differences(clusters, towns)
        found: list[AreaRow] = []
        gone = self._telling(regions, own_parent=True)
        for level, keys, closed in (
            (MUNICIPALITY, towns, closed_towns),
            (CLUSTER, clusters, closed_clusters),
        ):
            rows, parents = self._parts(level, keys, last, closed, regions)
            found += rows
            gone |= parents
        closed = np.zeros((self.count, len(np.unique(regions)), len(self.block.months)), dtype=bool)
        closed[:, :, -1] |= gone
        classes = self._keys("size_class")
        similar, nation = self._level(SIMILAR, classes, last, self._telling(classes)[:, :, None])
        shown, nation_all = self._level(REGION, regions, every, closed)
        nation_all[:, -1] |= nation[:, -1]
        return [*found, *similar, *shown, *self._nation(nation_all)]

    def _keys(self, name: str) -> Ints:
        return np.array([getattr(place, name) for place in self.block.places], dtype=np.int64)

    def _sums(self, level: str, keys: Ints, months: slice, mask: BoolArray | None = None) -> Sums:
        areas, column = np.unique(keys, return_inverse=True)
        x, n = self.block.x[:, months], self.block.n[:, months]
        if mask is not None:
            x, n = np.where(mask, x, 0), np.where(mask, n, 0)
        shape = (self.count, len(areas), n.shape[1])
        sums = [np.zeros(shape, dtype=np.int64) for _ in range(4)]
        place = (self.groups, column)
        np.add.at(sums[0], place, x)
        np.add.at(sums[1], place, n)
        np.add.at(sums[2], place, (n > 0).astype(np.int64))
        np.maximum.at(sums[3], place, n)
        x_sum, n_sum, some, largest = sums
        ids = areas.tolist()
        kept = steady(x_sum, n_sum, self._before(level, ids, months), self.rate, self.rule)
        return Sums(ids, x_sum, n_sum, some, largest, self._middle(column, len(areas), months, mask), kept)

    def _before(self, level: str, areas: Sequence[int], months: slice) -> tuple[FloatArray, FloatArray]:
        """Numerators and denominators behind the release before, groups x areas x months."""
        dates = self.block.months[months]
        cells = [self._cell(level, group, area) for group in range(self.count) for area in areas]
        top, size = self.former.before(cells, dates)
        shape = (self.count, len(areas), len(dates))
        return top.reshape(shape), size.reshape(shape)

    def _cell(self, level: str, group: int, area: int) -> Cell:
        return Cell(self.specs[group].version_id, self.professions[group], level, area)

    def _middle(self, column: Ints, areas: int, months: slice, mask: BoolArray | None) -> tuple[FloatArray, ...]:
        """Median over all days of each group, area and month, with its interval; NaN for what is not measured in days."""
        amounts, size = self.block.amounts, len(self.block.months)
        found = [np.full(self.count * areas * size, np.nan) for _ in range(3)]
        wanted = of_days(self.block)[amounts.line] & (amounts.month >= (months.start or 0))
        if mask is not None:
            wanted &= mask[amounts.line, 0]
        if bool(wanted.any()):
            line = amounts.line[wanted]
            cells = (self.groups[line] * areas + column[line]) * size + amounts.month[wanted]
            pooled = median_interval(amounts.value[wanted], cells)
            for target, part in zip(found, (pooled.median, pooled.lower, pooled.upper), strict=True):
                target[pooled.groups] = part
        return tuple(part.reshape(self.count, areas, size)[:, :, months] for part in found)

    def _gate(self, sums: Sums, closed: BoolArray) -> Gate:
        """Rates and sizes to hide so that no hidden one follows from the shown ones and their parent's total."""
        rate = np.zeros(sums.n.shape, dtype=bool)
        size = np.zeros(sums.n.shape, dtype=bool)
        parent = np.zeros((sums.n.shape[0], sums.n.shape[2]), dtype=bool)
        kinds: tuple[tuple[Kind, BoolArray], ...] = (("proportion", ~self.rate), ("rate", self.rate))
        for kind, chosen in kinds:
            if bool(chosen.any()):
                x, n = (np.moveaxis(part[chosen], 1, -1) for part in (sums.x, sums.n))
                found = gate(x, n, np.moveaxis(closed[chosen], 1, -1), self.rule, kind)
                rate[chosen], size[chosen] = np.moveaxis(found.rate, -1, 1), np.moveaxis(found.size, -1, 1)
                parent[chosen] = found.parent
        return Gate(rate, size, parent)

    def _level(self, level: str, keys: Ints, months: slice, closed: BoolArray) -> tuple[list[AreaRow], BoolArray]:
        """Rows of the parts of the nation, and where the nation's total must go: groups x months."""
        sums = self._sums(level, keys, months)
        found = self._gate(sums, sums.closed(self.rule) | closed)
        return self._shown(level, keys, months, sums, found), found.parent

    def _parts(self, level: str, keys: Ints, months: slice, closed: BoolArray, regions: Ints) -> tuple[list[AreaRow], BoolArray]:
        """Rows of the parts of each region, and which region's total must go: groups x regions."""
        rows: list[AreaRow] = []
        every = np.unique(regions)
        gone = np.zeros((self.count, len(every)), dtype=bool)
        areas = np.unique(keys)
        for place, region in enumerate(every):
            sums = self._sums(level, keys, months, (regions == region)[:, None])
            found = self._gate(sums, sums.closed(self.rule) | closed[:, :, None])
            gone[:, place] = found.parent[:, -1]
            wanted = np.isin(areas, keys[regions == region]) & (areas > 0)
            rows += self._shown(level, keys, months, sums, found, wanted)
        return rows, gone

    def _telling(self, keys: Ints, own_parent: bool = False) -> BoolArray:
        """Areas whose total would tell a practice's hidden number of the last month: groups x areas.

        A region reads its practices' cells (results.regions); the cells hidden there must stay hidden inside each area.
        With `own_parent` also where the region's cells themselves demand that its total goes.
        """
        hidden_rate, hidden_size = np.isnan(self.cells.x), np.isnan(self.cells.n)
        x, n = self.block.x[:, -1], self.block.n[:, -1]
        areas, column = np.unique(keys, return_inverse=True)
        unsafe = np.zeros((self.count, len(areas)), dtype=bool)
        share = ~self.rate[self.groups]  # events have no complement
        for counted, hidden in ((n, hidden_size), (x, hidden_rate), (n - x, hidden_rate & share)):
            number, spare = (np.zeros(unsafe.shape, dtype=np.int64) for _ in range(2))
            np.add.at(number, (self.groups, column), hidden.astype(np.int64))
            np.add.at(spare, (self.groups, column), np.where(hidden, counted, 0))
            unsafe |= (number > 0) & ((number < 2) | (spare - (number - 1) < self.rule.threshold))
        if own_parent:
            np.logical_or.at(unsafe, (self.groups, column), self.cells.lost)
        return unsafe

    def _differences(self, keys: Ints, others: Ints) -> BoolArray:
        """Areas that hold, or lie in, an area of the other kind but for one or two practices: groups x areas."""
        areas, column = np.unique(keys, return_inverse=True)
        other, other_column = np.unique(others, return_inverse=True)
        both = np.zeros((self.count, len(areas), len(other)), dtype=np.int64)
        np.add.at(both, (self.groups, column, other_column), (self.block.n[:, -1] > 0).astype(np.int64))
        mine, theirs = both.sum(axis=2)[:, :, None], both.sum(axis=1)[:, None, :]
        near = (mine - both < self.rule.min_units) & (theirs - both < self.rule.min_units)
        nested = (mine == both) | (theirs == both)
        told: BoolArray = (near & nested & (mine != theirs) & (both > 0)).any(axis=2)
        return told

    def _shown(
        self, level: str, keys: Ints, months: slice, sums: Sums, found: Gate, wanted: BoolArray | None = None
    ) -> list[AreaRow]:
        middle = self._spread(keys, months, sums)
        dates = self.block.months[months]
        present = sums.practices > 0
        if wanted is not None:
            present &= wanted[None, :, None]
        rows = []
        for group, area, month in zip(*np.nonzero(present), strict=True):
            at = (group, area, month)
            rows.append(
                self._row(level, sums.areas[area], group, dates[month], sums, at, found, [part[at] for part in middle], None)
            )
        return rows

    def _nation(self, gone: BoolArray) -> list[AreaRow]:
        """The nation's rows. Their median and band are the ones shown to every practice, so they are never hidden."""
        nobody = np.zeros(len(self.groups), dtype=np.int64)
        sums = self._sums(NATION, nobody, slice(0, None))
        shut = (sums.closed(self.rule) | gone[:, None, :]) & (sums.n > 0)
        own = self._gate(sums, shut)
        found = Gate(own.rate | shut, own.size | shut, own.parent)
        line = np.unique(self.groups, return_index=True)[1]
        middle = [self.judged.monthly[name][line] for name in ("expected", "band_low", "band_high")]
        tau = np.sqrt(self.judged.group["tau2"][line])
        last = len(self.block.months) - 1
        rows = []
        for group, area, month in zip(*np.nonzero(sums.practices > 0), strict=True):
            at = (group, area, month)
            spread = _number(tau[group]) if month == last else None
            numbers = [part[group, month] for part in middle]
            row = self._row(NATION, 0, group, self.block.months[month], sums, at, found, numbers, spread, free=True)
            rows.append(row)
        return rows

    def _spread(self, keys: Ints, months: slice, sums: Sums) -> list[FloatArray]:
        """Median, p10 and p90 of the practices with enough patients in each area."""
        areas = len(sums.areas)
        column = np.unique(keys, return_inverse=True)[1]
        least = np.array([max(spec.min_n, self.rule.min_denominator) for spec in self.block.specs])[:, None]
        n = self.block.n[:, months]
        enough = (n >= least) & (self.block.holes[:, months] == 0)
        value = np.where(enough, self.judged.monthly["value"][:, months], np.nan)
        found = [np.full((self.count * areas, n.shape[1]), np.nan) for _ in range(3)]
        for month in range(n.shape[1]):
            peers = bands(value[:, month], self.groups * areas + column)
            for target, part in zip(found, (peers.median, peers.p10, peers.p90), strict=True):
                target[peers.groups, month] = part
        return [part.reshape(self.count, areas, -1) for part in found]

    def _row(
        self,
        level: str,
        area: int,
        group: int,
        month: date,
        sums: Sums,
        at: tuple[int, ...],
        found: Gate,
        middle: list[float],
        tau: float | None,
        *,
        free: bool = False,
    ) -> AreaRow:
        spec = self.specs[group]
        top, size = int(sums.steady.x[at]), int(sums.steady.n[at])
        self.held.keep(self._cell(level, group, area), month, top, size)
        few = sums.n[at] < self.rule.min_denominator and not found.size[at]
        hidden = bool(found.rate[at]) and not few
        n = None if hidden else int(round_to(size)[0])
        x = None if hidden or few else int(round_to(top)[0])
        value = lower = upper = None
        if x is not None and n:
            value, lower, upper = (_number(part[at]) for part in sums.middle) if spec.days else interval_of(x, n, spec)
        median, p10, p90 = (_number(part) if free or value is not None else None for part in middle)
        return AreaRow(
            level=level,
            area_id=area,
            version_id=spec.version_id,
            profession=self.professions[group],
            month_end=month,
            practices=int(sums.practices[at]),
            n=n,
            x=x,
            value=value,
            median=median,
            p10=p10,
            p90=p90,
            tau=tau,
            suppressed=hidden,
            lower=lower,
            upper=upper,
        )


def interval_of(x: int, n: int, spec: Spec) -> tuple[float, float, float]:
    """Value and interval of a total, from the rounded counts that may be shown, in the stored unit."""
    lower, upper = poisson_exact([x], [n]) if spec.rate else wilson([min(x, n)], [n])
    return x / n * spec.scale, float(lower[0]) * spec.scale, float(upper[0]) * spec.scale


def gate(x: Ints, n: Ints, closed: BoolArray, rule: Rule, kind: Kind) -> Gate:
    """As `kip.stats.disclosure.publish_parts`, for parts some of which are closed for another reason. Last axis: parts."""
    closed = closed & (n > 0)  # a part without patients hides nothing, and must not pass for a second hidden one
    rate = primary(x.ravel(), n.ravel(), rule, kind).reshape(x.shape) | ((n > 0) & (n < rule.min_denominator)) | closed
    size = small(n.ravel(), rule).reshape(n.shape) | closed
    parent = np.zeros(x.shape[:-1], dtype=bool)
    for _ in range(x.shape[-1] + 1):
        before = int(rate.sum() + size.sum())
        size, gone = secondary(n, size, rule)
        rate, other = secondary(x, rate | size, rule)
        parent = gone | other
        if kind == "proportion":
            rate, other = secondary(n - x, rate, rule)
            parent |= other
        if int(rate.sum() + size.sum()) == before:
            break
    return Gate(rate, size, parent)


def _number(value: Column | float) -> float | None:
    return None if np.isnan(value) else float(value)
