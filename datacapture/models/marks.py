"""What a practice writes beside its own figures. Never part of a number, and for the practice's eyes alone."""

from django.db import models

from datacapture.enums import MarkReason
from datacapture.models.clinical import Patient
from datacapture.models.feedback import Indicator
from practices.models import Practice


class PatientMark(models.Model):
    """What the practice found out about one patient on one list; `day` tells when, so that an old mark can fade."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=16, choices=MarkReason)
    note = models.CharField(max_length=120, blank=True)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "indicator", "patient"], name="patient_mark_once")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.patient_id}"


class ChartNote(models.Model):
    """Something the practice did or saw on a day, drawn on the chart of one measure."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="+")
    day = models.DateField()
    text = models.CharField(max_length=80)

    class Meta:
        ordering = ["day", "pk"]
        indexes = [models.Index(fields=["practice", "indicator", "day"], name="chart_note_day")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.day}"
