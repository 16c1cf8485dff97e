"""The quarter's mail to a practice's people: who has had it, and who wants none."""

from django.conf import settings
from django.db import models

from practices.models import Practice


class DigestMail(models.Model):
    """One person has had the mail of one quarter; written before it is sent, so that nobody gets it twice."""

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    label = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "user", "label"], name="digest_once")]

    def __str__(self) -> str:
        return f"{self.practice_id} {self.user_id} {self.label}"


class DigestStop(models.Model):
    """A person has stopped the mail of one practice."""

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "user"], name="digest_stop_once")]

    def __str__(self) -> str:
        return f"{self.practice_id} {self.user_id}"
