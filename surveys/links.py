"""Personal links and the short codes of letters: how they are made, known again and written.

A link's token is 256 bits that only the portal's key can make from the invitation's random id, so that a reminder carries the
same link and nothing that opens it is stored: the database holds the token's keyed digest only. A short code is nine characters
made the same way and one that tells a typing error; it opens nothing by itself but a look-up that is limited per minute.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from uuid import UUID

from surveys.keys import CODES, LINKS, MAKING, current_key_id, keyed, live_digests, live_key

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
CODE_LENGTH = 10
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


@dataclass(frozen=True)
class Link:
    """A link. token and code are known here and in the message that carries them, and are stored nowhere."""

    token: str
    digest: bytes
    code: str
    code_digest: bytes
    key_id: str


def link_of(identity: UUID, key_id: str = "") -> Link:
    """The link of an invitation or an open channel, under the key it was made with. Raises `KeyRingError` when that is gone."""
    key = live_key(key_id or current_key_id())
    token = base64.urlsafe_b64encode(keyed(MAKING, f"token|{identity}", key)).decode().rstrip("=")
    code = _code(keyed(MAKING, f"code|{identity}", key))
    return Link(token, keyed(LINKS, token, key), code, keyed(CODES, code, key), key.key_id)


def token_digests(token: str) -> list[bytes]:
    """What a token may be stored as, current key first; nothing for what cannot be one."""
    return [digest for _key, digest in live_digests(LINKS, token)] if TOKEN.fullmatch(token) else []


def code_digests(written: str) -> list[bytes]:
    """The same of a short code as somebody typed it; nothing where the last character says that it is mistyped."""
    code = read_code(written)
    return [digest for _key, digest in live_digests(CODES, code)] if code else []


def read_code(written: str) -> str:
    """The code without spaces and hyphens, mistakable letters read as what they must be; "" for what is none."""
    code = re.sub(r"[\s-]", "", written).upper().translate(_READ_AS)
    if len(code) != CODE_LENGTH or any(char not in ALPHABET for char in code) or _check(code[:-1]) != code[-1]:
        return ""
    return code


def written_code(code: str) -> str:
    """The code as it stands in a letter: 12345-67890."""
    return f"{code[:5]}-{code[5:]}"


def _code(made: bytes) -> str:
    """The first 45 bits as nine characters, with their check."""
    bits = int.from_bytes(made[:8], "big")
    body = "".join(ALPHABET[bits >> (5 * place) & 31] for place in range(CODE_LENGTH - 1))
    return body + _check(body)


def _check(body: str) -> str:
    """Luhn's check over 32 characters: tells any one wrong character and nearly all swapped neighbours."""
    size, total = len(ALPHABET), 0
    for place, char in enumerate(reversed(body)):
        number = ALPHABET.index(char) * (1 if place % 2 else 2)
        total += number // size + number % size
    return ALPHABET[-total % size]
