"""A sender corrects or takes back: what may no longer stand is removed, its history kept, and the receipt says so."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from datacapture.actions import storing
from datacapture.actions.objections import forget_uncovered
from datacapture.actions.purposes import delete_purpose
from datacapture.models import Event, EventHistory, Objection, Patient
from kip.core.scope import WORKER, activate
from practices.models import Practice
from tests.datacapture.intake_files import CPR_A, CPR_B, SENDER, counts, csv_file, enrol, hand_in, line, purpose

pytestmark = pytest.mark.django_db
SOURCE = ("lab-a", "1")
DX = {"kind": "dx", "system": "ICPC2", "code": "T90", "value": "", "unit": ""}


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    settings.KIP_HOME, settings.KIP_KEY_FILE = tmp_path, tmp_path / "keys"


@pytest.fixture
def practice(country: dict[str, Any]) -> Practice:
    with activate(WORKER):
        enrol(country["north_1"], purpose())
    return country["north_1"]


def events() -> list[tuple[str, date, float | None]]:
    with activate(WORKER):
        return list(Event.objects.order_by("day", "source").values_list("code__code", "day", "value"))


@pytest.mark.parametrize(
    ("correction", "told"),
    [
        (line("1", code="NPU01566", unit="mmol/L"), {"code_outside_purpose": {"NPU": 1}}),
        (line("1", start="2025-12-31"), {"date_before_enrolment": {"NPU": 1}}),
        (line("1", status="entered-in-error"), {"entered_in_error": {"NPU": 1}}),
        (line("1", status="refuted"), {"refuted": {"NPU": 1}}),
        # A bare retraction names the id and nothing else.
        (line("1", status="entered-in-error", system="", code="", start="", value="", unit=""), {"entered_in_error": {"": 1}}),
    ],
)
def test_a_correction_out_of_the_purpose_removes_the_event(practice: Practice, correction: Any, told: Any) -> None:
    hand_in(practice, csv_file(line("1"), line("2", start="2026-09-02")))
    file = csv_file(correction, line("3", start="2026-09-03"))
    checked = hand_in(practice, file, mode="check")
    assert (counts(checked), len(events())) == ({"new": 1, "removed": 1, "dropped": told}, 2)
    delivery = hand_in(practice, file)
    assert counts(delivery) == counts(checked)
    assert delivery.receipt["read"] == 2
    assert [day for _, day, _ in events()] == [date(2026, 9, 2), date(2026, 9, 3)]
    with activate(WORKER):
        (history,) = EventHistory.objects.all()
    assert (history.source, history.before["value"], history.batch_id) == (storing.source_of(*SOURCE), 48, delivery.pk)
    assert "removed" in [item["key"] for item in delivery.receipt["messages"]]
    said = next(item for item in delivery.receipt["messages"] if item["key"] == "removed")
    assert said["da"].startswith("1 registrering fra en tidligere fil er fjernet")
    again = hand_in(practice, file)
    assert counts(again) == {"same": 1, "dropped": told}


def test_a_retraction_of_something_unknown_stores_nothing(practice: Practice) -> None:
    delivery = hand_in(practice, csv_file(line("9", status="entered-in-error")))
    assert counts(delivery) == {"dropped": {"entered_in_error": {"NPU": 1}}}
    assert events() == []
    with activate(WORKER):
        assert Patient.objects.count() == 0


def test_the_last_row_of_a_file_decides(practice: Practice) -> None:
    gone = csv_file(line("1"), line("1", status="entered-in-error"))
    assert counts(hand_in(practice, gone)) == {
        "refused": {"replaced_row": 1}, "dropped": {"entered_in_error": {"NPU": 1}},
    }  # fmt: skip
    back = csv_file(line("1", status="entered-in-error"), line("1", value="50"))
    assert counts(hand_in(practice, back)) == {"new": 1, "dropped": {"entered_in_error": {"NPU": 1}}}
    assert events() == [("NPU27300", date(2026, 9, 1), 50.0)]
    assert counts(hand_in(practice, gone))["removed"] == 1


def test_what_was_taken_back_can_come_again(practice: Practice) -> None:
    hand_in(practice, csv_file(line("1")))
    hand_in(practice, csv_file(line("1", status="entered-in-error")))
    assert events() == []
    assert counts(hand_in(practice, csv_file(line("1", value="44")))) == {"new": 1}


def test_another_practices_event_with_the_same_id_stays(practice: Practice, country: dict[str, Any]) -> None:
    with activate(WORKER):
        goal = practice.enrolments.get().purpose
        enrol(country["north_2"], goal)
    hand_in(country["north_2"], csv_file(line("1", practice="D10812")))
    assert "removed" not in counts(hand_in(practice, csv_file(line("1", status="entered-in-error"))))
    assert len(events()) == 1


def test_a_correction_into_what_the_patient_objects_to_removes_the_event(practice: Practice) -> None:
    with activate(WORKER):
        first = practice.enrolments.get().purpose
        other = purpose("puls", code_sets=["lab_ldl"])
        enrol(practice, other)
    hand_in(practice, csv_file(line("1"), line("2", patient=CPR_B)))
    with activate(WORKER):
        patient = Patient.objects.get(birth=date(1950, 1, 1))
        Objection.objects.create(practice=practice, patient=patient, purpose=other, since=date(2026, 9, 1))
    moved = hand_in(practice, csv_file(line("1", code="NPU01568", unit="mmol/L", value="3")))
    assert counts(moved) == {"removed": 1, "dropped": {"patient_objection": {"NPU": 1}}}
    assert len(events()) == 1
    assert first.code == "kronisk"


def test_history_of_what_was_taken_back_is_forgotten_with_its_purpose(practice: Practice) -> None:
    hand_in(practice, csv_file(line("1"), line("2", patient=CPR_B)))
    hand_in(practice, csv_file(line("1", status="entered-in-error"), line("2", patient=CPR_B, status="entered-in-error")))
    with activate(WORKER):
        assert EventHistory.objects.count() == 2
        patient = Patient.objects.get(birth=date(1950, 1, 1))
        forget_uncovered(practice.enrolments.get().purpose_id, patient.pk)
        assert [row.before["patient_id"] == patient.pk for row in EventHistory.objects.all()] == [False]
        delete_purpose("kronisk", by="prøve")
        assert EventHistory.objects.count() == 0


def test_a_refuted_diagnosis_of_a_fhir_document_takes_back_the_earlier_one(practice: Practice) -> None:
    known = hand_in(practice, document("confirmed"), name="liste.json")
    assert (counts(known), [code for code, _, _ in events()]) == ({"new": 2}, ["T90"])
    refuted = hand_in(practice, document("refuted"), name="liste.json")
    assert counts(refuted) == {"same": 1, "removed": 1, "dropped": {"refuted": {"ICPC2": 1}}}
    assert events() == []


def test_the_title_of_a_medcom_document_is_refused_with_advice_unless_the_operator_allows_it(
    practice: Practice, settings: Any
) -> None:
    delivery = hand_in(practice, document("confirmed", f"Diagnoseoversigt for {CPR_A}"), name="liste.json")
    assert counts(delivery) == {"stopped": ["cpr_document_text"]}
    (said,) = delivery.receipt["messages"]
    assert "Feltet Composition.title" in said["da"]
    assert "udelade nummeret i Composition.title" in said["da"]
    assert "leave the number out of Composition.title" in said["en"]
    assert CPR_A not in json.dumps(delivery.receipt)
    settings.KIP_ALLOW_CPR_IN_TEXT = True
    assert counts(hand_in(practice, document("confirmed", f"Diagnoseoversigt for {CPR_A}"), name="liste.json")) == {"new": 2}
    other = hand_in(practice, document("confirmed", f"Diagnoseoversigt for {CPR_B}"), name="liste.json")
    assert counts(other) == {"stopped": ["cpr_wrong_place"]}


def document(verification: str, title: str = "Diagnoseoversigt") -> bytes:
    """A ConditionList document with one diagnosis of patient A."""
    entries = [
        {"resourceType": "Composition", "id": "c", "title": title, "author": [{"reference": "Organization/o"}]},
        {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": CPR_A}]},
        {"resourceType": "Organization", "id": "o", "identifier": [{"system": "urn:oid:1.2.208.176.1.4", "value": SENDER}]},
        {
            "resourceType": "Condition", "id": "d", "subject": {"reference": "Patient/p"}, "recordedDate": "2026-03-15",
            "code": {"coding": [{"system": "urn:oid:1.2.208.176.2.31", "code": "T90"}]},
            "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/x", "code": verification}]},
        },
    ]  # fmt: skip
    return json.dumps({"resourceType": "Bundle", "type": "document", "entry": [{"resource": item} for item in entries]}).encode()
