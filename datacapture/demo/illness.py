"""Who has which disease: prevalence by age, sex and deprivation, joined by a latent normal."""

from functools import cache

import numpy as np
from scipy.special import ndtri

from datacapture.demo.facts import LAST, Facts, age_on, load_facts
from datacapture.demo.people import band_of

_RATIO_KEYS = ("type2_diabetes", "copd", "depression", "atherosclerotic_disease", "periodontitis", "back_pain_long_term")


@cache
def disease_names() -> tuple[str, ...]:
    """Return the diseases of the facts, in file order."""
    return tuple(load_facts()["diseases"]["items"])


@cache
def _factor() -> np.ndarray:
    """Return the Cholesky factor of the latent correlations.

    Odds ratios become tetrachoric correlations by Digby's (OR^0.75 - 1) / (OR^0.75 + 1); the matrix is
    made positive definite by clipping its eigenvalues.
    """
    names = disease_names()
    matrix = np.eye(len(names))
    for pair in load_facts()["diseases"]["multimorbidity_odds_ratios"]["pairs"]:
        power = pair["or"] ** 0.75
        i, j = names.index(pair["a"]), names.index(pair["b"])
        matrix[i, j] = matrix[j, i] = (power - 1) / (power + 1)
    values, vectors = np.linalg.eigh(matrix)
    matrix = vectors @ np.diag(np.maximum(values, 0.01)) @ vectors.T
    scale = np.sqrt(np.diag(matrix))
    return np.linalg.cholesky(matrix / np.outer(scale, scale))


def prevalence(facts: Facts, disease: str, people: np.ndarray) -> np.ndarray:
    """Return each patient's chance (0-1) of having the disease."""
    percent = np.array(facts["diseases"]["items"][disease]["percent"])
    ratios = facts["diseases"]["deprivation_ratio"]
    ratio = np.array(ratios[disease if disease in _RATIO_KEYS else "others"])
    band = band_of(age_on(people["birth"], LAST).clip(0))
    return np.clip(percent[band, people["sex"] - 1] / 100 * ratio[people["quintile"] - 1], 0, 0.97)


def conditions(facts: Facts, rng: np.random.Generator, people: np.ndarray) -> dict[str, np.ndarray]:
    """Return {disease: boolean per patient}; nobody has both types of diabetes."""
    names = disease_names()
    latent = rng.standard_normal((len(people), len(names))) @ _factor().T
    # Small chances are large latent values: the upper tail is the ill one, so that correlations carry over.
    has = {name: latent[:, i] > -ndtri(np.maximum(prevalence(facts, name, people), 1e-12)) for i, name in enumerate(names)}
    has["type2_diabetes"] &= ~has["type1_diabetes"]
    return has
