"""A run in parts: every count is a sum over patients, so parts of the patients are counted apart and added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from datacapture.engine.cases import BINS
from datacapture.engine.run import COUNT, IndicatorResult

_KEY = len(COUNT) - len(BINS) - 1


def split(events: Mapping[int, int], least: int) -> list[list[int]]:
    """Practices in buckets of about equal numbers of events, at least `least` in each (or one bucket with all).

    A patient belongs to one practice: a bucket of practices is a bucket of patients whose rows lie together and whose
    counts share no cell with another bucket.
    """
    count = max(sum(events.values()) // least, 1)
    buckets: list[list[int]] = [[] for _ in range(count)]
    loads = [0] * count
    for practice in sorted(events, key=lambda key: (-events[key], key)):
        lightest = loads.index(min(loads))
        buckets[lightest].append(practice)
        loads[lightest] += events[practice]
    return [sorted(bucket) for bucket in buckets if bucket]


def merged(parts: Iterable[Mapping[str, IndicatorResult]]) -> dict[str, IndicatorResult]:
    """One result by indicator code from runs over parts of the patients, whichever way these were parted."""
    counts: dict[str, dict[tuple[object, ...], list[int]]] = {}
    amounts: dict[str, dict[tuple[object, ...], list[float]]] = {}
    states: dict[str, list[tuple[object, ...]]] = {}
    for part in parts:
        for code, result in part.items():
            cells, values = counts.setdefault(code, {}), amounts.setdefault(code, {})
            for row in result.counts:
                key, bins = row[:_KEY], row[_KEY:-1]
                cells[key] = [have + new for have, new in zip(cells.get(key, [0] * len(BINS)), bins, strict=True)]
                values.setdefault(key, []).extend(row[-1] or ())
            states.setdefault(code, []).extend(result.states)
    return {
        code: IndicatorResult(
            code, [(*key, *bins, sorted(amounts[code][key]) or None) for key, bins in cells.items()], states[code]
        )
        for code, cells in counts.items()
    }
