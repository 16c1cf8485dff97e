"""Addresses of the interface, and the OpenAPI document that is made of every app's."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import AllowAny

from datacapture.api.deliveries import DeliveryApi, ReceiptApi
from datacapture.api.reading import AreasApi, IndicatorApi, IndicatorsApi, ReleaseApi, ReleasesApi, ResultsApi
from kip.core.allow import SIGNED_IN, allow
from kip.core.api import DESCRIBED, describe, door

_described = describe(
    path("api/v1/leverancer/", door(DeliveryApi), name="api_delivery"),
    path("api/v1/leverancer/<int:number>/", door(ReceiptApi), name="api_receipt"),
    path("api/v1/dataudgaver/", door(ReleasesApi), name="api_releases"),
    path("api/v1/dataudgaver/<int:number>/", door(ReleaseApi), name="api_release"),
    path("api/v1/maalinger/", door(IndicatorsApi), name="api_indicators"),
    path("api/v1/maalinger/<str:code>/", door(IndicatorApi), name="api_indicator"),
    path("api/v1/resultater/", door(ResultsApi), name="api_results"),
    path("api/v1/omraader/", door(AreasApi), name="api_areas"),
)
# The library only writes down what the views of the interface are.
_description = SpectacularJSONAPIView.as_view(patterns=DESCRIBED, authentication_classes=[], permission_classes=[AllowAny])
urlpatterns = [path("api/v1/skema.json", allow(SIGNED_IN)(_description), name="api_schema"), *_described]
