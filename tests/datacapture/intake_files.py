"""Makes small event files and purposes for the tests of storing."""

from datetime import date
from typing import Any

from datacapture import intake_jobs, keys
from datacapture.actions import deliveries
from datacapture.enums import Channel, DeliveryState
from datacapture.models import Delivery, Enrolment, Purpose
from kip.core.scope import WORKER, Persona, Scope, activate
from practices.models import Practice

COLUMNS = [
    "practice", "patient", "kind", "system", "code", "start", "value", "unit", "status", "producer", "local_id", "sex", "birth",
]  # fmt: skip
SENDER = "D10811"
# Invented numbers: the date part exists, the serial is from no register.
CPR_A, CPR_B = "0101501234", "0202601678"


def line(local_id: str, **cells: str) -> dict[str, str]:
    """One line: by default an HbA1c of 48 for patient A on 1 September 2026."""
    return {
        "practice": SENDER, "patient": CPR_A, "kind": "lab", "system": "NPU", "code": "NPU27300", "start": "2026-09-01",
        "value": "48", "unit": "mmol/mol", "status": "final", "producer": "lab-a", "local_id": local_id, **cells,
    }  # fmt: skip


def csv_file(*lines: dict[str, str]) -> bytes:
    """The lines as a file; a cell of no known column gets a column of its own."""
    more = sorted({name for cells in lines for name in cells} - set(COLUMNS))
    columns = [*COLUMNS, *more]
    rows = [";".join(cells.get(column, "") for column in columns) for cells in lines]
    return "\r\n".join([";".join(columns), *rows, ""]).encode()


def purpose(code: str = "kronisk", **fields: Any) -> Purpose:
    """An open purpose for diabetes, with its laboratory values and smoking status."""
    values = {
        "name_da": f"Formål {code}", "name_en": f"Purpose {code}", "legal_basis": "SHL § 195", "approval_number": "26/1",
        "controller": "Region north", "valid_from": date(2025, 1, 1), "valid_until": date(2027, 12, 31),
        "code_sets": ["dx_diabetes", "lab_hba1c", "obs_ryg"], "recipients": ["praksis"], "retention_days": 365,
        "key_id": f"{code}-1", **fields,
    }  # fmt: skip
    return Purpose.objects.create(code=code, **values)


def enrol(practice: Practice, goal: Purpose, since: date = date(2026, 1, 1), **fields: Any) -> Enrolment:
    return Enrolment.objects.create(
        practice=practice, purpose=goal, signer_name="Ida Prøve", signer_title="Læge", agreement_version="1.0",
        enrolled_from=since, **fields,
    )  # fmt: skip


def hand_in(
    practice: Practice, content: bytes, *, mode: str = "store", name: str = "udtraek.csv", channel: Channel = Channel.WEB
) -> Delivery:
    """Upload a file for a practice and run its job; returns the delivery with its receipt."""
    scope = Scope(Persona.PRACTICE, practice_id=practice.pk)
    kept = keys.vault().store([content], limit=10**8)
    with activate(scope):
        delivery = deliveries.receive(deliveries.Sender(scope, channel), kept, name, mode=mode)
    if delivery.state == DeliveryState.WAITING:
        intake_jobs.store_delivery(scope, lambda *_: None, delivery_id=delivery.pk, mode=mode)
    with activate(WORKER):
        return Delivery.objects.get(pk=delivery.pk)


def counts(delivery: Delivery) -> dict[str, Any]:
    """The receipt's counts that are not zero."""
    wanted = ("new", "changed", "same", "removed", "dropped", "refused", "stopped")
    return {name: delivery.receipt[name] for name in wanted if delivery.receipt.get(name)}
