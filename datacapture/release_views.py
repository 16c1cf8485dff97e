"""R7: releases of quarters, seen by those who prepare and approve them and by the regions that read them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from datacapture import release_forms as forms
from datacapture.actions import releasing
from datacapture.actions.computing import last_quarter_end
from datacapture.policies import may_prepare_release, may_read_releases
from datacapture.queries.release_pages import ReleasePage, release_page, release_rows
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest
from practices.doors import fresh_sign_in

STEPS = {
    "check": {
        "form": forms.CheckForm,
        "title": gettext_lazy("Send the release to approval"),
        "effect": gettext_lazy("You have read the automatic checks. Two people must then approve the release."),
        "button": gettext_lazy("Send to approval"),
    },
    "approve": {
        "form": forms.ApproveForm,
        "title": gettext_lazy("Approve the release"),
        "effect": gettext_lazy("Your name is kept with the release. An approval cannot be taken back."),
        "button": gettext_lazy("Approve the release"),
    },
    "publish": {
        "form": forms.PublishForm,
        "title": gettext_lazy("Publish the release"),
        "effect": gettext_lazy(
            "Every practice and region reads these figures from now on. "
            "A published release is never changed, only corrected by a new one."
        ),
        "button": gettext_lazy("Publish the release"),
    },
    "stop": {
        "form": forms.StopForm,
        "title": gettext_lazy("Stop the counting"),
        "effect": gettext_lazy(
            "The region being counted is finished first. What is counted is kept, and the counting can go on later."
        ),
        "button": gettext_lazy("Stop the counting"),
    },
    "resume": {
        "form": forms.ResumeForm,
        "title": gettext_lazy("Go on counting"),
        "effect": gettext_lazy("The regions that are counted already are not counted again."),
        "button": gettext_lazy("Go on counting"),
    },
    "withdraw": {
        "form": forms.WithdrawForm,
        "title": gettext_lazy("Withdraw the release"),
        "effect": gettext_lazy("It is not published, and a new one must be begun. The figures shown today stay as they are."),
        "button": gettext_lazy("Withdraw the release"),
    },
    "correct": {
        "form": forms.CorrectForm,
        "title": gettext_lazy("Correct a published release"),
        "effect": gettext_lazy(
            "A new release of the same quarter is counted, checked and approved. When it is published, it takes this one's place."
        ),
        "button": gettext_lazy("Begin the correction"),
    },
}  # fmt: skip
ASKS_AGAIN = ("approve", "publish", "withdraw", "correct")


def _page(request: ActingRequest, pk: int) -> ReleasePage:
    acts = request.acting
    page = release_page(acts, pk) if may_read_releases(acts.role) else None
    if page is None:
        raise Http404
    return page


def _crumbs(*last: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Releases"), reverse("datacapture:releases")), *last]


@require_GET
@allow(Persona.REGION, Persona.NATIONAL)
def releases(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    if not may_read_releases(acts.role):
        raise Http404
    rows = release_rows()
    due = releasing.release_label(last_quarter_end(timezone.localdate()))
    known = any(row.release.label == due and row.release.state != "withdrawn" for row in rows)
    begins = due if may_prepare_release(acts.role) and not known else ""
    return render(request, "datacapture/releases/list.html", {"rows": rows, "begins": begins, "crumbs": [(_("Releases"), "")]})


@require_POST
@allow(Persona.NATIONAL)
def begin(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    if not may_prepare_release(acts.role):
        raise Http404
    try:
        release = releasing.begin(last_quarter_end(timezone.localdate()), by=acts)
    except releasing.NotNow:
        messages.warning(request, _("The quarter has a release already."))
        return redirect("datacapture:releases")
    releasing.order(release, acts.scope)
    messages.success(request, _("The counting is ordered. You can leave the page meanwhile."))
    return redirect("datacapture:release", release.pk)


@require_GET
@allow(Persona.REGION, Persona.NATIONAL)
def release(request: ActingRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    if request.htmx:
        if not page.counting:
            return HttpResponseClientRedirect(request.path)
        return render(request, "datacapture/releases/_progress.html", {"page": page})
    steps = [(str(STEPS[step]["title"]), f"datacapture:release_{step}") for step in page.steps]
    context = {"page": page, "steps": steps, "crumbs": _crumbs((page.row.name, ""))}
    return render(request, "datacapture/releases/release.html", context)


@require_http_methods(["GET", "POST"])
@allow(Persona.REGION, Persona.NATIONAL)
def step(request: ActingRequest, pk: int, name: str) -> HttpResponse:
    """One step of a release; it exists for whom and when it may be taken, and only then is a password asked for."""
    page = _page(request, pk)
    if name not in page.steps:
        raise Http404
    return (fresh_sign_in(_step) if name in ASKS_AGAIN else _step)(request, page, name)


def _step(request: ActingRequest, page: ReleasePage, name: str) -> HttpResponse:
    words, here = STEPS[name], reverse("datacapture:release", args=[page.row.release.pk])
    form_class: type[forms.StepForm] = words["form"]  # type: ignore[assignment]
    data = request.POST if request.method == "POST" else None  # a form without fields is bound all the same
    form = form_class(data, acting=request.acting, release=page.row.release)
    if request.method == "POST" and form.is_valid() and form.carry_out():
        messages.success(request, _("The release is moved on."))
        return redirect(reverse("datacapture:releases") if name == "correct" else here)
    context = {"page": page, "form": form, "words": words, "crumbs": _crumbs((page.row.name, here), (str(words["title"]), ""))}
    return render(request, "datacapture/releases/step.html", context, status=422 if form.is_bound else 200)
