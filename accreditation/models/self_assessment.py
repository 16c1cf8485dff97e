"""What the practice says about itself, and what it shows. Private until it is shared, indicator by indicator."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accreditation.enums import AnswerState, EvidenceKind
from accreditation.models.library import StandardIndicator
from accreditation.models.surveys import OfSurvey


class SelfAssessment(OfSurvey):
    """The practice's own answer to one indicator: a rating of the survey's scale, a comment, minutes used.

    `proposed` is last cycle's answer to the same indicator, shown and never counted. `version` guards two people at once.
    """

    indicator = models.ForeignKey(StandardIndicator, models.PROTECT, related_name="+")
    state = models.CharField(max_length=6, choices=AnswerState, default=AnswerState.OPEN)
    answer = models.CharField(max_length=24, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    minutes_used = models.PositiveIntegerField(_("minutes used"), default=0)
    proposed = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["survey", "indicator__position"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "indicator"], name="self_assessment_once"),
            models.CheckConstraint(condition=~Q(state=AnswerState.DONE) | ~Q(answer=""), name="done_has_an_answer"),
            models.CheckConstraint(condition=~Q(answer="not_relevant") | ~Q(comment=""), name="own_not_relevant_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.indicator_id}"


class EvidenceFile(OfSurvey):
    """Something the practice can show: a checked file, encrypted on disk, or a snapshot of its own figures.

    facts (no file): {title, sentence, at, source} as the portal said it on that day. digest: SHA-256 of the stored bytes.
    """

    kind = models.CharField(max_length=16, choices=EvidenceKind, default=EvidenceKind.FILE)
    title = models.CharField(_("title"), max_length=200)
    media_type = models.CharField(max_length=80, blank=True)
    size = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    vault_name = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["survey", "-added_at"]
        constraints = [
            models.UniqueConstraint(fields=["id", "survey"], name="evidence_of_survey"),
            models.CheckConstraint(
                condition=(Q(kind=EvidenceKind.FILE) & ~Q(vault_name="") & ~Q(media_type=""))
                | (~Q(kind=EvidenceKind.FILE) & Q(vault_name="") & ~Q(facts={})),
                name="evidence_is_file_or_facts",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class EvidenceLink(OfSurvey):
    """One piece of evidence at one indicator. Nobody outside the practice sees it until the practice shares it here."""

    evidence = models.ForeignKey(EvidenceFile, models.CASCADE, related_name="links")
    indicator = models.ForeignKey(StandardIndicator, models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField(default=1)
    shared = models.BooleanField(_("shared with the surveyors"), default=False)
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    shared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["survey", "indicator__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "indicator", "evidence", "round"], name="evidence_link_once"),
            models.CheckConstraint(
                condition=Q(shared=False, shared_at=None) | Q(shared=True, shared_at__isnull=False), name="shared_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evidence_id} {self.indicator_id}"
