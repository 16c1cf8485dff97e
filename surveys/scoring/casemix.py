"""Is a difference only a difference in who answered? Expected figures from age, health, illness, contacts and education."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kip.stats.arrays import FloatArray, IntArray, TextArray, ratio
from kip.stats.regression import linear_fitted, logistic_fitted

MIN_ANSWERS = 200  # in the region; below, nothing is fitted and raw figures stand alone


class Adjusted(NamedTuple):
    """One entry per unit. expected: what the unit's own patients would give elsewhere; value: adjusted, on the raw scale."""

    observed: FloatArray
    expected: FloatArray
    value: FloatArray


def design(background: Sequence[TextArray]) -> FloatArray:
    """people x columns: one column of ones, and one per answer of each background question but its most frequent one.

    An answer left out is a group of its own ("").
    """
    columns = [np.ones(len(background[0]))] if background else []
    for answers in background:
        groups, sizes = np.unique(answers, return_counts=True)
        columns += [(answers == group).astype(np.float64) for group in groups if group != groups[np.argmax(sizes)]]
    return np.column_stack(columns)


def adjusted_shares(positive: FloatArray, unit: IntArray, people: FloatArray) -> Adjusted | None:
    """Positive shares per unit (0, 1, … in order) adjusted for who answered; None below 200 answers.

    positive: 1 or 0 per valid answer; people: their `design`. Logistic regression over all units, then indirect: O / E times
    the overall share, kept within 0..1.
    """
    if positive.size < MIN_ANSWERS:
        return None
    observed, expected = _totals(positive, unit), _totals(logistic_fitted(people, positive), unit)
    return Adjusted(observed, expected, np.minimum(ratio(observed, expected) * positive.mean(), 1.0))


def adjusted_means(score: FloatArray, unit: IntArray, people: FloatArray) -> Adjusted | None:
    """Mean scores (0-100) per unit adjusted for who answered: observed mean - expected mean + overall mean; None below 200."""
    if score.size < MIN_ANSWERS:
        return None
    size = np.bincount(unit).astype(np.float64)
    observed, expected = _totals(score, unit) / size, _totals(linear_fitted(people, score), unit) / size
    return Adjusted(observed, expected, observed - expected + score.mean())


def _totals(values: FloatArray, unit: IntArray) -> FloatArray:
    total: FloatArray = np.bincount(unit, weights=values).astype(np.float64)
    return total
