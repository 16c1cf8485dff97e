"""Values adjusted for age and sex: indirect standardisation with the profession's national rates (statistics.md 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datacapture.results.cube import Ints, Spec
from kip.stats.arrays import FloatArray, ratio
from kip.stats.standardise import indirect

Reference = Sequence[tuple[int, int, int, int]]  # sex, age band, x, n of the profession in the whole country


@dataclass(frozen=True)
class Strata:
    """Counts of the last month by sex and age band; one entry per line and stratum. `line` numbers the block's lines."""

    line: Ints
    sex: Ints
    age_band: Ints
    x: Ints
    n: Ints


@dataclass(frozen=True)
class Adjusted:
    """One entry per line, in the stored unit; NaN where nothing could be adjusted."""

    value: FloatArray
    lower: FloatArray
    upper: FloatArray


def references(strata: Strata, groups: Ints) -> dict[int, list[tuple[int, int, int, int]]]:
    """The reference of each group: all its practices together, by sex and age band."""
    found: dict[int, dict[tuple[int, int], list[int]]] = {}
    columns = (groups[strata.line], strata.sex, strata.age_band, strata.x, strata.n)
    for group, sex, band, x, n in zip(*(column.tolist() for column in columns), strict=True):
        total = found.setdefault(group, {}).setdefault((sex, band), [0, 0])
        total[0] += x
        total[1] += n
    return {group: [(sex, band, x, n) for (sex, band), (x, n) in sorted(cells.items())] for group, cells in found.items()}


def adjust(strata: Strata, specs: Sequence[Spec], groups: Ints, reference: Mapping[int, Reference]) -> Adjusted:
    """Adjusted values of all lines, each against the reference of its group."""
    result = Adjusted(*(np.full(len(specs), np.nan) for _ in range(3)))
    order = np.argsort(groups[strata.line], kind="stable")
    ids = groups[strata.line][order]
    for rows in np.split(order, np.flatnonzero(np.diff(ids)) + 1):
        if rows.size:
            _adjust_group(result, strata, rows, specs, reference.get(int(groups[strata.line[rows[0]]]), ()))
    return result


def _adjust_group(result: Adjusted, strata: Strata, rows: Ints, specs: Sequence[Spec], reference: Reference) -> None:
    column = {(sex, band): place for place, (sex, band, _x, _n) in enumerate(reference)}
    rates = ratio([cell[2] for cell in reference], [cell[3] for cell in reference]) if reference else np.zeros(0)
    lines, place = np.unique(strata.line[rows], return_inverse=True)
    size = np.zeros((len(lines), len(column) + 1))  # the last column: strata that the reference does not know
    keys = zip(strata.sex[rows].tolist(), strata.age_band[rows].tolist(), strict=True)
    at = np.array([column.get(key, len(column)) for key in keys], dtype=np.int64)
    np.add.at(size, (place, at), strata.n[rows])
    seen = np.bincount(place, weights=strata.x[rows])
    spec = specs[lines[0]]
    total = sum(cell[3] for cell in reference)
    overall = sum(cell[2] for cell in reference) / total if total else float("nan")
    found = indirect(seen, size, np.append(rates, np.nan), overall, proportion=not spec.rate)
    for target, part in zip((result.value, result.lower, result.upper), (found.value, found.lower, found.upper), strict=True):
        target[lines] = part * spec.scale
