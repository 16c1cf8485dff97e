"""Every way in which a whole file is refused, and that nothing of a CPR comes out of it."""

import io
import json
import struct
import zipfile

import pytest
from intake_samples import ICPC2, PROVIDER, Narrow, bundle, condition, cpr, file_of, line, refused, run, supporting

from datacapture.intake.limits import Limits
from datacapture.intake.rows import Stop

GOOD = file_of(line())


def packed(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "filename", "expected"),
    [
        (b"", "a.csv", ("empty_file", 0, "")),
        (b"\xef\xbb\xbf \r\n", "a.csv", ("empty_file", 0, "")),
        (file_of(), "a.csv", ("empty_file", 0, "")),
        (b"%PDF-1.7", "a.pdf", ("wrong_file_type", 0, "")),
        (b"%PDF-1.7", "a.csv", ("content_mismatch", 0, "")),
        (b"<?xml version='1.0'?><a/>", "a.xml", ("wrong_file_type", 0, "")),
        (b"<!DOCTYPE a [<!ENTITY b 'b'>]><a>&b;</a>", "a.json", ("content_mismatch", 0, "")),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", ("wrong_file_type", 0, "")),
        (b"\x1f\x8b\x08\x00", "a.gz", ("wrong_file_type", 0, "")),
        (b"[1,2]", "a.json", ("json_list", 0, "")),
        (GOOD.replace(";", "\t"), "a.csv", ("separator", 1, "")),
        (GOOD.replace(";", "|"), "a.txt", ("separator", 1, "")),
        (line() + "\r\n" + line(), "a.csv", ("no_header", 1, "")),
        (b"hej", "a", ("wrong_file_type", 0, "")),
        (GOOD, "a.json", ("content_mismatch", 0, "")),
        (GOOD, "a.exe", ("content_mismatch", 0, "")),
        (GOOD.encode("utf-16"), "a.csv", ("encoding", 1, "")),
        (GOOD.encode("utf-16-le"), "a.csv", ("encoding", 1, "")),
        (file_of(line(), line(producer="Ærø")).encode("latin-1"), "a.csv", ("encoding", 3, "")),
        (GOOD.encode() + b"\xed\xa0\x80;", "a.csv", ("encoding", 3, "")),
        (file_of(line(producer="a\0b")), "a.csv", ("damaged_file", 2, "")),
        (file_of(line(producer='"a"b')), "a.csv", ("damaged_file", 2, "")),
        (file_of(line(producer="x" * 10_000_000)), "a.csv", ("damaged_file", 2, "")),
        (file_of(header=";".join(str(n) for n in range(1_000_000))), "a.csv", ("damaged_file", 1, "")),
        ('{"practice": 1\n{"a": 2}\n', "a.jsonl", ("damaged_file", 1, "")),
        ('{"resourceType": "Patient"}\nx\n', "a.ndjson", ("damaged_file", 2, "")),
        ('{"resourceType": "Bundle",\n "entry": [{"resource": {', "a.json", ("damaged_json", 0, "")),
        ('{"resourceType": "Bundle", "entry": [' + "[" * 100_000, "a.json", ("damaged_json", 0, "")),
        ('{"resourceType": "Bundle",\n "entry": [{"resource": {"a": "\udcff"}}]}', "a.json", ("encoding_json", 0, "")),
        ('{\n"resourceType": "Basic"}', "a.json", ("wrong_file_type", 0, "")),
    ],
)
def test_files_that_cannot_be_read(data: bytes | str, filename: str, expected: tuple[str, int, str]) -> None:
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    assert refused(raw, filename) == [expected]


def test_missing_and_doubled_columns() -> None:
    header = "practice;patient;kind;system;code;start"
    assert refused(file_of("1;2;3;4;5;6", header=header)) == [("missing_column", 1, "local_id")]
    doubled = file_of(line() + ";x", header=line.__globals__["HEADER"] + ";Praksis")
    with pytest.raises(Stop) as caught:
        run(doubled)
    problem = caught.value.problems[0]
    assert (problem.key, problem.column, dict(problem.params)) == (
        "duplicate_column",
        "practice",
        {"first": 1, "second": 14},
    )
    assert refused('{"practice": 1, "patient": "a"}\n', "a.jsonl") == [("missing_column", 1, "kind")]
    both = '{"practice": 1, "praksis": 2, "patient": "a"}\n'
    assert refused(both, "a.jsonl") == [("duplicate_column", 1, "practice")]


def test_a_cpr_in_a_line_with_moved_cells_stops_the_file_and_says_how_the_line_differs() -> None:
    with pytest.raises(Stop) as caught:
        run(file_of(line(), f"{PROVIDER};1502523004;dx"))
    (problem,) = caught.value.problems
    assert (problem.key, problem.row, problem.value) == ("shifted_row", 3, "")
    assert problem.params["cells"] == 3


def test_a_cpr_in_the_file_name_refuses_the_file_and_is_not_told() -> None:
    with pytest.raises(Stop) as caught:
        run(GOOD, f"{NUMBER}.csv")
    assert [problem.key for problem in caught.value.problems] == ["cpr_file_name"]
    assert NUMBER[:6] not in repr(caught.value.problems) + str(caught.value)


def test_wrong_and_mixed_practices() -> None:
    with pytest.raises(Stop) as caught:
        run(file_of(line(practice="091035")))
    problem = caught.value.problems[0]
    assert (problem.key, dict(problem.params)) == ("wrong_practice", {"found": "091035", "expected": PROVIDER})
    with pytest.raises(Stop) as caught:
        run(file_of(line(), line(practice="091035", local_id="r2")))
    assert [(p.key, p.column, p.params["n"]) for p in caught.value.problems] == [("mixed_practices", "practice", 2)]
    assert run(file_of(line(practice="91034"))).counts.kept == 1


def test_a_closed_purpose_stops_the_file() -> None:
    closed = file_of(line(), line(kind="med", system="ATC", code="A10BA02", local_id="r2"))
    assert refused(closed, purpose_filter=Narrow()) == [("purpose_closed", 0, "")]


def test_sizes() -> None:
    assert refused(GOOD, limits=Limits(file_bytes=100)) == [("too_large", 0, "")]
    two = file_of(line(), line(local_id="r2"))
    assert refused(two, limits=Limits(rows=1)) == [("too_many_rows", 0, "")]


@pytest.mark.parametrize(
    ("data", "filename", "key"),
    [
        (packed(("a.csv", b"0" * 190_000_000)), "a.zip", "zip_bomb"),
        (packed(("inner.zip", packed(("a.csv", GOOD.encode())))), "a.zip", "nested_archive"),
        (packed(("a.csv", packed(("b.csv", GOOD.encode())))), "a.zip", "nested_archive"),
        (packed(("a.csv", GOOD.encode()), ("b.csv", GOOD.encode())), "a.zip", "wrong_file_type"),
        (packed(), "a.zip", "empty_file"),
        (packed(("a.xml", b"<a/>")), "a.zip", "wrong_file_type"),
        (packed(("[Content_Types].xml", b"<a/>"), ("xl/workbook.xml", b"")), "a.xlsx", "wrong_file_type"),
        (packed(("[Content_Types].xml", b""), ("xl/vbaProject.bin", b"")), "a.xlsm", "macro"),
        (packed(("a.csv", GOOD.encode()))[:60], "a.zip", "damaged_file"),
        (packed(*((f"{n}.csv", b"") for n in range(60))), "a.zip", "wrong_file_type"),
        (packed(*((f"{n}".rjust(200, "x"), b"") for n in range(400))), "a.zip", "zip_bomb"),
        (packed((f"{cpr()}.csv", GOOD.encode())), "a.zip", "cpr_file_name"),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else None,
)
def test_archives(data: bytes, filename: str, key: str) -> None:
    assert [problem[0] for problem in refused(data, filename)] == [key]


def test_archive_with_password_or_a_lie_about_its_size() -> None:
    honest = packed(("a.csv", GOOD.encode()))
    locked = bytearray(honest)
    at = honest.index(b"PK\x01\x02")
    locked[6] |= 1
    locked[at + 8] |= 1
    assert [key for key, _, _ in refused(bytes(locked), "a.zip")] == ["password_protected"]
    lying = bytearray(packed(("a.csv", file_of(*(line(local_id=f"r{n}") for n in range(3000))).encode())))
    at = lying.index(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<I", 1000)
    assert [key for key, _, _ in refused(bytes(lying), "a.zip")] == ["damaged_file"]
    many = packed(("a.csv", file_of(*(line(local_id=f"r{n}") for n in range(3000))).encode()))
    limits = Limits(unpacked_bytes=50_000)
    assert [key for key, _, _ in refused(many, "a.zip", limits=limits)] == ["zip_bomb"]


def test_archive_with_one_file_is_read() -> None:
    assert run(packed(("mappe/a.csv", GOOD.encode())), "a.zip").counts.kept == 1


NUMBER = cpr()


@pytest.mark.parametrize(
    ("data", "filename", "column"),
    [
        (file_of(line(producer=f"se {NUMBER}")), "a.csv", "producer"),
        (file_of(line(local_id=f"x{NUMBER[:6]}-{NUMBER[6:]}")), "a.csv", "local_id"),
        (file_of(line(value=NUMBER)), "a.csv", "value"),
        (file_of(line(practice=NUMBER)), "a.csv", "practice"),
        (file_of(line() + f";{NUMBER}", header=line.__globals__["HEADER"] + ";kommentar"), "a.csv", "kommentar"),
        (file_of(line() + f";{NUMBER}", header=line.__globals__["HEADER"] + ";"), "a.csv", "#14"),
        (file_of(header=line().replace("P-1", NUMBER)), "a.csv", "#2"),
        (json.dumps({"practice": 1, "note": {"a": [NUMBER]}}), "a.jsonl", "note"),
        (
            bundle([*supporting("Diagnoseoversigt", NUMBER), condition("x", [], note=[{"text": NUMBER}])]),
            "a.json",
            "Condition.note.text",
        ),
        (bundle(supporting(f"Diagnoseoversigt for {cpr(serial='4321')}", NUMBER)), "a.json", "Composition.title"),
        (bundle(supporting("", NUMBER)).replace("2024-05-01T12:00:00+01:00", NUMBER), "a.json", "Bundle.timestamp"),
        (bundle(supporting("", NUMBER)).replace("example.dk", NUMBER), "a.json", "Bundle.entry"),
        (bundle([condition(NUMBER, [(ICPC2, "T90")])], indent=None), "a.json", "Bundle.entry"),
        (bundle([{"resourceType": "Basic", "value": float(NUMBER)}]), "a.json", "Basic.value"),
        (json.dumps(condition(NUMBER, [(ICPC2, "T90")])) + "\n", "a.ndjson", "Condition.id"),
    ],
)
def test_a_cpr_out_of_place_refuses_the_file_and_is_not_told(
    data: str, filename: str, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    if filename == "a.jsonl":
        data = data.replace(
            '"practice": 1', '"practice":1,"patient":"a","kind":"dx","system":"","code":"","start":"","local_id":""'
        )
    with pytest.raises(Stop) as caught:
        run(data, filename)
    assert [(p.key, p.column, p.params["n"]) for p in caught.value.problems] == [("cpr_wrong_place", column, 1)]
    told = repr(caught.value) + repr(caught.value.problems) + str(caught.value) + caplog.text
    assert (NUMBER in told, NUMBER[:6] in told) == (False, False)


def test_cpr_lines_are_counted_by_column_even_when_reading_stops_later() -> None:
    rows = [line(local_id=f"r{n}", producer=NUMBER if n % 2 else "LAB", unit=NUMBER if n < 2 else "g") for n in range(10)]
    data = file_of(*rows).encode() + b"\xff\r\n"
    with pytest.raises(Stop) as caught:
        run(data)
    assert [(p.key, p.column, p.params.get("n")) for p in caught.value.problems] == [
        ("cpr_wrong_place", "producer", 5),
        ("cpr_wrong_place", "unit", 2),
        ("encoding", "", None),
    ]


@pytest.mark.parametrize("name", ["../../x.csv", "con.csv", "a" * 4000 + ".csv", "\u202evsc.csv", "C:\\a\\b.csv"])
def test_strange_file_names_are_only_shown_short_and_clean(name: str) -> None:
    shown = run(GOOD, name).detected.name
    assert (len(shown) <= 80, "/" in shown, "\\" in shown, "\u202e" in shown) == (True, False, False, False)
