"""Expected values from who somebody is: ordinary and logistic regression, for case-mix adjustment."""

import numpy as np
from scipy.special import expit

from kip.stats.arrays import FloatArray

STEPS = 50
CLOSE = 1e-10
# Keeps a group in which everybody gave the same answer from running away; far below what a figure shows.
RIDGE = 1e-6


def linear_fitted(design: FloatArray, outcome: FloatArray) -> FloatArray:
    """Fitted values of least squares. design: people x columns, a column of ones among them; outcome: one per person."""
    fitted: FloatArray = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return fitted


def logistic_fitted(design: FloatArray, outcome: FloatArray) -> FloatArray:
    """Fitted probabilities (0-1) of greatest likelihood, by iteratively reweighted least squares.

    design: people x columns, a column of ones among them; outcome: 0 or 1 per person. Raises ValueError for another outcome.
    """
    if not bool(np.isin(outcome, (0.0, 1.0)).all()):
        raise ValueError("outcome must be 0 or 1")
    coefficients = np.zeros(design.shape[1])
    penalty = RIDGE * np.eye(design.shape[1])
    for _ in range(STEPS):
        fitted = expit(design @ coefficients)
        slope = design.T @ (design * (fitted * (1 - fitted))[:, None]) + penalty
        step = np.linalg.solve(slope, design.T @ (outcome - fitted) - penalty @ coefficients)
        coefficients = coefficients + step
        if float(np.abs(step).max()) < CLOSE:
            break
    probabilities: FloatArray = expit(design @ coefficients)
    return probabilities
