"""Expected values by regression agree with statsmodels and with plain group means."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from kip.stats.regression import linear_fitted, logistic_fitted


def people(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design of two groups of groups, outcomes 0/1 and scores."""
    chance = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), chance.integers(0, 2, n), chance.integers(0, 2, n)]).astype(float)
    odds = design @ np.array([0.4, -0.8, 0.5])
    return design, (chance.random(n) < 1 / (1 + np.exp(-odds))).astype(float), 60 + 8 * odds + chance.normal(0, 5, n)


@pytest.mark.parametrize("seed", range(5))
def test_both_agree_with_statsmodels(seed: int) -> None:
    design, outcome, score = people(seed)
    logistic = sm.GLM(outcome, design, family=sm.families.Binomial()).fit().fittedvalues
    assert logistic_fitted(design, outcome) == pytest.approx(logistic, abs=1e-6)
    assert linear_fitted(design, score) == pytest.approx(sm.OLS(score, design).fit().fittedvalues, abs=1e-9)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60))
def test_one_group_question_gives_the_share_of_each_group(answers: list[tuple[bool, bool]]) -> None:
    group, outcome = (np.array(part, dtype=float) for part in zip(*answers, strict=True))
    fitted = logistic_fitted(np.column_stack([np.ones(group.size), group]), outcome)
    for one in np.unique(group):
        assert fitted[group == one] == pytest.approx(outcome[group == one].mean(), abs=1e-4)


def test_an_outcome_is_yes_or_no() -> None:
    with pytest.raises(ValueError, match="0 or 1"):
        logistic_fitted(np.ones((2, 1)), np.array([0.5, 1.0]))
