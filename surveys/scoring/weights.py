"""Weights for who answered, where a population is known, and how many answers they are worth."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from kip.stats.arrays import FloatArray, Numbers, floats

LEAST, MOST = 0.3, 3.0


def poststratified(groups: Sequence[Hashable], population: Mapping[Hashable, float], trim: bool = True) -> FloatArray:
    """Weight of each person: the group's share of the population over its share of the answers, kept within 0.3 and 3.

    Raises KeyError for a group that the population does not have. Source: GPPS weighting.
    """
    whole = sum(population.values())
    answered = {group: groups.count(group) / len(groups) for group in set(groups)}
    weight = np.asarray([population[group] / whole / answered[group] for group in groups], dtype=np.float64)
    return np.clip(weight, LEAST, MOST) if trim else weight


def kish(weights: Numbers) -> float:
    """How many equally weighted answers the weighted ones are worth: (sum w)^2 / sum w^2; 0 for none. Source: Kish 1965."""
    weight = floats(weights)
    return float(weight.sum() ** 2 / (weight**2).sum()) if weight.size and weight.any() else 0.0
