"""Who a practice's patients are, as stored numbers of a release."""

from django.db import models

from datacapture.models.releases import Release
from practices.enums import Profession
from practices.models import Practice, Region


class PopulationResult(models.Model):
    """One number about a practice's patients; the practice's alone.

    section: people, chronic, many, early, avoidable or same (datacapture/population). key: what within it. Values are shares
    (0-1), or events per 1,000 in `avoidable`. adjusted: the value at the national age and sex mix (indirect standardisation).
    similar: practices of the same profession and size class together, after the disclosure gate. verdict: higher, lower,
    expected or few, at 99.8 % because many numbers are looked at; "" where nothing is judged.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    section = models.CharField(max_length=10)
    key = models.CharField(max_length=32)
    n = models.PositiveIntegerField()
    x = models.PositiveIntegerField()
    value = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    adjusted = models.FloatField(null=True)
    adjusted_lower = models.FloatField(null=True)
    adjusted_upper = models.FloatField(null=True)
    similar = models.FloatField(null=True)
    verdict = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "release", "section", "key"], name="population_result_once"),
        ]

    def __str__(self) -> str:
        return f"{self.practice_id} {self.section} {self.key}"


class PopulationArea(models.Model):
    """The patients of a region's general practices together, by area, after the disclosure gate."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    level = models.CharField(max_length=12)
    area_id = models.BigIntegerField(default=0)
    profession = models.CharField(max_length=24, choices=Profession)
    section = models.CharField(max_length=10)
    key = models.CharField(max_length=32)
    practices = models.PositiveIntegerField()
    n = models.PositiveIntegerField(null=True)
    x = models.PositiveIntegerField(null=True)
    value = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "level", "area_id", "profession", "section", "key"], name="population_area_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.area_id} {self.section} {self.key}"
