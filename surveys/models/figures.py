"""Results: one stored row per number, written by the worker when a batch is let out."""

from django.db import models

from practices.enums import Profession
from practices.models import Practice, Region
from surveys.enums import FigureKind, Level
from surveys.models.campaigns import Campaign


class Figure(models.Model):
    """A question's or a theme's result for one unit. Shares 0-1, means in units of the scale (themes 0-100), NaN stored as null.

    people: answers behind it; effective: what they are worth (Kish); reference_*: everybody else in the region, the unit left
    out; flag: O over, U under, G not different; found: still so among all of the unit's flags (5 % false discoveries);
    adjusted: for who answered, null where too few answered to say; hidden: too few to show.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    level = models.CharField(max_length=10, choices=Level)
    practice = models.ForeignKey(Practice, models.PROTECT, null=True, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    profession = models.CharField(max_length=20, choices=Profession, blank=True)
    kind = models.CharField(max_length=10, choices=FigureKind)
    code = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    released = models.PositiveIntegerField()
    shown = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    not_relevant = models.PositiveIntegerField(default=0)
    dont_know = models.PositiveIntegerField(default=0)
    blank = models.PositiveIntegerField(default=0)
    distribution = models.JSONField(default=dict)
    share = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    poor_share = models.FloatField(null=True)
    mean = models.FloatField(null=True)
    mean_lower = models.FloatField(null=True)
    mean_upper = models.FloatField(null=True)
    effective = models.FloatField(default=0)
    reference_share = models.FloatField(null=True)
    reference_people = models.PositiveIntegerField(default=0)
    flag = models.CharField(max_length=1, blank=True)
    p = models.FloatField(null=True)
    found = models.BooleanField(default=False)
    adjusted = models.FloatField(null=True)
    reliability = models.FloatField(null=True)
    hidden = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "level", "practice", "region", "profession", "kind", "code"],
                name="one_figure", nulls_distinct=False,
            ),
            models.CheckConstraint(condition=models.Q(hidden=False) | models.Q(share=None, mean=None), name="hidden_is_empty"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.level} {self.code}"


class BreakCell(models.Model):
    """A way on which messages are lost, for a region: from sector, to sector ("" both: all others together)."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    sender = models.CharField(max_length=12, blank=True)
    receiver = models.CharField(max_length=12, blank=True)
    people = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "region", "sender", "receiver"], name="one_break_cell")]

    def __str__(self) -> str:
        return f"{self.sender} > {self.receiver}: {self.people}"


class PublicResult(models.Model):
    """What a practice's patients said and what it does, as published: frozen content, open to everybody until taken back."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    content = models.JSONField()
    published_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "practice"], condition=models.Q(taken_back_at=None), name="one_public_result"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.practice_id}"
