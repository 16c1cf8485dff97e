"""Counts by the engine, and from them the one stored row behind every number shown. Call in the worker's scope."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from datacapture.actions.library import DEFINITIONS, definition_hash, definitions
from datacapture.engine import run as engine
from datacapture.engine.bounds import add_months
from datacapture.engine.compiler import RunPlan, compile_run
from datacapture.engine.library import Library
from datacapture.models import CaseState, Enrolment, IndicatorCount, IndicatorVersion, Purpose, RegionResult, Release, Result
from datacapture.results.cube import Cube, Place, Spec, cube
from datacapture.results.judging import JUDGED, MONTHLY, Judged, assemble, months_since
from datacapture.results.regions import publish_region
from kip.stats.disclosure import Rule
from kip.stats.tiers import METHOD
from practices.models import Practice, Region

MONTHS = 24
PUBLISHING = 7_402_601  # advisory lock: two runs never write the same release at once
Tell = Callable[[int, int, str], None]
BINS = "sum(numerator), sum(denominator_only), sum(excluded), sum(unknown), sum(exception)"
SUMS = f"""
SELECT version_id, practice_id, month_end, {BINS} FROM datacapture_indicatorcount
WHERE version_id = %s AND practice_id = ANY(%s) AND month_end = ANY(%s) GROUP BY 1, 2, 3
"""
TYPES = {
    "version_id": "bigint", "practice_id": "bigint", "region_id": "bigint", "month_end": "date", "latest": "boolean",
    **dict.fromkeys(("n", "x", "excluded", "unknown", "exception"), "int"),
    **dict.fromkeys(("tier", "position", "trend"), "text"), "since": "date",
}  # fmt: skip
COLUMNS = ("version_id", "practice_id", "region_id", "month_end", "latest", *MONTHLY, *JUDGED)
WRITE = (
    f"INSERT INTO datacapture_result (release_id, {', '.join(COLUMNS)}) SELECT %s, * FROM unnest("
    + ", ".join(f"%s::{TYPES.get(name, 'float8')}[]" for name in COLUMNS)
    + ")"
)
CHUNK = 50_000


class NotReady(Exception):
    """Something must be loaded or decided before a calculation; str() is one sentence."""


@dataclass(frozen=True)
class Setup:
    """What one calculation needs: purpose, running versions, the compiled plan and the month ends."""

    purpose: Purpose
    versions: dict[str, IndicatorVersion]
    plan: RunPlan
    library: Library
    months: list[date]


@dataclass
class Timing:
    """Seconds of a calculation, kept with the release."""

    regions: dict[str, float] = field(default_factory=dict)
    steps: Counter[str] = field(default_factory=Counter)
    rows: int = 0


def last_quarter_end(day: date) -> date:
    """The last day of the latest quarter that is over on a day."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1) - timedelta(days=1)


def release_label(month_end: date) -> str:
    """ "2026-3" for a release that ends in the third quarter of 2026."""
    return f"{month_end.year}-{(month_end.month + 2) // 3}"


def month_ends(last: date, count: int = MONTHS) -> list[date]:
    """`count` month ends in order, the last one being `last`."""
    return [add_months(last + timedelta(days=1), -back) - timedelta(days=1) for back in reversed(range(count))]


def feedback_purpose(code: str | None = None) -> Purpose:
    """The purpose that is open today (or the named one). Raises NotReady when there is none."""
    today = timezone.localdate()
    found = Purpose.objects.filter(code=code) if code else Purpose.objects.filter(valid_from__lte=today, valid_until__gte=today)
    purpose = found.order_by("code").first()
    if purpose is None:
        raise NotReady("There is no open purpose, so nothing may be calculated.")
    return purpose


def prepare(month_end: date, *, months: int = MONTHS, purpose: str | None = None, folder: Path = DEFINITIONS) -> Setup:
    """Everything for a calculation. Raises NotReady when the running versions are not those of the definition files."""
    library, texts = definitions(folder)
    running = IndicatorVersion.objects.filter(retired_at=None).select_related("indicator")
    versions = {version.indicator.code: version for version in running}
    for code, version in versions.items():
        known = library.indicators.get(code)
        if known is None or definition_hash(library, known, texts[code]) != version.definition_hash:
            raise NotReady(f"The definition of {code} has changed. Run load_library first.")
    if not versions:
        raise NotReady("No indicator is published. Run load_library first.")
    plan = compile_run(library, sorted(versions))
    return Setup(feedback_purpose(purpose), versions, plan, library, month_ends(month_end, months))


def enrolled(setup: Setup, region_id: int | None = None) -> list[Practice]:
    """Practices that may be counted: existing and enrolled for the purpose at the last month end."""
    last = setup.months[-1]
    today = timezone.localdate()
    open_for = Enrolment.objects.filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=today), purpose=setup.purpose)
    practices = Practice.objects.filter(Q(valid_to=None) | Q(valid_to__gte=last), pk__in=open_for.values("practice_id"))
    return list(practices.filter(region_id=region_id) if region_id is not None else practices)


def count_region(
    setup: Setup, region: Region, timing: Timing, tell: Tell | None = None, practice_ids: Sequence[int] | None = None
) -> None:
    """Replace the counts and case states of a region's enrolled practices, in one transaction."""
    began = time.perf_counter()
    ids = sorted(practice.pk for practice in enrolled(setup, region.pk))
    if practice_ids is None:
        _forget_others(region, ids)
    else:
        ids = sorted(set(ids) & set(practice_ids))
    if not ids:
        return
    connection.ensure_connection()
    report = engine.store(
        connection.connection,
        setup.plan,
        region_id=region.pk,
        purpose_id=setup.purpose.pk,
        months=setup.months,
        version_ids={code: version.pk for code, version in setup.versions.items()},
        progress=(lambda name, done, total: tell(done, total, name)) if tell else None,
        practice_ids=ids,
    )
    timing.rows += report.rows
    timing.steps.update({name.partition(" ")[0]: seconds for name, seconds in report.seconds.items()})
    timing.regions[region.code] = round(time.perf_counter() - began, 3)


def _forget_others(region: Region, ids: Sequence[int]) -> None:
    """What may no longer be counted is not kept either."""
    IndicatorCount.objects.filter(region=region).exclude(practice_id__in=ids).delete()
    CaseState.objects.filter(practice__region=region).exclude(practice_id__in=ids).delete()


def publish(setup: Setup, timing: Timing, only: int | None = None) -> Release:
    """Write the release's results from all stored counts; with `only`, just that practice's rows are replaced.

    The same label is written again, not beside itself: a release has one number for one thing.
    """
    began = time.perf_counter()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISHING])
        practices = enrolled(setup)
        block = _block(setup, practices)
        judged = assemble(block)
        release, _ = Release.objects.get_or_create(
            label=release_label(setup.months[-1]), month_end=setup.months[-1], defaults={"method": METHOD}
        )
        _write(release, block, judged, only)
        if only is None:
            _write_regions(release, block, setup)
            Result.objects.exclude(release=release).filter(latest=True).update(latest=False)
        _close(release, timing, time.perf_counter() - began)
    return release


def _close(release: Release, timing: Timing, seconds: float) -> None:
    steps = {name: round(value, 3) for name, value in timing.steps.most_common(40)}
    regions = {**release.seconds.get("regions", {}), **timing.regions}
    release.seconds = {"regions": regions, "steps": steps or release.seconds.get("steps", {}), "results": round(seconds, 3)}
    release.method, release.finished_at = METHOD, timezone.now()
    release.save()


def _block(setup: Setup, practices: Iterable[Practice]) -> Cube:
    places = [Place(item.pk, item.region_id, item.profession) for item in practices]
    specs = [_spec(setup, code, version) for code, version in sorted(setup.versions.items())]
    return cube(_sums(specs, places, setup.months), specs, places, setup.months)


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
    )


def _sums(specs: Sequence[Spec], places: Sequence[Place], months: Sequence[date]) -> Iterator[tuple[Any, ...]]:
    ids = [place.practice_id for place in places]
    with connection.cursor() as cursor:
        for spec in specs:
            cursor.execute(SUMS, [spec.version_id, ids, list(months)])
            yield from cursor.fetchall()


def _write(release: Release, block: Cube, judged: Judged, only: int | None) -> None:
    """All lines and months that hold a case, and the last month of every line."""
    stored = Result.objects.filter(release=release)
    (stored.filter(practice_id=only) if only is not None else stored).delete()
    wanted = block.bins.sum(axis=2) > 0
    wanted[:, -1] = True
    if only is not None:
        wanted &= np.array([place.practice_id == only for place in block.places], dtype=bool)[:, None]
    lines, columns = np.nonzero(wanted)
    with connection.cursor() as cursor:
        for start in range(0, len(lines), CHUNK):
            rows, months = lines[start : start + CHUNK], columns[start : start + CHUNK]
            cursor.execute(WRITE, [release.pk, *_columns(block, judged, rows, months)])


def _columns(block: Cube, judged: Judged, rows: Any, months: Any) -> list[list[Any]]:
    last = len(block.months) - 1
    latest = (months == last).tolist()
    since = months_since(block, judged)
    found: dict[str, list[Any]] = {
        "version_id": [block.specs[row].version_id for row in rows],
        "practice_id": [block.places[row].practice_id for row in rows],
        "region_id": [block.places[row].region_id for row in rows],
        "month_end": [block.months[month] for month in months],
        "latest": latest,
        "since": [since[row] if now else None for row, now in zip(rows, latest, strict=True)],
        **{name: _plain(judged.monthly[name][rows, months]) for name in MONTHLY},
    }
    for name in JUDGED:
        if name != "since":
            empty = "" if TYPES.get(name) == "text" else None
            found[name] = [value if now else empty for value, now in zip(_plain(judged.latest[name][rows]), latest, strict=True)]
    return [found[name] for name in COLUMNS]


def _plain(values: Any) -> list[Any]:
    """Python values; NaN becomes None, because a missing number is not a number in the table either."""
    return [None if value != value else value for value in values.tolist()]


def _write_regions(release: Release, block: Cube, setup: Setup) -> None:
    groups: dict[tuple[int, int, str], list[int]] = {}
    for line, (spec, place) in enumerate(zip(block.specs, block.places, strict=True)):
        groups.setdefault((spec.version_id, place.region_id, place.profession), []).append(line)
    RegionResult.objects.filter(release=release).delete()
    rows = [_region_row(release, block, setup, key, lines) for key, lines in groups.items()]
    RegionResult.objects.bulk_create(rows, batch_size=1000)


def _region_row(release: Release, block: Cube, setup: Setup, key: tuple[int, int, str], lines: list[int]) -> RegionResult:
    spec = block.specs[lines[0]]
    shown = publish_region(
        block.x[lines, -1].tolist(),
        block.n[lines, -1].tolist(),
        rate=spec.rate,
        per=spec.per,
        min_n=spec.min_n,
        rule=Rule(threshold=settings.KIP_SMALL_CELL),
    )
    hidden = shown.total.state == "suppressed"
    return RegionResult(
        release=release,
        version_id=key[0],
        region_id=key[1],
        profession=key[2],
        month_end=setup.months[-1],
        practices=shown.practices,
        n=None if hidden else shown.total.n,
        x=None if hidden else shown.total.x,
        value=None if hidden else shown.total.value,
        median=shown.median,
        p10=shown.p10,
        p90=shown.p90,
        suppressed=hidden,
    )
