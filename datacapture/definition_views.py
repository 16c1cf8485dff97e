"""R7: what the measures mean, for everybody who is signed in; drafts of them, for those who write and check."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from datacapture.actions import defining
from datacapture.actions.library import definitions as files
from datacapture.actions.library import laid_over
from datacapture.definition_forms import ApproveForm, DraftForm
from datacapture.models import DefinitionDraft, IndicatorVersion
from datacapture.queries.definition_changes import prose_of
from datacapture.queries.definitions import definition_page, definition_rows, sees_drafts
from datacapture.queries.drafts import DraftPage, draft_page, steps_of
from kip.core.allow import SIGNED_IN, allow
from kip.core.jobs import progress_of
from kip.core.models import Job
from kip.core.scope import Persona
from practices.acting import Acting, ActingRequest, SignedInRequest
from practices.doors import fresh_sign_in
from practices.enums import Profession


def _crumbs(*last: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Definitions"), reverse("datacapture:definitions")), *last]


@require_GET
@allow(SIGNED_IN)
def definitions(request: SignedInRequest) -> HttpResponse:
    acts = request.acting
    profession = request.GET.get("profession", acts.profession if acts else "")
    context = {
        "rows": definition_rows(acts, profession), "profession": profession, "professions": Profession.choices,
        "sees_drafts": sees_drafts(acts), "crumbs": [(_("Definitions"), "")],
    }  # fmt: skip
    return render(request, "datacapture/definitions/list.html", context)


@require_GET
@allow(SIGNED_IN)
def definition(request: SignedInRequest, code: str) -> HttpResponse:
    page = definition_page(request.acting, code)
    if page is None:
        raise Http404
    return render(request, "datacapture/definitions/definition.html", {"page": page, "crumbs": _crumbs((page.row.title, ""))})


@require_POST
@allow(Persona.NATIONAL)
def draft_begin(request: ActingRequest, code: str) -> HttpResponse:
    version = get_object_or_404(IndicatorVersion.objects.select_related("indicator"), indicator__code=code, retired_at=None)
    try:
        made = defining.begin(by=request.acting, version=version)
    except PermissionDenied as error:
        raise Http404 from error
    except defining.NotNow:
        messages.warning(request, _("There is a draft of this definition already."))
        return redirect("datacapture:definition", code)
    return redirect("datacapture:draft_edit", made.pk)


def _draft(request: ActingRequest, pk: int, step: str = "") -> DefinitionDraft:
    """The draft, where the reader may see it and take the step now."""
    acts: Acting = request.acting
    if not sees_drafts(acts):
        raise Http404
    found = get_object_or_404(DefinitionDraft.objects.select_related("indicator", "base"), pk=pk)
    if step and step not in steps_of(acts, found):
        raise Http404
    return found


def _page(request: ActingRequest, found: DefinitionDraft) -> DraftPage:
    library, _texts = laid_over(*files(), [found])
    return draft_page(request.acting, found, prose_of(library, found.indicator.code))


@require_GET
@allow(Persona.NATIONAL)
def draft(request: ActingRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk)
    page = _page(request, found)
    progress = progress_of(Job(pk=found.test_job)) if page.running else {}
    if request.htmx:
        if not page.running:
            return HttpResponseClientRedirect(request.path)
        return render(request, "datacapture/definitions/_progress.html", {"page": page, **progress})
    context = {"page": page, "crumbs": _crumbs((page.title, "")), **progress}
    return render(request, "datacapture/definitions/draft.html", context)


@require_http_methods(["GET", "POST"])
@allow(Persona.NATIONAL)
def draft_edit(request: ActingRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk, "edit")
    form = DraftForm(request.POST or None, acting=request.acting, draft=found)
    if request.method == "POST" and form.is_valid() and form.carry_out():
        messages.success(request, _("The draft is saved. Try it on the data before you ask somebody to approve it."))
        return redirect("datacapture:draft", pk)
    crumbs = _crumbs((found.indicator.code, reverse("datacapture:draft", args=[pk])), (_("Write"), ""))
    context = {"form": form, "draft": found, "crumbs": crumbs}
    return render(request, "datacapture/definitions/edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@allow(Persona.NATIONAL)
def draft_test(request: ActingRequest, pk: int) -> HttpResponse:
    defining.order_test(by=request.acting, draft=_draft(request, pk, "test"))
    messages.success(request, _("The test run is ordered. You can leave the page meanwhile."))
    return redirect("datacapture:draft", pk)


@require_POST
@allow(Persona.NATIONAL)
def draft_drop(request: ActingRequest, pk: int) -> HttpResponse:
    found = _draft(request, pk, "drop")
    defining.drop(by=request.acting, draft=found)
    messages.success(request, _("The draft is dropped. The running definition is as it was."))
    return redirect("datacapture:definition", found.indicator.code)


@require_http_methods(["GET", "POST"])
@allow(Persona.NATIONAL)
def draft_approve(request: ActingRequest, pk: int) -> HttpResponse:
    """Only for somebody else than the author, and the password is asked for first."""
    found = _draft(request, pk, "approve")
    return fresh_sign_in(_approve)(request, found)


def _approve(request: ActingRequest, found: DefinitionDraft) -> HttpResponse:
    form = ApproveForm(request.POST or None, acting=request.acting, draft=found)
    if request.method == "POST" and form.is_valid() and form.carry_out():
        messages.success(request, _("The definition is approved and runs from the next release on."))
        return redirect("datacapture:draft", found.pk)
    here = reverse("datacapture:draft", args=[found.pk])
    context = {"form": form, "page": _page(request, found), "crumbs": _crumbs((found.indicator.code, here), (_("Approve"), ""))}
    return render(request, "datacapture/definitions/approve.html", context, status=422 if form.is_bound else 200)
