"""Figures of a dimension: first one score per person, then the unit's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kip.stats.arrays import FloatArray, IntArray, Numbers, floats
from kip.stats.intervals import mean_score
from surveys.scoring.coding import HIDDEN, NOT_RELEVANT


class Scores(NamedTuple):
    """One entry per person. needed: valid answers without which there is no score; score: 0-100, NaN for none."""

    applicable: IntArray
    valid: IntArray
    needed: IntArray
    score: FloatArray


@dataclass(frozen=True)
class DimensionResult:
    """people: those with a score; mean 0-100 with its t-interval; share: mean of the items' positive shares (0-1), NaN when
    fewer than half of the items have min_n valid answers; too_few: the items that have not."""

    people: int
    mean: float
    lower: float
    upper: float
    share: float
    too_few: tuple[str, ...]


def respondent_scores(state: IntArray, linear: FloatArray, min_items: int, weights: Numbers | None = None) -> Scores:
    """Score of each person: the mean of valid items on 0-100. state, linear: people x items of the dimension.

    Applicable are the items shown that are not answered 'not relevant'; at least min_items and half of the applicable ones must
    be valid. weights: one per item, shared out anew among the valid ones in proportion.
    """
    applicable = ((state != HIDDEN) & (state != NOT_RELEVANT)).sum(axis=1)
    known = np.isfinite(linear)
    valid = known.sum(axis=1)
    needed = np.maximum(min_items, (applicable + 1) // 2)
    weight = known * (floats(weights) if weights is not None else 1.0)
    total = weight.sum(axis=1)
    score = np.divide((np.nan_to_num(linear) * weight).sum(axis=1), total, out=np.full(valid.shape, np.nan), where=total > 0)
    return Scores(applicable, valid, needed, np.where(valid >= needed, score, np.nan))


def dimension_result(
    score: FloatArray, codes: Sequence[str], shares: Sequence[float], valid: Sequence[int], min_n: int
) -> DimensionResult:
    """score: one per person; codes, shares (0-1) and valid answers of the dimension's items."""
    known = score[np.isfinite(score)]
    spread = float(known.std(ddof=1)) if known.size > 1 else float("nan")
    mean = float(known.mean()) if known.size else float("nan")
    limits = mean_score(mean, spread, known.size) if known.size > 1 else (np.array([np.nan]), np.array([np.nan]))
    enough = [number >= min_n for number in valid]
    share = float(np.mean([part for part, kept in zip(shares, enough, strict=True) if kept])) if any(enough) else float("nan")
    return DimensionResult(
        people=int(known.size),
        mean=mean,
        lower=float(limits[0][0]),
        upper=float(limits[1][0]),
        share=share if 2 * sum(enough) >= len(enough) else float("nan"),
        too_few=tuple(code for code, kept in zip(codes, enough, strict=True) if not kept),
    )
