"""Changing a purpose's pseudonym key without losing anybody."""

from datetime import date

from django.db.models import Exists, OuterRef

from datacapture import keys
from datacapture.models import PatientPseudonym, Purpose
from kip.core import audit


class StillNeeded(Exception):
    """Patients are known under the old key only; `count` says how many."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


def rotate(code: str, today: date) -> str:
    """Make a new key the current one; returns its id. Old pseudonyms are found until the old key is retired.

    Call in the worker's scope. Raises `Purpose.DoesNotExist`.
    """
    purpose = Purpose.objects.select_for_update().get(code=code)
    key_id = keys.next_key_id(purpose, today)
    keys.add_key(code, key_id)
    Purpose.objects.filter(pk=purpose.pk).update(key_id=key_id)
    audit.record("key_rotated", kind="purpose", object_id=code)
    return key_id


def retire(code: str, key_id: str, *, force: bool = False) -> int:
    """Forget an old key and its pseudonyms; returns how many.

    Raises `StillNeeded` unless forced, ValueError for the current key or one that is not known. Call in the worker's scope.
    """
    purpose = Purpose.objects.select_for_update().get(code=code)
    if key_id == purpose.key_id:
        raise ValueError(f"{key_id} is the current key of {code}")
    old = PatientPseudonym.objects.filter(purpose=purpose, key_id=key_id)
    if not keys.has_key(code, key_id) and not old.exists():
        raise ValueError(f"{code} has no key {key_id}")
    newer = PatientPseudonym.objects.filter(purpose=purpose, key_id=purpose.key_id, patient=OuterRef("patient"))
    alone = old.filter(~Exists(newer)).count()
    if alone and not force:
        raise StillNeeded(alone)
    gone, _ = old.delete()
    keys.remove_key(code, key_id)
    audit.record("key_retired", kind="purpose", object_id=code)
    return gone
