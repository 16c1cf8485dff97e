from datetime import UTC, date, datetime

import pytest

from datacapture.intake.cells import Unreadable, is_formula, read_day, read_moment, read_number, read_value_code
from datacapture.intake.systems import find_system, normal_code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("48", 48.0),
        ("7,5", 7.5),
        ("7.5", 7.5),
        ("1,234", 1.234),
        ("0.123", 0.123),
        ("1234.567", 1234.567),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("-1,5", -1.5),
        ("61.2312345678", 61.2312345678),
    ],
)
def test_numbers(text: str, expected: float) -> None:
    assert read_number(text) == expected


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1.234", "number_ambiguous"),
        ("12.345", "number_ambiguous"),
        ("1,234,567", "number_ambiguous"),
        ("x", "value_unreadable"),
        ("1e3", "value_unreadable"),
        ("nan", "value_unreadable"),
        ("9" * 41, "value_unreadable"),
        ("1,2,3", "value_unreadable"),
    ],
)
def test_numbers_that_cannot_be_told(text: str, key: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_number(text)
    assert caught.value.key == key


def test_days_are_local() -> None:
    assert read_day("2026-03-02") == date(2026, 3, 2)
    assert read_day("2.3.2026") == date(2026, 3, 2)
    assert read_day("2024-07-09T23:30:00Z") == date(2024, 7, 10)
    assert read_day("2024-07-10T00:30:00+02:00") == date(2024, 7, 10)
    assert read_moment("2026-01-02T10:15") == datetime(2026, 1, 2, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "31.2.2026", "2026", "02/03/2026", "1700000000", "9999-12-31T23:59:59-14:00", "1066-10-14"]
)
def test_unreadable_days(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_day(text)
    assert caught.value.key == "date_unreadable"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", True),
        ("+cmd|' /C calc'!A0", True),
        ("-2+3", True),
        ("@SUM(A1)", True),
        ("  =A1", True),
        ("-5", False),
        ("+5,5", False),
        ("-30", False),
        ("-", False),
        ("T90", False),
    ],
)
def test_formulas(text: str, expected: bool) -> None:
    assert is_formula(text) is expected


@pytest.mark.parametrize(
    ("system", "text", "expected"),
    [
        ("ICPC2", "t90", "T90"),
        ("ICPC2", "-30", "-30"),
        ("ICPC2", "T9", None),
        ("SKS", "DE11.5B", "DE115B"),
        ("SKS", "E", None),
        ("NPU", "npu27300", "NPU27300"),
        ("NPU", "XYZ27300", None),
        ("ATC", "A10BA02", "A10BA02"),
        ("ATC", "A10B1", None),
        ("YDELSE", "800101", "800101"),
        ("YDELSE", "80101", None),
        ("LOINC", "44261-6", "44261-6"),
        ("KIP", "FODSTATUS", "FODSTATUS"),
        ("KIP", "a b", None),
    ],
)
def test_code_patterns(system: str, text: str, expected: str | None) -> None:
    assert normal_code(system, text) == expected


def test_systems_and_coded_answers() -> None:
    found = [find_system(text) for text in ("icpc-2-dk", "urn:oid:1.2.208.176.2.4.12", "http://loinc.org", "ICD-10")]
    assert [system and system.name for system in found] == ["ICPC2", "SKS", "LOINC", None]
    assert read_value_code("ryger") == ("KIP", "RYGER")
    assert read_value_code("SKS|DZ720") == ("SKS", "DZ720")
