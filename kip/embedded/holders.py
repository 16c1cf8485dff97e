"""Who uses the servers: one file per process, so that the last one to end can stop them, also after a kill."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Starting and stopping the servers happens one process at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def enter(folder: Path) -> None:
    (folder / str(os.getpid())).touch()


def leave(folder: Path) -> bool:
    """Strike this process and every dead one off; True when nobody is left."""
    (folder / str(os.getpid())).unlink(missing_ok=True)
    for file in folder.iterdir():
        if file.name.isdigit() and not _lives(file.name):
            file.unlink(missing_ok=True)
    return not any(file.name.isdigit() for file in folder.iterdir())


def _lives(pid: str) -> bool:
    """A zombie has ended; only its parent has not looked yet."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
