"""Start page per role, switching role, the log of looks, health."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from datacapture.feedback_pages import home_response
from datacapture.queries import region_overview
from datacapture.queries.home import first_steps
from kip.core import audit
from kip.core.allow import ANYONE, SIGNED_IN, allow
from kip.core.scope import Persona
from kip.portal.health import readiness
from kip.portal.looks import sentences
from kip.portal.operations import operations
from kip.portal.privacy import privacy_sections
from kip.portal.queries import looks_at
from practices.acting import SESSION_KEY, ActingRequest, SignedInRequest, acting_as, valid_memberships


@require_GET
@allow(SIGNED_IN)
def home(request: SignedInRequest) -> HttpResponse:
    acts = request.acting
    if acts is None:
        return render(request, "portal/no_role.html", status=200)
    if acts.persona is Persona.PRACTICE:
        return practice_start(request)
    if acts.persona is Persona.REGION:
        return render(request, "portal/region_home.html", {"overview": region_overview(acts.scope.region_id, acts.profession)})
    if acts.persona is Persona.SUPPORT:
        return render(request, "portal/operations.html", {"operations": operations()})
    return render(request, "portal/role_home.html")


def practice_start(request: ActingRequest) -> HttpResponse:
    """What matters most to a practice, or the first steps where it has no figures yet."""
    found = home_response(request)
    if found is not None:
        return found
    return render(request, "portal/practice_home.html", {"home": first_steps(request.acting.scope.practice_id)})


@allow(SIGNED_IN)
def switch_role(request: SignedInRequest) -> HttpResponse:
    memberships = valid_memberships(request.user)
    if request.method != "POST":
        return render(request, "portal/switch_role.html", {"choices": [acting_as(item) for item in memberships]})
    chosen = (
        memberships.filter(pk=request.POST.get("membership", "0")).first()
        if request.POST.get("membership", "").isdigit()
        else None
    )
    if chosen is None:
        raise Http404
    acts = acting_as(chosen)
    request.session[SESSION_KEY] = chosen.pk
    audit.record("switched_role", detail="{}", kind="membership", object_id=chosen.pk, region_id=chosen.region_id)
    messages.success(
        request, _("You now act as %(role)s for %(place)s.") % {"role": acts.role_label, "place": acts.organisation_name}
    )
    return redirect("portal:home")


@require_GET
@allow(Persona.PRACTICE)
def who_looked(request: ActingRequest) -> HttpResponse:
    acts = request.acting
    found = looks_at(acts.scope.practice_id, request.GET.get("page"))
    told = sentences(found)
    context = {"looks": found, "outside": told.outside, "own": told.own, "contact": settings.KIP_CONTACT}
    return render(request, "portal/who_looked.html", context)


@require_GET
@allow(ANYONE)
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
@allow(ANYONE)
def readyz(request: HttpRequest) -> HttpResponse:
    parts = readiness()
    answer = JsonResponse(parts, status=200 if all(parts.values()) else 503)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # asked every second at start: not an error in the log
    return answer


@require_GET
@allow(ANYONE)
def accessibility_statement(request: HttpRequest) -> HttpResponse:
    return redirect(settings.KIP_WAS_URL)


@require_GET
@allow(ANYONE)
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/privacy.html", {"sections": privacy_sections(contact=settings.KIP_CONTACT)})


@allow(ANYONE)
def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "portal/form_expired.html", status=403)


@require_POST
@allow(SIGNED_IN)
def keep_alive(request: HttpRequest) -> HttpResponse:
    request.session.modified = True
    return HttpResponse(status=204)
