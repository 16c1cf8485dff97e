"""The lines of a region's funnel plot. They are a picture: flags come from the exact tests of `results.judging`."""

from typing import Any

import numpy as np

from datacapture.results.cube import Spec
from kip.stats.arrays import FloatArray
from kip.stats.funnel import contours
from kip.stats.overdispersion import Kind

LEVELS = {"95": 0.95, "998": 0.998}
POINTS = 48
BEYOND = 1.05  # the lines go on a little behind the largest practice
LEAST_ROOM = 2.0  # the largest practice must be this many times the smallest one that may be shown
Lines = dict[str, Any]


def sizes_to(largest: float, smallest: int) -> FloatArray:
    """The grid of sizes, closer where the lines bend; empty where all practices are about as small as may be shown."""
    if largest < LEAST_ROOM * smallest:
        return np.zeros(0)
    return np.unique(np.round(np.geomspace(smallest, largest * BEYOND, POINTS)))


def lines_around(centre: float, sizes: FloatArray, tau2: float, spec: Spec) -> Lines:
    """Plain and overdispersion-adjusted limits around a centre (per person), in the stored unit; {} where there are none."""
    kind: Kind = "rate" if spec.rate else "proportion"
    if spec.days or not sizes.size or not np.isfinite(centre) or centre <= 0 or (kind == "proportion" and centre >= 1):
        return {}
    found: Lines = {"centre": _plain(centre * spec.scale), "sizes": sizes.astype(int).tolist()}
    for name, variance in (("plain", 0.0), ("adjusted", tau2 if np.isfinite(tau2) else 0.0)):
        found[name] = {
            key: [_line(edge * spec.scale) for edge in contours(sizes, centre, level, variance, kind)[1:]]
            for key, level in LEVELS.items()
        }
    return found


def _line(values: FloatArray) -> list[float | None]:
    return [None if np.isnan(value) else _plain(float(value)) for value in values]


def _plain(value: float) -> float:
    return float(f"{value:.6g}")
