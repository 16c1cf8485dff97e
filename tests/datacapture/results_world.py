"""Random blocks of counts for the tests of the result rows."""

from datetime import date, timedelta

import numpy as np

from datacapture.results.cube import Amounts, Cube, Place, Spec

LAST = date(2026, 9, 30)


def block_of(seed: int, practices: int = 40, months: int = 2, *, rate: bool = False, small: bool = False) -> Cube:
    """One version and profession; with `small` most practices have few patients."""
    chance = np.random.default_rng(seed)
    spec = Spec(version_id=1, min_n=10, direction="higher", rate=rate, counts_events=False, per=1000, period=1)
    places = []
    for number in range(practices):
        region = 1 + int(chance.integers(3))
        places.append(
            Place(
                practice_id=number + 1,
                region_id=region,
                profession="general_practice",
                municipality_id=10 * region + int(chance.integers(3)),
                cluster_id=int(chance.integers(2)) and 100 * region + int(chance.integers(3)),
                size_class=1 + int(chance.integers(3)),
            )
        )
    size = chance.integers(0, 12 if small else 120, (practices, months))
    top = chance.binomial(size, 0.6)
    bins = np.zeros((practices, months, 5), dtype=np.int64)
    bins[:, :, 0], bins[:, :, 1] = top, size - top
    days = [LAST - timedelta(days=31 * back) for back in reversed(range(months))]
    return Cube([spec] * practices, places, days, bins)


def days_block(seed: int, practices: int = 30, months: int = 14) -> Cube:
    """A measure of waiting days: lines with 0 to 40 cases a month, some practices much slower than the others."""
    chance = np.random.default_rng(seed)
    spec = Spec(
        version_id=1, min_n=10, direction="lower", rate=False, counts_events=False, per=1000, period=12, days=True
    )  # fmt: skip
    places = [Place(number + 1, 1 + number % 3, "psychology", 10 + number % 5, 0, 1 + number % 3) for number in range(practices)]
    size = chance.integers(0, 40, (practices, months))
    bins = np.zeros((practices, months, 5), dtype=np.int64)
    bins[:, :, 0], bins[:, :, 1] = size, chance.integers(0, 9, size.shape)
    line, month = (np.repeat(part.ravel(), size.ravel()) for part in np.indices(size.shape))
    value = chance.integers(0, 60, line.size) + np.where(line < 3, 40.0, 0.0)
    days = [LAST - timedelta(days=31 * back) for back in reversed(range(months))]
    return Cube([spec] * practices, places, days, bins, Amounts(line, month, value))
