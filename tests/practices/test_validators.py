"""Check rules for SOR, CVR and provider numbers. The SOR ids are public ones; the CVR numbers are of public bodies."""

import pytest
from django.core.exceptions import ValidationError

from practices.validators import sor_looks_right, validate_cvr, validate_number, validate_sor


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("325421000016001", True),
        ("325421000016002", False),
        ("325412000016001", False),
        ("325421000016011", False),
        ("0016001", False),
        ("", False),
    ],
)
def test_sor_has_partition_and_check_digit(value: str, right: bool) -> None:
    assert sor_looks_right(value) is right


def refused(check, value: str) -> bool:
    try:
        check(value)
    except ValidationError:
        return True
    return False


def test_a_sor_id_with_a_wrong_check_digit_is_not_refused() -> None:
    assert [refused(validate_sor, value) for value in ("325421000016002", "32542100001600X", "")] == [False, True, True]


def test_cvr() -> None:
    given = ("29190623", "29190624", "2919062", "2919062X", "00000000", "\u0662\u0669190623")
    assert [refused(validate_cvr, value) for value in given] == [False, True, True, True, True, True]


def test_provider_number() -> None:
    given = ("091034", "D1081A0001", "91034", "0910345", "d1081a", "09103A")
    assert [refused(validate_number, value) for value in given] == [False, False, True, True, True, True]
