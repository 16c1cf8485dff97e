"""Where the keys live: two files outside the database, made by `manage.py make_keys`.

The pseudonym keys (`KIP_KEY_FILE`) are given to the worker alone. The portal's own keys (`KIP_PORTAL_KEY_FILE`) encrypt waiting
uploads and seal a practice's own patient numbers: with them the web process can open a number for its practice, but can
make no pseudonym. Outside production a missing key is made; in production it stops the work with a sentence.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.conf import settings

from datacapture.intake.pseudonym import SEALING, UPLOADS, KeyRing, KeyRingError, new_key_line
from datacapture.intake.vault import Vault
from datacapture.models import Purpose

SEAL_KEY = "seal"
PORTAL_FILE = "portal_keys"
PSEUDONYM_HEAD = "# purpose key-id key; `manage.py create_purpose` and `rotate_key` write here"


def pseudonym_file() -> Path:
    """Path of the file with the purposes' pseudonym keys. Raises `KeyRingError` in a process that was given none."""
    if settings.KIP_KEY_FILE is None:
        raise KeyRingError("this process has no pseudonym keys; KIP_KEY_FILE is for the worker")
    return Path(settings.KIP_KEY_FILE)


def portal_file() -> Path:
    """Path of the file with the portal's own keys: its own setting, or beside the pseudonym keys outside production."""
    if settings.KIP_PORTAL_KEY_FILE is not None:
        return Path(settings.KIP_PORTAL_KEY_FILE)
    return pseudonym_file().with_name(PORTAL_FILE)


def make_files() -> list[Path]:
    """Make the key files that are missing; returns those that were made. A file that is there is never touched."""
    made = []
    for path, lines in ((portal_file(), portal_lines()), (pseudonym_file(), [PSEUDONYM_HEAD])):
        if not path.exists():
            _create(path, lines)
            made.append(path)
    return made


def portal_lines() -> list[str]:
    return [new_key_line(UPLOADS, "uploads-1"), new_key_line(SEALING, SEAL_KEY)]


def portal_ring() -> KeyRing:
    """Keys of uploads and of sealed patient numbers; enough for the web process. Raises `KeyRingError`."""
    path = portal_file()
    if not path.exists() and not settings.PRODUCTION:
        _create(path, portal_lines())
    ring = KeyRing.from_file(path)
    for name in (UPLOADS, SEALING):
        ring.current(name)
    return ring


def worker_ring(purposes: Iterable[Purpose]) -> KeyRing:
    """The portal's keys and the pseudonym keys, each purpose's `key_id` first. Raises `KeyRingError`."""
    portal_ring()
    wanted = {(purpose.code, purpose.key_id) for purpose in purposes}
    if not settings.PRODUCTION:
        for code, key_id in sorted(wanted):
            add_key(code, key_id)
    KeyRing.from_file(pseudonym_file())
    # A rotation changes the file first and the purpose after: the purpose's own word says which key is the current one.
    lines = sorted(_read(pseudonym_file()).splitlines(), key=lambda line: tuple(line.split()[:2]) not in wanted)
    ring = KeyRing.from_text("\n".join([_read(portal_file()), *lines]))
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
    return any(line.split()[:2] == [code, key_id] for line in _read(pseudonym_file()).splitlines())


def remove_key(code: str, key_id: str) -> None:
    """Take a key out for good: pseudonyms made with it can never be found again."""
    with _changing() as lines:
        lines[:] = [line for line in lines if line.split()[:2] != [code, key_id]]


def next_key_id(purpose: Purpose, today: date) -> str:
    """A key id that tells the purpose and the day of the rotation."""
    return f"{purpose.code[:28]}-{today:%Y%m%d}"[:40]


def vault() -> Vault:
    """The folder of waiting uploads, with the key that the web process and the worker share."""
    return Vault(Path(settings.KIP_HOME) / "uploads", portal_ring())


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
        before = _read(path).splitlines() if path.exists() else []
        lines = list(before)
        yield lines
        if lines != before:
            os.replace(_written(path, lines), path)


def _create(path: Path, lines: list[str]) -> None:
    """Make a file at once or not at all; another process may be making it too, then that one's file stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = _written(path, lines)
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()


def _written(path: Path, lines: list[str]) -> Path:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="ascii") as out:
        out.write("\n".join(lines) + "\n")
        os.fchmod(out.fileno(), 0o600)
    return Path(out.name)


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii")
