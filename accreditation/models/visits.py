"""What the surveyors see, say and agree on. Every rating is a new row: old values are never lost.

Rows made on a device carry its own UUID, so that sending twice stores once, and the UUID of what they were made on top of.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accreditation.enums import FollowUpKind, NoteKind, Severity
from accreditation.models.library import StandardIndicator
from accreditation.models.self_assessment import EvidenceFile
from accreditation.models.surveys import OfSurvey


class ContactCall(OfSurvey):
    """The surveyors' call before the visit."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    spoke_with = models.CharField(_("spoke with"), max_length=120)
    note = models.CharField(_("note"), max_length=1000, blank=True)

    class Meta:
        ordering = ["survey", "at"]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.at:%Y-%m-%d}"


class RatingRevision(OfSurvey):
    """A rating of one indicator by the team. The database numbers revisions per survey and indicator (migration 0002).

    base: id of the row it was made on top of, empty for the first. conflicting: somebody had rated meanwhile, so the row
    waits beside the current one until a later row names it in `resolves`. Current is the newest row that is not conflicting.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    indicator = models.ForeignKey(StandardIndicator, models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    base = models.UUIDField(null=True)
    conflicting = models.BooleanField(default=False)
    resolves = ArrayField(models.UUIDField(), default=list)
    rating = models.CharField(max_length=24)
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(auto_now_add=True)
    point = models.ForeignKey("accreditation.HearingPoint", models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True


class SurveyorRating(RatingRevision):
    """A rating of the visit."""

    class Meta:
        ordering = ["survey", "indicator", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "indicator", "revision"], name="rating_revision_once"),
            models.CheckConstraint(condition=~Q(rating="not_relevant") | ~Q(reason=""), name="rating_not_relevant_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.revision} {self.rating}"


class FollowUp(OfSurvey):
    """An indicator that stayed open after the first round: how it is followed up, and what the practice answers."""

    indicator = models.ForeignKey(StandardIndicator, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=FollowUpKind)
    answer = models.TextField(_("what you have done"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["survey", "indicator__position"]
        constraints = [models.UniqueConstraint(fields=["survey", "indicator"], name="follow_up_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.indicator_id}"


class FollowUpRating(RatingRevision):
    """A rating of the second round, of an indicator with a follow-up; the first round's stands beside it."""

    class Meta:
        ordering = ["survey", "indicator", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "indicator", "revision"], name="follow_up_revision_once"),
            models.CheckConstraint(condition=~Q(rating="not_relevant") | ~Q(reason=""), name="follow_up_not_relevant_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.revision} {self.rating}"


class Agreement(OfSurvey):
    """A member of the team agrees with the ratings as they stand, or writes a dissent. ratings: SHA-256 of what was seen."""

    round = models.PositiveSmallIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=120)
    agrees = models.BooleanField()
    dissent = models.TextField(_("dissent"), blank=True)
    ratings = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["survey", "round", "at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agrees=True, dissent="") | (Q(agrees=False) & ~Q(dissent="")), name="dissent_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.by_id} {self.agrees}"


class TeamSummary(OfSurvey):
    """The team's own words of a round: strengths first, then the summary and what was agreed. `version` as in a rating."""

    round = models.PositiveSmallIntegerField(default=1)
    strengths = models.TextField(_("strengths"), blank=True)
    summary = models.TextField(_("summary"), blank=True)
    agreed = models.TextField(_("agreed next step"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "team summaries"
        constraints = [models.UniqueConstraint(fields=["survey", "round"], name="team_summary_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.round}"


class VisitNote(OfSurvey):
    """The team's own working note, quote or photo. A changed or removed note is a new row that `replaces` the former."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    indicator = models.ForeignKey(StandardIndicator, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=NoteKind, default=NoteKind.NOTE)
    severity = models.CharField(max_length=8, choices=Severity, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list)
    text = models.TextField(_("note"), blank=True)
    # Evidence that a team has noted is past removing; looking for notes would need a privilege that no practice has.
    evidence = models.ForeignKey(EvidenceFile, models.DO_NOTHING, null=True, related_name="+")
    vault_name = models.CharField(max_length=64, blank=True)
    media_type = models.CharField(max_length=80, blank=True)
    size = models.PositiveIntegerField(default=0)
    replaces = models.UUIDField(null=True)
    removed = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["survey", "made_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=NoteKind.PHOTO) | Q(removed=True) | ~Q(vault_name=""), name="photo_has_a_file"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.made_at:%Y-%m-%d %H:%M}"


class CriticalFinding(OfSurvey):
    """Something that cannot wait for the report: told the same day, and the practice's action noted within two working days.

    KIP records it; a report to the authority stays a person's act.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    indicator = models.ForeignKey(StandardIndicator, models.PROTECT, null=True, related_name="+")
    text = models.TextField(_("what was found"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    action = models.TextField(_("what you have done"), blank=True)

    class Meta:
        ordering = ["survey", "made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, action="") | (Q(acknowledged_at__isnull=False) & ~Q(action="")),
                name="acknowledged_with_an_action",
            )
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.made_at:%Y-%m-%d}"


class VisitDevice(OfSurvey):
    """A device that holds a visit's data for work without network: until when, and whether it was wiped."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    downloaded_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    wiped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["survey", "-downloaded_at"]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.user_id}"
