"""The practice register of a region: list, one practice, its changes, and the CSV file in and out."""

import csv
import secrets
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from kip.core.allow import allow
from kip.core.scope import Persona
from practices import actions, forms, queries
from practices.acting import Acting, ActingRequest
from practices.doors import fresh_sign_in
from practices.imports import COLUMNS, REQUIRED, Checked, FileRefused, Row, check_rows, read_table
from practices.models import Practice
from practices.policies import can_change_practice, can_keep_register

PER_PAGE = 25
WAITING_SECONDS = 30 * 60
SHOWN = 100
SIGNER = Signer(salt="practices.register-import")
# What spreadsheets would run as a formula gets an apostrophe first.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def _wanted(acts: Acting, request: ActingRequest) -> tuple[forms.RegisterSearch, queries.RegisterFilter]:
    form = forms.RegisterSearch({"state": "open", **request.GET.dict()}, acting=acts)
    data = form.cleaned_data if form.is_valid() else {}
    return form, queries.RegisterFilter(data.get("q", ""), data.get("profession", ""), data.get("state") or "open")


@require_GET
@allow(Persona.REGION)
def register(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    form, wanted = _wanted(acts, request)
    page = Paginator(queries.register(acts, wanted), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "practices/register.html", {"form": form, "page": page, "keeps": can_keep_register(acts)})


@require_GET
@allow(Persona.REGION)
def register_csv(request: ActingRequest) -> HttpResponse:
    """The filtered register with the columns that an import reads."""
    acts = request.acting
    _form, wanted = _wanted(acts, request)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kip-register.csv"'
    writer = csv.writer(response, delimiter=";")
    writer.writerow(COLUMNS)
    for item in queries.register(acts, wanted):
        writer.writerow([_plain(value) for value in _cells(item)])
    return response


def _cells(item: Practice) -> list[Any]:
    cluster = item.cluster.name if item.cluster else ""
    numbers = (item.number, item.name, item.profession, item.municipality.code, cluster, item.sor, item.cvr)
    return [*numbers, item.clinicians, item.valid_from.isoformat(), item.valid_to.isoformat() if item.valid_to else ""]


def _plain(value: Any) -> str:
    written = str(value)
    return f"'{written}" if written.startswith(FORMULA_SIGNS) else written


@require_GET
@allow(Persona.REGION)
def practice(request: ActingRequest, pk: int) -> HttpResponse:
    acts = request.acting
    found = queries.practice_in_scope(acts, pk)
    facts = {
        "practice": found,
        "kin": queries.kin(found),
        "people": queries.people_with_access(found),
        "changes": can_change_practice(acts, found) and found.valid_to is None,
        "crumbs": [(_("Practice register"), reverse("practices:register")), (found.name, "")],
    }
    return render(request, "practices/practice.html", facts)


def _changeable(request: ActingRequest, pk: int) -> Practice:
    """An existing practice that the person may change. Raises Http404: asking for a password would tell that it exists."""
    acts = request.acting
    found = queries.practice_in_scope(acts, pk)
    if not can_change_practice(acts, found) or found.valid_to is not None:
        raise Http404
    return found


def _change(request: ActingRequest, found: Practice, form_class: type[forms.PracticeForm], key: str) -> HttpResponse:
    form = form_class(request.POST or None, acting=request.acting, practice=found)
    if request.method == "POST" and form.is_valid() and form.carry_out():
        messages.success(request, _("The register is changed."))
        return redirect("practices:practice", pk=found.pk)
    words = CHANGES[key]
    crumbs = [
        (_("Practice register"), reverse("practices:register")),
        (found.name, reverse("practices:practice", args=[found.pk])),
        (str(words["title"]), ""),
    ]
    facts = {"form": form, "practice": found, "people": queries.people_with_access(found), "words": words, "crumbs": crumbs}
    return render(request, "practices/change_practice.html", facts, status=422 if form.is_bound else 200)


CHANGES = {
    "close": {
        "title": gettext_lazy("Close the practice"),
        "effect": gettext_lazy("The practice gets a last day. Its figures up to that day are kept."),
        "button": gettext_lazy("Close the practice"),
    },
    "merge": {
        "title": gettext_lazy("Merge into another practice"),
        "effect": gettext_lazy(
            "This practice gets a last day, and the other one goes on under its own number. Nobody's access moves along."
        ),
        "button": gettext_lazy("Merge the practices"),
    },
    "split": {
        "title": gettext_lazy("Split into two practices"),
        "effect": gettext_lazy("This practice gets a last day, and two new ones begin. One of them may keep the number."),
        "button": gettext_lazy("Split the practice"),
    },
    "move": {
        "title": gettext_lazy("Move within the region"),
        "effect": gettext_lazy("It stays the same practice, with its number, people and figures."),
        "button": gettext_lazy("Save the move"),
    },
}


@allow(Persona.REGION)
def close(request: ActingRequest, pk: int) -> HttpResponse:
    return fresh_sign_in(_change)(request, _changeable(request, pk), forms.CloseForm, "close")


@allow(Persona.REGION)
def merge(request: ActingRequest, pk: int) -> HttpResponse:
    return fresh_sign_in(_change)(request, _changeable(request, pk), forms.MergeForm, "merge")


@allow(Persona.REGION)
def split(request: ActingRequest, pk: int) -> HttpResponse:
    return fresh_sign_in(_change)(request, _changeable(request, pk), forms.SplitForm, "split")


@allow(Persona.REGION)
def move(request: ActingRequest, pk: int) -> HttpResponse:
    return _change(request, _changeable(request, pk), forms.MoveForm, "move")


@allow(Persona.REGION)
def import_file(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    if not can_keep_register(acts):
        raise Http404
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            key = _keep(acts, read_table(sent.read(), sent.name))
        except FileRefused as error:
            form.add_error("file", str(error))
        else:
            return redirect("practices:import_preview", key=SIGNER.sign(key))
    crumbs = [(_("Practice register"), reverse("practices:register")), (_("Read in a file"), "")]
    facts = {"form": form, "columns": COLUMNS, "required": REQUIRED, "crumbs": crumbs}
    return render(request, "practices/import.html", facts, status=422 if request.method == "POST" else 200)


def _waiting(acts: Acting, key: str) -> str:
    """Cache key of the rows: another person, or the same one for another region, cannot reach them."""
    return f"register-import:{acts.scope.region_id}:{acts.scope.user_id}:{key}"


def _keep(acts: Acting, rows: list[Row]) -> str:
    key = secrets.token_urlsafe(16)
    cache.set(_waiting(acts, key), rows, WAITING_SECONDS)
    return key


def _checked(acts: Acting, key: str) -> tuple[str, Checked]:
    """The rows that wait, checked against the register as it is now. Raises Http404 when there are none."""
    try:
        place = _waiting(acts, SIGNER.unsign(key))
    except BadSignature as error:
        raise Http404 from error
    rows = cache.get(place)
    if rows is None or not can_keep_register(acts):
        raise Http404
    numbers = {cells["number"].upper() for _place, cells in rows}
    return place, check_rows(rows, queries.known_to_import(acts, numbers))


@allow(Persona.REGION)
def import_preview(request: ActingRequest, key: str) -> HttpResponse:
    acts = request.acting
    place, checked = _checked(acts, key)
    n = len(checked.new) + len(checked.changed)
    # Deleting answers True to one request only, so a double click stores once.
    if request.method == "POST" and n and cache.delete(place):
        actions.import_practices(by=acts, checked=checked)
        messages.success(request, ngettext("%(n)s practice is stored.", "%(n)s practices are stored.", n) % {"n": n})
        return redirect("practices:register")
    crumbs = [
        (_("Practice register"), reverse("practices:register")),
        (_("Read in a file"), reverse("practices:import_file")),
        (_("Preview"), ""),
    ]
    facts = {"checked": checked, "n": n, "problems": checked.problems[:SHOWN], "shown": SHOWN, "crumbs": crumbs}
    return render(request, "practices/import_preview.html", facts)
