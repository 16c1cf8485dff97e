"""Counts of many practices, indicators and months in one block of numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
BINS = ("numerator", "denominator_only", "excluded", "unknown", "exception")


@dataclass(frozen=True)
class Spec:
    """What the calculation must know of an indicator version.

    counts_events: the numerator counts events and `denominator_only` the persons (a rate); period: months per window.
    """

    version_id: int
    min_n: int
    direction: str
    rate: bool
    counts_events: bool
    per: int
    period: int


@dataclass(frozen=True)
class Place:
    """A practice with its region and profession."""

    practice_id: int
    region_id: int
    profession: str


@dataclass(frozen=True)
class Cube:
    """One line per version and practice with any count; bins has the shape lines x months x five bins."""

    specs: Sequence[Spec]
    places: Sequence[Place]
    months: Sequence[date]
    bins: Ints

    @property
    def x(self) -> Ints:
        """Numerators, lines x months."""
        return self.bins[:, :, 0]

    @property
    def n(self) -> Ints:
        """Denominators: numerator and denominator only, or the persons where the numerator counts events."""
        events = np.array([spec.counts_events for spec in self.specs], dtype=bool)[:, None]
        return np.where(events, self.bins[:, :, 1], self.bins[:, :, 0] + self.bins[:, :, 1])


def cube(
    counted: Iterable[tuple[int, int, date, int, int, int, int, int]],
    specs: Iterable[Spec],
    places: Iterable[Place],
    months: Sequence[date],
) -> Cube:
    """Block from rows (version_id, practice_id, month_end, five bins); rows of unknown ids or months are left out."""
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
    return Cube([spec_of[version] for version, _ in line_of], [place_of[place] for _, place in line_of], list(months), bins)
