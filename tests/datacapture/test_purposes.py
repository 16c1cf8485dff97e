"""Purposes: enrolling, closing by itself, deleting with a signed tally, objections through the worker."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from datacapture import intake_jobs, keys, policies
from datacapture.actions import deliveries, objections, purposes
from datacapture.enums import Channel, DeliveryState
from datacapture.intake.check import Outcome
from datacapture.models import (
    CodeSetMember,
    Delivery,
    Enrolment,
    Event,
    EventCode,
    EventHistory,
    Objection,
    Patient,
    PatientPseudonym,
    Purpose,
    PurposeTally,
)
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.intake_files import CPR_A, CPR_B, SENDER, csv_file, enrol, line, purpose

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
Deliver = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> Path:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
    return tmp_path


@pytest.fixture
def deliver(country: dict[str, Any]) -> Deliver:
    def run(*lines: dict[str, str], place: str = "north_1") -> Delivery:
        scope = Scope(Persona.PRACTICE, practice_id=country[place].pk)
        kept = keys.vault().store([csv_file(*lines)], limit=10**8)
        with activate(scope):
            made = deliveries.receive(deliveries.Sender(scope, Channel.WEB), kept, "fil.csv", mode="store")
        intake_jobs.store_delivery(scope, lambda *_: None, delivery_id=made.pk, mode="store")
        with activate(WORKER):
            return Delivery.objects.get(pk=made.pk)

    return run


def dx(local_id: str, code: str = "T90", **cells: str) -> dict[str, str]:
    return line(local_id, kind="dx", system="ICPC2", code=code, value="", unit="", **cells)


@pytest.mark.parametrize(
    ("system", "code", "day", "outcome"),
    [
        ("ICPC2", "T90", date(2026, 1, 1), Outcome.KEPT),
        ("ICPC2", "T90", date(2025, 12, 31), Outcome.DATE_BEFORE_ENROLMENT),
        ("ICPC2", "P76", date(2026, 5, 1), Outcome.CODE_OUTSIDE_PURPOSE),
        ("SKS", "DE1198", date(2026, 5, 1), Outcome.KEPT),
        ("SKS", "DE12", date(2026, 5, 1), Outcome.CODE_OUTSIDE_PURPOSE),
        ("SKS", "T90", date(2026, 5, 1), Outcome.CODE_OUTSIDE_PURPOSE),
        ("ICPC2", "T90", None, Outcome.DATE_BEFORE_ENROLMENT),
        ("", "", None, Outcome.KEPT),
    ],
)
def test_the_lock_lets_in_allowed_codes_from_the_day_of_enrolment(
    system: str, code: str, day: date | None, outcome: Outcome
) -> None:
    gate = policies.Gate(1, "p", "Formål", frozenset({"dx_diabetes"}), date(2026, 1, 1))
    assert policies.IntakeFilter([gate]).decide(system, code, day).outcome == outcome


def test_a_purpose_lasts_three_years_at_most(worker: None) -> None:
    purpose("tre", valid_from=date(2024, 1, 1), valid_until=date(2026, 12, 31))
    with pytest.raises(IntegrityError, match="purpose_at_most_three_years"), transaction.atomic():
        purpose("fire", valid_from=date(2024, 1, 1), valid_until=date(2027, 2, 1))


def test_enrolling_twice_and_in_a_closed_purpose_is_refused(worker: None, country: dict[str, Any]) -> None:
    goal, practice = purpose(), country["north_1"].pk
    who = {"signer_name": "Ida", "signer_title": "Læge"}
    made = purposes.enrol(practice, goal, today=TODAY, **who)
    assert (made.enrolled_from, made.agreement_version, made.signer_name) == (TODAY, policies.AGREEMENT_VERSION, "Ida")
    with pytest.raises(purposes.AlreadyEnrolled):
        purposes.enrol(practice, goal, today=TODAY, **who)
    with pytest.raises(purposes.PurposeClosed):
        purposes.enrol(practice, goal, today=date(2028, 1, 1), **who)
    purposes.withdraw(made, TODAY)
    assert purposes.enrol(practice, goal, today=TODAY, **who).pk != made.pk
    acts = AuditRecord.objects.filter(practice_id=practice).order_by("seq").values_list("act", flat=True)
    assert list(acts) == ["enrolled", "withdrew_enrolment", "enrolled"]


def test_intake_closes_by_itself_on_the_day_after_the_last(deliver: Deliver, country: dict[str, Any]) -> None:
    with activate(WORKER):
        enrol(country["north_1"], purpose(valid_until=date(2026, 11, 22)))
    with time_machine.travel("2026-11-22 23:30+01:00", tick=False):
        assert deliver(line("1")).receipt["new"] == 1
    with time_machine.travel("2026-11-23 00:30+01:00", tick=False):
        closed = deliver(line("2"))
        assert closed.receipt["stopped"] == ["purpose_closed"]
        assert "Formål kronisk gjaldt til og med 22. november 2026." in closed.receipt["messages"][0]["da"]
        call_command("close_purposes")
        assert deliver(line("3")).receipt["stopped"] == ["purpose_closed"]
    with activate(WORKER):
        assert Enrolment.objects.get().withdrawn_on == date(2026, 11, 22)
        assert Event.objects.count() == 1


def test_a_withdrawn_enrolment_takes_nothing_in(deliver: Deliver, country: dict[str, Any]) -> None:
    with activate(WORKER):
        made = enrol(country["north_1"], purpose())
        purposes.withdraw(made, TODAY)
    with time_machine.travel("2026-11-22 12:00+01:00", tick=False):
        assert deliver(line("1")).receipt["stopped"] == ["not_enrolled"]


def test_deleting_a_purpose_removes_what_no_other_covers_and_leaves_a_tally(deliver: Deliver, country: dict[str, Any]) -> None:
    with activate(WORKER):
        sugar, heart = purpose(), purpose("hjerte", code_sets=["dx_diabetes", "dx_afli"])
        for place in ("north_1", "north_2"):
            enrol(country[place], sugar)
        enrol(country["north_1"], heart, since=date(2026, 6, 1))
    deliver(line("1"), dx("2"), dx("3", start="2026-02-01"), dx("4", "K78"), line("5", patient=CPR_B))
    deliver(line("1", value="52"))
    with activate(WORKER):
        assert (Event.objects.count(), EventHistory.objects.count(), Patient.objects.count()) == (5, 1, 2)
        tally = purposes.delete_purpose("kronisk", by="Styregruppen")
        left = Event.objects.order_by("code__code").values_list("code__code", "day")
        assert list(left) == [("K78", date(2026, 9, 1)), ("T90", date(2026, 9, 1))]
        assert tally.counts == {"events": {"ICPC2": 1, "NPU": 2}, "total": 3, "patients": 0, "practices": 2}
        assert (tally.deleted_by, purposes.is_genuine(tally)) == ("Styregruppen", True)
        assert (EventHistory.objects.count(), Purpose.objects.count(), PatientPseudonym.objects.count()) == (0, 1, 2)
        stored = PurposeTally.objects.get()
        stored.counts["total"] = 2
        assert not purposes.is_genuine(stored)
        assert purposes.delete_purpose("hjerte", by="x").counts["patients"] == 2
        assert (Event.objects.count(), Patient.objects.count()) == (0, 0)


def test_retention_ends_a_purpose(deliver: Deliver, country: dict[str, Any], capsys: Any) -> None:
    with activate(WORKER):
        enrol(country["north_1"], purpose(valid_until=date(2026, 11, 30), retention_days=30))
    with time_machine.travel("2026-11-22 12:00+01:00", tick=False):
        deliver(line("1"))
    for day, events in (("2026-12-30", 1), ("2026-12-31", 0)):
        with time_machine.travel(f"{day} 12:00+01:00", tick=False):
            call_command("close_purposes")
        with activate(WORKER):
            assert Event.objects.count() == events
    assert "deleted: kronisk" in capsys.readouterr().out


def test_delete_purpose_command_names_an_unknown_purpose() -> None:
    with pytest.raises(CommandError, match="There is no purpose findes-ikke"):
        call_command("delete_purpose", "findes-ikke", by="x")


def wish(scope: Scope, text: str, goal: Purpose) -> str:
    with activate(scope):
        work = objections.request(scope, text, goal, TODAY)
    return intake_jobs.register_objection(scope, lambda *_: None, **work.arguments)["outcome"]


def test_an_objection_deletes_what_only_that_purpose_allowed(
    deliver: Deliver, country: dict[str, Any], django_capture_on_commit_callbacks: Any, own_home: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("kip.core.jobs.wake", lambda job: None)
    with activate(WORKER):
        sugar, heart = purpose(), purpose("hjerte", code_sets=["dx_diabetes"])
        for goal in (sugar, heart):
            enrol(country["north_1"], goal)
    scope = Scope(Persona.PRACTICE, practice_id=country["north_1"].pk)
    with django_capture_on_commit_callbacks(execute=True):
        deliver(line("1"), dx("2"), line("3", patient=CPR_B))
        assert wish(scope, CPR_A, sugar) == "registered"
        assert wish(scope, CPR_A, sugar) == "known"
        assert wish(scope, "findes ikke", sugar) == "unknown_patient"
        assert wish(scope, "123456789", sugar) == "unreadable"
        assert wish(scope, "0303701234", sugar) == "registered"
    assert list((own_home / "uploads").iterdir()) == []
    with activate(WORKER):
        assert sorted(Event.objects.values_list("code__code", flat=True)) == ["NPU27300", "T90"]
        assert Objection.objects.count() == 2
        unseen = line("7", patient="0303701234")
    assert deliver(line("6"), unseen).receipt["dropped"] == {"patient_objection": {"NPU": 2}}
    with activate(scope):
        objections.withdraw(Objection.objects.order_by("pk").first())
    assert deliver(line("6")).receipt["new"] == 1


def test_the_drop_folder_stores_and_answers(country: dict[str, Any], tmp_path: Path) -> None:
    with activate(WORKER):
        enrol(country["north_1"], purpose())
    place = tmp_path / "ind" / SENDER
    place.mkdir(parents=True)
    (place / "uge47.csv").write_bytes(csv_file(line("1"), line("2", code="NPU01566")))
    call_command("deliver_folder", str(tmp_path / "ind"))
    assert sorted(path.name for path in place.iterdir()) == ["uge47.csv.kvittering.json", "uge47.csv.linjer.csv"]
    assert '"new": 1' in (place / "uge47.csv.kvittering.json").read_text("utf-8")
    with activate(WORKER):
        assert Delivery.objects.values_list("state", "channel").get() == (DeliveryState.STORED, Channel.FOLDER)
        assert Event.objects.count() == 1


def test_load_codesets_twice_changes_nothing(capsys: Any) -> None:
    call_command("load_codesets")
    with activate(WORKER):
        codes, members = EventCode.objects.count(), CodeSetMember.objects.count()
        assert sorted(CodeSetMember.objects.filter(code__code="T90").values_list("set_name", "code__kind", "code__system")) == [
            ("dx_diabetes", "dx", "ICPC2"),
            ("dx_diabetes2", "dx", "ICPC2"),
        ]
    call_command("load_codesets")
    assert capsys.readouterr().out.splitlines() == [
        f"{codes} new codes, {members} memberships changed",
        "0 new codes, 0 memberships changed",
    ]


def test_the_practice_cannot_reach_pseudonyms(country: dict[str, Any]) -> None:
    scope = Scope(Persona.PRACTICE, practice_id=country["north_1"].pk)
    with pytest.raises(Exception, match="permission denied"), activate(scope), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM datacapture_patientpseudonym")
