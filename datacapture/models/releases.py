"""The computed batch ("dataudgave") and its rows. Frozen once published, by triggers (migration freeze_releases)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from datacapture.enums import AreaLevel, ReleaseKind, ReleaseState, Tier
from datacapture.models.feedback import IndicatorVersion
from kip.core.workdays import add_months
from practices.enums import Profession
from practices.models import Practice, Region


class Release(models.Model):
    """A batch of numbers: everything shown says which one it comes from.

    A quarter's release is counted, prepared, checked, approved by two people and published; a correction is the next
    revision and supersedes it. A practice's own release follows its delivery and is compared with `basis`, the quarter
    published then. `plan` names the running definitions; seconds["regions"] holds the regions counted so far.
    """

    kind = models.CharField(max_length=8, choices=ReleaseKind, default=ReleaseKind.QUARTER)
    label = models.CharField(max_length=20)
    revision = models.PositiveIntegerField(default=1)
    practice = models.ForeignKey(Practice, models.PROTECT, null=True, related_name="+")
    month_end = models.DateField()
    state = models.CharField(_("state"), max_length=12, choices=ReleaseState, default=ReleaseState.COUNTING)
    method = models.CharField(max_length=20)
    plan = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    prepared_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    basis = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason for the correction"), max_length=300, blank=True)
    seconds = models.JSONField(default=dict)
    checks = models.JSONField(default=list)

    class Meta:
        ordering = ["-month_end", "-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=ReleaseKind.OWN, practice__isnull=False) | Q(kind=ReleaseKind.QUARTER, practice=None),
                name="release_kind_practice",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED)) | Q(published_at__isnull=False),
                name="release_published_when",
            ),
            models.UniqueConstraint(
                fields=["kind", "practice", "label", "revision"],
                condition=~Q(state=ReleaseState.WITHDRAWN),
                nulls_distinct=False,
                name="release_revision_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "practice", "label"],
                condition=Q(state=ReleaseState.PUBLISHED),
                nulls_distinct=False,
                name="one_published_release",
            ),
        ]

    def __str__(self) -> str:
        return self.label if self.revision == 1 else f"{self.label} ({self.revision})"


class ReleaseApproval(models.Model):
    """One of the two people who let a release out; the name is kept as it was."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="approvals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=24)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["release", "user"], name="approval_once")]

    def __str__(self) -> str:
        return self.name


class Result(models.Model):
    """The one stored row behind a number on page, chart, CSV and PDF. Values: shares (0-1), rates per `per`, days, gaps.

    `region` is empty in a practice's own release, which its region never reads. `latest` marks the release's last month.
    mean: mean score change behind a share of changes. thin: bit k is set when the practice's data of the month k before
    month_end hold too little (results.thin); the row then has no verdict. n of a gap is that of its smaller group.
    open_cases: of days, cases in the window whose end has not come; they are in no other number of the row.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="results")
    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    month_end = models.DateField()
    n = models.PositiveIntegerField()
    x = models.PositiveIntegerField()
    excluded = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    exception = models.PositiveIntegerField()
    open_cases = models.PositiveIntegerField(default=0)
    value = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    mean = models.FloatField(null=True)
    thin = models.BigIntegerField(default=0)
    expected = models.FloatField(null=True)
    band_low = models.FloatField(null=True)
    band_high = models.FloatField(null=True)
    adjusted = models.FloatField(null=True)
    adjusted_lower = models.FloatField(null=True)
    adjusted_upper = models.FloatField(null=True)
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

    @property
    def thin_months(self) -> tuple[date, ...]:
        """First days of the thin months of the row's window, oldest first."""
        return months_back(self.month_end, self.thin)


def months_back(month_end: date, bits: int) -> tuple[date, ...]:
    """First days of the months marked in `bits` (bit k is the month k before month_end), oldest first."""
    first = month_end.replace(day=1)
    return tuple(add_months(first, -back) for back in range(bits.bit_length() - 1, -1, -1) if bits >> back & 1)


class OfArea(models.Model):
    """What is said of a measure and profession in an area. area_id: cluster, municipality or region id, the size class of
    `similar`, 0 for the nation.
    """

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+")
    level = models.CharField(max_length=12, choices=AreaLevel)
    area_id = models.BigIntegerField(default=0)
    profession = models.CharField(max_length=24, choices=Profession)

    class Meta:
        abstract = True


class ShownTotal(OfArea):
    """A total over practices after the disclosure gate; suppressed means no number at all. lower, upper: interval, from the
    numbers shown.
    """

    practices = models.PositiveIntegerField()
    n = models.PositiveIntegerField(null=True)
    x = models.PositiveIntegerField(null=True)
    value = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    suppressed = models.BooleanField(default=False)

    class Meta:
        abstract = True


class AreaResult(ShownTotal):
    """A total of an area in a month.

    median, p10 and p90 are over practices with enough patients; the nation's are those that every practice is compared with.
    tau: spread between practices on the stabilised scale that chance does not explain (nation, last month).
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="areas")
    month_end = models.DateField()
    median = models.FloatField(null=True)
    p10 = models.FloatField(null=True)
    p90 = models.FloatField(null=True)
    tau = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "level", "area_id", "profession", "version", "month_end"], name="area_result_once"
            ),
            models.CheckConstraint(condition=Q(suppressed=False) | Q(n=None, x=None, value=None), name="suppressed_is_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.level} {self.area_id} {self.month_end}"


class Yardstick(models.Model):
    """What a later own release needs of a published quarter to judge by the same measure; read by the worker only.

    theta: the value tested against; tau2 and spread2: between-practice variance on the stabilised and the natural scale;
    strata: the profession's national [sex, age band, x, n] behind the adjustment. Values per person. held: the counts that
    the area rows were rounded from (results.holding), so that the next release can hold its own against them.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+")
    profession = models.CharField(max_length=24, choices=Profession)
    theta = models.FloatField(null=True)
    tau2 = models.FloatField(null=True)
    spread2 = models.FloatField(null=True)
    strata = models.JSONField(default=list)
    held = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "profession", "version"], name="yardstick_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.profession}"
