"""The receipt, its messages, and the row list for download."""

import io
from collections.abc import Mapping
from datetime import date

import pytest
from intake_samples import Narrow, cpr, file_of, line, run

from datacapture.intake.receipt import receipt_messages, receipt_of, receipt_of_stop, stop_messages
from datacapture.intake.row_list import RowList, safe_cell
from datacapture.intake.rows import Level, Problem, Stop


def render(key: str, params: Mapping[str, object]) -> str:
    return f"{key}: " + ", ".join(f"{name}={params[name]}" for name in ("row", "column", "value", "n") if params.get(name))


FILE = file_of(
    line(),
    line(),
    line(local_id="r2", start="2027-01-01"),
    line(local_id="r3", code="P76", system="ICPC2"),
    line(local_id="r4", value="50"),
)


def test_receipt() -> None:
    examination = run(FILE, purpose_filter=Narrow())
    receipt = receipt_of(examination, new=1, changed=0, same=1)
    assert receipt.as_dict() == {
        "file": "udtraek.csv",
        "new": 1,
        "changed": 0,
        "same": 1,
        "removed": 0,
        "dropped": {"code_outside_purpose": {"ICPC2": 1}},
        "refused": {"date_in_future": 1, "duplicate_row": 1},
        "warned": {},
        "checksum_notes": 0,
        "newest": "2026-03-02",
        "stopped": [],
    }
    assert (receipt.stored, receipt.not_stored, examination.counts.read) == (1, 3, 5)
    messages = receipt_messages(examination, receipt, render)
    assert [(m.level, m.text, m.n) for m in messages] == [
        ("info", "received: ", 1),
        ("row", "date_in_future: row=4, column=start, value=2027-01-01", 1),
        ("row", "code_outside_purpose: n=1", 1),
        ("row", "duplicate_row: row=3", 1),
    ]
    assert receipt.newest == date(2026, 3, 2)
    with pytest.raises(ValueError, match="do not add up"):
        receipt_of(examination, new=2, changed=2, same=2)


def test_nothing_new() -> None:
    examination = run(file_of(line()))
    receipt = receipt_of(examination, new=0, changed=0, same=1)
    assert [m.key for m in receipt_messages(examination, receipt, render)] == ["received", "nothing_new"]


def test_a_refused_file() -> None:
    with pytest.raises(Stop) as caught:
        run(file_of(line(unit=cpr()), line(unit=cpr())))
    assert [(m.level, m.text, m.n) for m in stop_messages(caught.value, render)] == [
        ("stop", "cpr_wrong_place: row=2, column=unit, n=2", 2)
    ]
    assert receipt_of_stop(caught.value, "a.csv").stopped == ("cpr_wrong_place",)


def test_row_list_is_safe_in_a_spreadsheet() -> None:
    examination = run(file_of(line(system="+kald"), line(system="ICD-10", local_id="r2"), line(local_id="r3")))
    out = io.BytesIO()
    examination.row_list.write(out, render, ("linje", "kolonne", "værdi", "kode", "besked"))
    assert out.getvalue().decode("utf-8-sig") == (
        "linje;kolonne;værdi;kode;besked\r\n"
        "2;system;;formula;formula: row=2, column=system\r\n"
        "3;system;ICD-10;unknown_code_system;unknown_code_system: row=3, column=system, value=ICD-10\r\n"
    )
    assert out.getvalue()[:3] == b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1", "'=1"),
        ("\ufeff =1", "'\ufeff =1"),
        ("@a", "'@a"),
        ("-", "'-"),
        ("\tx", "'\tx"),
        ("-5,5", "-5,5"),
        ("+5", "+5"),
        ("T90", "T90"),
        ("", ""),
    ],
)
def test_safe_cells(text: str, expected: str) -> None:
    assert safe_cell(text) == expected


def test_a_long_list_is_cut_and_counted() -> None:
    listing = RowList(3)
    for row in range(5):
        listing.add(Problem(Level.ROW, "formula", row))
    assert ([problem.row for problem in listing], listing.listed, listing.left_out) == ([0, 1, 2], 3, 2)
    listing.close()
