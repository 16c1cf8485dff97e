"""The main parts of a practice's pages as text, kept for the practice (kip.core.fragments)."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from datacapture.feedback_forms import NoteForm
from datacapture.models import ChartNote
from datacapture.queries import measure_list, measure_page, practice_home
from datacapture.queries.measure_table import Wanted
from datacapture.queries.shown import shown_on
from kip.core.fragments import Parts, kept
from kip.core.numbers import long_date
from practices.acting import ActingRequest
from practices.models import Practice

MEASURE = "datacapture/feedback/_measure_{}.html"


def home_parts(request: ActingRequest) -> Parts | None:
    """K1: `main`; None where the practice has no figures yet."""
    scope, at, today = request.acting.scope, shown_on(request), timezone.localdate()

    def make() -> Parts | None:
        home = practice_home(scope.practice_id, today, at)
        return {"main": render_to_string("portal/_practice_home.html", {"home": home})} if home.looked_at else None

    return _safe(kept(scope, "home", [at.stamp], make), ["main"])


def list_parts(request: ActingRequest, wanted: Wanted, dense: bool) -> Parts:
    """K2: `main` of the list that the filters ask for. Words that somebody searched for are never kept."""
    scope, at = request.acting.scope, shown_on(request)

    def make() -> Parts:
        page = measure_list(scope.practice_id, request.acting.profession, wanted, at)
        context = {"page": page, "dense": dense, "query": _query(wanted)}
        return {"main": render_to_string("datacapture/feedback/_measures.html", context)}

    made_of = [at.stamp, *asdict(wanted).values(), str(dense)]
    return _safe(make() if wanted.q else kept(scope, "measures", made_of, make), ["main"])


def measure_parts(request: ActingRequest, code: str, level: str) -> Parts | None:
    """K3: the page without what belongs to one person's session; None when no such measure was ever published."""
    scope, at = request.acting.scope, shown_on(request)

    def make() -> Parts | None:
        practice = Practice.objects.get(pk=scope.practice_id)
        page = measure_page(practice, code, timezone.localdate(), at, level)
        if page is None:
            return None
        texts = {part: render_to_string(MEASURE.format(part), {"page": page}) for part in ("top", "facts", "method")}
        return {
            "code": code,
            "title": page.title,
            "has_figure": page.state in ("shown", "too_few"),
            "notes": _notes(page.own_notes),
            "form": str(NoteForm()),
            **texts,
        }

    return _safe(kept(scope, "measure", [at.stamp, code, level], make), ["form", "top", "facts", "method"])


def _notes(notes: Sequence[ChartNote]) -> list[tuple[int, str, str]]:
    return [(note.pk, long_date(note.day), note.text) for note in notes]


def _query(wanted: Wanted) -> str:
    """The filters as an address has them, "" where there are none."""
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asdict(wanted).items() if value})
    return query.urlencode()


def _safe(parts: Parts | None, names: Sequence[str]) -> Any:
    """Marks what templates wrote, which have escaped what needed it; all else is escaped where it is shown."""
    return parts and {name: mark_safe(value) if name in names else value for name, value in parts.items()}  # noqa: S308
