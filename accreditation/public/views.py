"""Published decisions for anybody, signed in or not: search, one practice with its history, and what the words mean."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accreditation.public.forms import PublicSearch
from accreditation.queries.public import PublicFilter, history_of, page_of
from kip.core.allow import ANYONE, allow


@require_GET
@allow(ANYONE)
def decisions(request: HttpRequest) -> HttpResponse:
    form = PublicSearch(request.GET or None)
    said = form.cleaned_data if form.is_valid() else {}
    wanted = PublicFilter(said.get("q", ""), said.get("profession", ""), said.get("region"))
    context = {"form": form, "page": page_of(wanted, request.GET.get("page")), "searched": any(said.values())}
    return render(request, "accreditation/public/decisions.html", context)


@require_GET
@allow(ANYONE)
def practice(request: HttpRequest, practice_id: int) -> HttpResponse:
    editions = history_of(practice_id)
    found = editions[0].row.practice
    crumbs = [(_("Accredited practices"), reverse("public:decisions")), (found.name, "")]
    context = {"practice": found, "now": editions[0], "former": editions[1:], "crumbs": crumbs}
    return render(request, "accreditation/public/practice.html", context)


@require_GET
@allow(ANYONE)
def words(request: HttpRequest) -> HttpResponse:
    crumbs = [(_("Accredited practices"), reverse("public:decisions")), (_("What the words mean"), "")]
    return render(request, "accreditation/public/words.html", {"crumbs": crumbs})
