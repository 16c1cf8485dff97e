"""Keeps an upload on disk, encrypted in chunks, and reads it back as a seekable binary file.

STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): each chunk is sealed with AES-256-GCM under a
nonce of the chunk number and a final flag, so that chunks cannot be changed, moved, dropped or cut off. Each
file has its own key, derived by HKDF-SHA-256 from the vault key and a random salt.
"""

import io
import os
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kip.core.keyring import UPLOADS, KeyRing, KeyRingError

CHUNK_BYTES = 256 * 1024
_MAGIC = b"KIPV1"
_TAG_BYTES = 16
_SALT_BYTES = 32
_NAME_BYTES = 24


class VaultError(Exception):
    """A stored upload is missing, was changed, or its key is gone."""


class TooLarge(Exception):
    """The upload is larger than allowed; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A waiting upload: its random name, its size, and a digest to tell whether a file came before.

    `sha256` is keyed with nothing: keep it beside the practice, never publish it.
    """

    name: str
    size: int
    sha256: str


def _file_key(secret: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"kip|upload").derive(secret))


def _nonce(number: int, *, final: bool) -> bytes:
    return struct.pack(">7xIB", number, final)


class Vault:
    """A folder of encrypted uploads. Names are random and say nothing of the sender."""

    def __init__(self, folder: Path, ring: KeyRing) -> None:
        self._folder, self._ring = folder, ring

    def store(self, chunks: Iterable[bytes], *, limit: int) -> Stored:
        """Encrypts an upload while it arrives; plain text never touches the disk.

        `chunks` may have any size, as from Django's `UploadedFile.chunks()`. Raises `TooLarge` past `limit`
        bytes and leaves nothing behind when anything fails.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_urlsafe(_NAME_BYTES)
        path = self._folder / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as out:
                stored = self._write(out, chunks, name, limit)
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return stored

    def _write(self, out: io.BufferedWriter, chunks: Iterable[bytes], name: str, limit: int) -> Stored:
        key = self._ring.current(UPLOADS)
        salt = os.urandom(_SALT_BYTES)
        key_id = key.key_id.encode()
        head = _MAGIC + bytes([len(key_id)]) + key_id + salt
        cipher, digest = _file_key(key.secret, salt), Hash(SHA256())
        out.write(head)
        waiting, number, size = bytearray(), 0, 0
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLarge
            digest.update(chunk)
            waiting += chunk
            # The last chunk must be known as the last, so a full one waits until more has come.
            while len(waiting) > CHUNK_BYTES:
                out.write(cipher.encrypt(_nonce(number, final=False), bytes(waiting[:CHUNK_BYTES]), head))
                del waiting[:CHUNK_BYTES]
                number += 1
        out.write(cipher.encrypt(_nonce(number, final=True), bytes(waiting), head))
        return Stored(name, size, digest.finalize().hex())

    def open(self, name: str) -> io.BufferedReader:
        """Opens a stored upload as a readable, seekable binary file. Raises `VaultError`, also while
        reading."""
        try:
            return io.BufferedReader(_Reader(self._path(name), self._ring), CHUNK_BYTES)
        except (OSError, KeyRingError, IndexError, UnicodeDecodeError):
            raise VaultError("the upload cannot be opened") from None

    def delete(self, name: str) -> None:
        """Removes a stored upload; one that is gone already is no error."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not name or not all(char.isascii() and (char.isalnum() or char in "-_") for char in name):
            raise VaultError("no upload has that name")
        return self._folder / name


class _Reader(io.RawIOBase):
    def __init__(self, path: Path, ring: KeyRing) -> None:
        self._file = path.open("rb")
        try:
            fixed = self._file.read(len(_MAGIC) + 1)
            if fixed[:-1] != _MAGIC:
                raise VaultError("the upload is not one of ours")
            rest = self._file.read(fixed[-1] + _SALT_BYTES)
            self._head = fixed + rest
            key = ring.find(UPLOADS, rest[: fixed[-1]].decode())
            self._cipher = _file_key(key.secret, rest[fixed[-1] :])
        except BaseException:
            self._file.close()
            raise
        sealed = os.fstat(self._file.fileno()).st_size - len(self._head)
        self._chunks = max(1, -(-sealed // (CHUNK_BYTES + _TAG_BYTES)))
        self._size = sealed - self._chunks * _TAG_BYTES
        self._position, self._held, self._plain = 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, self._size)[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        number, skip = divmod(self._position, CHUNK_BYTES)
        # The position just past a full last chunk still has that chunk's tag to check: it was read before.
        if self._position >= self._size and not (self._size <= 0 and self._held < 0):
            return 0
        if number != self._held:
            self._plain, self._held = self._decrypt(number), number
        data = self._plain[skip : skip + len(buffer)]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _decrypt(self, number: int) -> bytes:
        self._file.seek(len(self._head) + number * (CHUNK_BYTES + _TAG_BYTES))
        sealed = self._file.read(CHUNK_BYTES + _TAG_BYTES)
        try:
            return self._cipher.decrypt(_nonce(number, final=number == self._chunks - 1), sealed, self._head)
        except (InvalidTag, ValueError):
            raise VaultError("the upload was changed") from None

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
