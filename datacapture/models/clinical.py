"""Coded events of pseudonymous patients. Only codes that a purpose allows are ever stored."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from datacapture.models.purpose import Purpose
from datacapture.models.quality import Producer
from practices.models import Practice


class EventCode(models.Model):
    """A code of a kind of event; upper case, no dots."""

    kind = models.CharField(max_length=16)
    system = models.CharField(max_length=10)
    code = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "system", "code"], name="event_code_once")]

    def __str__(self) -> str:
        return f"{self.system}:{self.code}"


class CodeSetMember(models.Model):
    """Which event codes a code set holds, with prefix rules resolved."""

    set_name = models.CharField(max_length=40)
    code = models.ForeignKey(EventCode, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["set_name", "code"], name="code_set_member_once")]

    def __str__(self) -> str:
        return self.set_name


class Patient(models.Model):
    """A pseudonymous person in one practice. `local_id_sealed` can be opened only for that practice."""

    class Sex(models.IntegerChoices):
        MALE = 1, _("male")
        FEMALE = 2, _("female")

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    local_id_sealed = models.BinaryField(null=True)
    sex = models.PositiveSmallIntegerField(choices=Sex)
    birth = models.DateField()
    death = models.DateField(null=True)
    listed_from = models.DateField(null=True)
    listed_to = models.DateField(null=True)
    quintile = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "id"], name="patient_in_practice")]

    def __str__(self) -> str:
        return str(self.pk)


class PatientPseudonym(models.Model):
    """The patient's keyed digest for one purpose and one key; a new key adds a row, so nobody is lost at rotation."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="pseudonyms")
    purpose = models.ForeignKey(Purpose, models.CASCADE, related_name="+")
    key_id = models.CharField(max_length=40)
    digest = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "purpose", "key_id", "digest"], name="pseudonym_once"),
        ]

    def __str__(self) -> str:
        return self.key_id


class Event(models.Model):
    """One coded event. `source` is the digest of producer + local id: the key by which a redelivery is known."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    code = models.ForeignKey(EventCode, models.PROTECT, related_name="+")
    day = models.DateField(null=True)
    ended = models.DateField(null=True)
    ongoing = models.BooleanField(default=False)
    value = models.FloatField(null=True)
    comparator = models.CharField(max_length=2, blank=True, default="")
    unit = models.CharField(max_length=24, blank=True, default="")
    value_code = models.ForeignKey(EventCode, models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=24, blank=True, default="")
    category = ArrayField(models.CharField(max_length=40), null=True)
    verified = models.BooleanField(null=True)
    authored = models.DateField(null=True)
    course = models.CharField(max_length=64, blank=True, default="")
    referral = models.CharField(max_length=64, blank=True, default="")
    doses = models.FloatField(null=True)
    ddd = models.FloatField(null=True)
    qty = models.FloatField(null=True)
    source = models.UUIDField()
    producer = models.ForeignKey(Producer, models.PROTECT, null=True, db_index=False, related_name="+")
    batch_id = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "source"], name="event_source_once")]
        indexes = [
            models.Index(fields=["practice", "patient"], name="event_practice_patient"),
            models.Index(fields=["code", "day"], name="event_code_day"),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} {self.day}"


class EventHistory(models.Model):
    """What an event said before a later delivery corrected it, or took it back."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    source = models.UUIDField()
    before = models.JSONField()
    replaced_at = models.DateTimeField(auto_now_add=True)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["practice", "source"], name="history_source")]

    def __str__(self) -> str:
        return str(self.source)


class Objection(models.Model):
    """A patient's objection: honoured at intake and in every later computation."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="objections")
    purpose = models.ForeignKey(Purpose, models.CASCADE, related_name="+")
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "purpose"], name="objection_once")]

    def __str__(self) -> str:
        return str(self.since)
