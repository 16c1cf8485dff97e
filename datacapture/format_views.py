"""How a file must look: the page, the template, and the interface's description for those who build the sending side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import AllowAny

from datacapture.api import FILES, DeliveryApi, ReceiptApi
from datacapture.file_format import EXAMPLE_PATIENT, file_format, template
from kip.core.allow import allow
from kip.core.scope import Persona
from practices.models import Practice


@require_GET
@allow(Persona.PRACTICE)
def event_format(request: HttpRequest) -> HttpResponse:
    number = Practice.objects.get(pk=request.acting.scope.practice_id).number  # type: ignore[attr-defined]
    heads = (_("Column"), _("Also called"), _("Required"), _("Meaning"), _("May hold"), _("Example"))
    context = {
        "format": file_format(_("yes"), _("no")),
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
def upload_template(request: HttpRequest) -> HttpResponse:
    """Invented rows of the own practice, too old for any agreement: a check shows them and stores none."""
    number = Practice.objects.get(pk=request.acting.scope.practice_id).number  # type: ignore[attr-defined]
    headers = {"Content-Disposition": 'attachment; filename="kip-skabelon.csv"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(template(number), content_type="text/csv; charset=utf-8", headers=headers)


# The door is ours, as everywhere; the library only writes down what the two views of the interface are.
api_schema = allow(Persona.PRACTICE)(
    SpectacularJSONAPIView.as_view(
        patterns=[
            path("api/v1/leverancer/", DeliveryApi.as_view()),
            path("api/v1/leverancer/<int:number>/", ReceiptApi.as_view()),
        ],
        authentication_classes=[],
        permission_classes=[AllowAny],
    )
)
