"""What regions read of a release: practices after the gate, verdict counts and funnel lines. Call in the worker's scope.

The exact rows (`Result`) are closed to regions by the database.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from datacapture.actions.computing import Setup
from datacapture.actions.release_rows import Numbers, insert, plain
from datacapture.enums import CellState, Direction, Tier
from datacapture.models import RegionStanding, Release
from datacapture.results.areas import REGION, AreaRow
from datacapture.results.cube import Ints
from datacapture.results.funnels import Lines, lines_around, sizes_to
from datacapture.results.judging import months_since
from datacapture.results.regions import RegionCells, together
from kip.stats.disclosure import DEFAULT

ROUND = 5  # patients to gain, as all numbers about others
WEAKER = (Tier.ATTENTION, Tier.INFORMATION, Tier.AS_EXPECTED, Tier.INSUFFICIENT)
NUMBERS = ("n", "x", "value", "lower", "upper")


def write_cells(release: Release, setup: Setup, made: Numbers, cells: RegionCells) -> None:
    """One row for each practice and measure of the last month, as its region may read it."""
    block, judged = made.block, made.judged
    shown = cells.state == CellState.SHOWN
    signal = judged.latest["tier"] == Tier.SIGNAL
    since = months_since(block, judged)
    last = block.months[-1]
    numbers: dict[str, list[Any]] = {name: plain(np.where(shown, getattr(cells, name), np.nan)) for name in NUMBERS[1:]}
    gain = np.where(shown & _of_patients(setup, made), np.nan_to_num(np.asarray(judged.latest["gain"], dtype=np.float64)), 0.0)
    words = {name: np.where(signal, judged.latest[name], "").tolist() for name in ("tier", "position", "trend")}
    insert(
        release,
        "datacapture_practicecell",
        {
            "version_id": [spec.version_id for spec in block.specs],
            "practice_id": [place.practice_id for place in block.places],
            "region_id": [place.region_id for place in block.places],
            "profession": [place.profession for place in block.places],
            "month_end": [last] * len(block.specs),
            "state": cells.state.tolist(),
            "n": plain(cells.n),
            **numbers,
            **words,
            "since": [month if flagged else None for month, flagged in zip(since, signal.tolist(), strict=True)],
            "reliability": plain(np.where(signal, judged.latest["reliability"], np.nan)),
            "gain": (ROUND * np.round(gain / ROUND)).astype(int).tolist(),
            "thin": block.holes[:, -1].tolist(),
        },
    )


def _of_patients(setup: Setup, made: Numbers) -> Any:
    """Lines whose cases are patients: courses and events are no patients to gain."""
    counted = {
        version.pk: setup.library.indicators[code].unit == "patient" and not setup.plan.indicators[code].counts_events
        for code, version in setup.versions.items()
    }
    return np.array([counted[spec.version_id] for spec in made.block.specs], dtype=bool)


def write_standings(release: Release, made: Numbers, cells: RegionCells, areas: Sequence[AreaRow]) -> None:
    """How many practices of a region got which verdict, and the lines of its funnel. areas: totals as they may be shown."""
    regions = np.array([place.region_id for place in made.block.places], dtype=np.int64)
    last = made.block.months[-1]
    own = {(row.version_id, row.profession, row.area_id): row for row in areas if row.level == REGION and row.month_end == last}
    rows = []
    for lines in together(made.groups, regions):
        spec, place = made.block.specs[lines[0]], made.block.places[lines[0]]
        total = own.get((spec.version_id, place.profession, place.region_id))
        rows.append(
            RegionStanding(
                release=release,
                version_id=spec.version_id,
                region_id=place.region_id,
                profession=place.profession,
                funnel=_funnel(made, cells, lines, total),
                **_verdicts(made, lines),
            )
        )
    RegionStanding.objects.bulk_create(rows, batch_size=500)


def _verdicts(made: Numbers, lines: Ints) -> dict[str, int]:
    tiers = made.judged.latest["tier"][lines].tolist()
    sides = Counter(
        side for tier, side in zip(tiers, made.judged.latest["position"][lines].tolist(), strict=True) if tier == Tier.SIGNAL
    )
    neutral = made.block.specs[lines[0]].direction == Direction.NEUTRAL
    count = Counter(tiers)
    return {
        "strengths": 0 if neutral else sides["better"],
        "concerns": 0 if neutral else sides["worse"],
        "neutral": count[Tier.SIGNAL] if neutral else 0,
        **{str(tier): count[tier] for tier in WEAKER},
        "tests": sum(number for tier, number in count.items() if tier not in ("", Tier.INSUFFICIENT)),
    }


def _funnel(made: Numbers, cells: RegionCells, lines: Ints, total: AreaRow | None) -> dict[str, Lines]:
    """Lines around the region's own value, where it may be shown, and around the value that verdicts are tested against."""
    spec, group = made.block.specs[lines[0]], made.judged.group
    sizes = cells.n[lines][cells.state[lines] == CellState.SHOWN]
    grid = sizes_to(float(sizes.max(initial=0.0)), DEFAULT.min_denominator)
    tau2 = float(group["tau2"][lines[0]])
    region = total.value / spec.scale if total is not None and total.value is not None else np.nan
    around = {"region": region, "nation": float(group["theta"][lines[0]])}
    found = {name: lines_around(centre, grid, tau2, spec) for name, centre in around.items()}
    return {name: drawn for name, drawn in found.items() if drawn}
