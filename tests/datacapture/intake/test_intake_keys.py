"""Pseudonyms, sealed record numbers and the vault of waiting uploads."""

from datetime import date
from pathlib import Path

import pytest
from intake_samples import PROVIDER, TODAY, Everything, cpr, file_of, line, ring

from datacapture.intake.check import examine
from datacapture.intake.cpr import read_patient
from datacapture.intake.pseudonym import Pseudonymiser
from datacapture.intake.rows import PatientId
from kip.core.keyring import UPLOADS, KeyRing, KeyRingError, SealError, new_key_line
from kip.core.vault import CHUNK_BYTES, TooLarge, Vault, VaultError

PATIENT = PatientId("cpr", cpr(), birth=date(1947, 9, 25))


def digests(keys: KeyRing, patient: PatientId, *, purpose: str = "clinical", practice_id: int = 7) -> list[bytes]:
    key = Pseudonymiser(keys, purposes=[purpose], practice_id=practice_id).key(patient)
    return [digest.value for digest in key.digests]


def test_a_pseudonym_depends_on_key_and_purpose_but_not_on_spelling() -> None:
    keys = ring("k1")
    assert digests(keys, read_patient(cpr())) == digests(keys, read_patient(f"{cpr()[:6]}-{cpr()[6:]}"))
    assert digests(keys, PATIENT) == digests(keys, PATIENT, practice_id=8)
    assert digests(keys, PATIENT) != digests(ring("k2"), PATIENT)
    two = KeyRing({"a": {"k": b"a" * 32}, "b": {"k": b"b" * 32}, "record-number": {"s": b"s" * 32}})
    key = Pseudonymiser(two, purposes=["a", "b"], practice_id=7).key(PATIENT)
    assert [(d.purpose, d.key_id, len(d.value)) for d in key.digests] == [("a", "k", 32), ("b", "k", 32)]
    assert key.digests[0].value != key.digests[1].value


def test_local_ids_only_mean_something_in_their_practice() -> None:
    local = PatientId("local", "P-1")
    assert digests(ring(), local) != digests(ring(), local, practice_id=8)
    assert digests(ring(), PatientId("local", cpr())) != digests(ring(), PatientId("cpr", cpr()))


def test_rotation_gives_the_new_digest_first_and_still_the_old_one() -> None:
    before = digests(ring("k1"), PATIENT)
    during = Pseudonymiser(ring("k2", "k1"), purposes=["clinical"], practice_id=7).key(PATIENT)
    assert [digest.key_id for digest in during.digests] == ["k2", "k1"]
    assert during.digests[1].value == before[0]
    assert digests(ring("k2"), PATIENT) == [during.digests[0].value]


def test_seals_open_for_their_practice_only() -> None:
    keys = ring()
    sealed = keys.seal("Jørgen-17", 7)
    assert keys.unseal(sealed, 7) == "Jørgen-17"
    assert keys.seal("Jørgen-17", 7) != sealed
    for wrong, practice in ((sealed, 8), (sealed[:-1] + b"\0", 7), (b"", 7), (b"\1\2s9" + sealed[4:], 7)):
        with pytest.raises(SealError):
            keys.unseal(wrong, practice)


def test_a_missing_key_is_told_by_name_before_any_row() -> None:
    with pytest.raises(KeyRingError, match=r"^there is no key for other$"):
        Pseudonymiser(ring(), purposes=["other"], practice_id=7)


def test_key_files(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# nøgler\n{new_key_line('clinical', 'k2')}\n{new_key_line('clinical', 'k1')}\n".replace("ø", "o"))
    path.chmod(0o644)
    with pytest.raises(KeyRingError, match="others than its owner"):
        KeyRing.from_file(path)
    path.chmod(0o600)
    keys = KeyRing.from_file(path)
    assert ([key.key_id for key in keys.live("clinical")], repr(keys)) == (["k2", "k1"], "KeyRing(clinical)")
    assert repr(keys.current("clinical")) == "Key(key_id='k2')"
    with pytest.raises(KeyRingError):
        KeyRing.from_file(tmp_path / "none")


@pytest.mark.parametrize("text", ["a b", "a k !!!", "a k " + "QUJD", "a k YQ==\na k YQ=="])
def test_bad_key_files(text: str) -> None:
    with pytest.raises(KeyRingError):
        KeyRing.from_text(text)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 700_000])
def test_an_upload_comes_back_as_it_was(tmp_path: Path, size: int) -> None:
    data = bytes(n * 7 % 251 for n in range(size))
    vault = Vault(tmp_path / "v", ring())
    stored = vault.store((data[at : at + 100_000] for at in range(0, size, 100_000)), limit=size)
    assert (stored.size, len(stored.name) >= 32) == (size, True)
    with vault.open(stored.name) as file:
        assert file.read() == data
        assert (file.seek(0, 2), file.read(1)) == (size, b"")
        middle = size // 2
        file.seek(middle)
        assert file.read() == data[middle:]


def test_plain_text_is_not_on_disk_and_changes_are_seen(tmp_path: Path) -> None:
    secret = b"PLAIN-TEXT" * 60_000
    vault = Vault(tmp_path, ring())
    stored = vault.store([secret], limit=10**9)
    path = tmp_path / stored.name
    kept = path.read_bytes()
    assert (b"PLAIN" in kept, path.stat().st_mode & 0o777) == (False, 0o600)
    chunk = CHUNK_BYTES + 16
    head = len(kept) - len(secret) - 3 * 16
    swapped = kept[:head] + kept[head + chunk : head + 2 * chunk] + kept[head : head + chunk] + kept[head + 2 * chunk :]
    for changed in (
        kept[:-1],
        kept[: head + chunk],
        kept[: head + 2 * chunk],
        swapped,
        kept[:100],
        kept[:-1] + b"\0",
        b"",
        b"x" * 99,
    ):
        path.write_bytes(changed)
        with pytest.raises(VaultError), vault.open(stored.name) as file:
            file.read()
    path.write_bytes(kept)
    strange = KeyRing({UPLOADS: {"u1": b"\4" * 32}})
    with pytest.raises(VaultError), Vault(tmp_path, strange).open(stored.name) as file:
        file.read()
    vault.delete(stored.name)
    vault.delete(stored.name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_an_upload_that_fails(tmp_path: Path) -> None:
    vault = Vault(tmp_path, ring())
    with pytest.raises(TooLarge):
        vault.store([b"x" * 100, b"x"], limit=100)

    def broken() -> object:
        yield b"x"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        vault.store(broken(), limit=100)
    assert list(tmp_path.iterdir()) == []
    for name in ("../keys", "", "a/b"):
        with pytest.raises(VaultError):
            vault.open(name)


def test_a_waiting_upload_is_examined_from_the_vault(tmp_path: Path) -> None:
    vault = Vault(tmp_path, ring())
    data = file_of(*(line(local_id=f"r{n}", patient=cpr()) for n in range(8000))).encode()
    stored = vault.store([data], limit=len(data))
    with vault.open(stored.name) as file:
        examination = examine(file, filename="a.csv", practice_numbers=[PROVIDER], purpose_filter=Everything(), today=TODAY)
        rows = list(examination.rows(Pseudonymiser(ring(), purposes=["clinical"], practice_id=7)))
    assert (len(data) > 2 * CHUNK_BYTES, len(rows), len({row.patient for row in rows})) == (True, 8000, 1)
