"""Many rows at once: binary COPY of numpy columns, and a table whose keys are checked once, when all rows are there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

# PostgreSQL's binary COPY format (manual, COPY, "Binary Format"): signature, flags, extension; -1 ends the rows.
_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_WIDE = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8"}
_ROWS = 1 << 15
_KEYS = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'u')"
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %s::regclass AND NOT indisprimary
"""


def copy_columns(cursor: Any, table: str, kinds: Mapping[str, str], columns: Mapping[str, np.ndarray]) -> None:
    """COPY arrays of equal length into a table.

    `kinds` gives each column's type (int2, int4, int8 or float8). No element is NULL: the table's reader turns the
    generator's own marks (NO_DAY, NaN, 0) into NULL.
    """
    layout = [("fields", ">i2")]
    for name, kind in kinds.items():
        layout += [(f"{name} width", ">i4"), (name, _WIDE[kind])]
    count = len(next(iter(columns.values())))
    with cursor.copy(f"COPY {table} ({', '.join(kinds)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(_HEAD)
        for start in range(0, count, _ROWS):
            part = {name: columns[name][start : start + _ROWS] for name in kinds}
            rows = np.empty(len(next(iter(part.values()))), np.dtype(layout))
            rows["fields"] = len(kinds)
            for name, values in part.items():
                rows[f"{name} width"] = rows.dtype[name].itemsize
                rows[name] = values
            copy.write(rows.tobytes())
        copy.write(_END)


@contextmanager
def keyless(cursor: Any, table: str) -> Iterator[None]:
    """Take the table's foreign keys and secondary indexes away while it is filled; building them last is several times faster.

    Needs the owner's login and an open transaction. All of it belongs to that transaction: a load that breaks leaves the
    table as it was.
    """
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(_KEYS, [table])
    keys = cursor.fetchall()
    for name, _ in keys:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute(_INDEXES, [table])
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _, definition in indexes:
        cursor.execute(definition)
    for name, definition in keys:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
