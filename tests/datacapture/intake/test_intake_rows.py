"""Rows that are read, dropped or refused one by one, in CSV and JSON Lines."""

import io
import json
from datetime import UTC, date, datetime

import orjson
import pytest
from intake_samples import HEADER, PROVIDER, TODAY, Everything, Narrow, cpr, file_of, line, ring, run

from datacapture.intake.check import Examination, examine
from datacapture.intake.pseudonym import Pseudonymiser
from datacapture.intake.rows import MALE, EventRow, Stop, Withdrawn


def stored(examination: Examination) -> list[EventRow]:
    return list(examination.rows(Pseudonymiser(ring(), purposes=["clinical"], practice_id=7)))


def reasons(examination: Examination) -> list[tuple[str, int, str, str]]:
    return [(p.key, p.row, p.column, p.value) for p in examination.problems]


def test_a_row_is_read_in_full() -> None:
    header = HEADER + ";sampled_at;case_id;sex;birth;category;patient_no"
    cells = line(patient=cpr(), value="<48,5") + ";2026-03-02T08:15;C9;;;a|b;J-12"
    examination = run(file_of(cells, header=header))
    (row,) = stored(examination)
    assert (row.row, row.practice, row.kind, row.system, row.code) == (2, (PROVIDER,), "lab", "NPU", "NPU27300")
    assert (row.start, row.end, row.ongoing) == (date(2026, 3, 2), None, False)
    assert (row.value, row.comparator, row.unit, row.status) == (48.5, "<", "mmol/mol", "final")
    assert (row.producer, row.local_id, row.course, row.category) == ("LAB", "r1", "C9", ("a", "b"))
    assert row.sampled_at == datetime(2026, 3, 2, 7, 15, tzinfo=UTC)
    assert (row.sex, row.birth, row.deceased) == (MALE, date(1947, 9, 25), None)
    assert (len(row.patient.digests), ring().unseal(row.patient.sealed, 7)) == (1, "J-12")
    assert (examination.counts.kept, examination.counts.newest) == (1, date(2026, 3, 2))
    assert examination.counts.checksum_notes == 1
    assert cpr() not in repr(row)


def test_the_same_rows_from_comma_csv_with_mark_and_from_json_lines() -> None:
    expected = stored(run(file_of(line(value="7,5"))))
    comma = "\ufeff" + file_of(line(value="7.5").replace(";", ","), header=HEADER.replace(";", ","))
    record = dict(zip(HEADER.split(";"), line().split(";"), strict=True)) | {"value": 7.5}
    lines = json.dumps(record) + "\n"
    danish = file_of(
        line(value="7,5"), header="Ydernummer;CPR;slags;kodesystem;kode;dato;slut;værdi;tegn;enhed;status;producent;lokal_id"
    )
    for data, name in ((comma, "a.csv"), (lines, "a.jsonl"), (danish, "a.csv")):
        (row,) = stored(run(data, name))
        assert (row.value, row.start, row.patient.digests) == (
            expected[0].value,
            expected[0].start,
            expected[0].patient.digests,
        )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"system": "ICD-10"}, ("unknown_code_system", 2, "system", "ICD-10")),
        ({"code": "HBA1C"}, ("malformed_code", 2, "code", "HBA1C")),
        ({"code": "Hanne Prøvesen"}, ("name_in_field", 2, "code", "")),
        ({"start": "2026-11-23"}, ("date_in_future", 2, "start", "2026-11-23")),
        ({"start": "31-02-2026"}, ("date_unreadable", 2, "start", "31-02-2026")),
        ({"start": ""}, ("missing_value", 2, "start", "")),
        ({"patient": cpr(), "start": "1947-09-24"}, ("date_before_birth", 2, "start", "")),
        ({"end": "2026-03-01"}, ("end_before_start", 2, "end", "2026-03-01")),
        ({"unit": ""}, ("unit_missing", 2, "unit", "")),
        ({"value": "1.234"}, ("number_ambiguous", 2, "value", "1.234")),
        ({"value": "forhøjet"}, ("value_unreadable", 2, "value", "forhøjet")),
        ({"comparator": "~"}, ("value_unreadable", 2, "comparator", "~")),
        ({"kind": "xx"}, ("value_unreadable", 2, "kind", "xx")),
        ({"producer": "=HYPERLINK(1)"}, ("formula", 2, "producer", "")),
        ({"patient": "@cmd"}, ("formula", 2, "patient", "")),
        ({"patient": "310299" + "1234"}, ("patient_id_invalid", 2, "patient", "")),
        ({"patient": ""}, ("missing_value", 2, "patient", "")),
        ({"local_id": ""}, ("missing_value", 2, "local_id", "")),
        ({"local_id": "r1;x"}, ("row_shape", 2, "", "")),
    ],
)
def test_a_bad_row_is_refused_alone(cells: dict[str, str], expected: tuple[str, int, str, str]) -> None:
    examination = run(file_of(line(**cells), line(local_id="r2")))
    assert reasons(examination) == [expected]
    assert (examination.counts.kept, dict(examination.counts.refused)) == (1, {expected[0]: 1})
    assert [row.local_id for row in stored(examination)] == ["r2"]


def test_a_row_with_two_problems_counts_once() -> None:
    examination = run(file_of(line(start="x", system="ICD-10"), line(local_id="r2")))
    assert reasons(examination) == [("unknown_code_system", 2, "system", "ICD-10"), ("date_unreadable", 2, "start", "x")]
    assert (dict(examination.counts.refused), examination.counts.read) == ({"unknown_code_system": 1}, 2)


def test_long_decimals_in_number_columns_are_no_cpr() -> None:
    fraction = cpr()
    assert [row.value for row in stored(run(file_of(line(value=f"61.{fraction}"))))] == [float(f"61.{fraction}")]


def test_scores_and_local_codes_need_no_unit() -> None:
    rows = (line(system="KIP", code="MRC", unit=""), line(kind="prom", system="LOINC", code="44261-6", unit="", local_id="r2"))
    assert run(file_of(*rows)).counts.kept == 2


def test_repeats_within_a_file() -> None:
    rows = [
        line(),
        line(),
        line(local_id="r2", value="50"),
        line(local_id="r2", value="51"),
        line(local_id="r2", value="50"),
        line(local_id="r3", producer="A"),
        line(local_id="r3", producer="B"),
    ]
    examination = run(file_of(*rows))
    assert [(row.row, row.local_id) for row in stored(examination)] == [(2, "r1"), (6, "r2"), (7, "r3"), (8, "r3")]
    assert [(p.key, p.row, p.params["first"]) for p in examination.problems] == [
        ("duplicate_row", 3, 2),
        ("duplicate_row", 4, 6),
        ("replaced_row", 5, 6),
    ]
    assert (examination.counts.kept, examination.counts.read) == (4, 7)


def test_the_purpose_drops_and_counts_without_keeping_the_code() -> None:
    rows = [
        line(kind="dx", system="ICPC2", code="P76", value="", unit=""),
        line(kind="dx", system="ICPC2", code="P74", value="", unit="", local_id="r2"),
        line(kind="dx", system="SKS", code="DF32", value="", unit="", local_id="r3"),
        line(local_id="r4", start="2023-12-31"),
        line(local_id="r5"),
        line(kind="patient", system="", code="", start="", value="", unit="", local_id=""),
    ]
    examination = run(file_of(*rows), purpose_filter=Narrow())
    assert dict(examination.counts.dropped) == {
        ("code_outside_purpose", "ICPC2"): 2,
        ("code_outside_purpose", "SKS"): 1,
        ("date_before_enrolment", "NPU"): 1,
    }
    *gone, lab, listed = stored(examination)
    assert gone == [Withdrawn(number + 2, "LAB", f"r{number + 1}") for number in range(4)]
    assert [(row.local_id, row.kind) for row in (lab, listed)] == [("r5", "lab"), ("", "patient")]
    summary = [(p.key, p.row, p.value, p.params["system"], p.params["n"]) for p in examination.row_list]
    assert summary == [
        ("code_outside_purpose", 0, "", "ICPC2", 2),
        ("code_outside_purpose", 0, "", "SKS", 1),
        ("date_before_enrolment", 0, "", "NPU", 1),
    ]


def test_diagnoses_run_until_they_end_and_late_results_are_marked() -> None:
    dx = {"kind": "dx", "system": "ICPC2", "code": "T90", "value": "", "unit": ""}
    header = HEADER + ";deceased"
    rows = [
        line(**dx, status="active") + ";",
        line(**dx, status="resolved", local_id="r2") + ";",
        line(**dx, status="active", local_id="r3", end="2026-04-01") + ";",
        line(local_id="r4") + ";2026-03-01",
    ]
    examination = run(file_of(*rows, header=header))
    assert [row.ongoing for row in stored(examination)] == [True, False, False, False]
    assert reasons(examination) == [("date_after_death", 5, "start", "")]
    assert (examination.counts.kept, dict(examination.counts.warned)) == (4, {"date_after_death": 1})


def test_columns_that_are_not_used_are_told_once_and_not_read() -> None:
    examination = run(file_of(line() + ";Hanne Prøvesen", header=HEADER + ";navn"))
    assert reasons(examination) == [("unknown_column", 1, "navn", "")]
    record = dict(zip(HEADER.split(";"), line().split(";"), strict=True)) | {"navn": "x", "liste": [1]}
    lines = "".join(json.dumps(record | {"local_id": f"r{n}"}) + "\n" for n in range(3))
    examination = run(lines, "a.jsonl")
    assert reasons(examination) == [("unknown_column", 1, "navn", ""), ("unknown_column", 1, "liste", "")]
    assert examination.counts.kept == 3


def test_a_nested_value_refuses_its_row() -> None:
    record = dict(zip(HEADER.split(";"), line().split(";"), strict=True))
    lines = [orjson.dumps(record | {"value": {"a": 1}, "unit": []}), orjson.dumps(record)]
    examination = run(b"\n".join(lines), "a.jsonl")
    assert reasons(examination) == [("value_unreadable", 1, "value", ""), ("value_unreadable", 1, "unit", "")]
    assert (examination.counts.kept, dict(examination.counts.refused)) == (1, {"value_unreadable": 1})


def test_progress_is_told_in_bytes() -> None:
    data = file_of(*(line(local_id=f"r{n}") for n in range(9000)))
    told: list[tuple[int, int]] = []
    examination = run(data, progress=lambda done, total: told.append((done, total)))
    size = len(data.encode())
    assert (len(told), told[-1], {total for _, total in told}) == (4, (size, size), {size})
    assert told == sorted(told)
    assert examination.counts.kept == 9000


@pytest.mark.parametrize("later", [(line(),), (line(), line(local_id="r2"), line(local_id="r3"))])
def test_a_file_that_changed_between_the_passes_is_refused(later: tuple[str, ...]) -> None:
    file = io.BytesIO(file_of(line(), line(local_id="r2")).encode())
    examination = examine(file, filename="a.csv", practice_numbers=[PROVIDER], purpose_filter=Everything(), today=TODAY)
    file.seek(0)
    file.truncate()
    file.write(file_of(*later).encode())
    with pytest.raises(Stop) as caught:
        stored(examination)
    assert [problem.key for problem in caught.value.problems] == ["damaged_file"]
