"""Is a series drifting away? The two-sided CUSUM of OpenPrescribing, and a risk-adjusted one for rare events.

KIP alerts on a change of state between releases (Anhøj), not on these: the first inherits the noise of small practices when
it runs on percentiles, and a noisy start sets its threshold so high that nothing ever fires.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from kip.stats.arrays import BoolArray, FloatArray, IntArray, Numbers, floats, mean_of_known

WINDOW, SENSITIVITY = 12, 5.0
WORDS = ((10.0, "slightly"), (20.0, "moderately"), (30.0, "considerably"), (np.inf, "massively"))


class Cusum(NamedTuple):
    """One entry per point: sums of what lies above and below the target, target, alert threshold, and the direction of an
    alert (1 up, -1 down, 0 none). alerts: positions of the points with an alert."""

    upper: FloatArray
    lower: FloatArray
    target: FloatArray
    threshold: FloatArray
    direction: IntArray
    alerts: IntArray


class Alert(NamedTuple):
    """The last unbroken stretch of alerts: value before it, newest value in it, first and last position, word for the size."""

    before: float
    after: float
    first: int
    last: int
    word: str


@dataclass
class _State:
    """What one point hands to the next."""

    target: float = float("nan")
    threshold: float = float("nan")
    up: float = 0.0
    down: float = 0.0
    rows: list[tuple[float, float, float, float, int]] = field(default_factory=list)

    def side(self) -> int:
        return 1 if self.up > self.threshold else -1 if self.down < -self.threshold else 0

    def next_sums(self, value: float, slack: float, up: float, down: float, decimals: int | None) -> tuple[float, float]:
        """A missing value, or a missing target, starts both sums at 0 again."""
        if np.isnan(value - self.target - slack):
            return 0.0, 0.0
        high = max(0.0, up + value - (self.target + slack))
        low = min(0.0, down + value - (self.target - slack))
        return (high, low) if decimals is None else (round(high, decimals), round(low, decimals))


def cusum(values: Numbers, window: int = WINDOW, sensitivity: float = SENSITIVITY, decimals: int | None = 2) -> Cusum:
    """Two-sided CUSUM of one series, for example a practice's percentile (0-100) month by month.

    Target and threshold (sensitivity * standard deviation, n in the denominator) come from the first `window` points; slack
    is half a standard deviation. While an alert stands the target is the mean of the `window` points before: as long as the
    sum moves on in the same direction the threshold stays, else threshold and sums start afresh. A missing point sets the
    sums to 0. decimals: sums are rounded as OpenPrescribing does for percentiles; None for other units.
    """
    data = floats(values)
    known = np.flatnonzero(np.isfinite(data))
    start = max(0, int(known[0]) - window + 1) if known.size else data.size
    state = _State()
    for i, value in enumerate(data.tolist()):
        fresh = i <= start
        standing = not fresh and state.side() != 0
        if fresh:
            _settle(state, data[i : i + window], sensitivity)
        elif standing:
            before = data[max(0, i - window) : i]
            state.target = mean_of_known(before)
            peek = state.next_sums(value, state.threshold / sensitivity / 2, state.up, state.down, decimals)
            fresh = not (peek[0] > state.up if state.side() > 0 else peek[1] < state.down)
            if fresh:
                _settle(state, before, sensitivity)
        up, down = (0.0, 0.0) if fresh else (state.up, state.down)
        state.up, state.down = state.next_sums(value, state.threshold / sensitivity / 2, up, down, decimals)
        state.rows.append((state.up, state.down, state.target, state.threshold, state.side()))
    table = np.asarray(state.rows, dtype=np.float64).reshape(-1, 5)
    direction = table[:, 4].astype(np.int64)
    return Cusum(table[:, 0], table[:, 1], table[:, 2], table[:, 3], direction, np.flatnonzero(direction).astype(np.int64))


def last_alert(values: Numbers, found: Cusum) -> Alert | None:
    """The newest stretch of alerts in one direction, or None. The word counts percentile points between the value before
    the stretch and its last value: below 10 slightly, 20 moderately, 30 considerably, else massively."""
    if found.alerts.size == 0:
        return None
    data, last = floats(values), int(found.alerts[-1])
    first = last
    while first > 0 and found.direction[first - 1] == found.direction[last]:
        first -= 1
    before, after = float(data[max(first - 1, 0)]), float(data[last])
    word = next(name for limit, name in WORDS if abs(after - before) < limit or limit == np.inf)
    return Alert(before, after, first, last, word)


class BernoulliCusum(NamedTuple):
    """One entry per case: the sum, and True where it passes the threshold (it starts again at 0 after that)."""

    total: FloatArray
    signal: BoolArray


def bernoulli_cusum(outcomes: Numbers, expected: Numbers, odds_ratio: float = 2.0, threshold: float = 4.5) -> BernoulliCusum:
    """Risk-adjusted log-likelihood CUSUM of single cases in time order, for rare serious events of a region.

    outcomes: 0 or 1 per case; expected: its probability without a change (case mix); odds_ratio: the change looked for,
    above 1 for worse. NaN cases are passed over. Raises ValueError for other outcomes. Source: Steiner et al. 2000.
    """
    happened, risk = np.broadcast_arrays(floats(outcomes), floats(expected))
    if bool(np.any(np.isfinite(happened) & ~np.isin(happened, (0.0, 1.0)))):
        raise ValueError("outcomes must be 0 or 1")
    weight = np.nan_to_num(happened * np.log(odds_ratio) - np.log(1 - risk + odds_ratio * risk), nan=0.0)
    total, signal = np.zeros(weight.shape), np.zeros(weight.shape, dtype=np.bool_)
    current = 0.0
    for i, step in enumerate(weight.tolist()):
        current = max(0.0, current + step)
        total[i], signal[i] = current, current > threshold
        if signal[i]:
            current = 0.0
    return BernoulliCusum(total, signal)


def _settle(state: _State, points: FloatArray, sensitivity: float) -> None:
    """Target and threshold from a stretch of points."""
    state.target = mean_of_known(points)
    known = points[np.isfinite(points)]
    state.threshold = sensitivity * float(known.std()) if known.size else float("nan")
