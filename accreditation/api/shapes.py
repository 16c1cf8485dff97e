"""How rows of accreditation look to other systems. What stands here is also the OpenAPI document."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    DateTimeField,
    DictField,
    IntegerField,
    JSONField,
    ListField,
    Serializer,
    SerializerMethodField,
)

from accreditation.enums import ProgrammeKind, State
from accreditation.library import Words, restore
from accreditation.models import StandardsEdition
from accreditation.queries.report import words
from practices.enums import Profession


class WordsField(DictField):
    """A text in both languages: da and en."""

    def to_representation(self, value: Words) -> dict[str, str]:
        return words(value)


class EditionSerializer(Serializer):
    """An edition of the standards for one profession; it never changes, a change is another version."""

    id = IntegerField()
    library = CharField()
    version = IntegerField()
    edition = CharField()
    profession = ChoiceField(Profession.choices)
    issued_on = DateField()
    digest = CharField(help_text=_("SHA-256 of everything the edition says"))


class StandardIndicatorSerializer(Serializer):
    """What is rated. assessed_by: codes of the ways it can be seen."""

    number = CharField()
    summary = WordsField(child=CharField())
    critical = BooleanField(help_text=_("critical to patient safety"))
    assessed_by = ListField(child=CharField())
    may_be_not_relevant = BooleanField()
    written_requirement = CharField(allow_null=True)
    minutes = IntegerField(help_text=_("estimated minutes of the self-assessment"))


class StandardSerializer(Serializer):
    """A standard with its indicators, each text in both languages."""

    number = CharField()
    title = WordsField(child=CharField())
    theme = CharField()
    purpose = WordsField(child=CharField())
    indicators = StandardIndicatorSerializer(many=True)


class EditionDetailSerializer(EditionSerializer):
    """An edition with all of its standards."""

    standards = SerializerMethodField()

    @extend_schema_field(StandardSerializer(many=True))
    def get_standards(self, edition: StandardsEdition) -> Any:
        return StandardSerializer(restore(edition.content).standards, many=True).data


class PublicationSerializer(Serializer):
    """A decision that is public, as it was frozen when it was published."""

    id = IntegerField()
    practice = CharField(source="practice.number", help_text=_("provider number"))
    practice_name = CharField(source="practice.name")
    profession = ChoiceField(Profession.choices, source="practice.profession")
    municipality = CharField(source="practice.municipality.code")
    status = SerializerMethodField()
    decided_on = SerializerMethodField()
    valid_from = SerializerMethodField()
    valid_to = SerializerMethodField()
    reason = SerializerMethodField()
    published_at = DateTimeField()
    digest = CharField(help_text=_("SHA-256 of the published report"))

    @extend_schema_field(CharField())
    def get_status(self, row: Any) -> str:
        return str(row.said[-1]["status"])

    @extend_schema_field(DateField())
    def get_decided_on(self, row: Any) -> str:
        return str(row.said[-1]["at"])[:10]

    @extend_schema_field(DateField(allow_null=True))
    def get_valid_from(self, row: Any) -> str | None:
        return row.said[-1]["valid_from"]

    @extend_schema_field(DateField(allow_null=True))
    def get_valid_to(self, row: Any) -> str | None:
        return row.said[-1]["valid_to"]

    @extend_schema_field(CharField(help_text=_("the committee's reason, where it gave one")))
    def get_reason(self, row: Any) -> str:
        return str(row.said[-1]["reason"])


class SurveySerializer(Serializer):
    """A survey of a practice and where it stands; status and dates are those of the newest decision, empty before one."""

    id = IntegerField()
    practice = CharField(source="practice.number", help_text=_("provider number"))
    practice_name = CharField(source="practice.name")
    kind = ChoiceField(ProgrammeKind.values, source="programme.kind")
    edition = IntegerField(source="edition_id")
    state = ChoiceField(State.values)
    visit_on = DateField(allow_null=True)
    previous = IntegerField(source="previous_id", allow_null=True)
    status = CharField(allow_null=True)
    decided_at = DateTimeField(allow_null=True)
    valid_from = DateField(allow_null=True)
    valid_to = DateField(allow_null=True)


class ReportSerializer(Serializer):
    """The newest signed report of a round, with both rounds merged where there were two; `content` is what was frozen."""

    survey = IntegerField(source="survey_id")
    round = IntegerField()
    final = BooleanField()
    number = IntegerField()
    signed_by = CharField(source="signed_name")
    signed_at = DateTimeField()
    digest = CharField(help_text=_("SHA-256 of the content, keys in alphabetical order"))
    content = JSONField()


class SurveyQuery(Serializer):
    """What may be asked of surveys."""

    state = ChoiceField(State.values, required=False)
    kind = ChoiceField(ProgrammeKind.values, required=False)


class PublicationQuery(Serializer):
    """What may be asked of published decisions."""

    profession = ChoiceField(Profession.choices, required=False)
