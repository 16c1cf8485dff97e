"""Addresses of the interface of accreditation; they are described in the portal's one OpenAPI document."""

from django.urls import path

from accreditation.api.views import EditionApi, EditionsApi, PublicationsApi, ReportApi, SurveysApi
from kip.core.api import describe, door

app_name = "survey_api"
urlpatterns = describe(
    path("api/v1/standarder/", door(EditionsApi), name="editions"),
    path("api/v1/standarder/<int:number>/", door(EditionApi), name="edition"),
    path("api/v1/afgoerelser/", door(PublicationsApi), name="publications"),
    path("api/v1/akkreditering/", door(SurveysApi), name="surveys"),
    path("api/v1/akkreditering/<int:number>/rapport/<int:round_number>/", door(ReportApi), name="report"),
)
