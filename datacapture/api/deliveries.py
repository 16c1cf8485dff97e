"""The REST way in: one file per request, with a practice's key. The answer tells where the receipt will be."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, DictField, IntegerField, ListField, Serializer

from datacapture import keys
from datacapture.actions import deliveries
from datacapture.api.access import KeyedView, PerKey, key_actor
from datacapture.api.shapes import refusals
from datacapture.enums import Channel
from datacapture.intake_pages import language
from datacapture.intake_queries import delivery_of
from datacapture.models import Delivery
from kip.core.audit import acting
from kip.core.scope import activate
from kip.core.vault import TooLarge

CHUNK_BYTES = 256 * 1024
FILES = {
    "text/csv": "levering.csv",
    "application/x-ndjson": "levering.ndjson",
    "application/fhir+json": "levering.json",
    "application/zip": "levering.zip",
}


class FileTooLarge(APIException):
    """More bytes than the portal takes in."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The file is too large.")


class ReceiptSerializer(Serializer):
    """The shape of a receipt; described here, never filled."""

    id = IntegerField()
    state = CharField(help_text=gettext_lazy("waiting, reading, stored or refused"))
    receipt = CharField(help_text=gettext_lazy("address of this receipt"))
    counts = DictField(
        help_text=gettext_lazy("new, changed, same, removed, dropped by reason and code system, refused and warned by code")
    )
    messages = ListField(child=DictField())


class DeliveryApi(KeyedView):
    """Takes in one file."""

    throttle_classes: ClassVar[list[Any]] = [PerKey]

    @extend_schema(
        operation_id="send_delivery",
        summary=gettext_lazy("Send an event file or a FHIR document"),
        request=dict.fromkeys(FILES, bytes),
        responses={
            202: ReceiptSerializer,
            **refusals(400, 401, 403, 413, 415, 429),
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
            raise FileTooLarge from None
        except OSError:
            raise ParseError(_("The file did not arrive in full.")) from None
        delivery = self._receive(request, stored, name)
        address = reverse("datacapture:api_receipt", args=[delivery.pk])
        return Response(receipt(delivery), status.HTTP_202_ACCEPTED, headers={"Location": address})

    def _receive(self, request: Request, stored: Any, name: str) -> Delivery:
        try:
            with acting(key_actor(request)), activate(request.auth.scope):
                sender = deliveries.Sender(request.auth.scope, Channel.API)
                return deliveries.receive(sender, stored, name, mode=deliveries.STORE)
        except BaseException:
            keys.vault().delete(stored.name)
            raise


class ReceiptApi(KeyedView):
    """Gives the receipt of one delivery of the key's practice."""

    @extend_schema(
        operation_id="get_receipt",
        summary=gettext_lazy("Get a receipt"),
        responses={200: ReceiptSerializer, **refusals(401, 403, 404)},
    )
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
