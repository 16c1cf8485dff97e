"""Questionnaires in versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from practices.models import Region, User
from surveys.enums import VersionState


class QuestionnaireVersion(models.Model):
    """One version, whole in itself. content: `Form.content()`; region: None for KIP's own library, else the region's own.

    A draft may be edited; once published or frozen by the first invitation its content never changes (migration 0002).
    """

    code = models.CharField(max_length=30)
    version = models.CharField(max_length=20)
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    edited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True)
    frozen_at = models.DateTimeField(_("first invitation"), null=True)

    class Meta:
        ordering = ["code", "version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version", "region"], name="survey_version", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"
