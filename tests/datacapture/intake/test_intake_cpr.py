from datetime import date

import pytest
from intake_samples import cpr

from datacapture.intake.cpr import birth_date, contains_cpr, found_numbers, modulus_11_ok, read_patient, sex
from datacapture.intake.rows import FEMALE, MALE, PatientId

NUMBER = cpr()
DASHED = f"{NUMBER[:6]}-{NUMBER[6:]}"


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        DASHED,
        f"cpr{NUMBER}",
        f"se {DASHED}.",
        f"{NUMBER[:6]} {NUMBER[6:]}",
        f"{NUMBER[:6]}\u2013{NUMBER[6:]}",
        "".join(chr(0xFF10 + int(digit)) for digit in NUMBER),
        "\u200b".join(NUMBER),
        NUMBER[:6] + "1" + "AB" + "2",
        NUMBER[:6] + "6" + "xy" + "3",
        cpr(date(2000, 2, 29), "4321"),
        f"urn:oid:1.2.208.176.1.2#{NUMBER}",
    ],
)
def test_finds_the_shape_anywhere(text: str) -> None:
    assert contains_cpr(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "800101",
        "325381000016008",
        f"1{NUMBER}",
        f"{NUMBER}1",
        "20260101120000",
        "2026-01-02T101112-0100",
        "20260102T101112+0100",
        "2026-01-02 10:15:30",
        "310299" + "1234",
        "290201" + "1234",
        "001099" + "1234",
        "3f2a" + NUMBER[:4] + "-" + NUMBER[4:8] + "-4abc-8def-0123456789ab",
        "a" * 11 + NUMBER + "b" * 11,
        "091034",
    ],
)
def test_passes_other_numbers(text: str) -> None:
    assert contains_cpr(text) is False


@pytest.mark.parametrize(
    ("year", "digit", "expected"),
    [
        ("47", "0", 1947),
        ("47", "3", 1947),
        ("36", "4", 2036),
        ("37", "4", 1937),
        ("57", "5", 2057),
        ("58", "8", 1858),
        ("36", "9", 2036),
        ("99", "9", 1999),
    ],
)
def test_century_digit(year: str, digit: str, expected: int) -> None:
    assert birth_date("0103" + year + digit + "001") == date(expected, 3, 1)


def test_birth_date_that_only_existed_in_another_century() -> None:
    assert birth_date("290200" + "0" + "001") is None


def test_sex_and_check_digit() -> None:
    assert (sex(NUMBER), sex(NUMBER[:9] + "8")) == (MALE, FEMALE)
    # 070761-4285 is the example in the CPR office's description of modulus 11.
    assert (modulus_11_ok("070761" + "4285"), modulus_11_ok("070761" + "4284")) == (True, False)


def test_reads_the_patient_field() -> None:
    assert read_patient(DASHED) == PatientId("cpr", NUMBER, "", date(1947, 9, 25), MALE, False)
    assert read_patient(NUMBER[:6] + "7ab2") == PatientId("x_ecpr", NUMBER[:6] + "7AB2")
    assert read_patient(NUMBER[:6] + "0ab2") == PatientId("d_ecpr", NUMBER[:6] + "0AB2")
    assert read_patient(" P-17 ") == PatientId("local", "P-17")


@pytest.mark.parametrize("text", ["", "310299" + "1234", "123456789", "x" * 65, "a\tb", f"P-{NUMBER}"])
def test_refuses_an_unusable_patient_field(text: str) -> None:
    assert read_patient(text) is None


def test_a_patient_id_does_not_show_itself() -> None:
    patient = read_patient(DASHED)
    assert repr(patient) == "PatientId(kind='cpr', checksum_ok=False)"
    assert found_numbers(f"for {DASHED}") == [NUMBER]


def test_a_number_beside_harmless_tokens_is_found_and_many_tokens_stay_cheap() -> None:
    token = f"3f2a{NUMBER[:4]}-{NUMBER[4:8]}-4abc-8def-0123456789ab"
    assert contains_cpr(" ".join([token] * 50_000)) is False
    assert found_numbers(f"{token} {NUMBER} {token} {DASHED}") == [NUMBER, NUMBER]
