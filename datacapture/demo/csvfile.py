"""The plain event file (datacapture.md section 5) as CSV: a sample to upload."""

import csv
from pathlib import Path

from datacapture.demo.records import EventRow, PracticeData


def write_csv(practice_data: PracticeData, path: Path | str) -> int:
    """Write one practice's events to `path` (UTF-8, comma, LF, one header line); return the number of rows."""
    number = 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(EventRow._fields)
        for number, row in enumerate(practice_data.rows(), start=1):  # noqa: B007
            writer.writerow(row)
    return number
