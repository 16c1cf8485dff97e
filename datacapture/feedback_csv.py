"""Files for a spreadsheet: semicolons, a byte-order mark, and no cell that a spreadsheet would run as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from datacapture.intake.row_list import safe_cell

BYTE_ORDER_MARK = "\ufeff"


def csv_response(rows: Iterable[Sequence[str]], file_name: str) -> HttpResponse:
    """The rows as an attachment; every cell is made safe."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    response = HttpResponse(BYTE_ORDER_MARK + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
