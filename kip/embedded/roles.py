"""Database roles: one login per kind of process, one persona per kind of scope (docs/adr/0002-two-walls.md)."""

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
DATABASE = "kip"


def ensure_roles(admin_url: str) -> None:
    """Create the roles and the portal's database where they are missing. Needs a login that may create roles."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        _ensure(connection, OWNER, "LOGIN NOSUPERUSER CREATEDB NOBYPASSRLS")
        _ensure(connection, BASE, "NOLOGIN")
        for persona in PERSONAS:
            _ensure(connection, persona, "NOLOGIN")
            _grant(connection, BASE, persona, inherit=True)
        for login, personas in LOGINS.items():
            _ensure(connection, login, "LOGIN NOSUPERUSER NOBYPASSRLS")
            _grant(connection, BASE, login, inherit=True)
            for persona in personas:
                _grant(connection, persona, login, inherit=False)
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not exists:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def _ensure(connection: psycopg.Connection[tuple[object, ...]], role: str, options: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} " + options).format(sql.Identifier(role)))


def _grant(connection: psycopg.Connection[tuple[object, ...]], role: str, member: str, *, inherit: bool) -> None:
    statement = "GRANT {} TO {} WITH INHERIT TRUE" if inherit else "GRANT {} TO {} WITH INHERIT FALSE, SET TRUE"
    connection.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Identifier(member)))
