"""What the engine reads, as Parquet files for another engine. The rows are patients' data and stay within the same walls.

Without a driver of its own between the two, PostgreSQL writes CSV and DuckDB reads it: about a million events a second.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb
import psycopg

EVENTS, PATIENTS = "datacapture_event", "datacapture_patient"
TABLES: dict[str, dict[str, str]] = {
    "practices_practice": {"id": "bigint", "profession": "text", "region_id": "bigint"},
    PATIENTS: {
        "id": "bigint", "practice_id": "bigint", "sex": "smallint", "birth": "date", "death": "date",
        "listed_from": "date", "listed_to": "date", "quintile": "smallint",
    },
    "datacapture_eventcode": {"id": "bigint", "kind": "text", "code": "text"},
    "datacapture_codesetmember": {"set_name": "text", "code_id": "bigint"},
    EVENTS: {
        "id": "bigint", "practice_id": "bigint", "patient_id": "bigint", "code_id": "bigint", "day": "date", "ended": "date",
        "ongoing": "boolean", "value": "double", "comparator": "text", "unit": "text", "value_code_id": "bigint",
        "status": "text", "category": "text[]", "verified": "boolean", "authored": "date", "course": "text",
        "referral": "text", "doses": "double", "ddd": "double", "qty": "double",
    },
    "datacapture_objection": {"patient_id": "bigint", "purpose_id": "bigint", "since": "date"},
}  # fmt: skip
_BUCKET = {EVENTS: "patient_id", PATIENTS: "id"}
_CSV = "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', nullstr = '\\N'"
_ORDER = {EVENTS: " order by bucket, code_id, patient_id"}


def export(connection: psycopg.Connection[Any], folder: Path, buckets: int = 1) -> None:
    """Writes one folder per table; events and patients are split into `bucket=0` ... by patient id, each a run of its own.

    Sees the rows that the connection may see.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with duckdb.connect() as files:
        for table, columns in TABLES.items():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                lines = Path(scratch) / "rows.csv"
                _write_lines(connection, lines, table, columns)
                files.execute(_to_parquet(table, columns, lines, folder / table, buckets))


def files_of(folder: Path, table: str, bucket: int | None = None) -> Path:
    """Folder with a table's files, or with those of one bucket where the table is split."""
    return folder / table / f"bucket={bucket}" if bucket is not None and table in _BUCKET else folder / table


def _write_lines(connection: psycopg.Connection[Any], lines: Path, table: str, columns: dict[str, str]) -> None:
    names = ", ".join(f"array_to_json({name})" if kind == "text[]" else name for name, kind in columns.items())
    statement = f"copy (select {names} from {table}) to stdout (format csv, null '\\N')"
    with connection.cursor() as cursor, lines.open("wb") as file, cursor.copy(statement) as copy:
        for block in copy:
            file.write(block)


def _to_parquet(table: str, columns: dict[str, str], lines: Path, folder: Path, buckets: int) -> str:
    read = ", ".join(f"'{name}': '{'text' if kind == 'text[]' else kind}'" for name, kind in columns.items())
    names = ", ".join(f"cast({name} as text[]) as {name}" if kind == "text[]" else name for name, kind in columns.items())
    rows = f"read_csv('{lines}', {_CSV}, columns = {{{read}}})"
    options = "format parquet, compression zstd, overwrite true"
    if table not in _BUCKET:
        folder.mkdir(exist_ok=True)
        return f"copy (select {names} from {rows}) to '{folder}/part.parquet' (format parquet, compression zstd)"
    bucket = f"{_BUCKET[table]} % {buckets} as bucket"
    return f"copy (select {names}, {bucket} from {rows}{_ORDER.get(table, '')}) to '{folder}' ({options}, partition_by (bucket))"
