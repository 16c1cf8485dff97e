"""The page for a fault of ours: rendered without the request, whose transaction may be broken."""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

log = structlog.get_logger("kip.errors")


def server_error(request: HttpRequest) -> HttpResponse:
    reference = getattr(request, "request_id", "")[:8]
    log.error("server error", request_id=getattr(request, "request_id", ""), route=request.path.split("/")[1])
    words = {"reference": reference, "phone": settings.KIP_PHONE.replace(" ", "\N{NO-BREAK SPACE}")}
    return HttpResponse(render_to_string("500.html", words), status=500)
