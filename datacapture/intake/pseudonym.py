"""Keyed pseudonyms. The keys live in a file outside the database, read by the importer only.

A CPR has about 3.65e8 possible values, so an unkeyed digest is undone in minutes; HMAC-SHA-256 under a
256-bit key per purpose is not, and two purposes cannot be joined (security note 3.3).
"""

import hmac
from collections.abc import Iterable
from functools import lru_cache

from datacapture.intake.rows import Digest, PatientId, PatientKey
from kip.core.keyring import SEALING, KeyRing

_LOCAL_KINDS = frozenset(("local", "d_ecpr"))


def _message(patient: PatientId, practice_id: int) -> bytes:
    """What is digested. A practice's own id, and a regional replacement number, only mean something in their
    place."""
    place = b"%d" % practice_id if patient.kind in _LOCAL_KINDS else b""
    return b"\x00".join((b"kip-patient", patient.kind.encode(), place, patient.value.encode()))


class Pseudonymiser:
    """Turns patient identifiers of one practice into `PatientKey`s for one or more purposes.

    Raises `KeyRingError` at once when a purpose has no key. A local id is sealed as the record number when
    the file has no other; a CPR is never sealed.
    """

    def __init__(self, ring: KeyRing, *, purposes: Iterable[str], practice_id: int) -> None:
        self._ring, self._practice_id = ring, practice_id
        self._keys = tuple((purpose, key) for purpose in purposes for key in ring.live(purpose))
        ring.current(SEALING)
        # Within one file a patient has many rows. The cache dies with the object, that is with the job.
        self.key = lru_cache(maxsize=50_000)(self._key)

    def _key(self, patient: PatientId) -> PatientKey:
        message = _message(patient, self._practice_id)
        digests = tuple(Digest(purpose, key.key_id, hmac.digest(key.secret, message, "sha256")) for purpose, key in self._keys)
        number = patient.number or (patient.value if patient.kind == "local" else "")
        return PatientKey(digests, self._ring.seal(number, self._practice_id) if number else None)
