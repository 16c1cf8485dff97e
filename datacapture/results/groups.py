"""Totals by groups of patients (sex, age, social conditions) in regions and nation, and the inequality between quintiles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from datacapture.results.cube import Ints
from datacapture.results.holding import Steady
from kip.stats.arrays import BoolArray, FloatArray
from kip.stats.disclosure import Rule, primary, round_to, secondary
from kip.stats.equity import MIN_GROUPS, Scale, inequality
from kip.stats.intervals import median_interval, poisson_exact, wilson
from kip.stats.overdispersion import Kind

REPETITIONS = 20_000


@dataclass(frozen=True)
class Split:
    """One measure and profession divided along one axis. Counts are regions x groups; amounts: the single days of a cell.

    practices, largest: how many practices have patients in the cell, and the most that one of them has. pair: two groups whose
    difference is published as a measure of its own, so that neither may be shown without the other.
    """

    regions: Sequence[int]
    groups: Sequence[int]
    x: Ints
    n: Ints
    practices: Ints
    largest: Ints
    rate: bool = False
    days: bool = False
    per: int = 1
    amounts: dict[tuple[int, int], Sequence[float]] = field(default_factory=dict)
    pair: tuple[int, int] | None = None

    @property
    def kind(self) -> Kind:
        """Events and days have no complement to hide."""
        return "rate" if self.rate or self.days else "proportion"


class GroupCell(NamedTuple):
    """One group as it may be shown; hidden is empty."""

    practices: int
    n: int | None
    x: int | None
    value: float | None
    lower: float | None
    upper: float | None
    suppressed: bool


NOBODY = GroupCell(0, 0, 0, None, None, None, False)


def hidden_cells(split: Split, shut: BoolArray, small: BoolArray, rule: Rule) -> tuple[BoolArray, BoolArray]:
    """Cells (regions x groups) and the nation's groups to hide, so that none follows from what is shown.

    Two ways lead back to a hidden cell: the other groups and the region's own total, and the other regions and the nation's
    group. Both are closed until nothing moves. shut: regions, and last the nation, whose total is hidden; small: cells that are
    hidden for another reason, with a last row for the nation.
    """
    x, n = split.x, split.n
    every_x, every_n = x.sum(axis=0), n.sum(axis=0)
    units = (split.practices < rule.min_units) | (split.largest > rule.dominance * n)
    mask = ((n > 0) & units) | _small(x, n, split.kind, rule) | small[:-1] | shut[:-1, None]
    nation = _small(every_x, every_n, split.kind, rule) | small[-1] | _dominated(split, rule) | shut[-1]
    for _ in range(x.size + len(every_n) + 1):
        before = int(mask.sum() + nation.sum())
        for counted in _counted(x, n, split.kind):
            mask, told = secondary(counted, mask, rule)
            mask |= told[:, None]  # nothing is left to hide behind: the whole division goes
            across, told = secondary(counted.T, mask.T, rule)
            mask, nation = across.T, nation | told
        if split.pair is not None:
            first, second = split.pair
            mask[:, [first, second]] = (mask[:, first] | mask[:, second])[:, None]
            nation[[first, second]] = nation[first] | nation[second]
        for counted in _counted(every_x, every_n, split.kind):
            row, told = secondary(counted[None, :], nation[None, :], rule)
            nation = row[0] | bool(told[0])
        if int(mask.sum() + nation.sum()) == before:
            break
    return mask, nation


def _small(x: Ints, n: Ints, kind: Kind, rule: Rule) -> BoolArray:
    found: BoolArray = primary(x.ravel(), n.ravel(), rule, kind).reshape(x.shape) | ((n > 0) & (n < rule.min_denominator))
    return found


def _counted(x: Ints, n: Ints, kind: Kind) -> list[Ints]:
    return [n, x, n - x] if kind == "proportion" else [n, x]


def _dominated(split: Split, rule: Rule) -> BoolArray:
    some, size = split.practices.sum(axis=0), split.n.sum(axis=0)
    found: BoolArray = (size > 0) & ((some < rule.min_units) | (split.largest.max(axis=0, initial=0) > rule.dominance * size))
    return found


def group_cells(split: Split, kept: Steady, shut: BoolArray, rule: Rule) -> tuple[list[list[GroupCell]], list[GroupCell]]:
    """Every region's groups and the nation's, from the held and rounded counts. kept: regions and nation (last row) x groups."""
    mask, nation = hidden_cells(split, shut, kept.small, rule)
    practices = np.vstack((split.practices, split.practices.sum(axis=0)))
    numbers = _numbers(split, kept)
    every = np.vstack((mask, nation))
    columns = range(len(split.groups))
    rows = [
        [_cell(int(practices[row, at]), bool(every[row, at]), *(float(part[row, at]) for part in numbers)) for at in columns]
        for row in range(len(split.regions) + 1)
    ]
    return rows[:-1], rows[-1]


def _numbers(split: Split, kept: Steady) -> tuple[FloatArray, ...]:
    """Rounded n and x, value and its interval: regions and nation x groups."""
    n, x = (round_to(part) for part in (kept.n, kept.x))
    if split.days:
        return n, x, *_days(split, x.shape)
    flat = (np.minimum(x, n) if split.kind == "proportion" else x).ravel().astype(np.int64), n.ravel().astype(np.int64)
    low, high = poisson_exact(*flat) if split.rate else wilson(*flat)
    scale = float(split.per) if split.rate else 1.0
    value = np.divide(x, n, out=np.full(x.shape, np.nan), where=n > 0)
    return n, x, value * scale, low.reshape(x.shape) * scale, high.reshape(x.shape) * scale


def _days(split: Split, shape: tuple[int, ...]) -> list[FloatArray]:
    found = [np.full(shape, np.nan) for _ in range(3)]
    last = len(split.regions)
    for column in range(len(split.groups)):
        own = {row: list(split.amounts.get((row, column), ())) for row in range(last)}
        own[last] = [day for days in own.values() for day in days]
        for row, days in own.items():
            if days:
                middle = median_interval(days)
                for target, part in zip(found, (middle.median, middle.lower, middle.upper), strict=True):
                    target[row, column] = part[0]
    return found


def _cell(practices: int, hidden: bool, n: float, x: float, *numbers: float) -> GroupCell:
    if hidden:
        return GroupCell(
            0, None, None, None, None, None, True
        )  # the number of practices would tell an empty group from a small one
    if not practices:
        return NOBODY
    value, lower, upper = (None if np.isnan(number) else float(number) for number in numbers)
    return GroupCell(practices, int(n), int(x), value, lower, upper, False)


class Gradient(NamedTuple):
    """Slope and relative index of inequality with their limits; rii is empty where it cannot be told."""

    sii: float
    sii_lower: float
    sii_upper: float
    rii: float | None
    rii_lower: float | None
    rii_upper: float | None


def gradient(cells: Sequence[GroupCell], kind: Kind, days: bool) -> Gradient | None:
    """From five quintiles, the least deprived first; None unless all of them are shown with their interval."""
    values, sizes, low, high = ([getattr(cell, name) for cell in reversed(cells)] for name in ("value", "n", "lower", "upper"))
    known = [number is not None for number in (*values, *low, *high)]
    if len(cells) != MIN_GROUPS or not all(known) or not all(sizes):
        return None
    scale = _scale([*values, *low, *high], kind, days)
    found = inequality(values, sizes, lower=low, upper=high, scale=scale, repetitions=REPETITIONS)
    relative = (found.rii, found.rii_lower, found.rii_upper)
    sound = bool(np.all(np.isfinite(relative))) and min(relative) > 0
    return Gradient(found.sii, found.sii_lower, found.sii_upper, *(relative if sound else (None, None, None)))


def _scale(numbers: Sequence[float], kind: Kind, days: bool) -> Scale:
    """The usual scale of the error, unless a number lies on its edge."""
    if days or min(numbers) <= 0 or (kind == "proportion" and max(numbers) >= 1):
        return "normal"
    return "logit" if kind == "proportion" else "log"
