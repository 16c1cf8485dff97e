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
    path("besoeg/", include("accreditation.visit.urls")),
    path("", include("kip.reports.urls")),
]
