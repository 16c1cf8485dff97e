"""The tables the engine reads, as temporary tables of one connection.

PostgreSQL looks for temporary tables first, so the engine's own statements read them instead of the real ones:
what is tried out here runs on the same SQL, touches no stored row and is gone with the connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql

READ_TABLES: dict[str, dict[str, str]] = {
    "practices_region": {"id": "bigint", "code": "text"},
    "practices_practice": {"id": "bigint", "number": "text", "profession": "text", "region_id": "bigint"},
    "datacapture_patient": {
        "id": "bigint", "practice_id": "bigint", "sex": "smallint", "birth": "date", "death": "date", "listed_from": "date",
        "listed_to": "date", "quintile": "smallint",
    },
    "datacapture_eventcode": {"id": "int", "kind": "text", "system": "text", "code": "text"},
    "datacapture_codesetmember": {"set_name": "text", "code_id": "int"},
    "datacapture_event": {
        "id": "bigint", "practice_id": "bigint", "patient_id": "bigint", "code_id": "int", "day": "date", "ended": "date",
        "ongoing": "bool", "value": "float8", "comparator": "text", "unit": "text", "value_code_id": "int", "status": "text",
        "category": "text[]", "verified": "bool", "authored": "date", "course": "text", "referral": "text", "doses": "float8",
        "ddd": "float8", "qty": "float8",
    },
    "datacapture_objection": {"practice_id": "bigint", "patient_id": "bigint", "purpose_id": "bigint", "since": "date"},
}  # fmt: skip


def create(cursor: psycopg.Cursor[Any]) -> None:
    """Makes the empty tables, replacing those of an earlier trial on the connection."""
    for table, columns in READ_TABLES.items():
        body = sql.SQL(", ").join(sql.SQL(f"{{}} {kind}").format(sql.Identifier(name)) for name, kind in columns.items())
        cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(sql.Identifier(table)))
        cursor.execute(sql.SQL("create temporary table {} ({})").format(sql.Identifier(table), body))


def fill(cursor: psycopg.Cursor[Any], rows: Mapping[str, Iterable[tuple[Any, ...]]]) -> None:
    """Copies rows, in the column order of READ_TABLES, into the tables named and tells the planner their size."""
    for table, lines in rows.items():
        columns = ", ".join(READ_TABLES[table])
        with cursor.copy(f"copy {table} ({columns}) from stdin") as copy:
            for line in lines:
                copy.write_row(line)
        cursor.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))


def remove(cursor: psycopg.Cursor[Any]) -> None:
    """Drops the tables, so that the connection sees the real ones again."""
    for table in READ_TABLES:
        cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(sql.Identifier(table)))
