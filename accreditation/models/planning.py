"""The calendar of a region, the pool of surveyors, and who goes where."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accreditation.enums import CycleOrder, DispensationReason, TeamRole, TieKind
from accreditation.models.library import Programme
from accreditation.models.surveys import OfSurvey
from practices.enums import Profession
from practices.models import Municipality, Practice, Region


class RegionRule(models.Model):
    """What a region has decided for itself. municipality_years: how long a shared municipality keeps a surveyor away."""

    region = models.OneToOneField(Region, models.PROTECT, related_name="accreditation_rule")
    publishes = models.BooleanField(_("publishes reports"), default=False)
    municipality_years = models.PositiveSmallIntegerField(_("years of the same municipality"), default=3)
    sample_percent = models.PositiveSmallIntegerField(_("yearly sample in per cent"), default=5)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(sample_percent__lte=100), name="sample_percent_is_a_share")]

    def __str__(self) -> str:
        return str(self.region)


class Cycle(models.Model):
    """A round of surveys of one profession in one region. `seed` makes the lottery one that can be drawn again."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="cycles")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="cycles")
    number = models.PositiveSmallIntegerField()
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    order = models.CharField(max_length=8, choices=CycleOrder, default=CycleOrder.LOTTERY)
    seed = models.CharField(max_length=64, blank=True)
    drawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["region", "programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["region", "programme", "number"], name="cycle_number_once"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="cycle_dates"),
            models.CheckConstraint(condition=~Q(order=CycleOrder.LOTTERY) | ~Q(seed=""), name="lottery_has_a_seed"),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.number}"


class SurveyorProfile(models.Model):
    """A surveyor of the pool."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="surveyor_profile")
    professions = ArrayField(models.CharField(max_length=24, choices=Profession), verbose_name=_("professions"))
    languages = ArrayField(models.CharField(max_length=2), verbose_name=_("languages"))
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    active = models.BooleanField(_("takes visits"), default=True)

    class Meta:
        ordering = ["user"]

    def __str__(self) -> str:
        return str(self.user)


class Unavailable(models.Model):
    """Days on which a surveyor takes no visits, both included."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))

    class Meta:
        ordering = ["user", "first_day"]
        constraints = [models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="unavailable_dates")]

    def __str__(self) -> str:
        return f"{self.first_day} {self.last_day}"


class ConflictDeclaration(models.Model):
    """What ties a surveyor or committee member to a practice or municipality, between two dates (empty: still so)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="ties")
    kind = models.CharField(max_length=12, choices=TieKind)
    practice = models.ForeignKey(Practice, models.PROTECT, null=True, related_name="+")
    municipality = models.ForeignKey(Municipality, models.PROTECT, null=True, related_name="+")
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    said = models.CharField(max_length=300, blank=True)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["user", "-declared_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=TieKind.MUNICIPALITY, practice=None, municipality__isnull=False)
                | (~Q(kind=TieKind.MUNICIPALITY) & Q(practice__isnull=False, municipality=None)),
                name="tie_names_its_place",
            ),
            models.CheckConstraint(
                condition=Q(first_day=None) | Q(last_day=None) | Q(last_day__gte=F("first_day")), name="tie_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class Assignment(OfSurvey):
    """A surveyor on a team. A blocked one counts only when a second person has overridden the conflict with a reason.

    conflicts: what was found at the time, as a list of {kind, practice, municipality, until}.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=8, choices=TeamRole)
    conflicts = models.JSONField(default=list)
    blocked = models.BooleanField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    overridden_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    overridden_at = models.DateTimeField(null=True)
    override_reason = models.CharField(max_length=500, blank=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["survey", "role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "user"], condition=Q(ended_at=None), name="surveyor_once_a_team"),
            models.UniqueConstraint(fields=["survey"], condition=Q(ended_at=None, role=TeamRole.LEAD), name="one_lead"),
            models.CheckConstraint(
                condition=Q(overridden_by=None, overridden_at=None, override_reason="")
                | (Q(overridden_by__isnull=False, overridden_at__isnull=False) & ~Q(override_reason="")),
                name="override_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(overridden_by=None) | Q(proposed_by=None) | ~Q(overridden_by=F("proposed_by")),
                name="override_by_a_second_person",
            ),
            models.CheckConstraint(condition=Q(blocked=True) | Q(conflicts=[]), name="conflict_blocks"),
        ]
        indexes = [models.Index(fields=["user", "survey"], name="assignment_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Dispensation(OfSurvey):
    """A practice that closes soon asks to be left out; answered once. The closing is confirmed again by `reconfirm_by`."""

    reason = models.CharField(max_length=8, choices=DispensationReason)
    said = models.CharField(max_length=1000)
    closes_on = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    granted = models.BooleanField(null=True)
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    reconfirm_by = models.DateField(null=True)
    reconfirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["survey", "-asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["survey"], condition=Q(granted=None), name="one_open_dispensation"),
            models.CheckConstraint(
                condition=Q(granted=None, answered_at=None) | Q(granted__isnull=False, answered_at__isnull=False),
                name="dispensation_answered_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.closes_on}"


class Postponement(OfSurvey):
    """A survey moved to another day, and where it stood before."""

    from_state = models.CharField(max_length=24)
    reason = models.CharField(max_length=500)
    old_visit_on = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["survey", "at"]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.old_visit_on}"
