"""What the counts are the sum of, patient by patient, so that a change recomputes patients and not practices."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from datacapture.models.feedback import IndicatorVersion
from datacapture.models.purpose import Purpose
from practices.models import Practice


class CaseTally(models.Model):
    """How many of a patient's cases are in which bin in which months: bit k of a mask is month k of the basis.

    The counts are the sum of these rows. A patient's age band is `band`, one higher in the months of `older`.
    No foreign-key checks: the engine writes these rows by the hundred thousand, and a row may outlive its patient
    until the next count takes it out of the numbers.
    """

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    practice = models.ForeignKey(Practice, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    patient_id = models.BigIntegerField()
    sex = models.PositiveSmallIntegerField()
    band = models.PositiveSmallIntegerField()
    quintile = models.PositiveSmallIntegerField()
    n = models.PositiveIntegerField()
    older = models.BigIntegerField()
    numerator = models.BigIntegerField()
    denominator_only = models.BigIntegerField()
    excluded = models.BigIntegerField()
    unknown = models.BigIntegerField()
    exception = models.BigIntegerField()
    amount = models.FloatField(null=True)

    class Meta:
        indexes = [models.Index(fields=["practice", "patient_id"], name="tally_practice_patient")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.patient_id}"


class CountBasis(models.Model):
    """What a practice's counts and tallies were counted for; only counts of the same basis can be carried on."""

    practice = models.OneToOneField(Practice, models.CASCADE, related_name="+")
    purpose = models.ForeignKey(Purpose, models.CASCADE, related_name="+")
    months = ArrayField(models.DateField())
    version_ids = ArrayField(models.BigIntegerField())
    counted_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.practice_id} {self.months[-1]}"


class TouchedPatient(models.Model):
    """A patient with changed events, data, objections or code sets since the last count; written by triggers."""

    practice = models.ForeignKey(Practice, models.CASCADE, db_constraint=False, related_name="+")
    patient_id = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.patient_id)
