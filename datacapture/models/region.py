"""What regions read of a release: practices after the disclosure gate, groups of patients, and the funnel's lines."""

from datetime import date

from django.db import models
from django.db.models import Q

from datacapture.enums import CellState, GroupAxis, Tier
from datacapture.models.feedback import IndicatorVersion
from datacapture.models.releases import OfArea, Release, ShownTotal, months_back
from practices.enums import Profession
from practices.models import Practice, Region


class PracticeCell(models.Model):
    """One practice's newest number as its region may read it; the exact one (`Result`) is the practice's own.

    All practices of a region, profession and version have passed the gate together: n, x, value, lower and upper are rounded
    or empty. tier is `signal` or empty, since weaker hints are the practice's own; position, trend, since and reliability
    come with a signal only. gain: patients to gain on the shrunken value, rounded, where the number is shown and patients
    are counted. thin: as in `Result`.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    profession = models.CharField(max_length=24, choices=Profession)
    month_end = models.DateField()
    state = models.CharField(max_length=12, choices=CellState)
    n = models.PositiveIntegerField(null=True)
    x = models.PositiveIntegerField(null=True)
    value = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    tier = models.CharField(max_length=12, choices=Tier, blank=True)
    position = models.CharField(max_length=6, blank=True)
    trend = models.CharField(max_length=10, blank=True)
    since = models.DateField(null=True)
    reliability = models.FloatField(null=True)
    gain = models.PositiveIntegerField(default=0)
    thin = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "practice", "version"], name="practice_cell_once"),
            models.CheckConstraint(
                condition=Q(state=CellState.SHOWN) | Q(x=None, value=None, lower=None, upper=None, gain=0),
                name="practice_cell_hidden_is_empty",
            ),
            models.CheckConstraint(condition=Q(tier__in=("", Tier.SIGNAL)), name="practice_cell_signals_only"),
        ]
        indexes = [models.Index(fields=["release", "region", "version"], name="practice_cell_region")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.practice_id}"

    @property
    def thin_months(self) -> tuple[date, ...]:
        """First days of the thin months of the number's window, oldest first."""
        return months_back(self.month_end, self.thin)


class RegionStanding(models.Model):
    """A measure in a region and profession: how many practices got which verdict, and the lines of its funnel plot.

    strengths, concerns, neutral: clear signals, apart because they call for different acts. tests: verdicts that were
    tested. funnel: by what the lines are drawn around (`region`, `nation`): centre, sizes, and `plain` and `adjusted` limits
    at 95 and 99.8 per cent; empty where a measure has no funnel.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    profession = models.CharField(max_length=24, choices=Profession)
    strengths = models.PositiveIntegerField()
    concerns = models.PositiveIntegerField()
    neutral = models.PositiveIntegerField()
    attention = models.PositiveIntegerField()
    information = models.PositiveIntegerField()
    as_expected = models.PositiveIntegerField()
    insufficient = models.PositiveIntegerField()
    tests = models.PositiveIntegerField()
    funnel = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "region", "profession", "version"], name="region_standing_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.region_id}"


class GroupResult(ShownTotal):
    """A total over one group of patients in a region or the nation, newest month.

    axis and part: quintile (1 = least, 5 = most deprived, 0 = not delivered), sex (1 men, 2 women) or age (place in the engine's
    bands). practices: with patients in the group, 0 where it is hidden.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="groups")
    axis = models.CharField(max_length=8, choices=GroupAxis)
    part = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "level", "area_id", "profession", "version", "axis", "part"], name="group_result_once"
            ),
            models.CheckConstraint(condition=Q(suppressed=False) | Q(n=None, x=None, value=None), name="hidden_group_is_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.level} {self.axis} {self.part}"


class Inequality(OfArea):
    """Slope (sii) and relative (rii) index of inequality over the five shown quintiles of a region or the nation, with 95 %
    limits.

    sii: value of the least less that of the most deprived end, in the unit of the measure; rii: their ratio.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    sii = models.FloatField()
    sii_lower = models.FloatField()
    sii_upper = models.FloatField()
    rii = models.FloatField(null=True)
    rii_lower = models.FloatField(null=True)
    rii_upper = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "level", "area_id", "profession", "version"], name="inequality_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.level} {self.area_id}"
