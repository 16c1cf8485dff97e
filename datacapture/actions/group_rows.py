"""Totals by sex, age and social conditions: from stored counts to the rows of a release. Call in the worker's scope."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from datacapture.actions.computing import Setup
from datacapture.actions.release_rows import gate_rule, insert
from datacapture.enums import AreaLevel, GroupAxis, IndicatorType
from datacapture.models import IndicatorVersion, Inequality, Release
from datacapture.results.areas import AreaRow
from datacapture.results.groups import GroupCell, Split, gradient, group_cells
from datacapture.results.holding import Cell, Held, steady
from practices.models import Practice

QUINTILE = "deprivation_quintile"
SIZE = {"share": "numerator + denominator_only", "events": "denominator_only", "days": "numerator"}
CELLS = """
WITH part AS (
    SELECT practice_id, CASE WHEN grouping(sex) = 0 THEN 'sex' WHEN grouping(age_band) = 0 THEN 'age' ELSE 'quintile' END AS axis,
        coalesce(sex, age_band, quintile) AS part, sum(numerator) AS x, sum({size}) AS n
    FROM datacapture_indicatorcount WHERE version_id = %s AND practice_id = ANY(%s) AND month_end = %s
    GROUP BY GROUPING SETS ((practice_id, sex), (practice_id, age_band), (practice_id, quintile)))
SELECT p.profession, part.axis, p.region_id, part.part, sum(part.x)::bigint, sum(part.n)::bigint,
    count(*) FILTER (WHERE part.n > 0), max(part.n)::bigint
FROM part JOIN practices_practice p ON p.id = part.practice_id GROUP BY 1, 2, 3, 4
"""
DAYS = """
SELECT p.profession, p.region_id, c.sex, c.age_band, c.quintile, array_agg(amount)
FROM datacapture_indicatorcount c CROSS JOIN unnest(c.amounts) AS amount JOIN practices_practice p ON p.id = c.practice_id
WHERE c.version_id = %s AND c.practice_id = ANY(%s) AND c.month_end = %s GROUP BY 1, 2, 3, 4, 5
"""
COLUMNS = ("version_id", "level", "area_id", "profession", "axis", "part", *GroupCell._fields)
Place = tuple[int, int]  # region and group


@dataclass
class _Counted:
    """The counts of one measure, profession and axis by region and group: x, n, practices and the largest practice's n."""

    cells: dict[Place, tuple[int, int, int, int]] = field(default_factory=dict)
    days: dict[Place, list[float]] = field(default_factory=lambda: defaultdict(list))


def write_groups(
    release: Release, setup: Setup, practices: Sequence[Practice], areas: Sequence[AreaRow], former: Held, kept: Held
) -> None:
    """The last month's totals by group, and the inequality between quintiles.

    areas: the totals of regions and nation as they may be shown; kept takes in the counts behind what is published here.
    """
    last, ids = setup.months[-1], [practice.pk for practice in practices]
    shown = {
        (row.version_id, row.profession, row.area_id)
        for row in areas
        if row.level in (AreaLevel.REGION, AreaLevel.NATION) and row.month_end == last and row.value is not None
    }
    pairs = _pairs(setup)
    groups: list[tuple[Any, ...]] = []
    slopes: list[Inequality] = []
    for code, version in sorted(setup.versions.items()):
        for (profession, axis), counted in _count(setup, code, version, ids).items():
            split = _split(version, counted, pairs.get(version.pk) if axis == GroupAxis.QUINTILE else None)
            shut = np.array([(version.pk, profession, region) not in shown for region in [*split.regions, 0]], dtype=bool)
            for level, area, cells in _published(split, version, profession, axis, shut, former, kept, last):
                lead = (version.pk, level, area, profession, axis)
                groups += [(*lead, part, *cell) for part, cell in zip(split.groups, cells, strict=True)]
                slopes += _slope(release, lead, split, cells)
    if groups:
        columns = zip(*groups, strict=True)
        insert(release, "datacapture_groupresult", {name: list(column) for name, column in zip(COLUMNS, columns, strict=True)})
    Inequality.objects.bulk_create(slopes, batch_size=500)


def _pairs(setup: Setup) -> dict[int, tuple[int, int]]:
    """By version: the two quintiles whose difference is a measure too, for that measure and the one it is taken from."""
    found = {}
    for code, version in setup.versions.items():
        rule = setup.library.indicators[code]
        if version.indicator.type == IndicatorType.GAP and rule.by == QUINTILE and rule.compare:
            first, second = (int(group) for group in rule.compare)
            found[version.pk] = first, second
            if rule.of in setup.versions:
                found[setup.versions[rule.of].pk] = first, second
    return found


def _count(setup: Setup, code: str, version: IndicatorVersion, ids: Sequence[int]) -> dict[tuple[str, str], _Counted]:
    events = version.indicator.type != IndicatorType.GAP and setup.plan.indicators[code].counts_events
    days = version.indicator.type == IndicatorType.MEDIAN_DAYS
    size = SIZE["events" if events else "days" if days else "share"]
    found: dict[tuple[str, str], _Counted] = defaultdict(_Counted)
    with connection.cursor() as cursor:
        values: list[Any] = [version.pk, list(ids), setup.months[-1]]
        cursor.execute(CELLS.format(size=size), values)
        for profession, axis, region, part, *numbers in cursor:
            found[profession, axis].cells[region, part] = tuple(numbers)
        if days:
            cursor.execute(DAYS, values)
            for profession, region, sex, age, quintile, amounts in cursor:
                for axis, part in ((GroupAxis.SEX, sex), (GroupAxis.AGE, age), (GroupAxis.QUINTILE, quintile)):
                    found[profession, axis].days[region, part] += amounts
    return found


def _split(version: IndicatorVersion, counted: _Counted, pair: tuple[int, int] | None) -> Split:
    regions = sorted({region for region, _part in counted.cells})
    groups = sorted({part for _region, part in counted.cells})
    x, n, some, largest = parts = np.zeros((4, len(regions), len(groups)), dtype=np.int64)
    for (region, part), numbers in counted.cells.items():
        parts[:, regions.index(region), groups.index(part)] = numbers
    both = pair is not None and set(pair) <= set(groups)
    return Split(
        regions,
        groups,
        x,
        n,
        some,
        largest,
        rate=version.indicator.type == IndicatorType.RATE,
        days=version.indicator.type == IndicatorType.MEDIAN_DAYS,
        per=version.indicator.per,
        amounts={(regions.index(region), groups.index(part)): days for (region, part), days in counted.days.items()},
        pair=(groups.index(pair[0]), groups.index(pair[1])) if pair is not None and both else None,
    )


def _published(
    split: Split, version: IndicatorVersion, profession: str, axis: str, shut: Any, former: Held, kept: Held, month: date
) -> Iterator[tuple[str, int, list[GroupCell]]]:
    """Level, area and its groups as they may be shown."""
    areas = [*((str(AreaLevel.REGION), region) for region in split.regions), (str(AreaLevel.NATION), 0)]
    cells = [Cell(version.pk, profession, f"{level}/{axis}/{part}", area) for level, area in areas for part in split.groups]
    x, n = (np.vstack((part, part.sum(axis=0))) for part in (split.x, split.n))
    before = tuple(part.reshape(x.shape) for part in former.before(cells, [month]))
    held = steady(x, n, (before[0], before[1]), np.full(len(areas), split.kind == "rate"), gate_rule())
    for cell, top, size in zip(cells, held.x.ravel().tolist(), held.n.ravel().tolist(), strict=True):
        kept.keep(cell, month, top, size)
    regions, nation = group_cells(split, held, shut, gate_rule())
    for (level, area), found in zip(areas, [*regions, nation], strict=True):
        yield level, area, found


def _slope(release: Release, lead: tuple[Any, ...], split: Split, cells: Sequence[GroupCell]) -> list[Inequality]:
    version_id, level, area, profession, axis = lead
    fifths = [cell for part, cell in zip(split.groups, cells, strict=True) if part]
    found = gradient(fifths, split.kind, split.days) if axis == GroupAxis.QUINTILE else None
    if found is None:
        return []
    place = {"version_id": version_id, "level": level, "area_id": area, "profession": profession}
    return [Inequality(release=release, **place, **found._asdict())]
