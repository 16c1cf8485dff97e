"""Counts and tests of gaps between two groups of a practice's patients. Call in the worker's scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection

from datacapture.actions.computing import Setup
from datacapture.enums import IndicatorType
from datacapture.models import IndicatorVersion
from datacapture.results.cube import Ints
from datacapture.results.gaps import Compared, Gap, compare, difference
from datacapture.results.standing import Frozen
from datacapture.results.thin import windows
from practices.models import Practice

BY_GROUP = """
SELECT practice_id, month_end, quintile, sum(numerator), sum(numerator + denominator_only) FROM datacapture_indicatorcount
WHERE version_id = %s AND practice_id = ANY(%s) AND month_end = ANY(%s) AND quintile = ANY(%s) GROUP BY 1, 2, 3
"""
QUINTILE = "deprivation_quintile"


@dataclass(frozen=True)
class GapBlock:
    """One version and profession. x, n: practices x months x the two compared groups (quintiles); thin: practices x months."""

    version: IndicatorVersion
    profession: str
    practices: Sequence[Practice]
    groups: Sequence[int]
    x: Ints
    n: Ints
    thin: Ints
    gap: Gap
    compared: Compared

    @property
    def tested(self) -> list[float]:
        """The newest month's tests that count in the profession's false-discovery rate."""
        return [float(p) for p in self.compared.p[self.compared.enough]]


def count_gaps(
    setup: Setup, practices: Sequence[Practice], thin: Mapping[int, Sequence[bool]], frozen: Mapping[int, Frozen] | None = None
) -> list[GapBlock]:
    """Every gap between two groups, compared with the profession's others, or with what a published quarter froze.

    The gap between municipalities is no practice's own number. thin: by practice id, as in `Cube`; frozen: by version id.
    """
    found = []
    for code, version in sorted(setup.versions.items()):
        rule = setup.library.indicators[code]
        if version.indicator.type != IndicatorType.GAP or rule.by != QUINTILE:
            continue
        groups = [int(group) for group in rule.compare or ()]
        for profession in sorted(version.indicator.professions):
            own = [practice for practice in practices if practice.profession == profession]
            if own:
                held = [thin.get(practice.pk, [False] * len(setup.months)) for practice in own]
                x, n = _counts(setup, version, own, groups)
                cells = windows(np.array(held, dtype=bool), rule.period)
                gap = difference(x, n, version.min_n)
                mark = None if frozen is None else frozen.get(version.pk, Frozen.nothing(len(setup.months)))
                found.append(GapBlock(version, profession, own, groups, x, n, cells, gap, compare(x, n, gap, cells == 0, mark)))
    return found


def _counts(setup: Setup, version: IndicatorVersion, practices: Sequence[Practice], groups: list[int]) -> tuple[Ints, Ints]:
    place_of = {practice.pk: place for place, practice in enumerate(practices)}
    month_of = {month: place for place, month in enumerate(setup.months)}
    x, n = (np.zeros((len(practices), len(setup.months), 2), dtype=np.int64) for _ in range(2))
    with connection.cursor() as cursor:
        cursor.execute(BY_GROUP, [version.pk, list(place_of), list(setup.months), groups])
        for practice_id, month, group, top, size in cursor:
            at = (place_of[practice_id], month_of[month], groups.index(group))
            x[at], n[at] = top, size
    return x, n
