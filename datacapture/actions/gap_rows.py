"""The rows of gaps: between two groups of patients for practices, regions and nation, or between municipalities."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from datacapture.actions.computing import Setup
from datacapture.actions.gap_counts import QUINTILE, GapBlock, count_gaps
from datacapture.actions.release_rows import COLUMNS, gate_rule, insert, insert_areas
from datacapture.enums import AreaLevel, GroupAxis, IndicatorType
from datacapture.models import Release, Yardstick
from datacapture.results.areas import AreaRow
from datacapture.results.cube import Ints
from datacapture.results.gaps import Gap, between, of_areas
from datacapture.results.holding import Cell, Held, Steady, steady
from datacapture.results.judging import Column
from kip.stats.multiple import benjamini_hochberg
from kip.stats.tiers import position, tier
from practices.models import Practice

EMPTY = dict.fromkeys(COLUMNS) | dict.fromkeys(("tier", "position", "trend"), "")
EMPTY |= dict.fromkeys(("x", "excluded", "unknown", "exception", "open_cases"), 0)


def write_gaps(
    release: Release, setup: Setup, gaps: Sequence[GapBlock], others: Mapping[str, Sequence[float]], *, former: bool = False
) -> None:
    """Each practice's gap between two groups, with its interval and verdict. others: the tests of a profession's other measures.

    A practice with too few patients in a group gets the verdict that says so. former: as in `write_results`.
    """
    for block in gaps:
        family = [p for gap in gaps if gap is not block and gap.profession == block.profession for p in gap.tested]
        rows = list(_rows(release, setup, block, _verdicts(block, [*others.get(block.profession, ()), *family]), former))
        if rows:
            insert(release, "datacapture_result", {name: [row[name] for row in rows] for name in COLUMNS})


def _verdicts(block: GapBlock, others: Sequence[float]) -> dict[str, Column]:
    """The newest month's columns. others: all other tests of the profession."""
    found = block.compared
    own = np.where(found.enough, found.p, np.nan)
    q = benjamini_hochberg([*own, *others])[: len(own)]
    size = block.gap.n[:, -1]
    return {
        "p": found.p,
        "p_adjusted": found.p_adjusted,
        "q": q,
        "tier": tier(size, block.version.min_n, found.p, q, found.p_adjusted),
        "position": position(block.gap.value[:, -1], found.expected[:, -1], block.version.indicator.direction),
        "reliability": found.reliability,
    }


def _rows(
    release: Release, setup: Setup, block: GapBlock, verdict: Mapping[str, Column], former: bool
) -> Iterator[dict[str, Any]]:
    last = len(setup.months) - 1
    alone = former or release.practice_id is not None
    peers = {"expected": block.compared.expected, "band_low": block.compared.low, "band_high": block.compared.high}
    for place, month in zip(*np.nonzero(block.n.any(axis=-1)), strict=True):
        at, practice = (place, month), block.practices[place]
        newest = bool(month == last) and not former
        row = EMPTY | {
            "version_id": block.version.pk, "practice_id": practice.pk, "month_end": setup.months[month],
            "region_id": None if alone else practice.region_id, "latest": newest,
            "n": int(block.gap.n[at]), "thin": int(block.thin[at]),
            **{name: _known(getattr(block.gap, name)[at]) for name in ("value", "lower", "upper")},
            **{name: _known(part[at]) for name, part in peers.items()},
        }  # fmt: skip
        if newest and not block.thin[at]:
            row |= {name: _known(column[place]) for name, column in verdict.items()} | {"gain": 0.0}
        yield row


def _known(value: Any) -> Any:
    """A word as it is, a number as Python's, NaN as None."""
    if isinstance(value, str):
        return str(value)
    return None if np.isnan(value) else float(value)


def write_gap_yardsticks(release: Release, gaps: Sequence[GapBlock], held: Held) -> None:
    """What a practice's own release is judged by: the peers' gap and their spread. held: the counts behind shown totals."""
    Yardstick.objects.bulk_create(
        Yardstick(
            release=release,
            version=block.version,
            profession=block.profession,
            theta=_known(block.compared.expected[0, -1]),
            tau2=block.compared.tau2,
            held=held.stored(block.version.pk, block.profession),
        )
        for block in gaps
    )


def write_former_gaps(
    release: Release, setup: Setup, practices: Sequence[Practice], thin: Mapping[int, Sequence[bool]], former: Held
) -> None:
    """The gaps between groups of patients by versions that run beside their successors: the practices' and the country's.

    setup: of the former versions alone. Municipalities are compared from totals that a former version does not have.
    """
    gaps = count_gaps(setup, practices, thin)
    write_gaps(release, setup, gaps, {}, former=True)
    kept = Held()
    rows = [row for block in gaps for row in _of_groups(setup, block, former, kept) if row.level == AreaLevel.NATION]
    insert_areas(release, rows)
    write_gap_yardsticks(release, gaps, kept)


def write_area_gaps(
    release: Release, setup: Setup, practices: Sequence[Practice], gaps: Sequence[GapBlock], areas: Sequence[AreaRow],
    former: Held, kept: Held,
) -> list[AreaRow]:  # fmt: skip
    """The gaps of regions and nation, as they may be shown. areas: the totals, from which municipalities are compared.

    former: the counts behind the release before; kept takes in those behind this one.
    """
    rows: list[AreaRow] = [row for block in gaps for row in _of_groups(setup, block, former, kept)]
    rows += _of_municipalities(setup, practices, areas)
    insert_areas(release, rows)
    return rows


def _of_groups(setup: Setup, block: GapBlock, former: Held, kept: Held) -> Iterator[AreaRow]:
    regions = [practice.region_id for practice in block.practices]
    rule = gate_rule()

    def hold(x: Ints, n: Ints) -> Steady:
        return _held(setup, block, sorted(set(regions)), x, n, former, kept)

    found = of_areas(block.x, block.n, regions, block.version.min_n, rule, hold)
    some = np.asarray(block.n.any(axis=-1), dtype=np.bool_)
    for column in range(len(setup.months)):
        number = int(some[:, column].sum())
        if number:
            yield _area(AreaLevel.NATION, 0, setup, block, number, found.nation, found.nation_hidden, (column,))
        for place, region in enumerate(sorted(set(regions))):
            number = int(some[np.array(regions) == region, column].sum())
            if number:
                yield _area(AreaLevel.REGION, region, setup, block, number, found.regions, found.hidden, (place, column))


def _held(setup: Setup, block: GapBlock, regions: Sequence[int], x: Ints, n: Ints, former: Held, kept: Held) -> Steady:
    """The two groups' counts of regions and nation, held. The same cells as the quintiles' own totals (group_rows), so that
    one number has one history."""
    areas = [*((AreaLevel.REGION, region) for region in regions), (AreaLevel.NATION, 0)]
    cells = [
        Cell(block.version.pk, block.profession, f"{level}/{GroupAxis.QUINTILE}/{group}", area)
        for level, area in areas
        for group in block.groups
    ]
    # Counts are areas x months x groups, histories areas and groups x months.
    then = [
        np.moveaxis(part.reshape(len(areas), len(block.groups), len(setup.months)), 1, -1)
        for part in former.before(cells, setup.months)
    ]
    found = steady(x, n, (then[0], then[1]), np.zeros(len(areas), dtype=bool), gate_rule())
    for place, month, group in np.ndindex(x.shape):
        cell, at = cells[place * len(block.groups) + group], (place, month, group)
        kept.keep(cell, setup.months[month], int(found.x[at]), int(found.n[at]))
    return found


def _area(
    level: str, area: int, setup: Setup, block: GapBlock, practices: int, gap: Gap, hidden: Any, at: tuple[int, ...]
) -> AreaRow:
    """at: the cell, whose last place is the month. The nation's middle practice and band are shown to everybody."""
    gone, month = bool(hidden[at]), at[-1]
    value, lower, upper = (_known(part[at]) for part in (gap.value, gap.lower, gap.upper))
    peers = (block.compared.expected, block.compared.low, block.compared.high)
    middle, low, high = (_known(part[0, month]) if level == AreaLevel.NATION else None for part in peers)
    return AreaRow(
        level, area, block.version.pk, block.profession, setup.months[month], practices, None if gone else int(gap.n[at]), None,
        value, middle, low, high, None, gone, lower, upper,
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
            known = [row for row in towns if row.profession == profession and row.value is not None and row.n]
            for level, area_of in ((AreaLevel.REGION, region_of), (AreaLevel.NATION, dict.fromkeys(region_of, 0))):
                areas_of = [area_of[row.area_id] for row in known]
                gaps = between([row.value or 0.0 for row in known], [row.n or 0 for row in known], areas_of)
                for area, (value, lower, upper) in gaps.items():
                    mine = [row for row, place in zip(known, areas_of, strict=True) if place == area]
                    yield AreaRow(
                        level, area, version.pk, profession, setup.months[-1], sum(row.practices for row in mine),
                        sum(row.n or 0 for row in mine), None, value, None, None, None, None, False, lower, upper,
                    )  # fmt: skip
