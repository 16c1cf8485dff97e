"""Answers: a draft under the link's digest, a sealed answer nobody can trace, and the mixed answers that figures are made of."""

import uuid

from django.db import models

from practices.models import Practice
from surveys.enums import CommentState, Mode
from surveys.models.campaigns import Campaign


class Draft(models.Model):
    """What has been answered so far, sealed. It stands under the link's digest only and goes when the answers are sent."""

    token_digest = models.BinaryField(max_length=32, primary_key=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    content = models.BinaryField()
    saved_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.saved_on}"


class SealedAnswer(models.Model):
    """An answer just sent, with nothing that leads back to the link. The worker mixes these into `Response` and deletes them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    mode = models.CharField(max_length=12, choices=Mode)
    week = models.CharField(max_length=8)
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.week}"


class Response(models.Model):
    """One person's answers. week: ISO week (2026-W47), the only time there is; out: in figures by now.

    texts: masked free text by question, until the batch is let out; then it goes to `Comment` and nothing is left here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    mode = models.CharField(max_length=12, choices=Mode)
    week = models.CharField(max_length=8)
    answers = models.JSONField()
    texts = models.JSONField(default=dict)
    out = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["campaign", "practice", "out"], name="response_unit")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.week}"


class Comment(models.Model):
    """One free text, cut off from the answers it came with. text: masked; it comes with its batch, shown when approved."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    item = models.CharField(max_length=20)
    text = models.TextField()
    masked = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=CommentState, default=CommentState.WAITING)
    read_by = models.BigIntegerField(null=True)
    read_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["campaign", "practice", "state"], name="comment_unit")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.item}"
