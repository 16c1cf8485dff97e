"""What became of people on a pathway across practices and hospital: counts after the disclosure gate, never a person."""

from django.db import models
from django.db.models import Q

from datacapture.models.releases import Release
from practices.models import Practice, Region


class PathwayResult(models.Model):
    """One step of a pathway in a region, or in the country where `region` is empty.

    n: people who could take the step; x: who took it; timely: who took it within its time limit (null: hidden); share, lower
    and upper: timely of n. All counts are rounded. median with its interval (wait_lower, wait_upper), p90: days of waiting
    of those who took it.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    pathway = models.CharField(max_length=24)
    step = models.PositiveSmallIntegerField()
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    n = models.PositiveIntegerField(null=True)
    x = models.PositiveIntegerField(null=True)
    timely = models.PositiveIntegerField(null=True)
    share = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    median = models.FloatField(null=True)
    wait_lower = models.FloatField(null=True)
    wait_upper = models.FloatField(null=True)
    p90 = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "pathway", "step", "region"], name="pathway_result_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(x__isnull=False) | Q(timely=None, share=None, median=None, p90=None), name="pathway_hidden_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pathway} {self.step} {self.region_id}"


class PathwayCount(models.Model):
    """The counts behind a region's row before rounding, as they were let out; read by the worker only.

    The next release is held against them (kip.stats.disclosure.held), so that two releases differ by nobody or by enough.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    pathway = models.CharField(max_length=24)
    step = models.PositiveSmallIntegerField()
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    x = models.PositiveIntegerField()
    timely = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "pathway", "step", "region"], name="pathway_count_once")]

    def __str__(self) -> str:
        return f"{self.pathway} {self.step} {self.region_id}"


class PathwayOwn(models.Model):
    """What a practice may know of its own step: who came to it (`after` empty), or who went on to the step `after`.

    n: own patients at the step; x: who went on, null where too few did (or all but too few). Never where they went.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    pathway = models.CharField(max_length=24)
    step = models.PositiveSmallIntegerField()
    after = models.PositiveSmallIntegerField(null=True)
    n = models.PositiveIntegerField()
    x = models.PositiveIntegerField(null=True)
    timely = models.PositiveIntegerField(null=True)
    share = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    median = models.FloatField(null=True)
    wait_lower = models.FloatField(null=True)
    wait_upper = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "release", "pathway", "step", "after"], name="pathway_own_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practice_id} {self.pathway} {self.step}"
