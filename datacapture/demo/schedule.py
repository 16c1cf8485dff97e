"""When repeated things happen: checks that cover a wanted share of patients, and long-term treatment."""

import numpy as np

from datacapture.demo.facts import FIRST, LAST

# A lapser comes back after 14 to 30 twelfths of the window, so 10/22 of the lapsers' time is uncovered.
_LAPSE_LOW, _LAPSE_HIGH = 14 / 12, 30 / 12
_UNCOVERED = ((_LAPSE_LOW + _LAPSE_HIGH) / 2 - 1) / ((_LAPSE_LOW + _LAPSE_HIGH) / 2)
# Of the smaller of the two shares (covered, uncovered), this part belongs to lapsers.
_LAPSING = 0.4


def _renewals(rng: np.random.Generator, who: np.ndarray, low: float, high: float, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (patient, day) of steady visits from `begin` to LAST, gaps uniform in [low, high] days."""
    steps = int(np.ceil((LAST - begin + 2 * high) / low)) + 1
    gaps = np.floor(rng.uniform(low, high + 1, (len(who), steps))).astype(np.int64)
    days = begin - np.floor(high * (1 + rng.random(len(who)))).astype(np.int64)[:, None] + np.cumsum(gaps, axis=1)
    keep = (days >= begin) & (days <= LAST)
    return np.broadcast_to(who[:, None], days.shape)[keep], days[keep]


def visits(
    rng: np.random.Generator,
    who: np.ndarray,
    u: np.ndarray,
    share: float,
    gap: tuple[int, int],
    window: int = 365,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (patient, day) of checks such that `share` of `who` has one within any `window` days.

    `u` (0-1, one per patient) orders patients from the always checked to the never checked: 0 = always,
    1 = never. `gap` = days between checks of those always checked; its high end must be below `window`.
    Windows above a year begin that much earlier, so that the first twelve months can be judged.
    """
    share = min(max(share, 0.0), 1.0)
    minor = min(share, 1 - share)
    lapsing = _LAPSING * minor / _UNCOVERED
    steady = share - lapsing * (1 - _UNCOVERED)
    begin = FIRST - max(0, window - 365)
    parts = [
        _renewals(rng, who[u < steady], *gap, begin),
        _renewals(
            rng,
            who[(u >= steady) & (u < steady + lapsing)],
            window * _LAPSE_LOW,
            window * _LAPSE_HIGH,
            begin,
        ),
    ]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def exact_share(rng: np.random.Generator, n: int, share: float) -> np.ndarray:
    """Return n draws for `visits`: 0 (always checked) for the nearest whole number of `share`, 1 (never) for the rest."""
    return (rng.permutation(n) >= round(share * n)).astype(float)


def treatment(
    rng: np.random.Generator, who: np.ndarray, since: np.ndarray | int, length: int = 720
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (patient, start, end) of unbroken prescriptions of about `length` days, from `since` on.

    Danish prescriptions hold for two years, hence the usual 720 days.
    """
    steps = int(np.ceil((LAST - FIRST) / (length - 40))) + 2
    gaps = rng.integers(length - 40, length + 1, (len(who), steps))
    first = FIRST - rng.integers(0, length - 40, len(who))
    starts = first[:, None] + np.cumsum(gaps, axis=1) - gaps[:, :1]
    ends = starts + gaps + 4
    begun = np.broadcast_to(np.asarray(since), (len(who),))[:, None]
    keep = (ends > begun) & (starts <= LAST)
    starts = np.maximum(starts, begun)
    patients = np.broadcast_to(who[:, None], starts.shape)
    return patients[keep], starts[keep], ends[keep]


def untreated(rng: np.random.Generator, ever_high: np.ndarray, high_share: float, wanted: float, overall: float) -> np.ndarray:
    """Return who goes without medicine, so that `wanted` of all have a high value and no medicine.

    `high_share` = share of readings that are high; `ever_high` = patients with any high reading;
    `overall` = share of all patients without the medicine, filled up among those never high.
    """
    among_high = min(1.0, wanted / high_share) if high_share else 0.0
    never = 1 - ever_high.mean() if len(ever_high) else 0.0
    among_rest = (overall - among_high * (1 - never)) / never if never else 0.0
    return rng.random(len(ever_high)) < np.where(ever_high, among_high, np.clip(among_rest, 0, 1))
