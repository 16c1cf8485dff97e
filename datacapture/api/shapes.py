"""How stored rows look to other systems. What stands here is also the OpenAPI document; units are the tables'."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    DateTimeField,
    DictField,
    FloatField,
    IntegerField,
    JSONField,
    ListField,
    Serializer,
    SerializerMethodField,
)

from datacapture.enums import AreaLevel, Dimension, Direction, IndicatorType, ReleaseKind, ReleaseState, Tier
from datacapture.models import Release, Result
from datacapture.queries import wording
from datacapture.queries.releases import release_name
from practices.enums import Profession

AREAS = [level for level in AreaLevel.values if level != AreaLevel.SIMILAR]


class ProblemSerializer(Serializer):
    """A refusal after RFC 9457. errors: faults of single parameters by name."""

    type = CharField()
    title = CharField()
    status = IntegerField()
    detail = CharField(required=False)
    errors = DictField(required=False)


def refusals(*statuses: int) -> dict[Any, OpenApiResponse]:
    """The answers that are problems, for a view's description."""
    return {(status, "application/problem+json"): OpenApiResponse(ProblemSerializer) for status in statuses}


class ReleaseSerializer(Serializer):
    """A release; an own one holds a practice's figures since its last delivery, compared with `basis`."""

    id = IntegerField()
    kind = ChoiceField(ReleaseKind.values)
    label = CharField(help_text=_("year and quarter"))
    name = SerializerMethodField(help_text=_("what pages, files and reports call it"))
    revision = IntegerField()
    state = ChoiceField([ReleaseState.PUBLISHED.value, ReleaseState.SUPERSEDED.value])
    month_end = DateField(help_text=_("last day of the newest figures"))
    published_at = DateTimeField()
    superseded_at = DateTimeField(allow_null=True)
    supersedes = IntegerField(source="supersedes_id", allow_null=True)
    basis = IntegerField(source="basis_id", allow_null=True)
    reason = CharField(help_text=_("why a published release was corrected"))
    method = CharField(help_text=_("version of the statistics"))

    def get_name(self, release: Release) -> str:
        return release_name(release)


class IndicatorSerializer(Serializer):
    """A measure and the number of its running definition; null = it is no longer counted."""

    code = CharField()
    name = SerializerMethodField()
    theme = CharField()
    professions = ListField(child=ChoiceField(Profession.choices))
    value = ChoiceField(Dimension.values, source="dimension", help_text=_("which of the six values it stands for"))
    kind = CharField()
    type = ChoiceField(IndicatorType.values)
    direction = ChoiceField(Direction.values)
    per = IntegerField(help_text=_("a rate is given per so many"))
    version = SerializerMethodField()

    @extend_schema_field(DictField(child=CharField()))
    def get_name(self, indicator: Any) -> dict[str, str]:
        return dict(_newest(indicator).texts["name"])

    @extend_schema_field(IntegerField(allow_null=True))
    def get_version(self, indicator: Any) -> int | None:
        newest = _newest(indicator)
        return None if newest.retired_at else newest.number


def _newest(indicator: Any) -> Any:
    return max(indicator.versions.all(), key=lambda version: version.number)


class VersionSerializer(Serializer):
    """A published definition; it never changes, a change is the next number."""

    number = IntegerField()
    published_at = DateTimeField()
    retired_at = DateTimeField(allow_null=True)
    author = CharField()
    checker = CharField()
    reviewed_on = DateField(allow_null=True)
    next_review = DateField(allow_null=True)
    trust = CharField(help_text=_("verified, part or draft"))
    source = CharField()
    note = CharField()
    smallest_denominator = IntegerField(source="min_n")
    target = JSONField(allow_null=True)
    definition = JSONField()
    texts = JSONField()


class IndicatorDetailSerializer(IndicatorSerializer):
    """A measure with every definition it has had."""

    versions = VersionSerializer(many=True)


class PeersSerializer(Serializer):
    """The middle practice of the profession in the country, and the edges of the middle eight of ten."""

    median = FloatField(source="expected", allow_null=True)
    p10 = FloatField(source="band_low", allow_null=True)
    p90 = FloatField(source="band_high", allow_null=True)


class AdjustedSerializer(Serializer):
    """The figure adjusted for age and sex."""

    value = FloatField(source="adjusted", allow_null=True)
    lower = FloatField(source="adjusted_lower", allow_null=True)
    upper = FloatField(source="adjusted_upper", allow_null=True)


class VerdictSerializer(Serializer):
    """The judgement of the newest month; empty in earlier months and where nothing is compared."""

    tier = ChoiceField(Tier.values, allow_blank=True)
    position = CharField(allow_blank=True)
    trend = CharField(allow_blank=True)
    since = DateField(allow_null=True)
    p = FloatField(allow_null=True)
    p_adjusted = FloatField(allow_null=True)
    q = FloatField(allow_null=True)
    to_gain = FloatField(source="gain", allow_null=True)
    reliability = FloatField(allow_null=True)
    detectable_difference = FloatField(source="mdd", allow_null=True)


class WordsSerializer(Serializer):
    """The figure as pages and reports write it, in the language asked for."""

    value = SerializerMethodField()
    fraction = SerializerMethodField()
    interval = SerializerMethodField()
    verdict = SerializerMethodField()

    def get_value(self, row: Result) -> str:
        return wording.value_words(row.value, row.version, row.n)

    def get_fraction(self, row: Result) -> str:
        return wording.fraction_words(row.x, row.n, row.version) if row.value is not None else ""

    def get_interval(self, row: Result) -> str:
        return wording.span_words(row.lower, row.upper, row.version, row.n)

    def get_verdict(self, row: Result) -> str:
        return wording.verdict_word(row) if row.latest else ""


class ResultSerializer(Serializer):
    """A practice's figure: shares are 0-1, rates per the measure's `per`, else days, or the difference of two shares."""

    indicator = CharField(source="version.indicator.code")
    version = IntegerField(source="version.number")
    release = IntegerField(source="release_id")
    month_end = DateField()
    latest = BooleanField(help_text=_("the newest month of its release"))
    numerator = IntegerField(source="x")
    denominator = IntegerField(source="n")
    excluded = IntegerField()
    unknown = IntegerField()
    exception = IntegerField()
    open_cases = IntegerField(help_text=_("cases of a measure of days whose end has not come; in no other number"))
    value = FloatField(allow_null=True)
    lower = FloatField(allow_null=True)
    upper = FloatField(allow_null=True)
    mean = FloatField(allow_null=True, help_text=_("mean score change behind a share of changes"))
    thin_months = ListField(child=DateField(), help_text=_("months behind the figure whose data are missing"))
    peers = PeersSerializer(source="*")
    adjusted = AdjustedSerializer(source="*")
    verdict = VerdictSerializer(source="*")
    words = WordsSerializer(source="*")


class AreaSerializer(Serializer):
    """A total of practices of one profession after the disclosure gate; counts are rounded."""

    indicator = CharField(source="row.version.indicator.code")
    version = IntegerField(source="row.version.number")
    release = IntegerField(source="row.release_id")
    level = ChoiceField(AREAS, source="row.level")
    area = IntegerField(source="row.area_id", help_text=_("number of the area, 0 for the country"))
    area_name = CharField()
    profession = ChoiceField(Profession.choices, source="row.profession")
    month_end = DateField(source="row.month_end")
    state = ChoiceField(["shown", "too_few", "suppressed", "no_data"])
    practices = SerializerMethodField()
    numerator = IntegerField(source="row.x", allow_null=True)
    denominator = IntegerField(source="row.n", allow_null=True)
    value = FloatField(source="row.value", allow_null=True)
    lower = FloatField(source="row.lower", allow_null=True)
    upper = FloatField(source="row.upper", allow_null=True)
    median = FloatField(source="row.median", allow_null=True)
    p10 = FloatField(source="row.p10", allow_null=True)
    p90 = FloatField(source="row.p90", allow_null=True)
    words = CharField(help_text=_("the value as the pages write it, or why there is none"))

    @extend_schema_field(IntegerField(allow_null=True))
    def get_practices(self, figure: Any) -> int | None:
        return None if figure.state == "suppressed" else figure.row.practices


class ResultQuery(Serializer):
    """What may be asked of a practice's figures."""

    release = IntegerField(
        required=False, min_value=1, max_value=2**31, help_text=_("a release's id; else the one the pages show")
    )
    indicator = CharField(required=False, max_length=12, help_text=_("a measure's code"))
    latest = BooleanField(required=False, help_text=_("only the newest month"))


class AreaQuery(ResultQuery):
    """What may be asked of areas."""

    level = ChoiceField(AREAS, required=False)
    profession = ChoiceField(Profession.choices, required=False)
