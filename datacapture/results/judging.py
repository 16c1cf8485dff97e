"""The stored columns of a release: value and interval for every month, the verdict for the last one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from datacapture.results.amounts import above, means, medians, of_days
from datacapture.results.cube import Cube
from kip.stats.arrays import FloatArray, ratio
from kip.stats.bands import bands
from kip.stats.funnel import funnel
from kip.stats.intervals import poisson_exact, wilson
from kip.stats.multiple import benjamini_hochberg
from kip.stats.shrink import shrink
from kip.stats.spc import Direction, trend_rolling
from kip.stats.tails import binomial_two_sided
from kip.stats.tiers import position, tier
from kip.stats.verdicts import Verdicts, judge

MONTHLY = (
    "n", "x", "excluded", "unknown", "exception", "open_cases", "value", "lower", "upper", "mean", "thin", "expected",
    "band_low", "band_high",
)  # fmt: skip
JUDGED = ("p", "p_adjusted", "q", "tier", "position", "trend", "since", "gain", "reliability", "mdd")
OF_GROUP = ("theta", "tau2", "spread2")
Column = npt.NDArray[Any]


@dataclass(frozen=True)
class Judged:
    """Columns of lines x months (MONTHLY), and of lines for the last month (JUDGED and OF_GROUP); NaN = not known.

    Values, intervals, peers and mdd are shares 0-1, events per `per` for a rate, or days. gain: patients (or events).
    thin: the window's thin months (`Cube.holes`); such a line is shown, but neither judged nor part of what others are
    compared with. mean: mean score change behind a share of changes. open_cases: of days, those whose end has not come.
    group: what the line's peers were judged by. theta: the value tested against, spread2: variance between practices, both
    per person; tau2: that variance on the stabilised scale.
    """

    monthly: dict[str, Column]
    latest: dict[str, Column]
    group: dict[str, FloatArray]


def assemble(block: Cube, others: Mapping[str, Sequence[float]] | None = None) -> Judged:
    """All columns of a release from its counts: peers are all practices of the same profession in the block.

    others: further tests of a profession that are made elsewhere and share its false-discovery rate.
    """
    groups = peer_groups(block)
    own = figures(block)
    scale = scales(block)
    middle, low, high = _peers(block, own["value"], groups)
    verdict = _verdicts(block, middle[:, -1], groups, others or {})
    change, since = trends(block, verdict["theta"])
    monthly = {**own, "expected": middle, "band_low": low, "band_high": high}
    latest = {**verdict, "trend": change, "since": since, "mdd": verdict["mdd"] * scale}
    return Judged(monthly, blank(block, {name: latest[name] for name in JUDGED}), {name: verdict[name] for name in OF_GROUP})


def scales(block: Cube) -> FloatArray:
    """What each line's value per person is multiplied with to be stored."""
    return np.array([spec.scale for spec in block.specs], dtype=np.float64)


def figures(block: Cube) -> dict[str, Column]:
    """The monthly columns that need no peers, in the stored unit."""
    rate = np.array([spec.rate for spec in block.specs], dtype=bool)
    days, scale = of_days(block)[:, None], scales(block)[:, None]
    shares = (ratio(block.x, block.n), *_intervals(block, rate))
    value, lower, upper = (np.where(days, middle, share * scale) for middle, share in zip(medians(block), shares, strict=True))
    return {
        "n": block.n,
        "x": block.x,
        "excluded": block.bins[:, :, 2],
        "unknown": block.bins[:, :, 3],
        "exception": block.bins[:, :, 4],
        "open_cases": np.where(days, block.bins[:, :, 1], 0),
        "value": value,
        "lower": lower,
        "upper": upper,
        "mean": means(block),
        "thin": block.holes,
    }


def blank(block: Cube, latest: dict[str, Column]) -> dict[str, Column]:
    """No verdict where the last window has a thin month: a hole in the data is neither a strength nor a weakness."""
    held = block.holes[:, -1] > 0
    nothing: dict[str, Any] = {"tier": "", "position": "", "trend": "", "since": -1}
    return {name: np.where(held, nothing.get(name, np.nan), column) for name, column in latest.items()}


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


def _peers(block: Cube, values: FloatArray, groups: npt.NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median, 10th and 90th percentile of the peers with enough patients and whole windows, month by month."""
    columns = [np.full(block.x.shape, np.nan) for _ in range(3)]
    enough = np.array([spec.min_n for spec in block.specs], dtype=np.float64)[:, None]
    value = np.where((block.n >= enough) & (block.n > 0) & (block.holes == 0), values, np.nan)
    if len(block.specs):
        for month in range(len(block.months)):
            found = bands(value[:, month], groups)
            for column, part in zip(columns, (found.median, found.p10, found.p90), strict=True):
                column[:, month] = part[found.row]
    return columns[0], columns[1], columns[2]


def comparable(block: Cube) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Numerators and denominators, 0 where the window has a thin month: what is compared over time or with others."""
    return np.where(block.holes == 0, block.x, 0), np.where(block.holes == 0, block.n, 0)


def _verdicts(
    block: Cube, middle: FloatArray, groups: npt.NDArray[np.int64], others: Mapping[str, Sequence[float]]
) -> dict[str, Column]:
    """Verdicts of all lines; the false-discovery rate is held within each profession, over all kinds of measures.

    middle: the peers' median of the last month in the stored unit.
    """
    rate = np.array([spec.rate for spec in block.specs], dtype=bool)
    days = of_days(block)
    professions = np.array([place.profession for place in block.places], dtype=np.str_)
    least = np.array([spec.min_n for spec in block.specs], dtype=np.float64)
    direction = np.array([spec.direction for spec in block.specs], dtype=np.str_)
    x, n = (np.where(days, 0, part[:, -1]) for part in comparable(block))
    found: dict[str, Column] = {}
    for profession in np.unique(professions) if len(professions) else [""]:
        rows = professions == profession
        verdict = judge(x[rows], n[rows], groups[rows], min_n=least[rows], direction=direction[rows], rate=rate[rows])
        for name, part in _columns(verdict, rate[rows]).items():
            column = found.setdefault(name, np.zeros(len(professions), dtype=part.dtype))
            found[name] = column = column.astype(np.promote_types(column.dtype, part.dtype))
            column[rows] = part
    found["spread2"] = _spread2(x, n, least, found["theta"], rate, groups)
    if bool(days.any()):
        found["position"], found["tier"] = found["position"].astype("<U6"), found["tier"].astype("<U12")
        _judge_days(block, found, middle, groups)
    counted = comparable(block)[1]
    for profession in sorted({*professions[days].tolist(), *(name for name, tests in others.items() if len(tests))}):
        rows = professions == profession
        size = counted[rows, -1]
        tested = np.where((size >= least[rows]) & (size > 0), found["p"][rows], np.nan)
        found["q"][rows] = benjamini_hochberg([*tested, *others.get(profession, ())])[: len(tested)]
        found["tier"][rows] = tier(size, least[rows], found["p"][rows], found["q"][rows], found["p_adjusted"][rows])
    return found


def _columns(verdict: Verdicts, rate: npt.NDArray[np.bool_]) -> dict[str, Column]:
    names = ("p", "p_adjusted", "q", "tier", "position", "gain", "reliability", "mdd")
    # As in kip.stats.verdicts: a median of exactly 0 or 1 is no value to test against, the pooled one is.
    inside = (verdict.expected > 0) & (rate | (verdict.expected < 1))
    theta = np.where(inside | np.isnan(verdict.expected), verdict.expected, verdict.pooled)
    return {**{name: getattr(verdict, name) for name in names}, "theta": theta, "tau2": verdict.group_tau2}


def _spread2(
    x: Column, n: Column, least: FloatArray, theta: FloatArray, rate: npt.NDArray[np.bool_], groups: npt.NDArray[np.int64]
) -> FloatArray:
    """Between-practice variance of each line's group on the natural scale, from the practices with enough patients."""
    enough = (n > 0) & (n >= least)
    found = np.full(len(theta), np.nan)
    for lines in groups_of(groups):
        if np.isfinite(theta[lines[0]]):
            ok = lines[enough[lines]]
            found[lines] = shrink(x[ok], n[ok], float(theta[lines[0]]), "rate" if rate[lines[0]] else "proportion").tau2
    return found


def groups_of(groups: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """The lines of each group."""
    order = np.argsort(groups, kind="stable")
    return [lines for lines in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if lines.size]


def _judge_days(block: Cube, found: dict[str, Column], middle: FloatArray, groups: npt.NDArray[np.int64]) -> None:
    """Fill in the lines of days: the share of their days above the peers' median, which would be a half, is tested."""
    days, value = of_days(block), medians(block)[0][:, -1]
    top, size = (part[:, -1] for part in above(block, middle))
    n = comparable(block)[1][:, -1]
    for lines in groups_of(groups):
        if days[lines[0]]:
            spec = block.specs[lines[0]]
            ok = (n[lines] > 0) & (n[lines] >= spec.min_n)
            if np.isfinite(middle[lines[0]]):
                for name, column in sign_test(top[lines], size[lines], ok).items():
                    found[name][lines] = column
            found["theta"][lines] = middle[lines]
            found["mdd"][lines] = np.nan
            found["position"][lines] = position(value[lines], middle[lines], spec.direction)


def sign_test(top: Column, size: Column, ok: Column) -> dict[str, Column]:
    """Exact p, p with the practices' own spread, that spread and the reliability of one group's lines.

    top, size: as `amounts.above`; ok: who has enough patients to shape the spread.
    """
    wide = funnel(np.where(ok, top, 0), np.where(ok, size, 0), 0.5, "proportion")
    natural = shrink(top[ok], size[ok], 0.5, "proportion").tau2
    return {
        "p": binomial_two_sided(top, size, 0.5),
        "p_adjusted": wide.p_adjusted,
        "tau2": np.full(top.shape, wide.tau2),
        "spread2": np.full(top.shape, natural),
        "reliability": shrink(top, size, 0.5, "proportion", natural).reliability,
    }


def trends(block: Cube, theta: FloatArray) -> tuple[Column, npt.NDArray[np.int64]]:
    """Word and month column (-1: none) per line. Windows overlap, so each is held against one that shares no month.

    Windows with a thin month are left out. Of days it is the share above `theta` (days, one per line) that has moved.
    """
    words = np.full(len(block.specs), "too_short", dtype="<U10")
    since = np.full(len(block.specs), -1, dtype=np.int64)
    whole, days = block.holes == 0, of_days(block)[:, None]
    pairs = zip(above(block, theta), (block.x, block.n), strict=True)
    x, n = (np.where(whole, np.where(days, part, plain), 0) for part, plain in pairs)
    kinds = [(spec.direction, spec.rate, spec.period) for spec in block.specs]
    for kind in sorted(set(kinds)):
        rows = np.array([other == kind for other in kinds], dtype=bool)
        found = trend_rolling(
            x[rows], n[rows], cast(Direction, kind[0]), window=kind[2], kind="rate" if kind[1] else "proportion"
        )
        words[rows], since[rows] = found.state, found.since
    return words, since


def months_since(block: Cube, judged: Judged) -> list[date | None]:
    """First month of the standing change per line, or None."""
    columns: Sequence[int] = judged.latest["since"].tolist()
    return [block.months[column] if column >= 0 else None for column in columns]
