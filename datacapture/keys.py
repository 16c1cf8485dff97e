"""Where the keys live: two files outside the database, made by `manage.py make_keys`.

The pseudonym keys (`KIP_KEY_FILE`) are given to the worker alone. The portal's own keys (`KIP_PORTAL_KEY_FILE`) encrypt waiting
uploads and seal a practice's own patient numbers: with them the web process can open a number for its practice, but can
make no pseudonym. Outside production a missing key is made; in production it stops the work with a sentence.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.conf import settings

from datacapture.models import Purpose
from kip.core.key_files import (
    create_file,
    open_vault,
    portal_file,
    portal_lines,
    portal_ring,
    pseudonym_file,
    read_keys,
    written_beside,
)
from kip.core.keyring import SEALING, UPLOADS, KeyRing, KeyRingError, new_key_line
from kip.core.vault import Vault

__all__ = [
    "add_key", "has_key", "make_files", "next_key_id", "portal_file", "portal_lines", "portal_ring", "pseudonym_file",
    "remove_key", "vault", "worker_ring",
]  # fmt: skip
PSEUDONYM_HEAD = "# purpose key-id key; `manage.py create_purpose` and `rotate_key` write here"


def make_files() -> list[Path]:
    """Make the key files that are missing; returns those that were made. A file that is there is never touched."""
    made = []
    for path, lines in ((portal_file(), portal_lines()), (pseudonym_file(), [PSEUDONYM_HEAD])):
        if not path.exists():
            create_file(path, lines)
            made.append(path)
    return made


def worker_ring(purposes: Iterable[Purpose]) -> KeyRing:
    """The portal's keys and the pseudonym keys, each purpose's `key_id` first. Raises `KeyRingError`."""
    portal_ring()
    wanted = {(purpose.code, purpose.key_id) for purpose in purposes}
    if not settings.PRODUCTION:
        for code, key_id in sorted(wanted):
            add_key(code, key_id)
    KeyRing.from_file(pseudonym_file())
    # A rotation changes the file first and the purpose after: the purpose's own word says which key is the current one.
    lines = sorted(read_keys(pseudonym_file()).splitlines(), key=lambda line: tuple(line.split()[:2]) not in wanted)
    ring = KeyRing.from_text("\n".join([read_keys(portal_file()), *lines]))
    for code, key_id in wanted:
        ring.find(code, key_id)
    return ring


def add_key(code: str, key_id: str) -> bool:
    """Put a fresh key in front of a purpose's keys; False when that key id is there already."""
    if code in (UPLOADS, SEALING):
        raise KeyRingError(f"{code} is no name for a purpose")
    with _changing() as lines:
        if any(line.split()[:2] == [code, key_id] for line in lines):
            return False
        lines.insert(0, new_key_line(code, key_id))
        return True


def has_key(code: str, key_id: str) -> bool:
    """True when the file has that key."""
    return any(line.split()[:2] == [code, key_id] for line in read_keys(pseudonym_file()).splitlines())


def remove_key(code: str, key_id: str) -> None:
    """Take a key out for good: pseudonyms made with it can never be found again."""
    with _changing() as lines:
        lines[:] = [line for line in lines if line.split()[:2] != [code, key_id]]


def next_key_id(purpose: Purpose, today: date) -> str:
    """A key id that tells the purpose and the day of the rotation."""
    return f"{purpose.code[:28]}-{today:%Y%m%d}"[:40]


def vault() -> Vault:
    """The folder of waiting uploads, with the key that the web process and the worker share."""
    return open_vault("uploads")


@contextmanager
def _changing() -> Iterator[list[str]]:
    """The lines of the pseudonym file under a lock; written back whole and atomically when they changed.

    Raises `KeyRingError` where the file, in production, is missing or wrong or its folder cannot be written to.
    """
    path = pseudonym_file()
    if settings.PRODUCTION:
        KeyRing.from_file(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK):
        raise KeyRingError(f"this user may not write in the folder {path.parent}, which keeps the keys")
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = read_keys(path).splitlines() if path.exists() else []
        lines = list(before)
        yield lines
        if lines != before:
            os.replace(written_beside(path, lines), path)
