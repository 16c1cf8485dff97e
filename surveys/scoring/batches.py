"""What may be seen when: answers are let out ten at first and then five at a time, so that nobody can subtract one."""

from __future__ import annotations

FIRST, STEP = 10, 5


def visible(arrived: int, first: int = FIRST, step: int = STEP) -> int:
    """How many of the answers that have arrived may be in figures: 0, 10, 15, 20 …"""
    return 0 if arrived < first else first + (arrived - first) // step * step
