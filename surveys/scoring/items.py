"""Figures of one question: only valid answers are in a denominator, everything else is counted on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kip.stats.arrays import FloatArray, IntArray
from kip.stats.intervals import mean_score, wilson, wilson_share
from surveys.questionnaire.schema import Scale
from surveys.scoring.coding import BLANK, DONT_KNOW, HIDDEN, NOT_RELEVANT, VALID
from surveys.scoring.weights import kish


@dataclass(frozen=True)
class ItemResult:
    """shown = valid + not_relevant + dont_know + blank. Shares are fractions 0-1, NaN without a valid answer.

    positive, top, poor: people with a value that counts as such; distribution: people by value, lowest first; mean: in units
    of the scale; linear: 0-100; effective: number behind the interval (Kish) when answers are weighted, else valid.
    """

    shown: int
    valid: int
    not_relevant: int
    dont_know: int
    blank: int
    positive: int
    top: int
    poor: int
    distribution: Mapping[int, int]
    share: float
    lower: float
    upper: float
    top_share: float
    poor_share: float
    mean: float
    mean_lower: float
    mean_upper: float
    linear: float
    effective: float


def linear100(value: FloatArray, scale: Scale) -> FloatArray:
    """Values of a scale on 0-100, lowest to highest; NaN stays NaN."""
    low, high = scale.values[0], scale.values[-1]
    return 100 * (value - low) / (high - low)


def item_result(state: IntArray, value: FloatArray, scale: Scale, weights: FloatArray | None = None) -> ItemResult:
    """Figures of one question. state, value: one entry per person; weights: the same length, mean about 1."""
    valid = state == VALID
    given = value[valid]
    weight = np.ones(given.size) if weights is None else weights[valid]
    parts = {name: np.isin(given, getattr(scale, name)) for name in ("positive", "top_box", "improvement")}
    shares = {name: _weighted(part.astype(np.float64), weight) for name, part in parts.items()}
    mean = _weighted(given, weight)
    spread = float(given.std(ddof=1)) if given.size > 1 else float("nan")
    effective = kish(weight)
    interval = wilson(parts["positive"].sum(), given.size) if weights is None else wilson_share(shares["positive"], effective)
    limits = mean_score(mean, spread, effective) if given.size > 1 else (np.array([np.nan]), np.array([np.nan]))
    return ItemResult(
        shown=int((state != HIDDEN).sum()),
        valid=int(valid.sum()),
        not_relevant=int((state == NOT_RELEVANT).sum()),
        dont_know=int((state == DONT_KNOW).sum()),
        blank=int((state == BLANK).sum()),
        positive=int(parts["positive"].sum()),
        top=int(parts["top_box"].sum()),
        poor=int(parts["improvement"].sum()),
        distribution={step: int((given == step).sum()) for step in scale.values},
        share=shares["positive"],
        lower=float(interval[0][0]),
        upper=float(interval[1][0]),
        top_share=shares["top_box"],
        poor_share=shares["improvement"],
        mean=mean,
        mean_lower=float(limits[0][0]),
        mean_upper=float(limits[1][0]),
        linear=float(linear100(np.array([mean]), scale)[0]),
        effective=effective,
    )


def _weighted(values: FloatArray, weight: FloatArray) -> float:
    return float((values * weight).sum() / weight.sum()) if values.size else float("nan")
