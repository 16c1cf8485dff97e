"""Keeps counts current patient by patient, and checks them against a full count. Call in the worker's scope."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from datacapture.actions.computing import Setup
from datacapture.engine import increment, run
from datacapture.engine.compiler import compile_run
from datacapture.models import CountBasis


class CountsDiffer(Exception):
    """What is stored is not what a full count gives; str() is one sentence with the first places."""

    def __init__(self, found: Sequence[tuple[str, int]]) -> None:
        places = ", ".join(f"{code} at practice {practice}" for code, practice in found[:5])
        more = f" and {len(found) - 5} more places" if len(found) > 5 else ""
        super().__init__(f"The stored counts differ from a full count: {places}{more}.")


@dataclass
class Update:
    """What bringing counts up to date did: practices counted as a whole, patients computed again, rows written anew."""

    whole: list[int] = field(default_factory=list)
    patients: int = 0
    rows: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


Basis = tuple[tuple[date, ...], tuple[int, ...]]


def bring_up_to_date(setup: Setup, region_id: int, practice_ids: Sequence[int], time_box: float | None = None) -> Update:
    """Counts of the practices for the setup's purpose, versions and months, with as little work as their basis allows.

    A practice that was never counted so, or for months that do not lead here, is counted as a whole, and so are practices
    most of whose patients changed; a changed definition is counted for everybody; otherwise only changed patients and
    those at a window's edge are computed.
    """
    wanted = {version.pk: code for code, version in setup.counted.items()}
    update = Update()
    groups = _groups(setup, practice_ids)
    known = {practice for practices in groups.values() for practice in practices}
    update.whole = sorted(set(practice_ids) - known)
    if update.whole:
        _store(setup, region_id, update.whole, list(setup.counted), update, time_box, whole=True)
    for (months, version_ids), practices in groups.items():
        kept = [wanted[number] for number in version_ids if number in wanted]
        try:
            _carry_on(setup, region_id, practices, kept, months, update, time_box)
        except increment.TooManyChanged:
            update.whole = sorted([*update.whole, *practices])
            _store(setup, region_id, practices, list(setup.counted), update, time_box, whole=True)
            continue
        fresh = sorted(set(setup.counted) - set(kept))
        if fresh:
            _store(setup, region_id, practices, fresh, update, time_box, whole=False)
    return update


def _groups(setup: Setup, practice_ids: Sequence[int]) -> dict[Basis, list[int]]:
    """Practices whose counts can be carried on, by the months and versions they were counted for."""
    groups: dict[Basis, list[int]] = {}
    for basis in CountBasis.objects.filter(practice_id__in=practice_ids, purpose=setup.purpose).order_by("practice_id"):
        if _leads(basis.months, setup.months) and {version.pk for version in setup.counted.values()} & set(basis.version_ids):
            groups.setdefault((tuple(basis.months), tuple(sorted(basis.version_ids))), []).append(basis.practice_id)
    return groups


def _leads(former: Sequence[date], months: Sequence[date]) -> bool:
    try:
        increment.shift_of(former, months)
    except ValueError:
        return False
    return len(former) == len(months)


def _store(
    setup: Setup, region_id: int, practices: list[int], codes: list[str], update: Update, time_box: float | None, *, whole: bool
) -> None:
    connection.ensure_connection()
    report = run.store(
        connection.connection,
        setup.plan if whole else compile_run(setup.library, sorted(codes)),
        region_id=region_id,
        purpose_id=setup.purpose.pk,
        months=setup.months,
        version_ids={code: setup.counted[code].pk for code in codes},
        practice_ids=practices,
        time_box=time_box,
        whole=whole,
    )
    update.rows += report.rows
    update.seconds.update(report.seconds)


def _carry_on(
    setup: Setup,
    region_id: int,
    practices: list[int],
    codes: list[str],
    former: Sequence[date],
    update: Update,
    time_box: float | None,
) -> None:
    connection.ensure_connection()
    done = increment.carry_on(
        connection.connection,
        setup.plan if len(codes) == len(setup.counted) else compile_run(setup.library, sorted(codes)),
        region_id=region_id,
        purpose_id=setup.purpose.pk,
        months=setup.months,
        former=former,
        version_ids={code: setup.counted[code].pk for code in codes},
        practice_ids=practices,
        time_box=time_box,
    )
    update.patients += done.patients
    update.seconds.update(done.report.seconds)


def check_counts(setup: Setup, region_id: int, practice_ids: Sequence[int]) -> int:
    """Compare the stored counts and states of the practices with a full count; returns how many practices were compared.

    Practices whose basis is another one are not compared. Raises CountsDiffer.
    """
    groups = _groups(setup, practice_ids)
    here = [practice for (months, _), practices in groups.items() if months == tuple(setup.months) for practice in practices]
    if not here:
        return 0
    connection.ensure_connection()
    found = increment.differences(
        connection.connection,
        setup.plan,
        region_id=region_id,
        purpose_id=setup.purpose.pk,
        months=setup.months,
        version_ids={code: version.pk for code, version in setup.counted.items()},
        practice_ids=here,
    )
    if found:
        raise CountsDiffer(found)
    return len(here)
