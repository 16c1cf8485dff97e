"""The stop link of the quarter's mail: a GET only shows, a POST stops, also the one that a mail program sends by itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kip.core.allow import ANYONE, allow
from kip.portal.digest.mails import read_token, stop


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
