"""Deliveries and the keys of the interface."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from datacapture.enums import Channel, DeliveryState, KeyScope
from practices.models import Practice, User


class Delivery(models.Model):
    """One file: waiting encrypted, checked, stored or refused, with its receipt. The file is gone after the receipt."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel)
    file_name = models.CharField(_("file"), max_length=200)
    size = models.BigIntegerField(_("size"))
    digest = models.CharField(max_length=64)
    vault_name = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    sent_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    job_id = models.UUIDField(null=True)
    receipt = models.JSONField(default=dict)
    row_list = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return self.file_name


def only_deliver() -> list[str]:
    """What keys opened before they could be made for reading."""
    return [KeyScope.DELIVER.value]


class ApiKey(models.Model):
    """A practice's key to the interface. Only the digest is kept; the key is shown once. scopes: what it opens."""

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="+")
    label = models.CharField(_("label"), max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=8, choices=KeyScope), default=only_deliver)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label

    @property
    def may(self) -> str:
        """What the key opens, in words."""
        return ", ".join(str(KeyScope(scope).label) for scope in self.scopes)
