"""A ring of keys from a file outside the database: for stored files, sealed record numbers and pseudonyms."""

import base64
import binascii
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
SEALING = "record-number"
UPLOADS = "uploads"
_NONCE_BYTES = 12
_VERSION = b"\x01"


class KeyRingError(Exception):
    """A key is missing or a key file is wrong. Names keys by id, never by value."""


class SealError(Exception):
    """A sealed value cannot be opened: another practice, an unknown key, or changed bytes."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key with its id; the bytes are never shown."""

    key_id: str
    secret: bytes = field(repr=False)


class KeyRing:
    """The live keys of each purpose, the current one first.

    `keys` maps a purpose (or SEALING, UPLOADS) to {key id: 32 bytes}; the first id is the current one.
    Rotation puts a new key in front and keeps the old one until every stored digest has been found and
    written anew.
    """

    def __init__(self, keys: Mapping[str, Mapping[str, bytes]]) -> None:
        self._keys: dict[str, tuple[Key, ...]] = {}
        for purpose, named in keys.items():
            for key_id, secret in named.items():
                if len(secret) != KEY_BYTES or not 1 <= len(key_id.encode()) <= 64:
                    raise KeyRingError(f"the key {key_id[:64]} of {purpose} is not {KEY_BYTES} bytes with a short id")
            self._keys[purpose] = tuple(Key(key_id, secret) for key_id, secret in named.items())

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(sorted(self._keys))})"

    @classmethod
    def from_text(cls, text: str) -> "KeyRing":
        """Reads lines of `purpose key-id base64-of-32-bytes`; # begins a comment. Raises `KeyRingError`."""
        keys: dict[str, dict[str, bytes]] = {}
        for number, line in enumerate(text.splitlines(), 1):
            parts = line.partition("#")[0].split()
            if not parts:
                continue
            if len(parts) != 3:
                raise KeyRingError(f"line {number} of the key file is not 'purpose key-id key'")
            try:
                secret = base64.b64decode(parts[2], validate=True)
            except binascii.Error:
                raise KeyRingError(f"line {number} of the key file holds a key that is not base64") from None
            if parts[1] in keys.setdefault(parts[0], {}):
                raise KeyRingError(f"line {number} of the key file repeats the id {parts[1]}")
            keys[parts[0]][parts[1]] = secret
        return cls(keys)

    @classmethod
    def from_file(cls, path: Path) -> "KeyRing":
        """Reads a key file. Raises `KeyRingError` when it is missing or others than its owner may read it."""
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise KeyRingError("the key file cannot be read") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyRingError("the key file may be read by others than its owner")
        return cls.from_text(text)

    def live(self, purpose: str) -> tuple[Key, ...]:
        """The live keys of a purpose, current first. Raises `KeyRingError` when there is none."""
        keys = self._keys.get(purpose, ())
        if not keys:
            raise KeyRingError(f"there is no key for {purpose}")
        return keys

    def current(self, purpose: str) -> Key:
        """The key that new pseudonyms are made with."""
        return self.live(purpose)[0]

    def find(self, purpose: str, key_id: str) -> Key:
        """A live key by its id. Raises `KeyRingError`."""
        for key in self.live(purpose):
            if key.key_id == key_id:
                return key
        raise KeyRingError(f"there is no key {key_id} for {purpose}")

    def seal(self, text: str, practice_id: int) -> bytes:
        """Encrypts a practice's own record number (AES-256-GCM) for one practice, so that it opens nowhere
        else.

        Layout: version (1 byte), length of key id (1), key id, nonce (12), ciphertext with tag.
        """
        key = self.current(SEALING)
        name = key.key_id.encode()
        head = _VERSION + bytes([len(name)]) + name
        nonce = os.urandom(_NONCE_BYTES)
        return head + nonce + AESGCM(key.secret).encrypt(nonce, text.encode(), _bound(head, practice_id))

    def unseal(self, sealed: bytes, practice_id: int) -> str:
        """Opens what `seal` made for the same practice under any live key. Raises `SealError`."""
        sealed = bytes(sealed)
        try:
            start = 2 + sealed[1]
            head, nonce = sealed[:start], sealed[start : start + _NONCE_BYTES]
            key = self.find(SEALING, head[2:].decode())
            opened = AESGCM(key.secret).decrypt(nonce, sealed[start + _NONCE_BYTES :], _bound(head, practice_id))
            return opened.decode()
        except (IndexError, ValueError, InvalidTag, KeyRingError):
            raise SealError("a sealed value cannot be opened") from None


def new_key_line(purpose: str, key_id: str) -> str:
    """A line for the key file with a fresh random key."""
    return f"{purpose} {key_id} {base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def _bound(head: bytes, practice_id: int) -> bytes:
    return b"kip|record-number|%d|" % practice_id + head
