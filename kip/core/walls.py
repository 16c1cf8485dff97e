"""The database wall: which persona may do what with which rows. Declared per app in `walls.py`, built after every migration.

A table that nobody declares is readable by nobody. Policies are scalar equality on a transaction-local setting
(measured cost below 5 %, see docs/adr/0002-two-walls.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import connections, transaction
from django.db.models import Model

from kip.core.scope import Persona

BASE = "kip_base"
ALL = "SELECT, INSERT, UPDATE, DELETE"
READ = "SELECT"
EVERY_ROW = "true"
OWN_PRACTICE = "practice_id = nullif(current_setting('kip.practice_id', true), '')::bigint"
OWN_REGION = "region_id = nullif(current_setting('kip.region_id', true), '')::bigint"
OWN_USER = "user_id = nullif(current_setting('kip.user_id', true), '')::bigint"
# What a personal link opens: the rows that carry its keyed digest.
OWN_LINK = "token_digest = decode(nullif(current_setting('kip.link', true), ''), 'hex')"
# Tables of libraries that hold people, sessions and sign-in, no tenant data. Every login may use them.
IDENTITY_APPS = (
    "auth", "contenttypes", "sessions", "sites", "account", "mfa", "socialaccount", "usersessions", "messages",
)  # fmt: skip


@dataclass(frozen=True)
class Grant:
    """What one role may do, and with which rows (an SQL condition; None = the table has no row rules for it)."""

    privileges: str
    rows: str = EVERY_ROW


@dataclass(frozen=True)
class Wall:
    """The rules of one table. Row-level security is forced as soon as one grant limits rows or `tenant` is set."""

    model: type[Model]
    grants: Mapping[str, Grant]
    tenant: bool = True
    extra: tuple[str, ...] = field(default=())

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def reference(model: type[Model], **grants: Grant) -> Wall:
    """A table everybody may read: names, definitions, code lists. Only the worker writes it unless more is granted."""
    return Wall(model, {BASE: Grant(READ), Persona.WORKER: Grant(ALL), **grants}, tenant=False)


def declared() -> list[Wall]:
    """All walls of the installed apps."""
    found: list[Wall] = []
    for config in apps.get_app_configs():
        name = f"{config.name}.walls"
        if config.name != "kip.core" and find_spec(name):
            found += import_module(name).WALLS
    own: list[Wall] = import_module("kip.core.own_walls").WALLS
    return found + own


def build(alias: str = "owner") -> None:
    """Make the database's grants and policies equal to the declarations, in one transaction."""
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        for statement in statements():
            cursor.execute(statement)


def statements() -> Iterable[str]:
    roles = ", ".join([BASE, *Persona])
    yield f"GRANT USAGE ON SCHEMA public TO {roles}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {roles}"
    yield f"GRANT SELECT ON django_migrations TO {BASE}"  # /readyz compares it with the code
    for model in _identity_models():
        yield f'GRANT {ALL} ON "{model._meta.db_table}" TO {BASE}'
    for wall in declared():
        yield from _wall_statements(wall, roles)


def _wall_statements(wall: Wall, roles: str) -> Iterable[str]:
    table = f'"{wall.table}"'
    yield f"REVOKE ALL ON {table} FROM {roles}"
    yield (
        "DO $$ DECLARE p record; BEGIN FOR p IN SELECT policyname FROM pg_policies "
        f"WHERE tablename = '{wall.table}' LOOP EXECUTE format('DROP POLICY %I ON {table}', p.policyname); END LOOP; END $$"
    )
    if wall.tenant:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        # Without a policy of its own the owner would see no rows, and data migrations would silently do nothing.
        yield f"CREATE POLICY owner ON {table} TO kip_owner USING (true)"
    for role, grant in wall.grants.items():
        yield f"GRANT {grant.privileges} ON {table} TO {role}"
        if wall.tenant:
            yield from _policies(table, role, grant)
    yield from wall.extra


def _policies(table: str, role: str, grant: Grant) -> Iterable[str]:
    """One policy per command: a role's read rule must not widen what it may change (policies of a role add up)."""
    for command in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        if command in grant.privileges:
            using = "" if command == "INSERT" else f" USING ({grant.rows})"
            check = f" WITH CHECK ({grant.rows})" if command in ("INSERT", "UPDATE") else ""
            yield f'CREATE POLICY "{role}_{command.lower()}" ON {table} FOR {command} TO {role}{using}{check}'


def _identity_models() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in IDENTITY_APPS]
