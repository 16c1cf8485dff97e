"""A campaign, the practices it asks for, and the people it asks. People and links have random keys: no order tells anything."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from practices.models import Practice, Region, User
from surveys.enums import CampaignState, InvitationState, Mode, WhyIneligible, WhySuppressed
from surveys.models.library import QuestionnaireVersion


class Campaign(models.Model):
    """One round of asking. practice: whose own it is, None for a region's. content: the form as asked, pinned at the start.

    Answers are anonymous in every campaign. last_day: the last day answers are taken, to its end in Danish time. target:
    answers per practice at which asking stops (0 = never). subjects: one or two; with two, half of the people get each.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, null=True, related_name="+")
    title = models.CharField(_("name"), max_length=120)
    version = models.ForeignKey(QuestionnaireVersion, models.PROTECT, related_name="+")
    modules = models.ManyToManyField(QuestionnaireVersion, related_name="+")
    content = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=CampaignState, default=CampaignState.DRAFT)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=2)
    target = models.PositiveIntegerField(_("answers wanted per practice"), default=60)
    subjects = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    controller = models.CharField(_("responsible for the data"), max_length=120)
    legal_basis = models.CharField(_("legal basis"), max_length=200)
    contact = models.CharField(_("who can be asked"), max_length=200)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="campaign_days"),
            models.CheckConstraint(condition=models.Q(reminders__lte=2), name="campaign_reminders"),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "cancelled"]) | models.Q(content__isnull=False), name="campaign_pinned"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CampaignUnit(models.Model):
    """A practice in a campaign. stopped_at: it has the answers it wanted. released: how many answers may be in figures.

    agreed_at: the practice lets its figures be published; reply: what it says to them (page P6). reach: how many were sent,
    came back, began and answered, counted when a batch is let out and never in between.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="units")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True)
    released = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reach = models.JSONField(default=dict)
    reply = models.TextField(_("what we do"), blank=True, max_length=2000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "practice"], name="campaign_unit")]

    def __str__(self) -> str:
        return f"{self.campaign}: {self.practice}"


class Contact(models.Model):
    """Somebody who is asked. address: sealed e-mail or postal address; key: keyed digest of it, salted per region.

    The row is deleted when the campaign is cleared; until then only the worker reads it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    mode = models.CharField(max_length=12, choices=Mode)
    address = models.BinaryField()
    key = models.BinaryField(max_length=32)
    language = models.CharField(max_length=2, default="da")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "key"], name="contact_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.pk}"


class Invitation(models.Model):
    """One personal link. Only the keyed digest of its token is kept, with the id of the key; code: the same of the short code.

    Nothing here tells what was answered; once answered, begun_on is emptied too. subject: which of the campaign's subjects.
    Whoever begins at an open channel gets one without a contact.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    mode = models.CharField(max_length=12, choices=Mode)
    token_digest = models.BinaryField(max_length=32, unique=True)
    code_digest = models.BinaryField(max_length=32, null=True, unique=True)
    key_id = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=InvitationState, default=InvitationState.CREATED)
    why = models.CharField(max_length=12, choices=WhyIneligible, blank=True)
    subject = models.PositiveSmallIntegerField(default=0)
    sent_on = models.DateField(null=True)
    reminded = models.PositiveSmallIntegerField(default=0)
    reminded_on = models.DateField(null=True)
    soft_bounces = models.PositiveSmallIntegerField(default=0)
    begun_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["campaign", "state"], name="invitation_campaign_state")]
        constraints = [models.CheckConstraint(condition=models.Q(reminded__lte=2), name="invitation_reminded")]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.pk} {self.state}"


class OpenChannel(models.Model):
    """A link that is open to whoever stands in the practice: on a poster or on a tablet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    mode = models.CharField(max_length=12, choices=Mode)
    token_digest = models.BinaryField(max_length=32, unique=True)
    key_id = models.CharField(max_length=64)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "practice", "mode"], name="open_channel"),
            models.CheckConstraint(condition=models.Q(mode__in=["qr", "kiosk"]), name="open_channel_mode"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.mode}"


class Suppression(models.Model):
    """An address that is not written to any more, in any campaign of the region. key: as in Contact."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    key = models.BinaryField(max_length=32)
    why = models.CharField(max_length=12, choices=WhySuppressed)
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "key"], name="suppressed_once")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.why}"


class Asked(models.Model):
    """An address was invited on a day: kept half a year, so that nobody is asked twice within it, whoever asks."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    key = models.BinaryField(max_length=32)
    asked_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "key"], name="asked_once")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.asked_on}"
