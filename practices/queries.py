"""Reads for the people and register pages. Every query names the scope's own place; the pages add nothing."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from kip.core.scope import Persona
from practices.acting import Acting
from practices.enums import REGION_ROLES, Profession, Role
from practices.imports import Existing, Known
from practices.models import Cluster, Invitation, Membership, Municipality, Practice
from practices.policies import covers_practice

IMPORTED = ("number", "name", "profession", "municipality_id", "cluster_id", "sor", "cvr", "clinicians", "valid_from", "valid_to")


def digest_of(token: str) -> bytes:
    """What is kept of an invitation's token, so that a stolen table opens no account."""
    return hashlib.sha256(token.encode()).digest()


def _own_places(acting: Acting) -> Q:
    """Which memberships and invitations the acting role may see.

    Within a region everybody sees the region's people; only the administrator also sees the practices' managers.
    """
    if acting.persona is Persona.PRACTICE:
        return Q(practice_id=acting.scope.practice_id)
    if acting.persona is Persona.SUPPORT:
        return Q(practice=None, region=None) | Q(role=Role.REGIONAL_ADMINISTRATOR)
    own = Q(region_id=acting.scope.region_id, role__in=sorted(REGION_ROLES))
    if acting.profession:
        own &= Q(profession__in=["", acting.profession])
    if acting.role != Role.REGIONAL_ADMINISTRATOR:
        return own
    practices = Q(practice__region_id=acting.scope.region_id, role=Role.PRACTICE_MANAGER)
    if acting.profession:
        practices &= Q(practice__profession=acting.profession)
    return own | practices


def people(acting: Acting, words: str = "") -> QuerySet[Membership]:
    """Memberships of the own place that are valid today or later, by name."""
    today = timezone.localdate()
    found = Membership.objects.filter(_own_places(acting), Q(valid_to=None) | Q(valid_to__gte=today))
    for word in words.split():
        found = found.filter(Q(user__name__icontains=word) | Q(user__email__icontains=word) | Q(practice__name__icontains=word))
    return found.select_related("user", "practice", "region").order_by("user__name", "user__email", "pk")


def membership_in_scope(acting: Acting, pk: int) -> Membership:
    """Raises Http404 for somebody else's: that it exists is nobody's business."""
    found = people(acting).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def open_invitations(acting: Acting) -> QuerySet[Invitation]:
    found = Invitation.objects.filter(_own_places(acting), accepted_at=None, expires_at__gt=timezone.now())
    return found.select_related("practice", "region", "invited_by").order_by("expires_at", "pk")


def invitation_behind(token: str) -> Invitation | None:
    """The invitation a link opens while it is unused and within its time, else None - without saying which of them."""
    now = timezone.now()
    found = Invitation.objects.filter(digest=digest_of(token), accepted_at=None, expires_at__gt=now)
    still = found.filter(Q(valid_to=None) | Q(valid_to__gte=timezone.localdate()))
    return still.select_related("practice", "region", "invited_by").first()


@dataclass(frozen=True)
class RegisterFilter:
    """What the register's search form asks for; state open|closed|all."""

    words: str = ""
    profession: str = ""
    state: str = "open"


def register(acting: Acting, wanted: RegisterFilter) -> QuerySet[Practice]:
    """The region's practices by name, those of the acting profession only when the role has one."""
    found = Practice.objects.filter(region_id=acting.scope.region_id)
    for profession in filter(None, (acting.profession, wanted.profession)):
        found = found.filter(profession=profession)
    for word in wanted.words.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(number__iexact=word)
            | Q(cvr=word)
            | Q(sor=word)
            | Q(municipality__name__istartswith=word)
            | Q(cluster__name__icontains=word)
        )
    today = timezone.localdate()
    if wanted.state == "open":
        found = found.filter(Q(valid_to=None) | Q(valid_to__gte=today))
    elif wanted.state == "closed":
        found = found.filter(valid_to__lt=today)
    return found.select_related("municipality", "cluster").order_by("name", "pk")


def practice_in_scope(acting: Acting, pk: int) -> Practice:
    """Raises Http404 when the scope does not cover the practice."""
    found = Practice.objects.select_related("municipality", "cluster", "region", "successor", "origin").filter(pk=pk).first()
    if found is None or not covers_practice(acting, found):
        raise Http404
    return found


def kin(practice: Practice) -> dict[str, list[Practice]]:
    """Practices that were merged into this one, and those it was split into."""
    related = Practice.objects.filter(Q(successor=practice) | Q(origin=practice)).order_by("valid_from", "name")
    return {
        "merged": [item for item in related if item.successor_id == practice.pk],
        "parts": [item for item in related if item.origin_id == practice.pk],
    }


def people_with_access(practice: Practice) -> int:
    today = timezone.localdate()
    held = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), practice=practice)
    return held.aggregate(n=Count("user", distinct=True))["n"]


def open_practice(acting: Acting, number: str, day: dt.date, profession: str) -> Practice | None:
    """The region's practice with that provider number that is open on the day and goes on after it."""
    found = Practice.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day),
        number=number,
        region_id=acting.scope.region_id,
        profession=profession,
        valid_from__lte=day,
    )
    return found.first()


def practice_with_number(acting: Acting, number: str | None) -> Practice | None:
    """The practice to invite somebody to: the region's open one with that number, or the own one for number None."""
    today = timezone.localdate()
    found = Practice.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today))
    found = found.filter(pk=acting.scope.practice_id) if number is None else found.filter(number=number)
    return next((practice for practice in found.order_by("valid_from") if covers_practice(acting, practice)), None)


def number_in_use(number: str, first_day: dt.date) -> bool:
    """A practice anywhere holds the number on that day or later."""
    return Practice.objects.filter(Q(valid_to=None) | Q(valid_to__gte=first_day), number=number).exists()


def known_to_import(acting: Acting, numbers: set[str]) -> Known:
    """What a file with these provider numbers is checked against, in three queries."""
    region_id = acting.scope.region_id or 0
    stored = Practice.objects.filter(number__in=numbers).values("pk", "region_id", *IMPORTED)
    return Known(
        region_id=region_id,
        profession=acting.profession,
        municipalities=dict(Municipality.objects.filter(region_id=region_id).values_list("code", "pk")),
        clusters={
            (name, profession): pk
            for pk, name, profession in Cluster.objects.filter(region_id=region_id).values_list("pk", "name", "profession")
        },
        existing={(item["number"], item["valid_from"]): _existing(item) for item in stored},
    )


def _existing(item: dict[str, Any]) -> Existing:
    values = {name.removesuffix("_id"): item[name] for name in IMPORTED}
    return Existing(pk=item["pk"], region_id=item["region_id"], values=values)


def profession_choices(acting: Acting) -> list[tuple[str, str]]:
    return [(code, str(label)) for code, label in Profession.choices if acting.profession in ("", code)]
