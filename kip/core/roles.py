"""Database roles: one login per kind of process, one persona per kind of scope (docs/adr/0002-two-walls.md)."""

from collections.abc import Mapping

import psycopg
from psycopg import sql

BASE = "kip_base"
OWNER = "kip_owner"
WORKER = "kip_worker"
WEB_PERSONAS = (
    "kip_practice",
    "kip_region",
    "kip_risk",
    "kip_survey",
    "kip_committee",
    "kip_national",
    "kip_respondent",
    "kip_intake",
    "kip_support",
)
PERSONAS = (*WEB_PERSONAS, WORKER)
LOGINS = {"kip_web": WEB_PERSONAS, "kip_task": PERSONAS, "kip_test": PERSONAS}
# A page waits ten seconds at most, a job's statement a quarter of an hour; a request that hangs gives its locks back.
PATIENCE = {
    "kip_web": {"statement_timeout": "10s", "idle_in_transaction_session_timeout": "30s"},
    "kip_task": {"statement_timeout": "15min"},
}
DATABASE = "kip"


def ensure_roles(admin_url: str, database: str = DATABASE, passwords: Mapping[str, str] | None = None) -> None:
    """Create the roles and the portal's database where they are missing. Needs a login that may create roles.

    With `passwords` only the logins named there are made, not the tests' one. An empty password is left as it is; of the
    others only the SCRAM digests travel, so that no log of the server holds one.
    """
    logins = LOGINS if passwords is None else {name: LOGINS[name] for name in passwords if name != OWNER}
    with psycopg.connect(admin_url, autocommit=True) as connection:
        _ensure(connection, OWNER, "LOGIN NOSUPERUSER CREATEDB NOBYPASSRLS")
        _ensure(connection, BASE, "NOLOGIN")
        for persona in PERSONAS:
            _ensure(connection, persona, "NOLOGIN")
            _grant(connection, BASE, persona, inherit=True)
        for login, personas in logins.items():
            _ensure(connection, login, "LOGIN NOSUPERUSER NOBYPASSRLS")
            _grant(connection, BASE, login, inherit=True)
            for persona in personas:
                _grant(connection, persona, login, inherit=False)
            for name, value in PATIENCE.get(login, {}).items():
                connection.execute(
                    sql.SQL("ALTER ROLE {} SET {} = {}").format(sql.Identifier(login), sql.Identifier(name), sql.Literal(value))
                )
        for login, password in (passwords or {}).items():
            if password:
                digest = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
                connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(digest)))
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not exists:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER)))


def _ensure(connection: psycopg.Connection[tuple[object, ...]], role: str, options: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} " + options).format(sql.Identifier(role)))


def _grant(connection: psycopg.Connection[tuple[object, ...]], role: str, member: str, *, inherit: bool) -> None:
    statement = "GRANT {} TO {} WITH INHERIT TRUE" if inherit else "GRANT {} TO {} WITH INHERIT FALSE, SET TRUE"
    connection.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Identifier(member)))
