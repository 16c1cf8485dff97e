"""What intake says to people: the texts of microcopy.yaml, with own words for the few reasons it lacks."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from datacapture.intake.receipt import problem_text
from datacapture.intake.rows import Problem
from kip.core.numbers import long_date
from kip.core.texts import text_or_none

PARTS = ("what", "where", "mend")
OWN_WORDS = {
    "missing_value": _("A required value is missing. Fill in the column, and send again."),
    "value_unreadable": _("The value cannot be read. Write it as the template shows."),
    "patient_id_invalid": _("The patient identifier cannot be used. Check that no digit is missing."),
    "row_shape": _("The line has more or fewer cells than the header. Check for a separator inside a cell."),
    "end_before_start": _("The end lies before the start. Correct one of the two dates."),
    "replaced_row": _("A later line of the same file has the same id and replaces this one."),
    "upload_lost": _("The file could not be opened again. Send it once more."),
}


def render(key: str, params: Mapping[str, Any]) -> str:
    """All that is said of a problem in the active language; a day may come as a date or as an ISO date.

    A part whose values are missing is left out; an unknown key is said as it stands, never raised.
    """
    values = {name: _value(name, value) for name, value in params.items() if value not in (None, "")}
    parts = [text_or_none(f"intake.{key}.{part}", **values) for part in PARTS]
    said = " ".join(part for part in parts if part)
    return said or str(OWN_WORDS.get(key, key))


def in_both(say: Callable[[], str]) -> dict[str, str]:
    """A text in Danish and English, for storing."""
    texts = {}
    for language in ("da", "en"):
        with override(language):
            texts[language] = say()
    return texts


def as_message(problem: Problem, file: str, n: int = 1) -> dict[str, Any]:
    """A problem as it is kept in a receipt: level, key, number of rows and the text in both languages."""
    said = in_both(lambda: problem_text(problem, render, file))
    return {"level": str(problem.level), "key": problem.key, "n": n, "column": problem.column, **said}


def _value(name: str, value: Any) -> Any:
    """Texts take whole numbers, days and strings; anything else is written out."""
    if name == "date" and isinstance(value, str):
        try:
            return long_date(date.fromisoformat(value))
        except ValueError:
            return value
    if isinstance(value, bool) or not isinstance(value, int | date | str):
        return str(value)
    return value
