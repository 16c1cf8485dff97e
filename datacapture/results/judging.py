"""The stored columns of a release: value and interval for every month, the verdict for the last one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from datacapture.results.cube import Cube
from kip.stats.arrays import FloatArray, ratio
from kip.stats.bands import bands
from kip.stats.intervals import poisson_exact, wilson
from kip.stats.spc import Direction, trend_rolling
from kip.stats.verdicts import Verdicts, judge

MONTHLY = ("n", "x", "excluded", "unknown", "exception", "value", "lower", "upper", "expected", "band_low", "band_high")
JUDGED = ("p", "p_adjusted", "q", "tier", "position", "trend", "since", "gain", "reliability", "mdd")
Column = npt.NDArray[Any]


@dataclass(frozen=True)
class Judged:
    """Columns of lines x months (MONTHLY), and of lines for the last month (JUDGED); NaN = not known.

    Values, intervals, peers and mdd are shares 0-1, or events per `per` for a rate. gain: patients (or events).
    """

    monthly: dict[str, Column]
    latest: dict[str, Column]


def assemble(block: Cube) -> Judged:
    """All columns of a release from its counts: peers are all practices of the same profession in the block."""
    rate = np.array([spec.rate for spec in block.specs], dtype=bool)
    per = np.where(rate, np.array([spec.per for spec in block.specs], dtype=np.float64), 1.0)
    groups = peer_groups(block)
    lower, upper = _intervals(block, rate)
    middle, low, high = _peers(block, groups)
    verdict = _verdicts(block, rate, groups)
    change, since = _trends(block)
    scale = per[:, None]
    monthly: dict[str, Column] = {
        "n": block.n,
        "x": block.x,
        "excluded": block.bins[:, :, 2],
        "unknown": block.bins[:, :, 3],
        "exception": block.bins[:, :, 4],
        "value": ratio(block.x, block.n) * scale,
        "lower": lower * scale,
        "upper": upper * scale,
        "expected": middle * scale,
        "band_low": low * scale,
        "band_high": high * scale,
    }
    latest: dict[str, Column] = {name: getattr(verdict, name) for name in JUDGED if name not in ("trend", "since", "mdd")}
    return Judged(monthly, {**latest, "trend": change, "since": since, "mdd": verdict.mdd * per})


def peer_groups(block: Cube) -> npt.NDArray[np.int64]:
    """Whole-number id per line: the same indicator version and profession, wherever the practice lies."""
    ids: dict[tuple[int, str], int] = {}
    keys = [(spec.version_id, place.profession) for spec, place in zip(block.specs, block.places, strict=True)]
    return np.array([ids.setdefault(key, len(ids)) for key in keys], dtype=np.int64)


def _intervals(block: Cube, rate: npt.NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    lower, upper = (np.full(block.x.shape, np.nan) for _ in range(2))
    for rows, interval in ((~rate, wilson), (rate, poisson_exact)):
        if bool(rows.any()):
            low, high = interval(block.x[rows].ravel(), block.n[rows].ravel())
            lower[rows], upper[rows] = low.reshape(-1, block.x.shape[1]), high.reshape(-1, block.x.shape[1])
    return lower, upper


def _peers(block: Cube, groups: npt.NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median, 10th and 90th percentile of the peers with enough patients, month by month."""
    columns = [np.full(block.x.shape, np.nan) for _ in range(3)]
    enough = np.array([spec.min_n for spec in block.specs], dtype=np.float64)[:, None]
    value = np.where((block.n >= enough) & (block.n > 0), ratio(block.x, block.n), np.nan)
    if len(block.specs):
        for month in range(len(block.months)):
            found = bands(value[:, month], groups)
            for column, part in zip(columns, (found.median, found.p10, found.p90), strict=True):
                column[:, month] = part[found.row]
    return columns[0], columns[1], columns[2]


def _verdicts(block: Cube, rate: npt.NDArray[np.bool_], groups: npt.NDArray[np.int64]) -> Verdicts:
    return judge(
        block.x[:, -1],
        block.n[:, -1],
        groups,
        min_n=np.array([spec.min_n for spec in block.specs], dtype=np.float64),
        direction=np.array([spec.direction for spec in block.specs], dtype=np.str_),
        rate=rate,
    )


def _trends(block: Cube) -> tuple[Column, npt.NDArray[np.int64]]:
    """Word and month column (-1: none) per line. Windows overlap, so each is held against one that shares no month."""
    words = np.full(len(block.specs), "too_short", dtype="<U10")
    since = np.full(len(block.specs), -1, dtype=np.int64)
    kinds = [(spec.direction, spec.rate, spec.period) for spec in block.specs]
    for kind in sorted(set(kinds)):
        rows = np.array([other == kind for other in kinds], dtype=bool)
        found = trend_rolling(
            block.x[rows], block.n[rows], cast(Direction, kind[0]), window=kind[2], kind="rate" if kind[1] else "proportion"
        )
        words[rows], since[rows] = found.state, found.since
    return words, since


def months_since(block: Cube, judged: Judged) -> list[date | None]:
    """First month of the standing change per line, or None."""
    columns: Sequence[int] = judged.latest["since"].tolist()
    return [block.months[column] if column >= 0 else None for column in columns]
