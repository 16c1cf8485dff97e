"""Purpose as an object: intake is locked to what was approved (design note datacapture.md 1.3)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from practices.models import Practice


class Purpose(models.Model):
    """An approved purpose. It closes by itself on the day after `valid_until`; three years at most."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_da = models.CharField(_("Danish name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120)
    legal_basis = models.CharField(_("legal basis"), max_length=200)
    approval_number = models.CharField(_("approval number"), max_length=60)
    controller = models.CharField(_("data controller"), max_length=120)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    code_sets = ArrayField(models.CharField(max_length=40), verbose_name=_("allowed code sets"))
    recipients = ArrayField(models.CharField(max_length=120), verbose_name=_("recipients"))
    retention_days = models.PositiveIntegerField(_("retention in days"))
    key_id = models.CharField(_("pseudonym key"), max_length=40)
    allows_linking = models.BooleanField(_("may follow a patient across practices"), default=False)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")) & Q(valid_until__lte=F("valid_from") + 1096),
                name="purpose_at_most_three_years",
            )
        ]

    def __str__(self) -> str:
        return self.name_da


class Enrolment(models.Model):
    """A practice's signed agreement to deliver for a purpose, until withdrawn."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="enrolments")
    purpose = models.ForeignKey(Purpose, models.CASCADE, related_name="enrolments")
    signer_name = models.CharField(_("signer"), max_length=120)
    signer_title = models.CharField(_("title"), max_length=80)
    agreement_version = models.CharField(_("agreement version"), max_length=20)
    enrolled_from = models.DateField(_("enrolled from"))
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    class Meta:
        ordering = ["practice", "purpose", "enrolled_from"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "purpose"], condition=Q(withdrawn_on=None), name="one_open_enrolment"),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None) | Q(withdrawn_on__gte=F("enrolled_from")), name="enrolment_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practice_id}: {self.purpose_id}"


class PurposeTally(models.Model):
    """What was removed when a purpose was deleted: counts only, signed with the server's key."""

    purpose_code = models.CharField(max_length=40)
    deleted_at = models.DateTimeField(auto_now_add=True)
    deleted_by = models.CharField(max_length=120)
    counts = models.JSONField(default=dict)
    signature = models.CharField(max_length=200)

    class Meta:
        ordering = ["-deleted_at"]

    def __str__(self) -> str:
        return self.purpose_code
