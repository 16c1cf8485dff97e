"""What the interface tells: releases, definitions, a practice's own figures, and a region's areas."""

import json
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from datacapture.actions.looks import record_download
from datacapture.api.access import ReadView
from datacapture.api.shapes import (
    AreaQuery,
    AreaSerializer,
    IndicatorDetailSerializer,
    IndicatorSerializer,
    ReleaseSerializer,
    ResultQuery,
    ResultSerializer,
    refusals,
)
from datacapture.queries.figures import (
    area_figure,
    area_figures,
    area_names,
    indicators,
    own_results,
    shown_quarter,
    told_releases,
)
from datacapture.queries.releases import published, shown_to
from kip.core import audit
from kip.core.scope import Persona, Scope

PAGE = 200


class Pages(CursorPagination):
    """Pages by cursor, in the order that rows were stored: nothing is told twice or left out when rows are added."""

    page_size = PAGE
    page_size_query_param = "per_page"
    max_page_size = 1000
    ordering = "pk"

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Raises NotFound for a cursor that no answer gave."""
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not (cursor.position.isdigit() and len(cursor.position) < 19):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Written here since the library's own still says "nullable", which OpenAPI 3.1 does not know."""
        address = {"type": ["string", "null"], "format": "uri"}
        properties = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}


class ListView(ReadView):
    """Rows of one kind, page by page."""

    pagination_class: ClassVar[Any] = Pages
    query_class: ClassVar[type[Serializer]] = Serializer
    serializer_class: ClassVar[type[Serializer]] = Serializer

    def get(self, request: Request) -> Response:
        query = self.query_class(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        with self.reading(request) as scope:
            pages = self.pagination_class()
            rows = pages.paginate_queryset(self.rows(scope, query.validated_data), request, view=self)
            body = self.serializer_class(self.told(scope, rows), many=True).data
            self.record(scope, len(rows), query.validated_data)
        return pages.get_paginated_response(body)

    def rows(self, scope: Scope, asked: dict[str, Any]) -> QuerySet[Any]:
        raise NotImplementedError

    def told(self, scope: Scope, rows: list[Any]) -> list[Any]:
        """The rows as the serializer takes them."""
        return rows

    def record(self, scope: Scope, number: int, asked: dict[str, Any]) -> None:
        """What the audit trail keeps; nothing where there is nobody's figure in the answer."""


@extend_schema_view(
    get=extend_schema(
        operation_id="list_releases",
        summary=_("Releases"),
        responses={200: ReleaseSerializer(many=True), **refusals(401, 403, 404, 429)},
    )
)
class ReleasesApi(ListView):
    """Releases that have been let out, and a practice's own ones."""

    serializer_class = ReleaseSerializer

    def rows(self, scope: Scope, asked: dict[str, Any]) -> QuerySet[Any]:
        return told_releases()


class ReleaseApi(ReadView):
    """One release."""

    @extend_schema(
        operation_id="get_release", summary=_("A release"), responses={200: ReleaseSerializer, **refusals(401, 403, 404, 429)}
    )
    def get(self, request: Request, number: int) -> Response:
        with self.reading(request):
            return Response(ReleaseSerializer(_found(told_releases().filter(pk=number).first())).data)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_indicators",
        summary=_("Measures"),
        responses={200: IndicatorSerializer(many=True), **refusals(401, 403, 404, 429)},
    )
)
class IndicatorsApi(ListView):
    """Measures."""

    serializer_class = IndicatorSerializer

    def rows(self, scope: Scope, asked: dict[str, Any]) -> QuerySet[Any]:
        return indicators()


class IndicatorApi(ReadView):
    """One measure with the definitions it has had."""

    @extend_schema(
        operation_id="get_indicator",
        summary=_("A measure with its definitions"),
        responses={200: IndicatorDetailSerializer, **refusals(401, 403, 404, 429)},
    )
    def get(self, request: Request, code: str) -> Response:
        with self.reading(request):
            return Response(IndicatorDetailSerializer(_found(indicators().filter(code=code).first())).data)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_results",
        summary=_("The own practice's figures"),
        parameters=[ResultQuery],
        responses={200: ResultSerializer(many=True), **refusals(400, 401, 403, 404, 429)},
    )
)
class ResultsApi(ListView):
    """The figures of the own practice, as its pages read them."""

    readers = frozenset({Persona.PRACTICE})
    query_class = ResultQuery
    serializer_class = ResultSerializer

    def rows(self, scope: Scope, asked: dict[str, Any]) -> QuerySet[Any]:
        practice_id = int(scope.practice_id or 0)
        release = _found(told_releases().filter(pk=asked["release"]).first()) if "release" in asked else shown_to(practice_id)
        return _narrowed(own_results(practice_id, release), asked)

    def record(self, scope: Scope, number: int, asked: dict[str, Any]) -> None:
        practice_id = int(scope.practice_id or 0)
        record_download("measure_figures", practice_id=practice_id, rows=number, object_id=asked.get("indicator", ""))


@extend_schema_view(
    get=extend_schema(
        operation_id="list_areas",
        summary=_("Figures of the region, its municipalities and clusters, and of the country"),
        parameters=[AreaQuery],
        responses={200: AreaSerializer(many=True), **refusals(400, 401, 404, 429)},
    )
)
class AreasApi(ListView):
    """The areas of the own region and the country, as the region's pages read them."""

    readers = frozenset({Persona.REGION})
    query_class = AreaQuery
    serializer_class = AreaSerializer

    def rows(self, scope: Scope, asked: dict[str, Any]) -> QuerySet[Any]:
        release = _found(shown_quarter(asked["release"])) if "release" in asked else published()
        rows = area_figures(int(scope.region_id or 0), self.request.auth.profession, release)
        for name in ("level", "profession"):
            rows = rows.filter(**{name: asked[name]}) if name in asked else rows
        return _narrowed(rows, asked)

    def told(self, scope: Scope, rows: list[Any]) -> list[Any]:
        names = area_names(int(scope.region_id or 0))
        return [area_figure(row, names) for row in rows]

    def record(self, scope: Scope, number: int, asked: dict[str, Any]) -> None:
        audit.record(
            "downloaded",
            kind="area_figures",
            object_id=asked.get("indicator", ""),
            region_id=scope.region_id,
            detail=json.dumps({"rows": number}),
        )


def _narrowed(rows: QuerySet[Any], asked: dict[str, Any]) -> QuerySet[Any]:
    """The rows of one measure, or of a release's newest month."""
    if "indicator" in asked:
        rows = rows.filter(version__indicator__code=asked["indicator"])
    return rows.filter(month_end=F("release__month_end")) if asked.get("latest") else rows


def _found(thing: Any) -> Any:
    if thing is None:
        raise Http404
    return thing
