"""Indicator definitions, and the engine's counts in five bins."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datacapture.enums import Bin, Direction, IndicatorType
from datacapture.models.clinical import Patient
from practices.enums import Profession
from practices.models import Practice, Region


class Indicator(models.Model):
    code = models.CharField(max_length=12, unique=True)
    theme = models.CharField(max_length=30)
    professions = ArrayField(models.CharField(max_length=24, choices=Profession))
    dimension = models.CharField(_("value"), max_length=24)
    kind = models.CharField(max_length=16)
    type = models.CharField(max_length=16, choices=IndicatorType)
    direction = models.CharField(max_length=8, choices=Direction)
    per = models.PositiveIntegerField(default=100)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class IndicatorVersion(models.Model):
    """An immutable definition; a change makes the next number. Only words and the date of a review may change.

    author: who wrote it; checker, reviewed_on: the other person who checked it last, empty while nobody has.
    """

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    definition = models.JSONField()
    definition_hash = models.CharField(max_length=64)
    texts = models.JSONField()
    target = models.JSONField(null=True)
    source = models.TextField()
    trust = models.CharField(max_length=10)
    min_n = models.PositiveIntegerField()
    controllable_by = models.CharField(max_length=10)
    author = models.CharField(max_length=120)
    checker = models.CharField(max_length=120, blank=True)
    reviewed_on = models.DateField(null=True)
    next_review = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["indicator", "number"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "number"], name="indicator_version_once"),
            models.UniqueConstraint(fields=["indicator"], condition=Q(retired_at=None), name="one_running_version"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator.code} v{self.number}"


class IndicatorCount(models.Model):
    """Five bins per indicator version, practice, month-end, sex, age band and deprivation quintile (0 = unknown).

    `amounts` holds the days or score changes behind the cell, sorted; null where the indicator counts cases only.
    The engine writes these rows by the hundred thousand from rows that exist, so no foreign key is checked again.
    What the bins mean for each type of indicator: `datacapture.engine.run.store`.
    """

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    month_end = models.DateField()
    sex = models.PositiveSmallIntegerField()
    age_band = models.PositiveSmallIntegerField()
    numerator = models.PositiveIntegerField()
    denominator_only = models.PositiveIntegerField()
    excluded = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    exception = models.PositiveIntegerField()
    quintile = models.PositiveSmallIntegerField(default=0)
    amounts = ArrayField(models.FloatField(), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "version", "month_end", "sex", "age_band", "quintile"], name="indicator_count_once"
            ),
        ]
        indexes = [
            models.Index(fields=["region", "version", "month_end"], name="count_region"),
            models.Index(fields=["version", "practice", "month_end"], name="count_version_practice"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.practice_id} {self.month_end}"


class CaseState(models.Model):
    """Which bin a patient's case is in at the latest month-end, and the event that decided it. The practice's alone."""

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, db_index=False, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, db_index=False, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    month_end = models.DateField()
    bin = models.PositiveSmallIntegerField(choices=Bin)
    index_event_id = models.BigIntegerField(null=True)
    deciding_event_id = models.BigIntegerField(null=True)
    deciding_day = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["practice", "version", "bin"], name="case_practice_bin"),
            models.Index(fields=["version", "practice"], name="case_version_practice"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.patient_id}"
