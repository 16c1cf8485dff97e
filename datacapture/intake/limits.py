"""How much one upload may hold. Everything past a limit is refused, never cut."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and counts; the defaults leave room for a 300 MB extract."""

    file_bytes: int = 512 * MEGABYTE
    unpacked_bytes: int = 1024 * MEGABYTE
    unpack_ratio: int = 200
    rows: int = 5_000_000
    csv_line_bytes: int = 64 * 1024
    json_line_bytes: int = 1 * MEGABYTE
    resource_bytes: int = 4 * MEGABYTE
    patients: int = 200_000
    shown_problems: int = 200
    listed_problems: int = 100_000


DEFAULT = Limits()
