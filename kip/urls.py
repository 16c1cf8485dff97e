"""All addresses of the portal."""

from django.urls import include, path

from kip.portal.urls import public_urlpatterns

handler500 = "kip.portal.errors.server_error"
urlpatterns = [
    path("konto/", include("allauth.urls")),
    *public_urlpatterns,
    path("", include("kip.portal.urls")),
    path("", include("practices.urls")),
    path("", include("datacapture.urls")),
    path("", include("accreditation.api.urls")),
    path("patientoplevelser/", include("surveys.practice.urls")),
    path("s/", include("surveys.answer_urls")),
    path("besoeg/", include("accreditation.visit.urls")),
    path("region/akkreditering/", include("accreditation.region.urls")),
    path("naevn/", include("accreditation.committee.urls")),
    path("offentligt/akkreditering/", include("accreditation.public.urls")),
    path("akkreditering/rapport/", include("accreditation.report.urls")),
    path("akkreditering/", include("accreditation.practice.urls")),
    path("", include("kip.reports.urls")),
]
