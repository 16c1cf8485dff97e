"""Hearing, committee, decision and publication."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accreditation.enums import AgendaKind, DecisionKind, FollowUpKind, MeetingState, PointOutcome, State
from accreditation.models.library import StandardIndicator
from accreditation.models.surveys import OfSurvey
from practices.enums import Profession
from practices.models import Region


class Hearing(OfSurvey):
    """The practice's one chance a round to object to the draft. Replied to once, closed once."""

    round = models.PositiveSmallIntegerField(default=1)
    opened_at = models.DateTimeField(default=timezone.now)
    reply = models.TextField(_("reply"), blank=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["survey", "round"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "round"], name="one_hearing_a_round"),
            models.UniqueConstraint(fields=["id", "survey"], name="hearing_of_survey"),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.round}"


class HearingPoint(OfSurvey):
    """One objection of the practice, and the team's answer."""

    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="points")
    number = models.PositiveSmallIntegerField()
    indicator = models.ForeignKey(StandardIndicator, models.PROTECT, null=True, related_name="+")
    text = models.TextField(_("objection"))
    answer = models.TextField(_("answer"), blank=True)
    outcome = models.CharField(max_length=16, choices=PointOutcome, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["hearing", "number"]
        constraints = [
            models.UniqueConstraint(fields=["hearing", "number"], name="hearing_point_once"),
            models.UniqueConstraint(fields=["id", "survey"], name="hearing_point_of_survey"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="", outcome="")
                | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(outcome="")),
                name="point_answered_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hearing_id} {self.number}"


class CommitteeMember(models.Model):
    """A member of the committee and the professions the member comes from, between two dates."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="committee_seats")
    professions = ArrayField(models.CharField(max_length=24, choices=Profession), verbose_name=_("professions"))
    chair = models.BooleanField(_("chair"), default=False)
    first_day = models.DateField()
    last_day = models.DateField(null=True)

    class Meta:
        ordering = ["user"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(last_day=None), name="one_open_committee_seat"),
            models.CheckConstraint(condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="committee_seat_dates"),
        ]

    def __str__(self) -> str:
        return str(self.user)


class CommitteeMeeting(models.Model):
    """A meeting over the cases of one region's practices."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="committee_meetings")
    held_on = models.DateField(_("day"))
    state = models.CharField(max_length=12, choices=MeetingState, default=MeetingState.PLANNED)
    minutes = models.TextField(_("minutes"), blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-held_on"]

    def __str__(self) -> str:
        return f"{self.region_id} {self.held_on}"


class MeetingSeat(models.Model):
    """A member called to a meeting, and whether the member came. professions are the member's own at that time."""

    meeting = models.ForeignKey(CommitteeMeeting, models.PROTECT, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    professions = ArrayField(models.CharField(max_length=24, choices=Profession))
    chair = models.BooleanField(default=False)
    present = models.BooleanField(default=False)

    class Meta:
        ordering = ["meeting", "name"]
        constraints = [models.UniqueConstraint(fields=["meeting", "user"], name="seat_once_a_meeting")]

    def __str__(self) -> str:
        return self.name


class AgendaItem(OfSurvey):
    """A case on a meeting's agenda."""

    meeting = models.ForeignKey(CommitteeMeeting, models.PROTECT, related_name="items")
    kind = models.CharField(max_length=8, choices=AgendaKind)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["meeting", "position"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "survey"], name="case_once_a_meeting"),
            models.UniqueConstraint(fields=["id", "survey"], name="case_of_survey"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.position}"


class Recusal(OfSurvey):
    """A committee member who takes no part in a case. From then on the member does not see it."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="recusals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="recusal_once")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.user_id}"


class Decision(OfSurvey):
    """What was decided, by rule or by the committee. Written once; a later one `replaces` it, and told_at is filled in.

    recommendation and basis are the rule set's own (accreditation.rules.Decision as data). members: names of those who
    decided. A decision that departs from the recommendation has a reason, which is published.
    """

    round = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=16, choices=DecisionKind)
    status = models.CharField(max_length=24)
    recommendation = models.CharField(max_length=24, blank=True)
    basis = models.JSONField()
    reason = models.TextField(_("reason"), blank=True)
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, related_name="decisions")
    members = models.JSONField(default=list)
    follow_up = models.CharField(max_length=8, choices=FollowUpKind, blank=True)
    follow_up_by = models.DateField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["survey", "at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=DecisionKind.ADMINISTRATIVE, item=None) | Q(kind=DecisionKind.COMMITTEE, item__isnull=False),
                name="committee_decides_a_case",
            ),
            models.CheckConstraint(
                condition=Q(recommendation="") | Q(status=F("recommendation")) | ~Q(reason=""), name="departure_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status=State.PROVISIONAL) | (~Q(follow_up="") & Q(follow_up_by__isnull=False)),
                name="provisional_has_a_follow_up",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="decision_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.status}"


class Publication(OfSurvey):
    """What the public reads of a decision. Taken back it leaves its trace; a correction is another row."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="publications")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True)
    taken_back_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["survey", "-published_at"]
        constraints = [
            models.UniqueConstraint(fields=["survey"], condition=Q(taken_back_at=None), name="one_open_publication"),
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_reason="")
                | (Q(taken_back_at__isnull=False) & ~Q(taken_back_reason="")),
                name="taken_back_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.published_at:%Y-%m-%d}"


class DecisionSample(models.Model):
    """The yearly draw of a region's administrative decisions for the committee; the seed draws the same cases again."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=64)
    population = models.PositiveIntegerField()
    drawn_at = models.DateTimeField(default=timezone.now)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(fields=["region", "year"], name="one_sample_a_year")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.year}"


class SampledDecision(OfSurvey):
    """One drawn decision, and what the committee said when it had read the case."""

    sample = models.ForeignKey(DecisionSample, models.PROTECT, related_name="cases")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    agrees = models.BooleanField(null=True)
    note = models.TextField(_("note"), blank=True)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["sample", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "decision"], name="sampled_once"),
            models.CheckConstraint(condition=~Q(agrees=False) | ~Q(note=""), name="disagreement_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id} {self.decision_id}"
