"""What only the stored data can tell of a delivery: values in another unit, unlikely values, missing rows, new pseudonyms.

Set-based, on the staged rows of `storing` or on earlier receipts; a warning never keeps a row out.
"""

import statistics
from datetime import timedelta
from typing import Any

from django.utils import timezone

from datacapture import codes
from datacapture.enums import Channel, DeliveryState
from datacapture.intake.rows import Level, Problem, stop
from datacapture.models import Delivery
from datacapture.results.units import PLAUSIBLE, Bounds, History, implausible, shifted
from kip.core.numbers import percent

MEASURED, SCORED = "lab", "prom"
LISTED_VALUES = 1000
EARLIER, LEAST_EARLIER = 12, 3
FEW_SHARE, FEW_EXPECTED = 1 / 3, 30
KNOWN_SHARE, KNOWN_USUAL, LEAST_PATIENTS = 0.1, 0.5, 50
SETTLED_DAYS = 30

MARK_BOUNDS = """
CREATE TEMPORARY TABLE intake_bound ON COMMIT DROP AS
SELECT * FROM unnest(%s::int4[], %s::float8[], %s::float8[]) AS b(code, low, high)"""
# Values that are new or changed: a redelivery of what is known says nothing new.
FRESH = """
CREATE TEMPORARY TABLE intake_fresh ON COMMIT DROP AS
SELECT e.line, e.code, e.producer, e.value, e.unit, b.low, b.high
FROM intake_event e JOIN intake_bound b ON b.code = e.code
WHERE e.no IS NOT NULL AND e.value IS NOT NULL AND e.comparator = ''
  AND NOT EXISTS (SELECT 1 FROM datacapture_event t
                  WHERE t.practice_id = %(practice)s AND t.source = e.source AND t.value = e.value)"""
QUARTILES = "percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY log({value}))"
EARLIER_VALUES = f"""
SELECT i.no, count(*), {QUARTILES.format(value="t.value")}
FROM intake_code i JOIN intake_bound b ON b.code = i.no
JOIN datacapture_event t ON t.practice_id = %(practice)s AND t.code_id = i.id AND t.value > 0 AND t.comparator = ''
GROUP BY i.no"""
GROUPS = """
SELECT f.code, f.producer, i.code, max(f.unit), count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY log(f.value)), min(f.low), max(f.high)
FROM intake_fresh f JOIN intake_code i ON i.no = f.code AND i.kind = 'lab' WHERE f.value > 0
GROUP BY f.code, f.producer, i.code ORDER BY i.code, f.producer NULLS FIRST"""
UNLIKELY = """
SELECT f.line, i.code, f.value, f.unit FROM intake_fresh f JOIN intake_code i ON i.no = f.code
WHERE NOT f.value BETWEEN f.low AND f.high
  AND NOT EXISTS (SELECT 1 FROM unnest(%s::int4[], %s::int4[]) AS s(code, producer)
                  WHERE s.code = f.code AND s.producer IS NOT DISTINCT FROM f.producer)
ORDER BY f.line LIMIT %s"""
CLEAN = "DROP TABLE intake_bound, intake_fresh"


def of_values(cursor: Any, practice_id: int, staged: dict[tuple[str, str, str], int]) -> list[Problem]:
    """Warnings on the staged values: `unit_suspicion` per code and producer, `value_unlikely` per row outside those.

    staged: number in the staging tables by (kind, system, code).
    """
    limits = [(number, bounds) for (kind, *code), number in staged.items() if (bounds := bounds_of(kind, *code))]
    if not limits:
        return []
    names = {"practice": practice_id}
    numbers, found = zip(*limits, strict=True)
    cursor.execute(MARK_BOUNDS, [list(numbers), [float(b.low) for b in found], [float(b.high) for b in found]])
    cursor.execute(FRESH, names)
    cursor.execute(EARLIER_VALUES, names)
    earlier = {code: History(n, middle, high - low) for code, n, (low, middle, high) in cursor.fetchall()}
    cursor.execute(GROUPS)
    wrong = [group for group in cursor.fetchall() if _suspicious(group, earlier)]
    warnings = [
        Problem(Level.WARN, "unit_suspicion", 0, "value", params={"code": code, "value": 10.0**middle, "unit": unit, "n": n})
        for _, _, code, unit, n, middle, _, _ in wrong
    ]
    cursor.execute(UNLIKELY, [[group[0] for group in wrong], [group[1] for group in wrong], LISTED_VALUES])
    warnings += [
        Problem(Level.WARN, "value_unlikely", line, "value", params={"code": code, "value": value, "unit": unit})
        for line, code, value, unit in cursor.fetchall()
    ]
    cursor.execute(CLEAN)
    return warnings


def bounds_of(kind: str, system: str, code: str) -> Bounds | None:
    """Plausible bounds of a measurement or a score, or None for other codes. Only a measurement has a unit to mistake."""
    if kind not in (MEASURED, SCORED):
        return None
    return next((PLAUSIBLE[name] for name in sorted(codes.sets_of(system, code)) if name in PLAUSIBLE), None)


def _suspicious(group: tuple[Any, ...], earlier: dict[int, History]) -> bool:
    code, _, _, _, n, middle, low, high = group
    history = earlier.get(code)
    if history and shifted(n, middle, history):
        return True
    return implausible(n, middle, Bounds(low, high))


def of_delivery(delivery: Delivery, *, rows: int, patients: int, known: int) -> list[Problem]:
    """What earlier receipts of the practice tell: `fewer_than_usual` and `pseudonym_mismatch`.

    Raises `Stop` for patients that are suddenly all unknown: with a changed key everybody would be counted twice. A person
    who sends the file again from the web page after such a refusal has been asked to settle it first, and is only warned.
    """
    found = Delivery.objects.filter(practice_id=delivery.practice_id, state=DeliveryState.STORED, channel=delivery.channel)
    earlier = list(found.exclude(pk=delivery.pk).order_by("-created_at").values_list("receipt", flat=True)[:EARLIER])
    warnings = []
    sizes = [receipt["new"] + receipt["changed"] + receipt["same"] for receipt in earlier if "new" in receipt]
    expected = round(statistics.median(sizes)) if len(sizes) >= LEAST_EARLIER else 0
    if expected >= FEW_EXPECTED and rows < FEW_SHARE * expected:
        warnings.append(Problem(Level.WARN, "fewer_than_usual", params={"n": rows, "expected": expected}))
    shares = [receipt["known"] / receipt["patients"] for receipt in earlier if receipt.get("patients")]
    usual = statistics.median(shares) if len(shares) >= LEAST_EARLIER else 0.0
    if patients >= LEAST_PATIENTS and usual >= KNOWN_USUAL and known < KNOWN_SHARE * patients:
        told: dict[str, Any] = {"share": percent(known / patients), "file": delivery.file_name}
        if not _told_before(delivery):
            raise stop("pseudonym_mismatch", **told)
        warnings.append(Problem(Level.WARN, "pseudonym_mismatch", params=told))
    return warnings


def _told_before(delivery: Delivery) -> bool:
    refused = Delivery.objects.filter(
        practice_id=delivery.practice_id,
        state=DeliveryState.REFUSED,
        receipt__stopped__contains=["pseudonym_mismatch"],
        created_at__gte=timezone.now() - timedelta(days=SETTLED_DAYS),
    )
    return delivery.channel == Channel.WEB and refused.exists()
