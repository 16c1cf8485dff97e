"""The key files of a process, and the folders of encrypted files whose key stands in them.

The pseudonym keys (`KIP_KEY_FILE`) are given to the worker alone, the portal's own (`KIP_PORTAL_KEY_FILE`) to web and worker.
Outside production a missing file of portal keys is made; in production it stops the work with a sentence.
"""

import os
import tempfile
from pathlib import Path

from django.conf import settings

from kip.core.keyring import SEALING, UPLOADS, KeyRing, KeyRingError, new_key_line
from kip.core.vault import Vault

SEAL_KEY = "seal"
PORTAL_FILE = "portal_keys"


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


def portal_lines() -> list[str]:
    return [new_key_line(UPLOADS, "uploads-1"), new_key_line(SEALING, SEAL_KEY)]


def portal_ring() -> KeyRing:
    """Keys of uploads and of sealed patient numbers; enough for the web process. Raises `KeyRingError`."""
    path = portal_file()
    if not path.exists() and not settings.PRODUCTION:
        create_file(path, portal_lines())
    ring = KeyRing.from_file(path)
    for name in (UPLOADS, SEALING):
        ring.current(name)
    return ring


def open_vault(folder: str) -> Vault:
    """A folder of encrypted files under KIP_HOME, with the key that the web process and the worker share."""
    return Vault(Path(settings.KIP_HOME) / folder, portal_ring())


def create_file(path: Path, lines: list[str]) -> None:
    """Make a file at once or not at all; another process may be making it too, then that one's file stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = written_beside(path, lines)
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()


def written_beside(path: Path, lines: list[str]) -> Path:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="ascii") as out:
        out.write("\n".join(lines) + "\n")
        os.fchmod(out.fileno(), 0o600)
    return Path(out.name)


def read_keys(path: Path) -> str:
    return path.read_text(encoding="ascii")
