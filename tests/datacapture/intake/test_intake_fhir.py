"""FHIR R4: a MedCom ConditionList document, observations, prescriptions, bulk NDJSON. All examples are made up."""

import json
from datetime import date

from intake_samples import (
    ICPC2,
    PROVIDER,
    SKS_D,
    Narrow,
    bundle,
    condition,
    cpr,
    identifier,
    refused,
    ring,
    run,
    supporting,
)

from datacapture.intake.check import Examination
from datacapture.intake.pseudonym import Pseudonymiser
from datacapture.intake.rows import MALE, EventRow, Withdrawn

NUMBER = cpr()
BASE = supporting("Diagnoseoversigt", NUMBER)


def stored(examination: Examination) -> list[EventRow]:
    return list(examination.rows(Pseudonymiser(ring(), purposes=["clinical"], practice_id=7)))


def status(code: str) -> dict[str, object]:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/x", "code": code}]}


CONDITIONS = [
    condition(
        "d1",
        [(SKS_D, "DE11"), (ICPC2, "T90")],
        onsetDateTime="2020-02-20",
        verificationStatus=status("confirmed"),
        category=[status("problem-list-item")],
        note=[{"text": "fritekst"}],
    ),
    condition(
        "d2",
        [(SKS_D, "DC43"), (ICPC2, "S77")],
        onsetDateTime="2023-03",
        abatementDateTime="2023-06-07",
        category=[{"coding": [{"system": "http://snomed.info/sct", "code": "723506003"}]}],
    ),
    condition("d3", [(ICPC2, "K86")], identifier=[identifier("urn:ietf:rfc:3986", "urn:uuid:1")]),
    condition("d4", [(ICPC2, "R95")], verificationStatus=status("refuted")),
    condition("d5", [(ICPC2, "R96")], verificationStatus=status("entered-in-error")),
    condition("d6", [("http://snomed.info/sct", "44054006")]),
    condition("d7", []),
]


def test_condition_list() -> None:
    examination = run(bundle([*BASE, *CONDITIONS]), "liste.json")
    *rows, refuted, mistaken = stored(examination)
    assert (refuted, mistaken) == (Withdrawn(7, "", "d4"), Withdrawn(8, "", "d5"))
    assert examination.counts.dropped == {("refuted", "ICPC2"): 1, ("entered_in_error", "ICPC2"): 1}
    assert [(r.kind, r.system, r.code, r.alternatives) for r in rows] == [
        ("patient", "", "", ()),
        ("dx", "ICPC2", "T90", (("SKS", "DE11"),)),
        ("dx", "ICPC2", "S77", (("SKS", "DC43"),)),
        ("dx", "ICPC2", "K86", ()),
    ]
    assert [(r.start, r.end, r.ongoing, r.status, r.verified) for r in rows[1:]] == [
        (date(2020, 2, 20), None, True, "", True),
        (date(2023, 3, 1), date(2023, 6, 7), False, "resolved", None),
        (date(2023, 3, 15), None, True, "", None),
    ]
    assert {r.practice for r in rows} == {(PROVIDER, "325381000016008")}
    assert {(r.sex, r.birth, r.patient.sealed) for r in rows} == {(MALE, date(1947, 9, 25), None)}
    assert [(r.local_id, r.producer) for r in rows[1:4]] == [("d1", ""), ("d2", ""), ("urn:uuid:1", "urn:ietf:rfc:3986")]
    assert [(p.key, p.row, p.column, p.value) for p in examination.problems] == [
        ("unknown_code_system", 9, "system", "http://snomed.info/sct"),
        ("missing_value", 10, "system", ""),
        ("refuted", 0, "", ""),
        ("entered_in_error", 0, "", ""),
    ]


def test_the_code_that_the_purpose_allows_is_taken() -> None:
    def rows(code: str) -> list[tuple[str, str]]:
        found = condition("d1", [(SKS_D, "DE11"), (ICPC2, code)], onsetDateTime="2025-01-01")
        examination = run(bundle([*BASE, found]), "a.json", purpose_filter=Narrow())
        return [(row.system, row.code) for row in stored(examination)][1:]

    assert (rows("T90"), rows("T99")) == ([("ICPC2", "T90")], [("SKS", "DE11")])


def test_the_standard_title_is_refused_unless_repeats_are_allowed() -> None:
    document = bundle([*supporting(f"Diagnoseoversigt for {NUMBER}", NUMBER), CONDITIONS[0]])
    assert refused(document, "a.json") == [("cpr_document_text", 1, "Composition.title")]
    assert len(stored(run(document, "a.json", allow_repeats=True))) == 2
    other = bundle(supporting(f"Diagnoseoversigt for {cpr(serial='4321')}", NUMBER))
    assert refused(other, "a.json", allow_repeats=True) == [("cpr_wrong_place", 1, "Composition.title")]


def quantity(value: float, unit: str, **more: str) -> dict[str, object]:
    return {"valueQuantity": {"value": value, "unit": unit, **more}}


def observation(ident: str, system: str, code: str, **more: object) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "id": ident,
        "status": "final",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": "https://example.dk/Patient/p1"},
        "effectiveDateTime": "2026-01-31T23:30:00Z",
        **more,
    }


NPU = "urn:oid:1.2.208.176.2.1"
LOINC = "http://loinc.org"


def test_observations() -> None:
    pressure = [
        {"code": {"coding": [{"system": LOINC, "code": "8480-6"}]}, **quantity(128, "mmHg")},
        {"code": {"coding": [{"system": LOINC, "code": "8462-4"}]}, **quantity(79.5, "mmHg")},
    ]
    found = [
        observation("o1", NPU, "NPU27300", **quantity(48, "mmol/mol")),
        observation("o2", NPU, "NPU19661", **quantity(9, "mg/g", comparator="<")),
        observation("o3", LOINC, "85354-9", component=pressure),
        observation("o4", LOINC, "44261-6", valueInteger=12),
        observation("o5", NPU, "NPU27300", valueQuantity={"value": 1.234, "code": "mmol/mol"}),
        observation("o6", NPU, "NPU27300", valueQuantity={"value": 48}),
    ]
    examination = run(bundle([*BASE, *found]), "a.json")
    assert [(r.local_id, r.kind, r.code, r.value, r.comparator, r.unit) for r in stored(examination)[1:]] == [
        ("o1", "lab", "NPU27300", 48.0, "", "mmol/mol"),
        ("o2", "lab", "NPU19661", 9.0, "<", "mg/g"),
        ("o3#1", "lab", "8480-6", 128.0, "", "mmHg"),
        ("o3#2", "lab", "8462-4", 79.5, "", "mmHg"),
        ("o4", "prom", "44261-6", 12.0, "", ""),
        ("o5", "lab", "NPU27300", 1.234, "", "mmol/mol"),
    ]
    assert {r.start for r in stored(examination)[1:]} == {date(2026, 2, 1)}
    assert [(p.key, p.params.get("code")) for p in examination.problems] == [("unit_missing", "NPU27300")]


def test_prescriptions() -> None:
    atc = {"coding": [{"system": "http://www.whocc.no/atc", "code": "A10BA02"}]}
    common = {"resourceType": "MedicationRequest", "subject": {"reference": "Patient/p1"}, "authoredOn": "2026-01-05"}
    found = [
        {**common, "id": "m1", "status": "active", "medicationCodeableConcept": atc},
        {
            **common,
            "id": "m2",
            "status": "completed",
            "medicationReference": {"reference": "Medication/x"},
            "dispenseRequest": {"quantity": {"value": 100}, "validityPeriod": {"end": "2027-01-05"}},
        },
        {**common, "id": "m3", "contained": [{"id": "y", "code": atc}], "medicationReference": {"reference": "#y"}},
        {"resourceType": "Medication", "id": "x", "code": atc},
        {"resourceType": "Encounter", "id": "e1"},
    ]
    examination = run(bundle([*BASE, *found]), "a.json")
    assert [(r.local_id, r.code, r.start, r.end, r.ongoing, r.quantity) for r in stored(examination)[1:]] == [
        ("m1", "A10BA02", date(2026, 1, 5), None, True, None),
        ("m2", "A10BA02", date(2026, 1, 5), date(2027, 1, 5), False, 100.0),
        ("m3", "A10BA02", date(2026, 1, 5), None, False, None),
    ]
    assert [(p.key, p.column) for p in examination.problems] == [("unknown_column", "Encounter")]


def test_bulk_lines_and_lines_of_documents() -> None:
    flat = "".join(json.dumps(item) + "\n" for item in [CONDITIONS[0], *BASE])
    assert [r.kind for r in stored(run(flat, "a.ndjson"))] == ["dx", "patient"]
    documents = "".join(
        bundle([*supporting("x", cpr(serial=f"{n}001")), {**CONDITIONS[0], "id": f"d{n}"}], indent=None) + "\n" for n in (1, 2)
    )
    rows = stored(run(documents, "a.ndjson"))
    assert [(r.row, r.kind, r.local_id) for r in rows] == [
        (1, "patient", ""),
        (1, "dx", "d1"),
        (2, "patient", ""),
        (2, "dx", "d2"),
    ]
    assert len({r.patient.digests for r in rows}) == 2


def test_the_sender_must_be_told_and_be_ours() -> None:
    nobody = [item for item in BASE if item["resourceType"] != "Organization"]
    assert refused(bundle([*nobody, CONDITIONS[0]]), "a.json") == [("sender_missing", 0, "Organization.identifier")]
    other = json.loads(json.dumps(BASE).replace(PROVIDER, "091035").replace("325381000016008", "325391000016009"))
    assert refused(bundle([*other, CONDITIONS[0]]), "a.json") == [("wrong_practice", 0, "")]
    by_sor = run(bundle(BASE), "a.json", practice_numbers=["325381000016008"])
    assert by_sor.counts.kept == 1


def test_patients_without_cpr_and_logical_references() -> None:
    local = [identifier("urn:kip:journal", "J-1")]
    person = {"resourceType": "Patient", "id": "p1", "identifier": local, "gender": "other", "birthDate": "1947"}
    (row,) = stored(run(bundle([BASE[0], person, BASE[2]]), "a.json"))
    assert (row.sex, row.birth, ring().unseal(row.patient.sealed, 7)) == (None, None, "J-1")
    logical = condition("d1", [(ICPC2, "T90")])
    logical["subject"] = {"identifier": identifier("urn:oid:1.2.208.176.1.2", NUMBER)}
    rows = stored(run(bundle([*BASE, logical]), "a.json"))
    assert len({r.patient.digests for r in rows}) == 1


def test_resources_of_any_shape_give_an_answer() -> None:
    odd = [
        {"resourceType": "Condition"},
        {"resourceType": "Condition", "subject": 5, "code": {"coding": "x"}, "identifier": {"value": 1}},
        {"resourceType": "Observation", "subject": {"reference": "Patient/p1"}, "component": [1, {"code": 2}], "id": 9},
        {"resourceType": 7},
        {"resourceType": "Patient", "identifier": "x", "id": ["a"]},
    ]
    examination = run(bundle([*BASE, *odd]), "a.json")
    assert examination.counts.kept == 1
    assert refused('{"resourceType": "Bundle",\n "entry": [5]}', "a.json") == [("damaged_file", 1, "")]
    assert refused('{"resourceType": "Bundle",\n "entry": 5}', "a.json") == [("empty_file", 0, "")]
