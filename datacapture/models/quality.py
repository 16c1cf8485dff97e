"""Where data come from, and how good they are: one stored row per measure of data quality."""

from django.db import models

from datacapture.enums import QualityMeasure
from practices.models import Practice, Region


class Producer(models.Model):
    """A system that makes data, as deliveries name it: a record system or a laboratory."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=128, unique=True)

    def __str__(self) -> str:
        return self.name


class QualityResult(models.Model):
    """One number on the quality of a practice's data, the latest; x of n as the measure says (datacapture.results.quality).

    producer: the system it is about, '' for all of them; key: the code set, code or indicator it is about, '' for none.
    value: share 0-1, days or factor; before: the same figure earlier, where it is compared; upper: 90th percentile of days.
    effect: how many of the practice's measures it holds back, in whole measures; 0 where nothing needs mending.
    """

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    measure = models.CharField(max_length=12, choices=QualityMeasure)
    key = models.CharField(max_length=40, blank=True)
    producer = models.CharField(max_length=128, blank=True)
    n = models.PositiveIntegerField()
    x = models.PositiveIntegerField()
    value = models.FloatField(null=True)
    before = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    since = models.DateField(null=True)
    effect = models.FloatField(default=0)
    as_of = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "measure", "key", "producer"], name="quality_result_once"),
        ]
        indexes = [models.Index(fields=["region", "measure"], name="quality_region")]

    def __str__(self) -> str:
        return f"{self.practice_id} {self.measure} {self.key}"
