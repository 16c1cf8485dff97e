"""What the interface tells of accreditation: standards and published decisions to anybody, surveys and
reports to the practice itself and to its region."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTransform
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import AnonRateThrottle

from accreditation.api.shapes import (
    EditionDetailSerializer,
    EditionSerializer,
    PublicationQuery,
    PublicationSerializer,
    ReportSerializer,
    SurveyQuery,
    SurveySerializer,
)
from accreditation.models import Decision, Publication, StandardsEdition, Survey
from accreditation.queries import visible
from accreditation.queries.public import open_publications
from accreditation.report.finding import looked, reports
from datacapture.api.access import Access, PerReader, ReadView
from datacapture.api.reading import ListView
from datacapture.api.shapes import refusals
from kip.core import audit
from kip.core.scope import Persona, Scope
from practices.acting import Acting

OWN_AND_REGION = frozenset({Persona.PRACTICE, Persona.REGION})


def reader(request: Request, scope: Scope) -> Acting:
    """Who reads: the person of the session, or the practice's own system by its key."""
    access: Access = request.auth
    if access.key is None:
        return request._request.acting
    return Acting(scope, "api_key", "", access.key.label, "", "")


class PerPlace(AnonRateThrottle):
    """So many answers an hour to one address without a key."""

    rate = "300/hour"


class OpenView(ReadView):
    """A view that anybody may read, also without a key; a key or a session is still looked at when it comes along."""

    permission_classes: ClassVar[list[Any]] = [AllowAny]
    throttle_classes: ClassVar[list[Any]] = [PerReader, PerPlace]

    @contextmanager
    def reading(self, request: Request) -> Iterator[Scope | None]:  # type: ignore[override]  # nobody has no scope
        if request.auth is None:
            yield None
        else:
            with super().reading(request) as scope:
                yield scope


@extend_schema_view(
    get=extend_schema(
        operation_id="list_standards",
        summary=_("Editions of the standards"),
        responses={200: EditionSerializer(many=True), **refusals(401, 404, 429)},
    )
)
class EditionsApi(OpenView, ListView):
    """Editions of the standards."""

    serializer_class = EditionSerializer

    def rows(self, scope: Scope, asked: dict[str, Any]) -> QuerySet[Any]:
        return StandardsEdition.objects.defer("content").order_by("pk")


class EditionApi(OpenView):
    """One edition with its standards and indicators."""

    @extend_schema(
        operation_id="get_standards",
        summary=_("An edition with its standards and indicators, in both languages"),
        responses={200: EditionDetailSerializer, **refusals(401, 404, 429)},
    )
    def get(self, request: Request, number: int) -> Response:
        with self.reading(request):
            found = StandardsEdition.objects.filter(pk=number).first()
            if found is None:
                raise Http404
            return Response(EditionDetailSerializer(found).data)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_published_decisions",
        summary=_("Published decisions"),
        parameters=[PublicationQuery],
        responses={200: PublicationSerializer(many=True), **refusals(400, 401, 404, 429)},
    )
)
class PublicationsApi(OpenView, ListView):
    """Decisions that anybody may read; one that was taken back is not told of."""

    query_class: ClassVar[type[Serializer]] = PublicationQuery
    serializer_class = PublicationSerializer

    def rows(self, scope: Scope, asked: dict[str, Any]) -> QuerySet[Publication]:
        found = open_publications()
        if "profession" in asked:
            found = found.filter(practice__profession=asked["profession"])
        return found.annotate(said=KeyTransform("decisions", KeyTransform("status", "content"))).defer("content")


@extend_schema_view(
    get=extend_schema(
        operation_id="list_surveys",
        summary=_("Accreditation surveys of the own practice, or of the own region"),
        parameters=[SurveyQuery],
        responses={200: SurveySerializer(many=True), **refusals(400, 401, 403, 404, 429)},
    )
)
class SurveysApi(ListView):
    """Where surveys stand, as their pages tell it."""

    readers = OWN_AND_REGION
    query_class: ClassVar[type[Serializer]] = SurveyQuery
    serializer_class = SurveySerializer

    def rows(self, scope: Scope, asked: dict[str, Any]) -> QuerySet[Survey]:
        newest = Decision.objects.filter(survey=OuterRef("pk")).order_by("-at", "-pk")
        found = visible.surveys(reader(self.request, scope)).annotate(
            status=Subquery(newest.values("status")[:1]), decided_at=Subquery(newest.values("at")[:1]),
            valid_from=Subquery(newest.values("valid_from")[:1]), valid_to=Subquery(newest.values("valid_to")[:1]),
        )  # fmt: skip
        wanted = {"state": asked.get("state"), "programme__kind": asked.get("kind")}
        return found.filter(**{name: value for name, value in wanted.items() if value})

    def record(self, scope: Scope, number: int, asked: dict[str, Any]) -> None:
        places = {"practice_id": scope.practice_id, "region_id": scope.region_id}
        audit.record("downloaded", kind="surveys", purpose="accreditation", detail=json.dumps({"rows": number}), **places)


class ReportApi(ReadView):
    """The report of a survey's round."""

    readers = OWN_AND_REGION

    @extend_schema(
        operation_id="get_survey_report",
        summary=_("The newest signed report of a survey's round"),
        responses={200: ReportSerializer, **refusals(401, 403, 404, 429)},
    )
    def get(self, request: Request, number: int, round_number: int) -> Response:
        with self.reading(request) as scope:
            by = reader(request, scope)
            survey, rows = reports(by, number)
            row = next((one for one in rows if one.round == round_number), None)
            if row is None:
                raise Http404
            looked(by, survey, row, "downloaded")
            return Response(ReportSerializer(row).data)
