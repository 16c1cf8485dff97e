"""Audit trail and jobs: the two tables that every app writes through `kip.core.audit` and `kip.core.jobs`."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditRecord(models.Model):
    """One act or one look, chained per practice (0 = no practice). No foreign keys: the log outlives what it tells of.

    `seq`, `previous` and `digest` are set by the database under a lock on the chain's head (migration 0002).
    """

    chain = models.BigIntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=200)
    role = models.CharField(max_length=60)
    organisation = models.CharField(max_length=200)
    practice_id = models.BigIntegerField(null=True)
    region_id = models.BigIntegerField(null=True)
    act = models.CharField(max_length=60)
    outcome = models.CharField(max_length=10, choices=[("allowed", _("allowed")), ("denied", _("denied"))])
    purpose = models.CharField(max_length=300)
    kind = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=36)
    previous = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_chain_seq")]
        indexes = [models.Index(fields=["practice_id", "-at"], name="audit_practice_at")]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq} {self.act}"


class AuditHead(models.Model):
    """The last link of each chain; published, it makes a cut tail visible."""

    chain = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField()
    digest = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.chain}: {self.seq}"


class Job(models.Model):
    """A piece of background work. Written in the transaction that asks for it; Redis only wakes a worker."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        PARKED = "parked", _("parked after three failures")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    scope = models.JSONField()
    key = models.CharField(max_length=200, help_text=_("the same key is never queued twice while it waits"))
    practice_id = models.BigIntegerField(null=True)
    region_id = models.BigIntegerField(null=True)
    user_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    run_after = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "key"], condition=models.Q(state="waiting"), name="job_waits_once"),
        ]
        indexes = [models.Index(fields=["state", "run_after"], name="job_due")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
