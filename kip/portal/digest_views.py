"""Who wants the quarter's mail: the stop link in it, and the person's own page, where the mails also begin again.

A GET only shows; a POST changes, also the one that a mail program sends by itself.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kip.core.allow import ANYONE, allow
from kip.core.scope import Persona
from kip.portal.digest.mails import is_stopped, read_token, start, stop
from practices.acting import ActingRequest


@csrf_exempt  # the signed token is the proof; a mail program has no cookie (RFC 8058)
@require_http_methods(["GET", "POST"])
@allow(ANYONE)
def digest_stop(request: HttpRequest, token: str) -> HttpResponse:
    found = read_token(token)
    if found is None:
        return render(request, "portal/digest_stop.html", {"state": "unknown"}, status=404)
    if request.method == "POST":
        stop(*found)
    return render(request, "portal/digest_stop.html", {"state": "stopped" if request.method == "POST" else "asked"})


@require_http_methods(["GET", "POST"])
@allow(Persona.PRACTICE)
def digest_settings(request: ActingRequest) -> HttpResponse:
    """The person's own choice at the practice acted for; a second press changes nothing."""
    scope = request.acting.scope
    if request.method == "GET":
        stopped = is_stopped(scope.user_id, scope.practice_id)
        return render(request, "portal/digest_settings.html", {"stopped": stopped})
    if request.POST.get("wanted") == "1":
        start(scope.user_id, scope.practice_id)
        messages.success(request, _("You get the mails again, next time when new figures come."))
    else:
        stop(scope.user_id, scope.practice_id)
        messages.success(request, _("The mails are stopped."))
    return redirect("portal:digest_settings")
