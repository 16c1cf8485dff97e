"""Definitions that people write in the portal, before and after the worker makes them versions."""

import json
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from datacapture.enums import DraftState
from datacapture.models.feedback import Indicator, IndicatorVersion


class DefinitionDraft(models.Model):
    """A proposal for an indicator's next version; approved by somebody else it is laid over the definition files.

    definition and texts are what the two YAML texts say after the check; `base` is the version it was made from and
    `version` the one it became. test: aggregates of the test run after the disclosure gate; test_digest: what was tested.
    """

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="drafts")
    base = models.ForeignKey(IndicatorVersion, models.PROTECT, related_name="+")
    version = models.ForeignKey(IndicatorVersion, models.PROTECT, null=True, related_name="drafts")
    definition_text = models.TextField()
    texts_text = models.TextField()
    definition = models.JSONField()
    texts = models.JSONField()
    min_n = models.PositiveIntegerField()
    note = models.CharField(_("what is changed, and why"), max_length=500, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=120)
    checker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checker_name = models.CharField(max_length=120, blank=True)
    reviewed_on = models.DateField(null=True)
    next_review = models.DateField(null=True)
    state = models.CharField(max_length=12, choices=DraftState, default=DraftState.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    test = models.JSONField(null=True)
    test_job = models.UUIDField(null=True)
    test_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(author=F("checker")), name="draft_checked_by_another"),
            models.CheckConstraint(
                condition=Q(state__in=(DraftState.DRAFT, DraftState.DROPPED))
                | Q(checker__isnull=False, reviewed_on__isnull=False),
                name="draft_approved_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["indicator"], condition=Q(state__in=(DraftState.DRAFT, DraftState.APPROVED)), name="one_open_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.base} ({self.state})"

    @property
    def digest(self) -> str:
        """Equal for drafts that say the same."""
        said = [self.definition, self.texts, self.min_n]
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @property
    def tested(self) -> bool:
        """A test run of just this text has come to its end."""
        return bool(self.test and not self.test.get("failed") and self.test_digest == self.digest)
