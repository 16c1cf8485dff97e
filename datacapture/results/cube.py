"""Counts of many practices, indicators and months in one block of numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from datacapture.results.thin import windows
from kip.stats.arrays import BoolArray, FloatArray

Ints = npt.NDArray[np.int64]
BINS = ("numerator", "denominator_only", "excluded", "unknown", "exception")


@dataclass(frozen=True)
class Spec:
    """What the calculation must know of an indicator version.

    counts_events: the numerator counts events and `denominator_only` the persons (a rate); period: months per window;
    days: the value is the median of the cases' days, and only cases that have such a number are counted.
    """

    version_id: int
    min_n: int
    direction: str
    rate: bool
    counts_events: bool
    per: int
    period: int
    days: bool = False

    @property
    def scale(self) -> float:
        """What a share or rate per person is multiplied with to be stored."""
        return float(self.per) if self.rate else 1.0


@dataclass(frozen=True)
class Place:
    """A practice with its region, profession, municipality and cluster (0 = none), and its size class."""

    practice_id: int
    region_id: int
    profession: str
    municipality_id: int = 0
    cluster_id: int = 0
    size_class: int = 1


@dataclass(frozen=True)
class Amounts:
    """The single values behind lines and months, such as days; one entry per value, `line` and `month` are places."""

    line: Ints
    month: Ints
    value: FloatArray


NO_AMOUNTS = Amounts(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


@dataclass(frozen=True)
class Cube:
    """One line per version and practice with any count; bins has the shape lines x months x five bins.

    thin: by practice id, which months hold too little to stand for the practice; who is not there has none.
    """

    specs: Sequence[Spec]
    places: Sequence[Place]
    months: Sequence[date]
    bins: Ints
    amounts: Amounts = NO_AMOUNTS
    thin: Mapping[int, Sequence[bool]] = field(default_factory=dict)

    @property
    def x(self) -> Ints:
        """Numerators, lines x months."""
        return self.bins[:, :, 0]

    @property
    def n(self) -> Ints:
        """Denominators: numerator and denominator only; the persons where events are counted; the cases that have days."""
        events = np.array([spec.counts_events for spec in self.specs], dtype=bool)[:, None]
        days = np.array([spec.days for spec in self.specs], dtype=bool)[:, None]
        every = np.where(days, self.bins[:, :, 0], self.bins[:, :, 0] + self.bins[:, :, 1])
        return np.where(events, self.bins[:, :, 1], every)

    @cached_property
    def holes(self) -> Ints:
        """Thin months of the window behind each line and month: bit k is the month k before. 0 = the window is whole."""
        nothing = [False] * len(self.months)
        thin: BoolArray = np.array([self.thin.get(place.practice_id, nothing) for place in self.places], dtype=bool)
        found = np.zeros(self.x.shape, dtype=np.int64)
        periods = np.array([spec.period for spec in self.specs], dtype=np.int64)
        for period in np.unique(periods):
            found[periods == period] = windows(thin[periods == period], int(period))
        return found


def cube(
    counted: Iterable[tuple[int, int, date, int, int, int, int, int]],
    specs: Iterable[Spec],
    places: Iterable[Place],
    months: Sequence[date],
    amounts: Iterable[tuple[int, int, date, Sequence[float]]] = (),
    thin: Mapping[int, Sequence[bool]] | None = None,
) -> Cube:
    """Block from rows (version_id, practice_id, month_end, five bins); rows of unknown ids or months are left out.

    amounts: (version_id, practice_id, month_end, values) of rows that are counted too.
    """
    spec_of = {spec.version_id: spec for spec in specs}
    place_of = {place.practice_id: place for place in places}
    month_of = {month: column for column, month in enumerate(months)}
    line_of: dict[tuple[int, int], int] = {}
    found: list[tuple[int, int]] = []
    numbers: list[tuple[int, ...]] = []
    for version_id, practice_id, month, *five in counted:
        if version_id in spec_of and practice_id in place_of and month in month_of:
            line = line_of.setdefault((version_id, practice_id), len(line_of))
            found.append((line, month_of[month]))
            numbers.append(tuple(five))
    bins = np.zeros((len(line_of), len(months), len(BINS)), dtype=np.int64)
    if found:
        index = np.array(found, dtype=np.int64)
        np.add.at(bins, (index[:, 0], index[:, 1]), np.array(numbers, dtype=np.int64))
    return Cube(
        [spec_of[version] for version, _ in line_of],
        [place_of[place] for _, place in line_of],
        list(months),
        bins,
        _flat(amounts, line_of, month_of),
        thin or {},
    )


def _flat(
    rows: Iterable[tuple[int, int, date, Sequence[float]]], line_of: Mapping[tuple[int, int], int], month_of: Mapping[date, int]
) -> Amounts:
    """Row by row into arrays, because a country's days would be a gigabyte of Python numbers."""
    lines, months, sizes, values = [], [], [], []
    for version_id, practice_id, month, numbers in rows:
        if (version_id, practice_id) in line_of and month in month_of:
            lines.append(line_of[version_id, practice_id])
            months.append(month_of[month])
            sizes.append(len(numbers))
            values.append(np.array(numbers, dtype=np.float64))
    if not values:
        return NO_AMOUNTS
    line, column = (np.repeat(np.array(part, dtype=np.int64), sizes) for part in (lines, months))
    return Amounts(line, column, np.concatenate(values))
