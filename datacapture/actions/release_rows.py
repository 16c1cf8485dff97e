"""From stored counts to the rows of a release: results, area totals and yardsticks. Call in the worker's scope."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection

from datacapture.actions.computing import Setup
from datacapture.actions.gap_counts import GapBlock, count_gaps
from datacapture.enums import IndicatorType
from datacapture.models import IndicatorVersion, Release, Yardstick
from datacapture.results.adjusting import Adjusted, Strata, adjust, references
from datacapture.results.areas import NATION, AreaRow, Areas, size_class
from datacapture.results.cube import Cube, Ints, Place, Spec, cube
from datacapture.results.holding import Held
from datacapture.results.judging import JUDGED, MONTHLY, Judged, assemble, months_since, peer_groups
from datacapture.results.thin import thin_months
from kip.stats.disclosure import Rule
from practices.models import Practice

BINS = "sum(numerator), sum(denominator_only), sum(excluded), sum(unknown), sum(exception)"
SUMS = f"""
SELECT version_id, practice_id, month_end, {BINS} FROM datacapture_indicatorcount
WHERE version_id = %s AND practice_id = ANY(%s) AND month_end = ANY(%s) GROUP BY 1, 2, 3
"""
STRATA = """
SELECT version_id, practice_id, sex, age_band, sum(numerator), sum(denominator_only) FROM datacapture_indicatorcount
WHERE version_id = %s AND practice_id = ANY(%s) AND month_end = %s GROUP BY 1, 2, 3, 4
"""
AMOUNTS = """
SELECT version_id, practice_id, month_end, array_agg(amount)
FROM datacapture_indicatorcount CROSS JOIN unnest(amounts) AS amount
WHERE version_id = %s AND practice_id = ANY(%s) AND month_end = ANY(%s) GROUP BY 1, 2, 3
"""
EVENTS = """
SELECT practice_id, (12 * extract(year FROM day) + extract(month FROM day))::int, count(*) FROM datacapture_event
WHERE practice_id = ANY(%s) AND day BETWEEN %s AND %s GROUP BY 1, 2
"""
ADJUSTED = ("adjusted", "adjusted_lower", "adjusted_upper")
TYPES = {
    "version_id": "bigint", "practice_id": "bigint", "region_id": "bigint", "area_id": "bigint", "month_end": "date",
    "since": "date", "latest": "boolean", "suppressed": "boolean", "thin": "bigint",
    **dict.fromkeys(("n", "x", "excluded", "unknown", "exception", "open_cases", "practices", "part"), "int"),
    **dict.fromkeys(("tier", "position", "trend", "level", "profession", "state", "axis"), "text"),
}  # fmt: skip
COLUMNS = ("version_id", "practice_id", "region_id", "month_end", "latest", *MONTHLY, *JUDGED, *ADJUSTED)
CHUNK = 50_000
WITH_AMOUNTS = frozenset({IndicatorType.MEDIAN_DAYS, IndicatorType.MEAN_CHANGE})


@dataclass(frozen=True)
class Numbers:
    """Everything that a release's rows are made of."""

    block: Cube
    groups: Ints
    judged: Judged
    adjusted: Adjusted
    strata: Strata
    gaps: Sequence[GapBlock]


def place_of(practice: Practice) -> Place:
    """A practice as the calculation knows it."""
    return Place(
        practice_id=practice.pk,
        region_id=practice.region_id,
        profession=practice.profession,
        municipality_id=practice.municipality_id,
        cluster_id=practice.cluster_id or 0,
        size_class=size_class(practice.clinicians),
    )


def count_block(setup: Setup, practices: Iterable[Practice]) -> Cube:
    """The stored counts of these practices, with the single days and score changes, and their thin months."""
    places = [place_of(practice) for practice in practices]
    versions = counted_versions(setup)
    specs = [_spec(setup, code, version) for code, version in sorted(versions.items())]
    summed = {version.pk for version in versions.values() if version.indicator.type in WITH_AMOUNTS}
    ids, months = [place.practice_id for place in places], list(setup.months)
    amounts = _rows(AMOUNTS, [spec for spec in specs if spec.version_id in summed], ids, months)
    return cube(_rows(SUMS, specs, ids, months), specs, places, setup.months, amounts, thin_of(setup, ids))


def thin_of(setup: Setup, practice_ids: list[int]) -> dict[int, list[bool]]:
    """Which of the months hold too little to stand for the practice; practices with nothing at all are left out."""
    places = {12 * month.year + month.month: place for place, month in enumerate(setup.months)}
    events: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, [practice_ids, setup.months[0].replace(day=1), setup.months[-1]])
        for practice_id, month, number in cursor:
            events.setdefault(practice_id, [0] * len(places))[places[month]] = number
    return {practice_id: thin_months(numbers) for practice_id, numbers in events.items()}


def numbers(setup: Setup, practices: Sequence[Practice]) -> Numbers:
    """Counts and what follows from them for all practices that are compared with each other."""
    block = count_block(setup, practices)
    groups, strata = peer_groups(block), count_strata(block)
    adjusted = adjust(strata, block.specs, groups, references(strata, groups))
    gaps = count_gaps(setup, practices, block.thin)
    tested: dict[str, list[float]] = {}
    for gap in gaps:
        tested[gap.profession] = [*tested.get(gap.profession, []), *gap.tested]
    return Numbers(block, groups, assemble(block, tested), adjusted, strata, gaps)


def tests_of(block: Cube, judged: Judged) -> dict[str, list[float]]:
    """By profession the tests of the block's lines that count in its false-discovery rate."""
    found: dict[str, list[float]] = {}
    for place, p, q in zip(block.places, judged.latest["p"].tolist(), judged.latest["q"].tolist(), strict=True):
        if q == q:
            found.setdefault(place.profession, []).append(p)
    return found


def count_strata(block: Cube) -> Strata:
    """The last month of the block's lines by sex and age band."""
    lines = {
        (spec.version_id, place.practice_id): line
        for line, (spec, place) in enumerate(zip(block.specs, block.places, strict=True))
    }
    events = {spec.version_id: spec.counts_events for spec in block.specs}
    ids = sorted({place.practice_id for place in block.places})
    specs = list({spec.version_id: spec for spec in block.specs if not spec.days}.values())
    found = [
        (lines[version, practice], sex, band, top, rest if events[version] else top + rest)
        for version, practice, sex, band, top, rest in _rows(STRATA, specs, ids, block.months[-1])
        if (version, practice) in lines
    ]
    return Strata(*np.array(found, dtype=np.int64).reshape(-1, 5).T)


def counted_versions(setup: Setup) -> dict[str, IndicatorVersion]:
    """The running versions whose value comes from one practice's cases; gaps are made by `gap_rows`."""
    return {code: version for code, version in setup.versions.items() if version.indicator.type != IndicatorType.GAP}


def _spec(setup: Setup, code: str, version: IndicatorVersion) -> Spec:
    indicator = version.indicator
    return Spec(
        version_id=version.pk,
        min_n=version.min_n,
        direction=indicator.direction,
        rate=indicator.type == "rate",
        counts_events=setup.plan.indicators[code].counts_events,
        per=indicator.per,
        period=setup.library.indicators[code].period,
        days=indicator.type == IndicatorType.MEDIAN_DAYS,
    )


def _rows(statement: str, specs: Sequence[Spec], ids: list[int], when: Any) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        for spec in specs:
            cursor.execute(statement, [spec.version_id, ids, when])
            yield from cursor.fetchall()


def write_results(release: Release, block: Cube, judged: Judged, adjusted: Adjusted, *, former: bool = False) -> None:
    """All lines and months that hold a case, and the last month of every line.

    former: the versions run beside their successors. Their rows are history: never the newest, never judged, and for
    the practice's own eyes alone, as two figures of one practice could tell a region about single patients.
    """
    wanted = block.bins.sum(axis=2) > 0
    wanted[:, -1] = True
    lines, columns = np.nonzero(wanted)
    since = months_since(block, judged)
    for start in range(0, len(lines), CHUNK):
        rows, months = lines[start : start + CHUNK], columns[start : start + CHUNK]
        found = _columns(block, judged, adjusted, since, rows, months, former)
        if former or release.practice_id is not None:
            found["region_id"] = [None] * len(rows)
        insert(release, "datacapture_result", {name: found[name] for name in COLUMNS})


def _columns(
    block: Cube, judged: Judged, adjusted: Adjusted, since: Sequence[Any], rows: Any, months: Any, former: bool
) -> dict[str, list[Any]]:
    latest = ((months == len(block.months) - 1) & (not former)).tolist()
    found: dict[str, list[Any]] = {
        "version_id": [block.specs[row].version_id for row in rows],
        "practice_id": [block.places[row].practice_id for row in rows],
        "region_id": [block.places[row].region_id for row in rows],
        "month_end": [block.months[month] for month in months],
        "latest": latest,
        "since": [since[row] if now else None for row, now in zip(rows, latest, strict=True)],
        **{name: plain(judged.monthly[name][rows, months]) for name in MONTHLY},
    }
    ends = {name: judged.latest[name] for name in JUDGED if name != "since"}
    ends |= dict(zip(ADJUSTED, (adjusted.value, adjusted.lower, adjusted.upper), strict=True))
    for name, column in ends.items():
        empty = "" if TYPES.get(name) == "text" else None
        found[name] = [value if now else empty for value, now in zip(plain(column[rows]), latest, strict=True)]
    return found


def areas_of(made: Numbers, former: Held) -> Areas:
    """The totals of nation, regions, municipalities, clusters and similar practices, held against the release before."""
    return Areas(made.block, made.judged, made.groups, gate_rule(), former)


def gate_rule() -> Rule:
    """The disclosure gate's thresholds as this installation sets them."""
    return Rule(threshold=settings.KIP_SMALL_CELL)


def write_former(release: Release, setup: Setup, practices: Sequence[Practice], held: Held) -> None:
    """The rows of versions that run beside their successors: the practices' months, and the country's, held as ever."""
    if not counted_versions(setup.beside):
        return
    made = numbers(setup.beside, practices)
    write_results(release, made.block, made.judged, made.adjusted, former=True)
    totals = areas_of(made, held)
    insert_areas(release, [row for row in totals.rows() if row.level == NATION])
    write_yardsticks(release, made, totals.held)


def insert_areas(release: Release, rows: Sequence[AreaRow]) -> None:
    """Area rows as they are."""
    names = [field.name for field in fields(AreaRow)]
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        insert(release, "datacapture_arearesult", {name: [getattr(row, name) for row in part] for name in names})


def write_yardsticks(release: Release, made: Numbers, held: Held) -> None:
    """What a practice's own release is judged by until the next quarter, and what the next quarter's totals are held by."""
    cells = references(made.strata, made.groups)
    first: list[int] = np.unique(made.groups, return_index=True)[1].tolist()
    Yardstick.objects.bulk_create(
        Yardstick(
            release=release,
            version_id=made.block.specs[line].version_id,
            profession=made.block.places[line].profession,
            strata=cells.get(int(made.groups[line]), []),
            held=held.stored(made.block.specs[line].version_id, made.block.places[line].profession),
            **{name: plain(column[line : line + 1])[0] for name, column in made.judged.group.items()},
        )
        for line in first
    )


def insert(release: Release, table: str, columns: Mapping[str, list[Any]]) -> None:
    """Rows of a release from columns, in one statement."""
    parts = ", ".join(f"%s::{TYPES.get(name, 'float8')}[]" for name in columns)
    statement = f"INSERT INTO {table} (release_id, {', '.join(columns)}) SELECT %s, * FROM unnest({parts})"
    with connection.cursor() as cursor:
        cursor.execute(statement, [release.pk, *columns.values()])


def plain(values: Any) -> list[Any]:
    """Python values; NaN becomes None, because a missing number is not a number in the table either."""
    return [None if value != value else value for value in values.tolist()]
