"""Axes: where values fall on the paper and which round numbers get a tick."""

import math
from dataclasses import dataclass

TINY = 1e-9  # a largest value below this is drawn as 0


@dataclass(frozen=True)
class Scale:
    """Linear map from [low, high] to [start, end] in pixels; end < start for a vertical axis."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def nice_step(span: float, parts: int) -> float:
    """Smallest of 1, 2, 2.5, 5 x 10^k that cuts the span into at most `parts` steps."""
    rough = span / parts
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * f for f in (1, 2, 2.5, 5, 10) if power * f >= rough * (1 - 1e-9))


def axis_range(values: list[float], *, percent: bool, parts: int = 5) -> tuple[float, float, list[float]]:
    """Low, high and ticks of an axis around the values. It starts at 0 unless everything lies far from it; then
    the caller draws a break mark (low > 0), and reaches below 0 only for differences. A percentage never exceeds 1."""
    bottom = min(values, default=0.0)
    top = max(values, default=1.0) if bottom >= 0 else max(*values, 0.0)
    if top < TINY and bottom >= 0:
        top = 1.0 if percent else 10.0
    low = min(bottom, 0.0) if bottom < 0.45 * top or bottom <= 0 else min(bottom, 0.9 * top)  # never a span of nothing
    step = nice_step(top - low, parts)
    low = math.floor(low / step + 1e-9) * step
    high = math.ceil(top / step - 1e-9) * step
    if percent and high > 1:
        high = 1.0
    steps = round((high - low) / step)
    return low, high, [low + i * step for i in range(steps + 1) if low + i * step <= high * (1 + 1e-9)]


def spread_out(wanted: list[float], heights: list[float], low: float, high: float) -> list[float]:
    """Centres for labels of the given heights, as near to `wanted` as possible without overlap, within low..high.

    Order of `wanted` is kept; when the room is too small the labels run over the lower end.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = list(wanted)
    floor = low
    for i in order:
        placed[i] = max(wanted[i], floor + heights[i] / 2)
        floor = placed[i] + heights[i] / 2
    ceiling = high
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling - heights[i] / 2)
        ceiling = placed[i] - heights[i] / 2
    return placed


def spaced(count: int, room: float, widest: float) -> list[int]:
    """Indexes that get an axis label: always the last one, the others at equal steps so that none touch."""
    if count <= 1:
        return list(range(count))
    per_point = room / (count - 1)
    step = max(1, math.ceil((widest + 14) / per_point))
    return sorted(range(count - 1, -1, -step))
