"""A practice's new numbers against a published quarter: the same judgement, with what it is compared with left frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datacapture.results.amounts import above, of_days
from datacapture.results.cube import Cube
from datacapture.results.judging import Column, Judged, blank, comparable, figures, scales, trends
from kip.stats.arrays import FloatArray, floats
from kip.stats.funnel import funnel
from kip.stats.multiple import benjamini_hochberg
from kip.stats.overdispersion import Kind
from kip.stats.shrink import detectable_difference, shrink
from kip.stats.tails import binomial_two_sided, poisson_two_sided
from kip.stats.tiers import gain, position, tier


@dataclass(frozen=True)
class Frozen:
    """What one line was compared with. expected, low, high: per month of the block, in the stored unit (None = no peers);
    theta, tau2, spread2: as in `judging.Judged.group`, None where the quarter had nobody to compare with."""

    expected: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]
    theta: float | None = None
    tau2: float | None = None
    spread2: float | None = None

    @classmethod
    def nothing(cls, months: int) -> "Frozen":
        """Nobody to compare with in any of so many months."""
        unknown = [None] * months
        return cls(unknown, unknown, unknown)


def assemble_against(block: Cube, frozen: Mapping[int, Frozen], peers_p: Sequence[float]) -> Judged:
    """All columns of one practice's lines. frozen: by version id; peers_p: the quarter's tests of all other practices."""
    scale = scales(block)
    nothing = Frozen.nothing(len(block.months))
    marks = [frozen.get(spec.version_id, nothing) for spec in block.specs]
    expected, low, high = (
        np.array([floats(getattr(mark, name)) for mark in marks]).reshape(len(marks), -1) for name in ("expected", "low", "high")
    )
    monthly = {**figures(block), "expected": expected, "band_low": low, "band_high": high}
    group = {name: floats([getattr(mark, name) for mark in marks]) for name in ("theta", "tau2", "spread2")}
    change, since = trends(block, group["theta"])
    latest = _verdicts(block, monthly["value"][:, -1], expected[:, -1], group, peers_p)
    latest = {**latest, "trend": change, "since": since, "mdd": latest["mdd"] * scale}
    return Judged(monthly, blank(block, latest), group)


def _verdicts(
    block: Cube, value: FloatArray, expected: FloatArray, group: Mapping[str, FloatArray], peers_p: Sequence[float]
) -> dict[str, Column]:
    """The last month's verdict columns. value, expected: in the stored unit."""
    x, n = (part[:, -1] for part in comparable(block))
    top, size = (part[:, -1] for part in above(block, group["theta"]))
    least = np.array([spec.min_n for spec in block.specs], dtype=np.float64)
    direction = np.array([spec.direction for spec in block.specs], dtype=np.str_)
    names = ("p", "p_adjusted", "shrunken", "reliability", "mdd")
    found = {name: np.full(len(x), np.nan) for name in names}
    for line, spec in enumerate(block.specs):
        marks = [float(group[name][line]) for name in ("theta", "tau2", "spread2")]
        if np.isfinite(marks[0]):
            if spec.days:
                values = (*_one(int(top[line]), int(size[line]), "proportion", 0.5, *marks[1:])[:4], np.nan)
            else:
                values = _one(int(x[line]), int(n[line]), "rate" if spec.rate else "proportion", *marks)
            for name, number in zip(names, values, strict=True):
                found[name][line] = number
    enough = (n >= least) & (n > 0)
    tested = benjamini_hochberg([*np.where(enough, found["p"], np.nan), *peers_p])[: len(x)]
    side = position(value, expected, direction)
    countable = (side == "worse") & ~of_days(block)  # days are not patients to gain
    gained = np.where(countable, gain(n, found["shrunken"], expected / scales(block), direction), 0.0)
    word = tier(n, least, found["p"], tested, found["p_adjusted"])
    return {
        "p": found["p"],
        "p_adjusted": found["p_adjusted"],
        "q": tested,
        "tier": word,
        "position": side,
        "gain": gained,
        "reliability": found["reliability"],
        "mdd": found["mdd"],
    }


def _one(x: int, n: int, kind: Kind, theta: float, tau2: float, spread2: float) -> tuple[float, ...]:
    """p, p with the frozen overdispersion, shrunken value, reliability and detectable difference of one line."""
    exact = binomial_two_sided(x, n, theta) if kind == "proportion" else poisson_two_sided(x, n * theta)
    # A single unit never has a dispersion of its own, so the frozen one is used.
    adjusted = funnel([x], [n], theta, kind, fallback_tau2=tau2 if np.isfinite(tau2) else 0.0).p_adjusted
    kept = shrink([x], [n], theta, kind, spread2 if np.isfinite(spread2) else 0.0)
    detectable = detectable_difference([n], theta, kind)
    return tuple(float(part[0]) for part in (exact, adjusted, kept.value, kept.reliability, detectable))
