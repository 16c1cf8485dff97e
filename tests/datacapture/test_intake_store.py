"""From upload to stored events and receipt: counts, redelivery, corrections, the purpose lock, objections, crashes."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from datacapture import intake_jobs, keys
from datacapture.actions import deliveries, rotation, storing
from datacapture.enums import DeliveryState
from datacapture.models import CodeSetMember, Delivery, Event, EventCode, EventHistory, Objection, Patient, PatientPseudonym
from kip.core.keyring import SealError
from kip.core.scope import WORKER, Persona, Scope, activate
from tests.datacapture.intake_files import CPR_A, CPR_B, counts, csv_file, enrol, hand_in, line, purpose

NO_PROGRESS = lambda *_: None  # noqa: E731
Deliver = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> Path:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"
    return tmp_path


@pytest.fixture
def enrolled(country: dict[str, Any]) -> Iterator[Any]:
    with activate(WORKER):
        goal = purpose()
        enrol(country["north_1"], goal)
    return goal


@pytest.fixture
def deliver(country: dict[str, Any]) -> Deliver:
    """`deliver(bytes)` uploads for the first northern practice and runs the job; returns the delivery with its receipt."""

    def run(content: bytes, *, mode: str = "store", name: str = "udtraek.csv", place: str = "north_1") -> Delivery:
        return hand_in(country[place], content, mode=mode, name=name)

    return run


THREE = csv_file(
    line("1"),
    line("2", patient=CPR_B, value="61,5"),
    line("3", kind="dx", system="ICPC2", code="T90", start="2026-02-03", value="", unit="", status="active"),
)


@pytest.mark.django_db
def test_a_file_is_stored_with_a_receipt_that_counts_every_row(enrolled: Any, deliver: Deliver) -> None:
    delivery = deliver(THREE)
    assert (delivery.state, counts(delivery)) == (DeliveryState.STORED, {"new": 3})
    assert delivery.receipt["new_patients"] == 2
    with activate(WORKER):
        events = Event.objects.order_by("code__code", "value").values_list(
            "code__kind", "code__system", "code__code", "day", "value", "unit", "status", "batch_id", "ongoing"
        )
        assert list(events) == [
            ("lab", "NPU", "NPU27300", date(2026, 9, 1), 48.0, "mmol/mol", "final", delivery.pk, False),
            ("lab", "NPU", "NPU27300", date(2026, 9, 1), 61.5, "mmol/mol", "final", delivery.pk, False),
            ("dx", "ICPC2", "T90", date(2026, 2, 3), None, "", "active", delivery.pk, True),
        ]
        assert list(Patient.objects.order_by("birth").values_list("birth", "sex", "local_id_sealed")) == [
            (date(1950, 1, 1), 2, None),
            (date(1960, 2, 2), 2, None),
        ]
        assert PatientPseudonym.objects.count() == 2
        members = CodeSetMember.objects.filter(code__code="T90").order_by("set_name").values_list("set_name", flat=True)
        assert list(members) == ["dx_diabetes", "dx_diabetes2"]


@pytest.mark.django_db
def test_a_redelivery_changes_nothing(enrolled: Any, deliver: Deliver) -> None:
    deliver(THREE)
    with activate(WORKER):
        before = list(Event.objects.order_by("pk").values())
    again = deliver(THREE)
    assert counts(again) == {"same": 3}
    assert [item["key"] for item in again.receipt["messages"]] == ["duplicate_file", "received", "nothing_new"]
    with activate(WORKER):
        assert list(Event.objects.order_by("pk").values()) == before
        assert EventHistory.objects.count() == 0


@pytest.mark.django_db
def test_the_last_value_wins_and_history_is_kept(enrolled: Any, deliver: Deliver) -> None:
    deliver(THREE)
    changed = deliver(csv_file(line("1", value="52"), line("4", start="2026-10-01", value="50")))
    assert counts(changed) == {"new": 1, "changed": 1}
    with activate(WORKER):
        source = storing.source_of("lab-a", "1")
        assert Event.objects.get(source=source).value == 52.0
        history = EventHistory.objects.get()
        assert (history.source, history.before["value"], history.batch_id) == (source, 48, changed.pk)


@pytest.mark.django_db
def test_what_the_purpose_does_not_allow_is_counted_and_never_stored(enrolled: Any, deliver: Deliver) -> None:
    delivery = deliver(
        csv_file(
            line("1"),
            line("2", code="NPU01566", unit="mmol/L"),
            line("3", kind="dx", system="ICPC2", code="P76", value="", unit=""),
            line("4", kind="dx", system="SKS", code="DE11.9", value="", unit=""),
            line("5", start="2025-12-31"),
            line("6", start="2026-01-01"),
        )
    )
    dropped = {"code_outside_purpose": {"ICPC2": 1, "NPU": 1}, "date_before_enrolment": {"NPU": 1}}
    assert counts(delivery) == {"new": 3, "dropped": dropped}
    assert delivery.receipt["read"] == 6
    with activate(WORKER):
        assert sorted(EventCode.objects.values_list("system", "code")) == [("NPU", "NPU27300"), ("SKS", "DE119")]
        kept = CodeSetMember.objects.filter(code__code="DE119").values_list("set_name", flat=True)
        assert sorted(kept) == ["dx_diabetes", "dx_diabetes2"]
    for forbidden in ("P76", "NPU01566"):
        assert everywhere(forbidden) == []


def everywhere(needle: str) -> list[str]:
    """Names of the portal's tables in which a text occurs in any row."""
    with activate(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(core|datacapture)_'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute("SELECT has_table_privilege(current_user, %s, 'SELECT')", [table])
            if cursor.fetchone()[0]:
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{needle}%"])
                found += [table] * bool(cursor.fetchone()[0])
    return found


@pytest.mark.django_db
def test_the_receipt_adds_up_with_repeats_and_refused_rows(enrolled: Any, deliver: Deliver) -> None:
    delivery = deliver(
        csv_file(
            line("1"), line("1"), line("2", value="50"), line("2", value="51"), line("3", start="i går"), line("4", patient="P-7")
        )
    )  # fmt: skip
    receipt = delivery.receipt
    assert counts(delivery) == {
        "new": 2, "refused": {"date_unreadable": 1, "duplicate_row": 1, "missing_value": 1, "replaced_row": 1},
    }  # fmt: skip
    assert receipt["read"] == 6
    assert delivery.row_list.startswith("\ufeffrække;kolonne;værdi;kode;besked\r\n")
    assert len(delivery.row_list.splitlines()) == 1 + receipt["listed"]


@pytest.mark.django_db
def test_the_row_list_is_danish_and_safe_to_open(enrolled: Any, deliver: Deliver) -> None:
    delivery = deliver(csv_file(line("1"), line("2", system='=HYPERLINK("http://x")'), line("3", start="@SUM(A1)")))
    cells = [row.split(";") for row in delivery.row_list.splitlines()[1:]]
    assert [row[:2] + row[3:4] for row in cells] == [["3", "system", "formula"], ["4", "start", "formula"]]
    assert all(cell[:1] not in ("=", "+", "-", "@") for row in cells for cell in row)
    assert cells[0][4].startswith("En celle indeholder en formel")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "name", "why"),
    [
        (csv_file(line("1", comment=f"ringet til {CPR_B}"), line("2")), "udtraek.csv", "cpr_wrong_place"),
        (csv_file(line("1"), line(f"x{CPR_B}")), "udtraek.csv", "cpr_wrong_place"),
        (csv_file(line("1")), f"udtraek {CPR_B}.csv", "cpr_file_name"),
    ],
)
def test_a_cpr_out_of_place_refuses_the_file_and_leaves_no_trace(
    enrolled: Any, deliver: Deliver, own_home: Path, file: bytes, name: str, why: str, caplog: Any, capfd: Any
) -> None:
    delivery = deliver(file, name=name)
    assert delivery.state == DeliveryState.REFUSED
    assert counts(delivery) == {"stopped": [why]}
    with activate(WORKER):
        assert (Event.objects.count(), Patient.objects.count(), PatientPseudonym.objects.count()) == (0, 0, 0)
    assert everywhere(CPR_B) == []
    out, err = capfd.readouterr()
    assert CPR_B not in out + err + caplog.text
    assert [path.name for path in own_home.rglob("*") if path.is_file() and CPR_B.encode() in path.read_bytes()] == []


@pytest.mark.django_db
def test_a_cpr_is_nowhere_after_storing(enrolled: Any, deliver: Deliver, own_home: Path) -> None:
    deliver(THREE)
    assert everywhere(CPR_A) == []
    assert [path.name for path in own_home.rglob("*") if path.is_file() and CPR_A.encode() in path.read_bytes()] == []


@pytest.mark.django_db
def test_the_waiting_file_is_encrypted_and_gone_with_the_receipt(
    enrolled: Any, deliver: Deliver, own_home: Path, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("kip.core.jobs.wake", lambda job: None)
    checked = deliver(THREE, mode="check")
    (waiting,) = (own_home / "uploads").iterdir()
    assert waiting.name == checked.vault_name
    assert b"NPU27300" not in waiting.read_bytes()
    with django_capture_on_commit_callbacks(execute=True):
        intake_jobs.store_delivery(
            Scope(Persona.PRACTICE, practice_id=checked.practice_id), NO_PROGRESS, delivery_id=checked.pk, mode="store"
        )
    assert list((own_home / "uploads").iterdir()) == []


@pytest.mark.django_db
def test_a_check_counts_the_same_and_stores_nothing(enrolled: Any, deliver: Deliver) -> None:
    checked = deliver(THREE, mode="check")
    assert (checked.state, counts(checked)) == (DeliveryState.CHECKED, {"new": 3})
    with activate(WORKER):
        assert (Event.objects.count(), Patient.objects.count(), EventCode.objects.count()) == (0, 0, 0)
    assert counts(deliver(THREE)) == counts(checked)


@pytest.mark.django_db
def test_without_an_enrolment_the_file_is_refused(country: dict[str, Any], deliver: Deliver) -> None:
    assert counts(deliver(THREE)) == {"stopped": ["not_enrolled"]}


@pytest.mark.django_db
def test_a_foreign_file_is_refused(enrolled: Any, deliver: Deliver) -> None:
    assert counts(deliver(csv_file(line("1", practice="D10812")))) == {"stopped": ["wrong_practice"]}
    assert counts(deliver(csv_file(line("1"), line("2", practice="D10812")))) == {"stopped": ["mixed_practices"]}


LISTED = {"kind": "patient", "system": "", "code": "", "value": "", "unit": "", "status": "", "start": ""}


@pytest.mark.django_db
def test_listed_patients_count_and_a_local_number_opens_for_its_practice_only(
    enrolled: Any, deliver: Deliver, country: dict[str, Any]
) -> None:
    born = {"patient": "P-7", "sex": "k", "birth": "1961-05-06"}
    assert counts(deliver(csv_file(line("", **LISTED, **born), line("9", **born)))) == {"new": 2}
    assert counts(deliver(csv_file(line("", **LISTED, **born)))) == {"same": 1}
    assert counts(deliver(csv_file(line("", **LISTED, **{**born, "birth": "1961-05-07"})))) == {"changed": 1}
    with activate(WORKER):
        patient = Patient.objects.get()
    assert (patient.sex, patient.birth) == (2, date(1961, 5, 7))
    own, other = country["north_1"].pk, country["north_2"].pk
    assert keys.portal_ring().unseal(patient.local_id_sealed, own) == "P-7"
    with pytest.raises(SealError):
        keys.portal_ring().unseal(patient.local_id_sealed, other)


@pytest.mark.django_db
def test_the_same_patient_has_different_pseudonyms_in_two_purposes(
    enrolled: Any, deliver: Deliver, country: dict[str, Any]
) -> None:
    with activate(WORKER):
        enrol(country["north_1"], purpose("luft", code_sets=["dx_kol"]))
    deliver(THREE)
    with activate(WORKER):
        digests = [bytes(item) for item in PatientPseudonym.objects.values_list("digest", flat=True)]
        assert (Patient.objects.count(), len(digests), len(set(digests))) == (2, 4, 4)


@pytest.mark.django_db
def test_an_objection_is_honoured_for_its_purpose_only(enrolled: Any, deliver: Deliver, country: dict[str, Any]) -> None:
    practice = country["north_1"]
    deliver(csv_file(line("1")))
    with activate(WORKER):
        other = purpose("puls", code_sets=["dx_diabetes"])
        enrol(practice, other)
        patient = Patient.objects.get()
        Objection.objects.create(practice=practice, patient=patient, purpose=enrolled, since=date(2026, 9, 1))
    dx = line("3", kind="dx", system="ICPC2", code="T90", value="", unit="")
    delivery = deliver(csv_file(line("2"), dx, line("4", patient=CPR_B)))
    assert counts(delivery) == {"new": 2, "dropped": {"patient_objection": {"NPU": 1}}}
    with activate(WORKER):
        Objection.objects.create(practice=practice, patient=patient, purpose=other, since=date(2026, 9, 1))
    dx = line("5", kind="dx", system="ICPC2", code="T90", value="", unit="")
    assert counts(deliver(csv_file(dx, line("", **LISTED)))) == {"dropped": {"patient_objection": {"": 1, "ICPC2": 1}}}


@pytest.mark.django_db
def test_a_worker_that_fails_halfway_leaves_nothing_and_names_no_value(enrolled: Any, deliver: Deliver, monkeypatch: Any) -> None:
    def broken(cursor: Any, *args: Any) -> None:
        cursor.execute("SELECT %s::int", [CPR_A + "-hemmeligt"])

    with monkeypatch.context() as patch:
        patch.setattr(storing, "_write_events", broken)
        with pytest.raises(deliveries.IntakeFailed) as failure:
            deliver(THREE)
    assert "hemmeligt" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert str(failure.value).endswith("22P02")
    with activate(WORKER):
        assert (Event.objects.count(), Patient.objects.count(), EventCode.objects.count()) == (0, 0, 0)
        waiting = Delivery.objects.get()
        assert (waiting.state, bool(waiting.vault_name)) == (DeliveryState.READING, True)
    scope = Scope(Persona.PRACTICE, practice_id=waiting.practice_id)
    intake_jobs.store_delivery(scope, NO_PROGRESS, delivery_id=waiting.pk, mode="store")
    with activate(WORKER):
        assert counts(Delivery.objects.get()) == {"new": 3}


@pytest.mark.django_db
def test_a_new_key_finds_the_same_patients(enrolled: Any, deliver: Deliver) -> None:
    deliver(THREE)
    with activate(WORKER):
        fresh = rotation.rotate("kronisk", date(2026, 11, 22))
    assert counts(deliver(csv_file(line("1"), line("8", value="40")))) == {"new": 1, "same": 1}
    with activate(WORKER):
        assert Patient.objects.count() == 2
        assert PatientPseudonym.objects.filter(key_id=fresh).count() == 1
        with pytest.raises(rotation.StillNeeded) as still:
            rotation.retire("kronisk", "kronisk-1")
    assert still.value.count == 1
    deliver(THREE)
    with activate(WORKER):
        assert rotation.retire("kronisk", "kronisk-1") == 2
    assert counts(deliver(THREE)) == {"same": 3}
