"""A practice's own pages, kept for the practice (kip.core.pages)."""

from dataclasses import asdict

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from datacapture.feedback_forms import NoteForm
from datacapture.queries import measure_list, measure_page, practice_home
from datacapture.queries.measure_table import Wanted
from datacapture.queries.shown import shown_on
from kip.core.pages import Made, page_response
from practices.acting import ActingRequest
from practices.models import Practice


def home_response(request: ActingRequest) -> HttpResponse | None:
    """K1; None where the practice has no figures yet."""
    scope, at = request.acting.scope, shown_on(request)

    def make() -> Made | None:
        home = practice_home(scope.practice_id, timezone.localdate(), at)
        return ("portal/practice_home.html", {"home": home}) if home.looked_at else None

    return page_response(request, scope, "home", [at.stamp], make)


def list_response(request: ActingRequest, wanted: Wanted, dense: bool) -> HttpResponse:
    """K2: the list that the filters ask for. Words that somebody searched for are never kept."""
    scope, at = request.acting.scope, shown_on(request)

    def make() -> Made:
        page = measure_list(scope.practice_id, request.acting.profession, wanted, at)
        return "datacapture/feedback/measures.html", {"page": page, "dense": dense, "query": _query(wanted)}

    made_of = [at.stamp, *asdict(wanted).values(), str(dense)]
    found = None if wanted.q else page_response(request, scope, "measures", made_of, make)
    return found or render(request, *make())


def measure_response(request: ActingRequest, code: str, level: str, form: NoteForm | None = None) -> HttpResponse | None:
    """K3; None when no such measure was ever published. form: one with errors, which is shown open and never kept."""
    scope, at = request.acting.scope, shown_on(request)

    def make() -> Made | None:
        practice = Practice.objects.get(pk=scope.practice_id)
        page = measure_page(practice, code, timezone.localdate(), at, level)
        if page is None:
            return None
        crumbs = [(_("All measures"), reverse("datacapture:measures")), (page.title, "")]
        context = {"page": page, "form": form or NoteForm(), "form_open": form is not None, "crumbs": crumbs}
        return "datacapture/feedback/measure.html", context

    if form is None:
        return page_response(request, scope, "measure", [at.stamp, code, level], make)
    made = make()
    return render(request, *made, status=422) if made else None


def _query(wanted: Wanted) -> str:
    """The filters as an address has them, "" where there are none."""
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asdict(wanted).items() if value})
    return query.urlencode()
