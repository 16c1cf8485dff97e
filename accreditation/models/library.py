"""Editions of the standards, programmes and rule sets. What a survey was begun with never changes, by triggers."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accreditation.enums import MappingKind, ProgrammeKind
from practices.enums import Profession


class StandardsEdition(models.Model):
    """The standards of one profession in one version of the library: generic core and the profession's modules.

    `content` is what the library's edition says (accreditation.library.Edition.content); `digest` its SHA-256 in hex.
    """

    library = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    edition = models.CharField(_("edition"), max_length=20)
    profession = models.CharField(_("profession"), max_length=24, choices=Profession)
    issued_on = models.DateField(null=True)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["library", "profession", "-version"]
        constraints = [models.UniqueConstraint(fields=["library", "profession", "version"], name="edition_version_once")]

    def __str__(self) -> str:
        return f"{self.library} {self.edition} {self.profession}"


class Standard(models.Model):
    """A standard of an edition; its indicators are what is rated."""

    edition = models.ForeignKey(StandardsEdition, models.CASCADE, related_name="standards")
    number = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField()
    theme = models.CharField(max_length=12)
    title_da = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    purpose_da = models.TextField()
    purpose_en = models.TextField()

    class Meta:
        ordering = ["edition", "position"]
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="standard_number_once")]

    def __str__(self) -> str:
        return self.number


class StandardIndicator(models.Model):
    """The smallest thing that is rated. minutes: estimated time for the practice's answer."""

    edition = models.ForeignKey(StandardsEdition, models.CASCADE, related_name="indicators")
    standard = models.ForeignKey(Standard, models.CASCADE, related_name="indicators")
    number = models.CharField(max_length=16)
    position = models.PositiveSmallIntegerField()
    summary_da = models.TextField()
    summary_en = models.TextField()
    critical = models.BooleanField()
    assessed_by = ArrayField(models.CharField(max_length=20))
    may_be_not_relevant = models.BooleanField()
    written_requirement = models.CharField(max_length=40, blank=True)
    minutes = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["edition", "position"]
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="standard_indicator_number_once")]

    def __str__(self) -> str:
        return self.number


class EditionMapping(models.Model):
    """What became of an indicator when a new edition came; `old` empty: it is new, `new` empty: it is gone."""

    old_edition = models.ForeignKey(StandardsEdition, models.CASCADE, related_name="+")
    new_edition = models.ForeignKey(StandardsEdition, models.CASCADE, related_name="mappings")
    old = models.ForeignKey(StandardIndicator, models.CASCADE, null=True, related_name="+")
    new = models.ForeignKey(StandardIndicator, models.CASCADE, null=True, related_name="origins")
    kind = models.CharField(max_length=8, choices=MappingKind)
    why_da = models.CharField(max_length=500, blank=True)
    why_en = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["old_edition", "new_edition", "old", "new"], name="edition_mapping_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(kind=MappingKind.ADDED, old=None, new__isnull=False)
                | Q(kind=MappingKind.REMOVED, old__isnull=False, new=None)
                | (~Q(kind__in=(MappingKind.ADDED, MappingKind.REMOVED)) & Q(old__isnull=False, new__isnull=False)),
                name="edition_mapping_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_id} {self.kind} {self.new_id}"


class RuleSet(models.Model):
    """A version of the rules that turn ratings into a status; the rules are code, the row pins version and digest."""

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["code", "-version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="rule_set_version_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class Programme(models.Model):
    """What a profession is surveyed by: the kind of survey, an edition and a rule set.

    kind_content: all that the kind said then (accreditation.programmes.Kind.content), so that its clocks stay as they were.
    """

    kind = models.CharField(_("kind"), max_length=24, choices=ProgrammeKind)
    profession = models.CharField(_("profession"), max_length=24, choices=Profession)
    edition = models.ForeignKey(StandardsEdition, models.PROTECT, related_name="programmes")
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="programmes")
    kind_content = models.JSONField()
    kind_digest = models.CharField(max_length=64)
    opened_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["profession", "kind", "-opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "profession", "edition", "rule_set", "kind_digest"], name="programme_once"),
            models.UniqueConstraint(fields=["kind", "profession"], condition=Q(retired_at=None), name="one_open_programme"),
            # So that a survey's own pins are held equal to its programme's (migration 0002).
            models.UniqueConstraint(fields=["id", "edition", "rule_set"], name="programme_pins"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.profession}"
