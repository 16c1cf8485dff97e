"""Organisations with validity dates and successors, people and their memberships."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from practices.enums import PRACTICE_ROLES, REGION_ROLES, Profession, Role


class Region(models.Model):
    """A region in the form it has between two dates; a new division of the country makes a successor."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    name_da = models.CharField(_("Danish name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="region_dates")]

    def __str__(self) -> str:
        return self.name_da


class Municipality(models.Model):
    code = models.CharField(_("code"), max_length=4, unique=True)
    name = models.CharField(_("name"), max_length=60)
    region = models.ForeignKey(Region, models.PROTECT, related_name="municipalities")

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "municipalities"

    def __str__(self) -> str:
        return self.name


class Cluster(models.Model):
    """Practices of one profession that meet around their data."""

    name = models.CharField(_("name"), max_length=120)
    region = models.ForeignKey(Region, models.PROTECT, related_name="clusters")
    profession = models.CharField(_("profession"), max_length=24, choices=Profession)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Practice(models.Model):
    """A private practice. Provider numbers are used again over time, so the key is number + valid_from."""

    number = models.CharField(_("provider number"), max_length=12)
    name = models.CharField(_("name"), max_length=160)
    profession = models.CharField(_("profession"), max_length=24, choices=Profession)
    region = models.ForeignKey(Region, models.PROTECT, related_name="practices")
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="practices")
    cluster = models.ForeignKey(Cluster, models.SET_NULL, null=True, blank=True, related_name="practices")
    sor = models.CharField(_("SOR id"), max_length=20, blank=True)
    cvr = models.CharField(_("CVR number"), max_length=8, blank=True)
    clinicians = models.PositiveSmallIntegerField(_("clinicians"), default=1)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    # A split practice has several successors; each of them points back.
    origin = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["number", "valid_from"], name="practice_number_from"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="practice_dates"),
        ]

    def __str__(self) -> str:
        return self.name


class PeopleManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What the person may do follows from memberships, never from flags here."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=2, default="da", choices=settings.LANGUAGES)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = PeopleManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name or self.email


class Membership(models.Model):
    """A role in one practice, or in one region (for one profession or all), between two dates."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=24, choices=Role)
    practice = models.ForeignKey(Practice, models.PROTECT, null=True, blank=True, related_name="memberships")
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="memberships")
    profession = models.CharField(_("profession"), max_length=24, choices=Profession, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        ordering = ["user", "role", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(role__in=sorted(PRACTICE_ROLES)) & Q(practice__isnull=False, region__isnull=True))
                | (Q(role__in=sorted(REGION_ROLES)) & Q(practice__isnull=True, region__isnull=False))
                | (~Q(role__in=sorted(PRACTICE_ROLES | REGION_ROLES)) & Q(practice__isnull=True)),
                name="membership_place_fits_role",
            ),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="membership_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class Invitation(models.Model):
    """An invitation by mail, good for one person, one role and 72 hours. Only the token's digest is kept."""

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=24, choices=Role)
    practice = models.ForeignKey(Practice, models.CASCADE, null=True, blank=True)
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True)
    profession = models.CharField(_("profession"), max_length=24, choices=Profession, blank=True)
    digest = models.BinaryField(unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    # Dates of the membership that it becomes; without a first day it starts on the day of acceptance.
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_to = models.DateField(_("last day"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.email
