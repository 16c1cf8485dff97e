"""Indicator definitions, counts in five bins, and the one stored row per number shown."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from datacapture.enums import Bin, Direction, IndicatorType, Tier
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
    """An immutable definition; a change makes the next number."""

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
    author = models.CharField(max_length=80)
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


class Release(models.Model):
    """A computed batch ("dataudgave"): everything shown says which one it comes from."""

    label = models.CharField(max_length=20)
    month_end = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    method = models.CharField(max_length=20)
    seconds = models.JSONField(default=dict)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label


class IndicatorCount(models.Model):
    """Five bins per indicator version, practice, month-end, sex and age band."""

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    month_end = models.DateField()
    sex = models.PositiveSmallIntegerField()
    age_band = models.PositiveSmallIntegerField()
    numerator = models.PositiveIntegerField()
    denominator_only = models.PositiveIntegerField()
    excluded = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    exception = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "version", "month_end", "sex", "age_band"], name="indicator_count_once"),
        ]
        indexes = [models.Index(fields=["region", "version", "month_end"], name="count_region")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.practice_id} {self.month_end}"


class CaseState(models.Model):
    """Which bin a patient's case is in at the latest month-end, and the event that decided it. The practice's alone."""

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    month_end = models.DateField()
    bin = models.PositiveSmallIntegerField(choices=Bin)
    index_event_id = models.BigIntegerField(null=True)
    deciding_event_id = models.BigIntegerField(null=True)
    deciding_day = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["practice", "version", "bin"], name="case_practice_bin")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.patient_id}"


class Result(models.Model):
    """The one stored row behind a number on page, chart, CSV and PDF. Values are shares (0-1) or rates per `per`."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="results")
    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    month_end = models.DateField()
    n = models.PositiveIntegerField()
    x = models.PositiveIntegerField()
    excluded = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    exception = models.PositiveIntegerField()
    value = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    expected = models.FloatField(null=True)
    band_low = models.FloatField(null=True)
    band_high = models.FloatField(null=True)
    p = models.FloatField(null=True)
    p_adjusted = models.FloatField(null=True)
    q = models.FloatField(null=True)
    tier = models.CharField(max_length=12, choices=Tier, blank=True)
    position = models.CharField(max_length=6, blank=True)
    trend = models.CharField(max_length=10, blank=True)
    since = models.DateField(null=True)
    gain = models.FloatField(null=True)
    reliability = models.FloatField(null=True)
    mdd = models.FloatField(null=True)
    latest = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "version", "month_end", "release"], name="result_once"),
            models.CheckConstraint(condition=Q(x__lte=F("n")) | Q(value__gt=1), name="result_x_within_n"),
        ]
        indexes = [models.Index(fields=["region", "version", "latest"], name="result_region")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.practice_id} {self.month_end}"


class RegionResult(models.Model):
    """A region's total for an indicator and profession after the disclosure gate; suppressed means no number at all."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    profession = models.CharField(max_length=24, choices=Profession)
    month_end = models.DateField()
    practices = models.PositiveIntegerField()
    n = models.PositiveIntegerField(null=True)
    x = models.PositiveIntegerField(null=True)
    value = models.FloatField(null=True)
    median = models.FloatField(null=True)
    p10 = models.FloatField(null=True)
    p90 = models.FloatField(null=True)
    suppressed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "version", "region", "profession", "month_end"], name="region_result_once"
            ),
            models.CheckConstraint(condition=Q(suppressed=False) | Q(n=None, x=None, value=None), name="suppressed_is_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.region_id} {self.month_end}"
