"""A delivery from upload to receipt: waiting encrypted, checked, stored or refused; the file goes with the receipt."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from datacapture import keys
from datacapture.actions import quality, storing, suspicions
from datacapture.actions.messages import as_message, in_both, render
from datacapture.actions.recount import recount
from datacapture.enums import Channel, DeliveryState
from datacapture.intake.check import Examination, examine
from datacapture.intake.cpr import contains_cpr
from datacapture.intake.limits import Limits
from datacapture.intake.pseudonym import Pseudonymiser
from datacapture.intake.receipt import receipt_messages, receipt_of, receipt_of_stop
from datacapture.intake.rows import Level, Problem, Stop, stop
from datacapture.intake_queries import earlier_copy, ended_enrolment, open_gates, practice_numbers
from datacapture.models import Delivery, Purpose
from datacapture.policies import Gate, IntakeFilter
from kip.core import audit, jobs, scanning
from kip.core.numbers import clock
from kip.core.scope import WORKER, Scope, activate
from kip.core.vault import Stored, VaultError

JOB = "datacapture.store_delivery"
Tell = Callable[[int, int], None]
CHECK, STORE = "check", "store"
HIDDEN_NAME = "–"
DAYS_WAITING = 7
OPEN_STATES = (DeliveryState.WAITING, DeliveryState.READING, DeliveryState.CHECKED)


class IntakeFailed(Exception):
    """The delivery could not be handled. Says the kind of error only: a database error may quote a patient's row."""


class NotWaiting(Exception):
    """The delivery is no longer one that can be sent or cancelled."""


@dataclass(frozen=True)
class Sender:
    """For whom and by whom a file comes."""

    scope: Scope
    channel: Channel

    @property
    def practice_id(self) -> int:
        if self.scope.practice_id is None:
            raise ValueError("a delivery belongs to a practice")
        return self.scope.practice_id


def receive(sender: Sender, stored: Stored, file_name: str, *, mode: str) -> Delivery:
    """Register an upload that waits in the vault and queue its check or storing. Call in the sender's scope."""
    delivery = register(sender, stored, file_name)
    if delivery.state == DeliveryState.WAITING:
        _queue(delivery, sender.scope, mode)
    return delivery


def register(sender: Sender, stored: Stored, file_name: str) -> Delivery:
    """Write down an upload. A file name that holds a CPR is never kept: the delivery is refused, its file deleted."""
    bad_name = contains_cpr(file_name)
    delivery = Delivery.objects.create(
        practice_id=sender.practice_id,
        channel=sender.channel,
        file_name=HIDDEN_NAME if bad_name else _plain_name(file_name),
        size=stored.size,
        digest=stored.sha256,
        vault_name=stored.name,
        sent_by_id=sender.scope.user_id,
    )
    audit.record("delivery_received", practice_id=sender.practice_id, kind="delivery", object_id=delivery.pk)
    if bad_name:
        _refuse(delivery, stop("cpr_file_name"))
    return delivery


def send(delivery: Delivery, scope: Scope) -> None:
    """Store a checked delivery. Raises `NotWaiting`."""
    _claim(delivery, DeliveryState.WAITING)
    audit.record("delivery_sent", practice_id=delivery.practice_id, kind="delivery", object_id=delivery.pk)
    _queue(delivery, scope, STORE)


def cancel(delivery: Delivery) -> None:
    """Give up a checked delivery and delete its file. Raises `NotWaiting`."""
    _claim(delivery, DeliveryState.CANCELLED)
    audit.record("delivery_cancelled", practice_id=delivery.practice_id, kind="delivery", object_id=delivery.pk)
    _forget_file(delivery)


def give_up(delivery_id: int) -> None:
    """Cancel a delivery that could not be handled, so that its file may be sent again."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id, state__in=OPEN_STATES)
    delivery.state = DeliveryState.CANCELLED
    _forget_file(delivery)


def sweep_uploads(now: datetime) -> int:
    """Delete files in the vault that no delivery answers for (an upload whose request failed); returns how many."""
    waiting = set(Delivery.objects.exclude(vault_name="").values_list("vault_name", flat=True))
    folder = Path(settings.KIP_HOME) / "uploads"
    old = (now - timedelta(days=DAYS_WAITING)).timestamp()
    files = [path for path in folder.glob("*") if path.name not in waiting and path.stat().st_mtime < old]
    for path in files:
        path.unlink(missing_ok=True)
    return len(files)


def cancel_forgotten(before: date) -> int:
    """Cancel deliveries that nobody has sent since before a day; call in the worker's scope. Returns how many."""
    forgotten = list(Delivery.objects.filter(state=DeliveryState.CHECKED, created_at__date__lt=before))
    for delivery in forgotten:
        cancel(delivery)
    return len(forgotten)


def process(delivery_id: int, practice_id: int, *, mode: str, progress: Tell) -> dict[str, Any]:
    """Check or store a delivery in the worker. Returns what the job keeps: the state and the counts.

    The file is read through before anything is stored, and storing is one transaction: a worker that dies leaves nothing,
    and doing it again gives the same. Raises `IntakeFailed` without any value of the file.
    """
    delivery = _start(delivery_id, practice_id)
    if delivery is None:
        return {"state": "skipped"}
    try:
        try:
            with keys.vault().open(delivery.vault_name) as file:
                _scan(delivery, file)
                _handle(delivery, file, mode=mode, progress=progress)
        except VaultError:
            raise Stop(Problem(Level.STOP, "upload_lost")) from None
        except Stop:
            raise
        except Exception as error:
            raise IntakeFailed(_kind_of(error)) from None
    except Stop as error:
        with activate(WORKER):
            _refuse(delivery, error)
    return {"state": delivery.state}


def _scan(delivery: Delivery, file: BinaryIO) -> None:
    """Nothing of a file is read as data before the virus control has seen all of it. Raises `Stop`."""
    received = timezone.localtime(delivery.created_at)
    try:
        scanning.scan(file)
    except scanning.Infected:
        raise stop("virus", file=delivery.file_name, date=received.date().isoformat(), time=clock(received)) from None
    except scanning.ScannerSilent:
        raise stop("scanner_silent", file=delivery.file_name) from None


def _kind_of(error: Exception) -> str:
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None) or ""
    return f"{type(error).__module__}.{type(error).__name__} {state}".strip()


def _start(delivery_id: int, practice_id: int) -> Delivery | None:
    with activate(WORKER):
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id, practice_id=practice_id)
        if delivery.state not in OPEN_STATES:
            return None
        delivery.state = DeliveryState.READING
        delivery.save(update_fields=["state"])
        return delivery


def _handle(delivery: Delivery, file: BinaryIO, *, mode: str, progress: Tell) -> None:
    """One transaction from reading the agreements to the receipt; a check does the same and takes its storing back."""
    with activate(WORKER):
        today = timezone.localdate()
        gates = _gates(delivery.practice_id, today)
        passes = 2 * delivery.size
        found = examine(
            file,
            filename=delivery.file_name,
            practice_numbers=practice_numbers(delivery.practice_id),
            purpose_filter=IntakeFilter(gates),
            today=today,
            progress=lambda done, total: progress(done, passes),
            limits=Limits(file_bytes=settings.UPLOAD_LIMIT_BYTES),
            allow_repeats=settings.KIP_ALLOW_CPR_IN_TEXT,
        )
        with transaction.atomic():
            stored = _store(delivery, found, gates, progress)
            if mode == CHECK:
                transaction.set_rollback(True)
        _settle(found, stored)
        _warn(delivery, found, stored)
        _write_receipt(delivery, found, stored, mode)


def _gates(practice_id: int, today: date) -> list[Gate]:
    """The practice's open enrolments. Raises `Stop` when there is none: intake closes by itself with the purpose."""
    gates = open_gates(practice_id, today)
    if gates:
        return gates
    ended = ended_enrolment(practice_id)
    if ended is None:
        raise stop("not_enrolled", purpose="–")
    raise stop("purpose_closed", purpose=ended.name_da, date=ended.valid_until.isoformat(), contact=settings.KIP_CONTACT)


def _store(delivery: Delivery, found: Examination, gates: list[Gate], progress: Tell) -> storing.Stored:
    storing.hold_purposes([gate.purpose_id for gate in gates])
    purposes = list(Purpose.objects.filter(pk__in=[gate.purpose_id for gate in gates]).order_by("pk"))
    pseudonymiser = Pseudonymiser(
        keys.worker_ring(purposes), purposes=[purpose.code for purpose in purposes], practice_id=delivery.practice_id
    )
    rows = found.rows(pseudonymiser, lambda done, total: progress(delivery.size + done, 2 * delivery.size))
    return storing.store(rows, practice_id=delivery.practice_id, delivery_id=delivery.pk, gates=gates)


def _settle(found: Examination, stored: storing.Stored) -> None:
    """Move the rows that only the database could judge from kept to dropped or refused."""
    counts = found.counts
    for system, n in stored.objected.items():
        counts.dropped["patient_objection", system] += n
    if stored.objected:
        found.row_list.add(Problem(Level.ROW, "patient_objection", params={"n": stored.objected.total(), "purpose": "–"}))
    for line in stored.without_birth:
        counts.refused["missing_value"] += 1
        found.row_list.add(Problem(Level.ROW, "missing_value", line, "birth"))
    for line, column in stored.too_long:
        counts.refused["value_unreadable"] += 1
        found.row_list.add(Problem(Level.ROW, "value_unreadable", line, column))
    counts.kept -= stored.objected.total() + len(stored.without_birth) + len(stored.too_long)


def _warn(delivery: Delivery, found: Examination, stored: storing.Stored) -> None:
    """Add what the stored data and earlier deliveries tell of this one. Raises `Stop`, which takes the storing back."""
    whole = suspicions.of_delivery(delivery, rows=found.counts.kept, patients=stored.patients, known=stored.known)
    for problem in [*whole, *stored.warnings]:
        found.counts.warned[problem.key] += 1
        found.row_list.add(problem)


def _write_receipt(delivery: Delivery, found: Examination, stored: storing.Stored, mode: str) -> None:
    receipt = receipt_of(found, new=stored.new, changed=stored.changed, same=stored.same, removed=stored.removed)
    said = {}
    for language in ("da", "en"):
        with override(language):
            said[language] = receipt_messages(found, receipt, render)
    messages = [
        {"level": str(da.level), "key": da.key, "n": da.n, "da": da.text, "en": en.text}
        for da, en in zip(said["da"], said["en"], strict=True)
        if mode == STORE or da.key not in ("received", "nothing_new")
    ]
    before = earlier_copy(delivery)
    if before is not None:
        when = {"file": delivery.file_name, "date": timezone.localdate(before.created_at).isoformat()}
        messages.insert(0, {"level": "info", "key": "duplicate_file", "n": 1, **in_both(lambda: render("duplicate_file", when))})
    delivery.receipt = {
        **receipt.as_dict(), "read": found.counts.read, "new_patients": stored.new_patients, "mode": mode, "messages": messages,
        "patients": stored.patients, "known": stored.known, "listed": found.row_list.listed, "left_out": found.row_list.left_out,
    }  # fmt: skip
    delivery.row_list = _row_list(found)
    delivery.state = DeliveryState.STORED if mode == STORE else DeliveryState.CHECKED
    if mode == STORE:
        _finish(delivery, "delivery_stored", {name: delivery.receipt[name] for name in ("new", "changed", "same", "removed")})
        recount(delivery.practice_id)
        quality.ask_for(delivery.practice_id)
    else:
        delivery.save()


def _row_list(found: Examination) -> str:
    out = BytesIO()
    with override("da"):
        found.row_list.write(out, render, header=("række", "kolonne", "værdi", "kode", "besked"))
    found.row_list.close()
    return out.getvalue().decode()


def _refuse(delivery: Delivery, error: Stop) -> None:
    receipt = receipt_of_stop(error, delivery.file_name)
    messages = [as_message(problem, delivery.file_name, int(str(problem.params.get("n", 1)))) for problem in error.problems]
    delivery.receipt = {**receipt.as_dict(), "messages": messages}
    delivery.row_list = ""
    delivery.state = DeliveryState.REFUSED
    _finish(delivery, "delivery_refused", {"stopped": list(receipt.stopped)})


def _finish(delivery: Delivery, act: str, detail: dict[str, Any]) -> None:
    delivery.finished_at = timezone.now()
    audit.record(act, practice_id=delivery.practice_id, kind="delivery", object_id=delivery.pk, detail=json.dumps(detail))
    _forget_file(delivery)


def _forget_file(delivery: Delivery) -> None:
    """The file goes when, and only when, the receipt is safe."""
    name, delivery.vault_name = delivery.vault_name, ""
    delivery.finished_at = delivery.finished_at or timezone.now()
    delivery.save()
    if name:
        transaction.on_commit(lambda: keys.vault().delete(name))


def _queue(delivery: Delivery, scope: Scope, mode: str) -> None:
    work = jobs.enqueue(JOB, scope=scope, key=f"{delivery.pk}-{mode}", delivery_id=delivery.pk, mode=mode)
    delivery.job_id = work.pk
    delivery.save(update_fields=["job_id"])


def _claim(delivery: Delivery, state: DeliveryState) -> None:
    """Take a checked delivery to another state, once."""
    taken = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.CHECKED).update(state=state)
    if not taken:
        raise NotWaiting
    delivery.state = state


def _plain_name(file_name: str) -> str:
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in name if char.isprintable()).strip()[:200] or HIDDEN_NAME


def forgotten_since(today: date) -> date:
    """Checked deliveries from before this day are given up."""
    return today - timedelta(days=DAYS_WAITING)
