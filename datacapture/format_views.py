"""How a file must look: the page, the template, and the interface's description for those who build the sending side."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from datacapture.api.deliveries import FILES
from datacapture.file_format import EXAMPLE_PATIENT, file_format, template
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.acting import ActingRequest
from practices.models import Practice


@require_GET
@allow(Persona.PRACTICE)
def event_format(request: ActingRequest) -> HttpResponse:
    number = Practice.objects.get(pk=request.acting.scope.practice_id).number
    heads = (_("Column"), _("Also called"), _("Required"), _("Meaning"), _("May hold"), _("Example"))
    context = {
        "format": file_format(_("yes"), _("no"), number),
        "column_heads": [{"label": label} for label in heads],
        "kind_heads": [{"label": _("Kind")}, {"label": _("Meaning")}],
        "system_heads": [{"label": label} for label in (_("Code system"), _("Holds"), _("Example"), _("Also written"))],
        "fhir_heads": [{"label": label} for label in (_("Resource"), _("Profile"), _("Read as"))],
        "types": FILES,
        "number": number,
        "example_patient": EXAMPLE_PATIENT,
        "crumbs": [(_("Data intake"), reverse("datacapture:deliveries")), (_("How a file must look"), "")],
    }
    return render(request, "datacapture/intake/format.html", context)


@require_GET
@allow(Persona.PRACTICE)
def upload_template(request: ActingRequest) -> HttpResponse:
    """Invented rows of the own practice, too old for any agreement: a check shows them and stores none."""
    number = Practice.objects.get(pk=request.acting.scope.practice_id).number
    headers = {"Content-Disposition": 'attachment; filename="kip-skabelon.csv"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(template(number), content_type="text/csv; charset=utf-8", headers=headers)
