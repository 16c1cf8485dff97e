"""Check rules for the numbers of organisations. What only looks odd is a remark; what cannot be right is refused.

Sources: SNOMED CT release file specification 2 (SCTID: partition identifier and Verhoeff check digit), which the
Danish register of organisations (SOR) follows with namespace 1000016; the Central Business Register's weights
2 7 6 5 4 3 2 1 modulus 11 (CVR); Statistics Denmark on provider numbers, which are six digits and used again.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum import verhoeff
from stdnum.dk import cvr

SOR_SHAPE = re.compile(r"[0-9]{11,18}")
SOR_PARTITION = "00"
PROVIDER_NUMBER = re.compile(r"[0-9]{6}")
DEMO_NUMBER = re.compile(r"D[0-9A-Z-]{3,11}")


def sor_looks_right(value: str) -> bool:
    """At least 11 digits, ending with partition 00 and a Verhoeff check digit; False is a remark, never a refusal."""
    return bool(SOR_SHAPE.fullmatch(value)) and value[-3:-1] == SOR_PARTITION and verhoeff.is_valid(value)


def validate_sor(value: str) -> None:
    """Refuses only what is no number at all; the check digit is a remark (`sor_looks_right`)."""
    if not re.fullmatch(r"[0-9]{1,20}", value):
        raise ValidationError(_("A SOR id has digits only."), code="sor")


def validate_cvr(value: str) -> None:
    """Refuses what is not eight digits with the right check digit."""
    if not re.fullmatch(r"[0-9]{8}", value) or not cvr.is_valid(value):
        raise ValidationError(_("A CVR number has eight digits, and the last one must fit the others."), code="cvr")


def validate_number(value: str) -> None:
    """A provider number has six digits; the demo's own start with D so that no real one is ever used."""
    if not PROVIDER_NUMBER.fullmatch(value) and not DEMO_NUMBER.fullmatch(value):
        raise ValidationError(_("A provider number has six digits."), code="number")
