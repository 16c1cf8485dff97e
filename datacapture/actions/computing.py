"""What a calculation needs, and the counts by the engine. Call in the worker's scope."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from datacapture.actions.library import DEFINITIONS, definition_hash, running_definitions
from datacapture.actions.side_by_side import former_versions, keep_members, laid_beside
from datacapture.engine import run as engine
from datacapture.engine.compiler import RunPlan, compile_run
from datacapture.engine.library import Library
from datacapture.models import CaseState, CaseTally, CountBasis, Enrolment, IndicatorCount, IndicatorVersion, Purpose
from kip.core.workdays import add_months
from practices.models import Practice, Region

MONTHS = 24
Tell = Callable[[int, int, str], None]


class NotReady(Exception):
    """Something must be loaded or decided before a calculation; str() is one sentence."""


@dataclass(frozen=True)
class Setup:
    """What one calculation needs: purpose, running versions, the compiled plan and the month ends.

    former: versions that are counted beside their successors, by their name in plan and library (see `side_by_side`).
    """

    purpose: Purpose
    versions: dict[str, IndicatorVersion]
    plan: RunPlan
    library: Library
    months: list[date]
    former: dict[str, IndicatorVersion] = field(default_factory=dict)

    @property
    def counted(self) -> dict[str, IndicatorVersion]:
        """Every version that is counted, by its name in the plan."""
        return {**self.versions, **self.former}

    @property
    def beside(self) -> "Setup":
        """The same calculation of the former versions alone."""
        return replace(self, versions=self.former, former={})

    @property
    def fingerprint(self) -> str:
        """Equal for calculations of the same definitions, purpose and months: a stopped one can then be taken up again."""
        parts = [self.purpose.code, *(day.isoformat() for day in self.months)]
        parts += [f"{code}:{version.definition_hash}" for code, version in sorted(self.counted.items())]
        return sha256("\n".join(parts).encode()).hexdigest()


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
    library, texts = running_definitions(folder)
    running = IndicatorVersion.objects.filter(retired_at=None).select_related("indicator")
    versions = {version.indicator.code: version for version in running}
    for code, version in versions.items():
        known = library.indicators.get(code)
        if known is None or definition_hash(library, known, texts[code]) != version.definition_hash:
            raise NotReady(f"The definition of {code} has changed. Run load_library first.")
    if not versions:
        raise NotReady("No indicator is published. Run load_library first.")
    former = former_versions(versions, month_end)
    library = laid_beside(library, former)
    former = {name: version for name, version in former.items() if name in library.indicators}
    keep_members(library)
    plan = compile_run(library, [*sorted(versions), *sorted(former)])
    return Setup(feedback_purpose(purpose), versions, plan, library, month_ends(month_end, months), former)


def enrolled(setup: Setup, region_id: int | None = None) -> list[Practice]:
    """Practices that may be counted: existing and enrolled for the purpose at the last month end."""
    last = setup.months[-1]
    today = timezone.localdate()
    open_for = Enrolment.objects.filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=today), purpose=setup.purpose)
    practices = Practice.objects.filter(Q(valid_to=None) | Q(valid_to__gte=last), pk__in=open_for.values("practice_id"))
    return list(practices.filter(region_id=region_id) if region_id is not None else practices)


def count_region(
    setup: Setup,
    region: Region,
    timing: Timing,
    tell: Tell | None = None,
    practice_ids: Sequence[int] | None = None,
    *,
    beside_others: bool = False,
) -> None:
    """Replace the counts and case states of a region's enrolled practices, in one transaction.

    beside_others: the region's other practices may be counted at the same time; the caller sees to it that these are not.
    """
    began = time.perf_counter()
    ids = sorted(practice.pk for practice in enrolled(setup, region.pk))
    if practice_ids is None:
        forget_others(region, ids)
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
        version_ids={code: version.pk for code, version in setup.counted.items()},
        progress=(lambda name, done, total: tell(done, total, name)) if tell else None,
        practice_ids=ids,
        beside_others=beside_others,
    )
    timing.rows += report.rows
    timing.steps.update({name.partition(" ")[0]: seconds for name, seconds in report.seconds.items()})
    timing.regions[region.code] = round(time.perf_counter() - began, 3)


def forget_others(region: Region, ids: Sequence[int]) -> None:
    """What may no longer be counted is not kept either."""
    IndicatorCount.objects.filter(region=region).exclude(practice_id__in=ids).delete()
    # Named by number: a join with the practices was planned as a loop over all states while statistics were old.
    gone = list(Practice.objects.filter(region=region).exclude(pk__in=ids).values_list("pk", flat=True))
    for model in (CaseState, CaseTally, CountBasis):
        model.objects.filter(practice_id__in=gone).delete()
