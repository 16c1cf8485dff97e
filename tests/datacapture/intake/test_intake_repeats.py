"""Resources that repeat each other are read as if each stood alone, and no spelling of a number gets past the quick look."""

import io
import json
import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_samples import ICPC2, TODAY, condition, cpr, identifier, refused, supporting

from datacapture.intake import fhir_rows
from datacapture.intake.cpr import contains_cpr, surely_none, written
from datacapture.intake.fhir_rows import FhirRows
from datacapture.intake.record import Rules
from datacapture.intake.repeats import Repeats
from datacapture.intake.rows import EventRow

NUMBER = cpr()
BASE = [
    *supporting("Diagnoseoversigt", NUMBER),
    {
        "resourceType": "Patient", "id": "p2", "gender": "female", "birthDate": "1990-05-01", "deceasedDateTime": "2026-05-01",
        "identifier": [identifier("urn:kip:journal", "J-2")],
    },
    {"resourceType": "Patient", "id": "p3", "birthDate": "1990-13-01"},
    {"resourceType": "Medication", "id": "m", "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "A10BA02"}]}},
]  # fmt: skip


class Forgetful(Repeats):
    """Reads every record the ordinary way."""

    def _keep(self, *given: Any) -> None:
        return


def days() -> st.SearchStrategy[Any]:
    near = st.integers(-40, 3).map(lambda n: str(TODAY + timedelta(days=n)))
    odd = st.sampled_from(["", " ", "2026-02", "2025", "2026-02-30", "1989-01-01", "2026-03-01T23:30:00Z", "=1", 7, None, []])
    return st.one_of(near, near, odd)


def codes() -> st.SearchStrategy[Any]:
    coding = st.fixed_dictionaries(
        {
            "system": st.sampled_from([ICPC2, "urn:oid:1.2.208.176.2.1", "http://loinc.org", "http://snomed.info/sct", 5]),
            "code": st.sampled_from(["T90", "NPU27300", "8480-6", "44261-6", "", "-1+1"]),
        }
    )
    return st.one_of(st.fixed_dictionaries({"coding": st.lists(coding, max_size=2)}), st.sampled_from([None, 5, {"coding": 1}]))


def quantities() -> st.SearchStrategy[Any]:
    value = st.sampled_from([48, 48.5, 1.234, "48", "<9", "", None, [], True, 1e-7])
    return st.fixed_dictionaries(
        {"value": value},
        optional={"unit": st.sampled_from(["mmol/mol", "=x", " ", 3]), "comparator": st.sampled_from(["<", "~"])},
    )


def resources() -> st.SearchStrategy[dict[str, Any]]:
    words = st.sampled_from(["final", "active", "entered-in-error", "completed", "?", 3])
    status = codes()
    subject = st.sampled_from(["Patient/p1", "Patient/p1", "https://a.dk/Patient/p2", "Patient/p3", "Patient/none"])
    return st.fixed_dictionaries(
        {
            "resourceType": st.sampled_from(["Condition", "Observation", "Observation", "MedicationRequest", "Patient"]),
            "subject": subject.map(lambda target: {"reference": target}),
            "id": st.sampled_from(["a", "b", " c ", "", "=d", "x" * 200, 4]),
        },
        optional={
            "code": codes(), "status": words, "category": st.lists(codes(), max_size=2), "verificationStatus": status,
            "clinicalStatus": status, "recordedDate": days(), "onsetDateTime": days(), "abatementDateTime": days(),
            "effectiveDateTime": days(), "issued": days(), "valueQuantity": quantities(),
            "valueInteger": st.sampled_from([3, "x"]), "valueCodeableConcept": codes(), "component": st.lists(
                st.fixed_dictionaries({"code": codes()}, optional={"valueQuantity": quantities()}), max_size=2
            ),
            "authoredOn": days(), "medicationCodeableConcept": codes(),
            "medicationReference": st.sampled_from([{"reference": "Medication/m"}, {"reference": "#x"}, 3]),
            "identifier": st.sampled_from([[], [{"system": "urn:s", "value": "1"}], [{"value": "2"}], 3]),
            "dispenseRequest": st.fixed_dictionaries({"quantity": quantities()}),
        },
    )  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(found=st.lists(resources(), min_size=2, max_size=4), again=st.integers(1, 3))
def test_repeats_are_read_as_if_they_stood_alone(found: list[dict[str, Any]], again: int) -> None:
    lines = "\n".join(json.dumps(item) for item in [*BASE, *found * again]).encode()

    def rows(repeats: Repeats) -> list[Any]:
        reader = FhirRows(io.BytesIO(lines), "a.ndjson", lines=True)
        reader._repeats = repeats
        return list(reader.rows(Rules(TODAY)))

    assert rows(Repeats()) == rows(Forgetful())


def test_a_pattern_is_used_and_holds_nothing_of_a_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [condition(f"d{n}", [(ICPC2, "T90")], onsetDateTime=str(date(2025, 1, 1) + timedelta(days=n))) for n in range(5)]
    lines = "\n".join(json.dumps(item) for item in [*BASE, *found]).encode()
    reader = FhirRows(io.BytesIO(lines), "a.ndjson", lines=True)
    calls: list[object] = []
    kind = fhir_rows._KINDS["Condition"]

    def cells(*parts: Any) -> Any:
        calls.append(parts)
        return kind.cells(*parts)

    monkeypatch.setitem(fhir_rows._KINDS, "Condition", kind._replace(cells=cells))
    rows = [row for row in reader.rows(Rules(TODAY)) if isinstance(row, EventRow) and row.kind == "dx"]
    assert [(row.local_id, row.start) for row in rows] == [(f"d{n}", date(2025, 1, 1) + timedelta(days=n)) for n in range(5)]
    assert len(calls) == 1
    told = repr([list(pattern) for pattern in reader._repeats._patterns.values()])
    assert not any(secret in told for secret in (NUMBER, "d0", "1947", "PatientId"))


def bulk(more: dict[str, Any], spelt: str = "") -> bytes:
    """A file whose last line holds `more`, with its text "HERE" written as `spelt`."""
    found = {**condition("d1", [(ICPC2, "T90")]), **more}
    lines = [json.dumps(item, ensure_ascii=False) for item in [*BASE, found]]
    return "\n".join(lines).replace("HERE", spelt).encode()


ESCAPED = "".join(f"\\u{ord(digit):04x}" for digit in NUMBER)


@pytest.mark.parametrize(
    "spelt",
    [
        NUMBER,
        f"{NUMBER[:6]}-{NUMBER[6:]}",
        f"{NUMBER[:6]} {NUMBER[6:]}",
        f"{NUMBER[:6]}/{NUMBER[6:]}",
        f"æøå {NUMBER}",
        ESCAPED,
        f"\\u0030{NUMBER[1:]}" if NUMBER[0] == "0" else f"\\u003{NUMBER[0]}{NUMBER[1:]}",
        f"{NUMBER[:6]}\\u002d{NUMBER[6:]}",
        f"{NUMBER[:6]}\\/{NUMBER[6:]}",
        f"\\u0001{NUMBER}",
        f"\\n{NUMBER}",
        f"{NUMBER[:6]}\\u2013{NUMBER[6:]}",
        "".join(f"\\uff1{digit}" for digit in NUMBER),
        "".join(chr(0xFF10 + int(digit)) for digit in NUMBER),
        "\u200b".join(NUMBER),
        "\u00ad".join(NUMBER),
        f"{NUMBER[:6]}\u00a0{NUMBER[6:]}",
        f"{NUMBER[:6]}1eb2",
        f"{NUMBER[:6]}-6xe3",
        f"3f2a{NUMBER[:4]}-{NUMBER[4:8]}-4abc-8def-0123456789ab {NUMBER}",
    ],
)
def test_every_spelling_of_a_number_refuses_the_file(spelt: str) -> None:
    places = [
        {"note": [{"text": "HERE"}]}, {"text": {"status": "HERE"}}, {"HERE": 1}, {"id": "HERE"},
        {"extension": [{"x": {"y": ["HERE"]}}]}
    ]  # fmt: skip
    for place in places:
        assert [key for key, _, _ in refused(bulk(place, spelt), "a.ndjson")] == ["cpr_wrong_place"], place


@pytest.mark.parametrize(
    "number", [NUMBER, f"{NUMBER}.5", f"{NUMBER[:9]}.{NUMBER[9]}e1", f"{NUMBER}E0", f"{NUMBER[0]}.{NUMBER[1:]}e+9"]
)
def test_a_number_without_quotes_refuses_the_file(number: str) -> None:
    text = bulk({"valueInteger": "HERE"}, "HERE").replace(b'"HERE"', number.encode())
    assert [key for key, _, _ in refused(text, "a.ndjson")] == ["cpr_wrong_place"]


def test_a_type_in_escapes_is_still_referred_to() -> None:
    lines = [json.dumps(item) for item in [*BASE, condition("d1", [(ICPC2, "T90")])]]
    lines[1] = lines[1].replace('"Patient"', '"P\\u0061tient"')
    assert refused("\n".join(lines), "a.ndjson") == []
    lines[1] = lines[1].replace('"resourceType"', '"r\\u0065sourceType"')
    assert refused("\n".join(lines), "a.ndjson") == []


ALPHABET = [
    *"0123456789" * 3,
    *'aeEfx-./ \\":,[]{}+T',
    "æ",
    "Å",
    "ÿ",
    "\u00d7",
    "\u00ad",
    "\u2013",
    "\uff11",
    "²",
    "\u0001",
    "\n",
]


@settings(max_examples=3000, deadline=None, derandomize=True)
@given(
    texts=st.lists(st.text(st.sampled_from(ALPHABET), max_size=14), max_size=3),
    number=st.one_of(st.integers(0, 10**11), st.floats(0, 1e11), st.none()),
    before=st.text(st.sampled_from(ALPHABET), max_size=3),
    after=st.text(st.sampled_from(ALPHABET), max_size=3),
    escape=st.booleans(),
)
def test_the_quick_look_never_clears_what_the_search_finds(
    texts: list[str], number: float | None, before: str, after: str, escape: bool
) -> None:
    for value in ({"a": [*texts, before + NUMBER + after], "n": number}, {"a": texts, "n": number}, {before + NUMBER + after: 1}):
        line = json.dumps(value, ensure_ascii=escape).encode()
        held = [*texts, *value, *(value.get("a", [])), "" if number is None else str(number).partition(".")[0]]
        if any(contains_cpr(str(text)) for text in held if not isinstance(text, list)):
            assert not surely_none(line), line
            assert contains_cpr(written(value)) or number is not None


def test_latin_letters_fold_to_nothing_else() -> None:
    for letter in map(chr, range(0xC0, 0x100)):
        assert unicodedata.normalize("NFKC", f"0{letter}1") == f"0{letter}1"


def test_plain_lines_are_cleared() -> None:
    line = json.dumps(condition("d1", [(ICPC2, "T90")]), ensure_ascii=False)
    for text in ("tekst", "blåbærgrød", "2026-03-01T10:00:00Z", "4e5f", "3f2a1b4c-0e12-4abc-8def-01a3456789ab"):
        assert surely_none(line.replace("tekst", text).encode()), text
