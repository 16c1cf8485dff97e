"""How many answers make a figure that can be relied on, and how many invitations they take."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

ICC = 0.0625  # between practices, from published reliabilities; computed anew from each wave's own answers
MIN_N, FAIR_N, GOOD_N = 10, 35, 60
PUBLIC_N, PUBLIC_RELIABILITY = 30, 0.70
Band = Literal["hidden", "indicative", "fair", "good"]


def reliability(n: int, icc: float = ICC) -> float:
    """Share of the variance between practices' means that is theirs and not chance, 0-1. Source: Spearman-Brown."""
    return n * icc / (1 + (n - 1) * icc)


def answers_needed(aim: float, icc: float = ICC) -> int:
    """Answers per practice for a reliability. Raises ValueError unless 0 < aim < 1 and 0 < icc < 1."""
    if not (0 < aim < 1 and 0 < icc < 1):
        raise ValueError("aim and icc must lie between 0 and 1")
    exact = Fraction(str(aim)) * (1 - Fraction(str(icc))) / (Fraction(str(icc)) * (1 - Fraction(str(aim))))
    return math.ceil(exact)


def band(n: int) -> Band:
    """How far n answers carry at the default correlation: hidden below 10, indicative below 35, fair below 60, good."""
    if n < MIN_N:
        return "hidden"
    return "indicative" if n < FAIR_N else "fair" if n < GOOD_N else "good"


def invitations_needed(target: int, rate: float) -> int:
    """Invitations for so many answers when `rate` (0-1) of those invited answer. Raises ValueError for a rate outside."""
    if not 0 < rate <= 1:
        raise ValueError("rate must lie above 0 and at most at 1")
    return math.ceil(target / Fraction(str(rate)))


def may_be_public(n: int, icc: float = ICC) -> bool:
    """Whether a practice's own figure may be published: at least 30 answers and a reliability of 0.70."""
    return n >= PUBLIC_N and reliability(n, icc) >= PUBLIC_RELIABILITY
