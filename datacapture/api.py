"""The REST way in: one file per request, with a practice's key. The answer tells where the receipt will be."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ParseError, Throttled, UnsupportedMediaType
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, DictField, IntegerField, ListField, Serializer
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from datacapture import keys
from datacapture.actions import api_keys, deliveries
from datacapture.enums import Channel
from datacapture.intake.vault import TooLarge
from datacapture.intake_pages import language
from datacapture.intake_queries import delivery_of
from datacapture.models import ApiKey, Delivery
from kip.core.audit import Actor, acting
from kip.core.scope import Scope, activate

CHUNK_BYTES = 256 * 1024
FILES = {
    "text/csv": "levering.csv",
    "application/x-ndjson": "levering.ndjson",
    "application/fhir+json": "levering.json",
    "application/zip": "levering.zip",
}
FAILURES, FAILURE_SECONDS = 20, 60


@dataclass(frozen=True)
class Access:
    """What a valid key opens."""

    scope: Scope
    key: ApiKey


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer kip_<practice>_<secret>`; every refusal looks the same."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Access] | None:
        scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        place = f"api-failures:{BaseThrottle().get_ident(request)}"
        if cache.get(place, 0) >= FAILURES:
            raise Throttled(FAILURE_SECONDS)
        found = api_keys.authenticate(token.strip())
        if found is None:
            if not cache.add(place, 1, FAILURE_SECONDS):
                cache.set(place, cache.get(place, 0) + 1, FAILURE_SECONDS)
            raise AuthenticationFailed(_("The key is not valid."))
        return AnonymousUser(), Access(*found)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasKey(BasePermission):
    """Let in a request that came with a valid key."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.auth is not None


class PerKey(SimpleRateThrottle):
    """So many files an hour with one key."""

    rate = "120/hour"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"api-key:{request.auth.key.pk}" if request.auth else None


class ReceiptSerializer(Serializer):
    """The shape of a receipt; described here, never filled."""

    id = IntegerField()
    state = CharField(help_text=gettext_lazy("waiting, reading, stored or refused"))
    receipt = CharField(help_text=gettext_lazy("address of this receipt"))
    counts = DictField(
        help_text=gettext_lazy("new, changed, same, removed, dropped by reason and code system, refused and warned by code")
    )
    messages = ListField(child=DictField())


class KeyedView(APIView):
    """A view behind a practice's key; its work runs in the intake persona of that practice."""

    authentication_classes: ClassVar[list[Any]] = [KeyAuthentication]
    permission_classes: ClassVar[list[Any]] = [HasKey]
    parser_classes: ClassVar[list[Any]] = []

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response.headers["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)

    def actor(self, request: Request) -> Actor:
        return Actor(None, request.auth.key.label, "api_key", "", getattr(request, "request_id", ""))


class DeliveryApi(KeyedView):
    """Takes in one file."""

    throttle_classes: ClassVar[list[Any]] = [PerKey]

    @extend_schema(
        operation_id="send_delivery",
        summary=gettext_lazy("Send an event file or a FHIR document"),
        request=dict.fromkeys(FILES, bytes),
        responses={
            202: ReceiptSerializer,
            401: OpenApiResponse(),
            413: OpenApiResponse(),
            415: OpenApiResponse(),
            429: OpenApiResponse(),
        },
    )
    def post(self, request: Request) -> Response:
        name = FILES.get((request.content_type or "").partition(";")[0].strip().lower())
        if name is None:
            raise UnsupportedMediaType(request.content_type or "")
        try:
            raw = request._request
            stored = keys.vault().store(iter(lambda: raw.read(CHUNK_BYTES), b""), limit=settings.UPLOAD_LIMIT_BYTES)
        except TooLarge:
            return Response({"detail": _("The file is too large.")}, status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
        except OSError:
            raise ParseError(_("The file did not arrive in full.")) from None
        delivery = self._receive(request, stored, name)
        address = reverse("datacapture:api_receipt", args=[delivery.pk])
        return Response(receipt(delivery), status.HTTP_202_ACCEPTED, headers={"Location": address})

    def _receive(self, request: Request, stored: Any, name: str) -> Delivery:
        try:
            with acting(self.actor(request)), activate(request.auth.scope):
                sender = deliveries.Sender(request.auth.scope, Channel.API)
                return deliveries.receive(sender, stored, name, mode=deliveries.STORE)
        except BaseException:
            keys.vault().delete(stored.name)
            raise


class ReceiptApi(KeyedView):
    """Gives the receipt of one delivery of the key's practice."""

    @extend_schema(operation_id="get_receipt", summary=gettext_lazy("Get a receipt"), responses={200: ReceiptSerializer})
    def get(self, request: Request, number: int) -> Response:
        with activate(request.auth.scope):
            delivery = delivery_of(request.auth.scope.practice_id, number)
            if delivery is None:
                raise Http404
            return Response(receipt(delivery))


def receipt(delivery: Delivery) -> dict[str, Any]:
    """A delivery as the interface tells of it, in the reader's language."""
    names = ("read", "new", "changed", "same", "removed", "dropped", "refused", "warned", "checksum_notes", "newest", "stopped")
    found = delivery.receipt
    return {
        "id": delivery.pk,
        "state": delivery.state,
        "receipt": reverse("datacapture:api_receipt", args=[delivery.pk]),
        "received_at": delivery.created_at.isoformat(),
        "counts": {name: found[name] for name in names if name in found},
        "messages": [
            {"level": item["level"], "code": item["key"], "rows": item["n"], "text": item[language()]}
            for item in found.get("messages", [])
        ],
    }
