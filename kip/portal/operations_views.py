"""What the platform operator does: put parked work back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kip.core import jobs
from kip.core.allow import allow
from kip.core.scope import Persona
from kip.portal.policies import may_run_again
from practices.acting import ActingRequest


@require_POST
@allow(Persona.SUPPORT)
def run_again(request: ActingRequest, pk: str) -> HttpResponse:
    if not may_run_again(request.acting.role):
        raise Http404
    if jobs.retry(str(pk)):
        messages.success(request, _("The work is put back and starts within a minute."))
    else:
        messages.info(request, _("The work is parked no more, or the same work waits already."))
    return redirect("portal:home")
