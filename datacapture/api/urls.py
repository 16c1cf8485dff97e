"""Addresses of the interface, and the OpenAPI document that is made of them."""

from typing import Any

from django.urls import path
from django.views.decorators.http import conditional_page
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import AllowAny

from datacapture.api.deliveries import DeliveryApi, ReceiptApi
from datacapture.api.reading import AreasApi, IndicatorApi, IndicatorsApi, ReleaseApi, ReleasesApi, ResultsApi
from kip.core.allow import ANYONE, SIGNED_IN, allow


def _door(view: Any) -> Any:
    """The key or the session is the door, so everybody may knock; what is unchanged by its ETag is not sent again."""
    return allow(ANYONE)(conditional_page(view.as_view()))


_described = [
    path("api/v1/leverancer/", _door(DeliveryApi), name="api_delivery"),
    path("api/v1/leverancer/<int:number>/", _door(ReceiptApi), name="api_receipt"),
    path("api/v1/dataudgaver/", _door(ReleasesApi), name="api_releases"),
    path("api/v1/dataudgaver/<int:number>/", _door(ReleaseApi), name="api_release"),
    path("api/v1/maalinger/", _door(IndicatorsApi), name="api_indicators"),
    path("api/v1/maalinger/<str:code>/", _door(IndicatorApi), name="api_indicator"),
    path("api/v1/resultater/", _door(ResultsApi), name="api_results"),
    path("api/v1/omraader/", _door(AreasApi), name="api_areas"),
]
# The library only writes down what the views of the interface are.
_description = SpectacularJSONAPIView.as_view(patterns=_described, authentication_classes=[], permission_classes=[AllowAny])
urlpatterns = [path("api/v1/skema.json", allow(SIGNED_IN)(_description), name="api_schema"), *_described]
