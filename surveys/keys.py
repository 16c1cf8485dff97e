"""Keys of links, short codes, addresses and answers: derived from the portal's keys, so that a rotation there rotates them all.

What is stored carries the id of its key; a link made under an older key works as long as that key is live.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kip.core.key_files import portal_ring
from kip.core.keyring import KEY_BYTES, UPLOADS, Key, SealError

MAKING, LINKS, CODES, ADDRESSES, CONTENT = "making", "links", "codes", "addresses", "content"
_NONCE_BYTES = 12


def keyed(purpose: str, text: str, key: Key | None = None) -> bytes:
    """HMAC-SHA-256 of a text under the purpose's current key, or the one given (32 bytes)."""
    return hmac.digest(_derived(purpose, key or portal_ring().current(UPLOADS)), text.encode(), hashlib.sha256)


def live_digests(purpose: str, text: str) -> list[tuple[str, bytes]]:
    """Key id and digest of a text under every live key, the current one first."""
    return [(key.key_id, keyed(purpose, text, key)) for key in portal_ring().live(UPLOADS)]


def current_key_id() -> str:
    return portal_ring().current(UPLOADS).key_id


def live_key(key_id: str) -> Key:
    """The key of that id. Raises `KeyRingError` once it is no longer live."""
    return portal_ring().find(UPLOADS, key_id)


def address_key(region_id: int, address: str) -> bytes:
    """What an address is known by in one region: not to be joined with another region's, nor with a list from outside.

    It is made under the oldest live key, so that a rotation does not lose who asked not to be written to.
    """
    return keyed(ADDRESSES, f"{region_id}|{address.strip().casefold()}", portal_ring().live(UPLOADS)[-1])


def seal(content: Mapping[str, Any], bound: str) -> bytes:
    """JSON encrypted (AES-256-GCM) for one place, named by `bound`: it opens nowhere else."""
    key = portal_ring().current(UPLOADS)
    name, nonce = key.key_id.encode(), os.urandom(_NONCE_BYTES)
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    head = bytes([len(name)]) + name
    return head + nonce + AESGCM(_derived(CONTENT, key)).encrypt(nonce, plain, head + bound.encode())


def unseal(sealed: bytes | memoryview, bound: str) -> dict[str, Any]:
    """Opens what `seal` made for the same place under any live key. Raises `SealError`."""
    raw = bytes(sealed)
    try:
        start = 1 + raw[0]
        key = portal_ring().find(UPLOADS, raw[1:start].decode())
        nonce, rest = raw[start : start + _NONCE_BYTES], raw[start + _NONCE_BYTES :]
        found: dict[str, Any] = json.loads(AESGCM(_derived(CONTENT, key)).decrypt(nonce, rest, raw[:start] + bound.encode()))
    except (IndexError, ValueError, InvalidTag) as error:
        raise SealError("a sealed value cannot be opened") from error
    return found


@cache
def _derived_bytes(purpose: str, secret: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, f"kip|surveys|{purpose}".encode()).derive(secret)


def _derived(purpose: str, key: Key) -> bytes:
    return _derived_bytes(purpose, key.secret)
