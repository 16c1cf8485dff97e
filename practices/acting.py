"""Which membership a person acts in right now. Read from the database on every request, so that an ended one ends at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django_htmx.middleware import HtmxDetails

from kip.core.scope import Persona, Scope
from practices.enums import PERSONA_OF, Role
from practices.models import Membership, User

SESSION_KEY = "acting_membership"


@dataclass(frozen=True)
class Acting:
    """The person, the role and the place, with the scope that follows."""

    scope: Scope
    role: str
    role_label: str
    person_name: str
    organisation_name: str
    profession: str

    @property
    def persona(self) -> Persona:
        return self.scope.persona


class SignedInRequest(HttpRequest):
    """A request of somebody who is signed in, with or without a role."""

    user: User
    acting: Acting | None
    htmx: HtmxDetails


class ActingRequest(SignedInRequest):
    """A request behind a door that lets in personas only, so somebody acts."""

    acting: Acting


def valid_memberships(user: User, day: date | None = None) -> QuerySet[Membership]:
    today = day or timezone.localdate()
    return user.memberships.filter(Q(valid_to=None) | Q(valid_to__gte=today), valid_from__lte=today).select_related(
        "practice", "region"
    )


def acting_as(membership: Membership) -> Acting:
    role = Role(membership.role)
    return Acting(
        scope=Scope(
            persona=PERSONA_OF[role],
            user_id=membership.user_id,
            practice_id=membership.practice_id,
            region_id=membership.region_id,
            membership_id=membership.pk,
        ),
        role=role.value,
        role_label=str(role.label),
        person_name=str(membership.user),
        organisation_name=_place(membership),
        profession=membership.practice.profession if membership.practice else membership.profession,
    )


def _place(membership: Membership) -> str:
    if membership.practice:
        return membership.practice.name
    if membership.region:
        return membership.region.name_en if get_language() == "en" else membership.region.name_da
    return "KIP"


def memberships_of(user: User) -> Sequence[Membership]:
    """The memberships valid today; those that came with the person (practices.backends), else read now."""
    came: Sequence[Membership] | None = getattr(user, "memberships_today", None)
    return list(valid_memberships(user).select_related("user")) if came is None else came


def current_acting(user: User, wanted: int | None) -> Acting | None:
    """The wanted membership when it is valid, else the only or first valid one, else None."""
    # Stable: a role in a region that has ended comes last.
    memberships = sorted(memberships_of(user), key=_of_ended_region)
    chosen = next((item for item in memberships if item.pk == wanted), memberships[0] if memberships else None)
    return acting_as(chosen) if chosen else None


def _of_ended_region(membership: Membership) -> bool:
    """The region has ended, and the person keeps the role there for a while to look back."""
    region = membership.region
    return region is not None and region.valid_to is not None and region.valid_to < timezone.localdate()
