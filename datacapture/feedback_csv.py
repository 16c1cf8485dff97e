"""Files for a spreadsheet: semicolons, a byte-order mark, and no cell that a spreadsheet would run as a formula.

The head of every file is in the reader's language, as the cells are; code names of columns are translated here.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from datacapture.intake.row_list import safe_cell

BYTE_ORDER_MARK = "\ufeff"
HEADS: Mapping[str, Promise] = {
    "indicator": _("Code"), "version": _("Version"), "release": _("Release"), "month_end": _("Month"), "time": _("Month"),
    "profession": _("Profession"), "level": _("Level"), "area": _("Area"), "group": _("Group"), "state": _("State"),
    "practices": _("Practices"), "x": _("Numerator"), "n": _("Denominator"), "value": _("Value"),
    "lower": _("Probably from"), "upper": _("Probably to"), "peer_median": _("Middle practice"),
    "peer_p10": _("One in ten practices lies below"), "peer_p90": _("One in ten practices lies above"),
    "thin_months": _("Months with too few data"), "open_cases": _("Courses not ended"),
}  # fmt: skip


def headed(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The rows with the first one's code names in the reader's language; what is no code name stays."""
    for place, row in enumerate(rows):
        yield row if place else [str(HEADS.get(cell, cell)) for cell in row]


def csv_response(rows: Iterable[Sequence[str]], file_name: str) -> HttpResponse:
    """The rows as an attachment; every cell is made safe."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in headed(rows))
    response = HttpResponse(BYTE_ORDER_MARK + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
