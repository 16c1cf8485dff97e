"""The rows of gaps: between two groups of patients for practices, regions and nation, or between municipalities."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection

from datacapture.actions.computing import Setup
from datacapture.actions.release_rows import COLUMNS, insert, insert_areas
from datacapture.engine.grammar import Indicator
from datacapture.enums import AreaLevel, IndicatorType, Tier
from datacapture.models import IndicatorVersion, Release
from datacapture.results.areas import AreaRow
from datacapture.results.cube import Ints
from datacapture.results.gaps import Gap, between, difference, of_areas
from datacapture.results.thin import windows
from kip.stats.disclosure import Rule
from practices.models import Practice

BY_GROUP = """
SELECT practice_id, month_end, quintile, sum(numerator), sum(numerator + denominator_only) FROM datacapture_indicatorcount
WHERE version_id = %s AND practice_id = ANY(%s) AND month_end = ANY(%s) AND quintile = ANY(%s) GROUP BY 1, 2, 3
"""
QUINTILE = "deprivation_quintile"
EMPTY = dict.fromkeys(COLUMNS) | dict.fromkeys(("tier", "position", "trend"), "")
EMPTY |= dict.fromkeys(("x", "excluded", "unknown", "exception"), 0)


@dataclass(frozen=True)
class _Counted:
    """x, n: practices x months x the two compared groups."""

    version: IndicatorVersion
    practices: Sequence[Practice]
    x: Ints
    n: Ints


def write_gaps(release: Release, setup: Setup, practices: Sequence[Practice], thin: Mapping[int, Sequence[bool]]) -> None:
    """Each practice's gap between two groups, with its interval; it is not compared with others.

    The one between municipalities is no practice's own number and gets no row here.
    """
    nothing = [False] * len(setup.months)
    for rule, counted in _counted(setup, practices):
        gap = difference(counted.x, counted.n, counted.version.min_n)
        held = np.array([thin.get(practice.pk, nothing) for practice in counted.practices], dtype=bool)
        cells = windows(held.reshape(-1, len(setup.months)), rule.period)
        _write(release, setup, counted, gap, cells)


def _write(release: Release, setup: Setup, counted: _Counted, gap: Gap, thin: Ints) -> None:
    last, least = len(setup.months) - 1, counted.version.min_n
    rows = []
    for place, month in zip(*np.nonzero(counted.n.any(axis=-1)), strict=True):
        practice, size = counted.practices[place], int(gap.n[place, month])
        numbers = (float(part[place, month]) for part in (gap.value, gap.lower, gap.upper))
        value, lower, upper = (None if np.isnan(number) else number for number in numbers)
        few = month == last and size < least and not thin[place, month]
        rows.append(
            EMPTY | {
                "version_id": counted.version.pk, "practice_id": practice.pk, "month_end": setup.months[month],
                "region_id": None if release.practice_id is not None else practice.region_id, "latest": bool(month == last),
                "n": size, "value": value, "lower": lower, "upper": upper, "thin": int(thin[place, month]),
                "tier": Tier.INSUFFICIENT.value if few else "",
            }
        )  # fmt: skip
    if rows:
        insert(release, "datacapture_result", {name: [row[name] for row in rows] for name in COLUMNS})


def _counted(setup: Setup, practices: Sequence[Practice]) -> Iterator[tuple[Indicator, _Counted]]:
    for code, version in sorted(setup.versions.items()):
        rule = setup.library.indicators[code]
        if version.indicator.type != IndicatorType.GAP or rule.by != QUINTILE:
            continue
        own = [practice for practice in practices if practice.profession in version.indicator.professions]
        place_of = {practice.pk: place for place, practice in enumerate(own)}
        month_of = {month: place for place, month in enumerate(setup.months)}
        groups = [int(group) for group in rule.compare or ()]
        x, n = (np.zeros((len(own), len(setup.months), 2), dtype=np.int64) for _ in range(2))
        with connection.cursor() as cursor:
            cursor.execute(BY_GROUP, [version.pk, list(place_of), list(setup.months), groups])
            for practice_id, month, group, top, size in cursor:
                at = (place_of[practice_id], month_of[month], groups.index(group))
                x[at], n[at] = top, size
        yield rule, _Counted(version, own, x, n)


def write_area_gaps(release: Release, setup: Setup, practices: Sequence[Practice], areas: Sequence[AreaRow]) -> None:
    """The gaps of regions and nation. areas: the totals as they may be shown, from which municipalities are compared."""
    rows: list[AreaRow] = []
    for _rule, counted in _counted(setup, practices):
        for profession in sorted({practice.profession for practice in counted.practices}):
            rows += _of_groups(setup, counted, profession)
    rows += _of_municipalities(setup, practices, areas)
    insert_areas(release, rows)


def _of_groups(setup: Setup, counted: _Counted, profession: str) -> Iterator[AreaRow]:
    mine = np.array([practice.profession == profession for practice in counted.practices], dtype=bool)
    regions = [practice.region_id for practice in counted.practices if practice.profession == profession]
    x, n = counted.x[mine], counted.n[mine]
    found = of_areas(x, n, regions, counted.version.min_n, Rule(threshold=settings.KIP_SMALL_CELL))
    some = n.any(axis=-1)
    for column, month in enumerate(setup.months):
        number = int(some[:, column].sum())
        if number:
            yield _area(AreaLevel.NATION, 0, counted, profession, month, number, found.nation, found.nation_hidden, column)
        for place, region in enumerate(sorted(set(regions))):
            number = int(some[np.array(regions) == region, column].sum())
            if number:
                cell = (place, column)
                yield _area(AreaLevel.REGION, region, counted, profession, month, number, found.regions, found.hidden, cell)


def _area(
    level: str, area: int, counted: _Counted, profession: str, month: Any, practices: int, gap: Gap, hidden: Any, at: Any
) -> AreaRow:
    gone = bool(hidden[at])
    value, lower, upper = (None if np.isnan(part[at]) else float(part[at]) for part in (gap.value, gap.lower, gap.upper))
    return AreaRow(
        level, area, counted.version.pk, profession, month, practices, None if gone else int(gap.n[at]), None, value,
        None, None, None, None, gone, lower, upper,
    )  # fmt: skip


def _of_municipalities(setup: Setup, practices: Sequence[Practice], areas: Sequence[AreaRow]) -> Iterator[AreaRow]:
    """From the municipalities' totals of the last month that may be shown, so that nothing hidden follows from the gap."""
    region_of = {practice.municipality_id: practice.region_id for practice in practices}
    for code, version in sorted(setup.versions.items()):
        rule = setup.library.indicators[code]
        basis = setup.versions.get(rule.of or "")
        if version.indicator.type != IndicatorType.GAP or rule.by == QUINTILE or basis is None:
            continue
        towns = [row for row in areas if row.version_id == basis.pk and row.level == AreaLevel.MUNICIPALITY]
        for profession in sorted({row.profession for row in towns}):
            known = [row for row in towns if row.profession == profession and row.value is not None and row.n is not None]
            values = np.array([row.value for row in known], dtype=np.float64)
            within = between(values, [region_of[row.area_id] for row in known]) if known else {}
            levels = [(AreaLevel.REGION, area, value) for area, value in within.items()]
            levels += [(AreaLevel.NATION, 0, value) for value in (between(values, [0] * len(known)) if known else {}).values()]
            for level, area, value in levels:
                mine = [row for row in known if level == AreaLevel.NATION or region_of[row.area_id] == area]
                yield AreaRow(
                    level, area, version.pk, profession, setup.months[-1], sum(row.practices for row in mine),
                    sum(row.n or 0 for row in mine), None, value, None, None, None, None, False,
                )  # fmt: skip
