"""The break matrix: between which sectors messages are lost. For a region or wider, never for a practice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kip.stats.disclosure import DEFAULT

Way = tuple[str, str]  # from sector, to sector


@dataclass(frozen=True)
class Matrix:
    """cells: ways with enough answers, most first; others: the rest together; total: all breaks with both ends told."""

    cells: tuple[tuple[Way, int], ...]
    others: int
    total: int


def matrix(ways: Iterable[Way], least: int = DEFAULT.threshold) -> Matrix:
    """Counts by way. A way with fewer than `least` is merged into others; where others would then be 1..least-1, the smallest
    ways go along, so that it cannot be told from the total. A total below `least` shows nothing."""
    counted = Counter(way for way in ways if way[0] != way[1])
    total = counted.total()
    cells = sorted(((way, number) for way, number in counted.items() if number >= least), key=lambda cell: (-cell[1], cell[0]))
    others = total - sum(number for _way, number in cells)
    while cells and 0 < others < least:
        others += cells.pop()[1]
    return Matrix(tuple(cells), others if others >= least else 0, total if total >= least else 0)
