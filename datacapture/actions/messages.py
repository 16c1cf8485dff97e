"""What intake says to people: the texts of microcopy.yaml, with own words for the few reasons it lacks."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from datacapture.intake.receipt import problem_text
from datacapture.intake.rows import Problem
from kip.core.numbers import danish, decimal, long_date
from kip.core.texts import text_or_none

PARTS = ("what", "where", "mend")


def render(key: str, params: Mapping[str, Any]) -> str:
    """All that is said of a problem in the active language; a day may come as a date or as an ISO date.

    A part whose values are missing is left out; an unknown key is said as it stands, never raised.
    """
    told = {"contact": settings.KIP_CONTACT, **params}
    values = {name: _value(name, value) for name, value in told.items() if value not in (None, "")}
    parts = [text_or_none(f"intake.{key}.{part}", **values) for part in PARTS]
    said = " ".join(part for part in parts if part)
    return said or key


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
    if isinstance(value, tuple | list):
        return _("%(first)s or %(last)s") % {"first": ", ".join(value[:-1]), "last": value[-1]}
    if isinstance(value, str) and value.endswith(" MB"):
        return value if danish() else value.replace(",", ".")
    if isinstance(value, float):
        return decimal(value, 0 if abs(value) >= 100 or value == int(value) else 1)
    if isinstance(value, bool) or not isinstance(value, int | date | str):
        return str(value)
    return value
