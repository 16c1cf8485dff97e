"""K4: why one of the practice's own patients is in or out of a measure; each look names the patient in the log."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from datacapture.actions.looks import record_look
from datacapture.queries.patients import listed_measure
from datacapture.queries.why import why_page
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest


@require_GET
@allow(Persona.PRACTICE)
def patient_why(request: ActingRequest, code: str, patient_id: int) -> HttpResponse:
    practice_id = request.acting.scope.practice_id
    listed = listed_measure(code, timezone.localdate())
    page = why_page(practice_id, listed, patient_id) if listed else None
    if listed is None or page is None:
        raise Http404
    record_look("patient", practice_id=practice_id, object_id=f"{code}:{patient_id}", rows=1)
    crumbs = [
        (listed.title, reverse("datacapture:measure", args=[code])),
        (_("Patients"), reverse("datacapture:patients", args=[code])),
        (_("Why on the list?"), ""),
    ]
    return render(request, "datacapture/feedback/why.html", {"page": page, "listed": listed, "crumbs": crumbs})
