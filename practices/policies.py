"""Who may do what with people and the practice register: plain functions over who acts and what it is done to.

They are the Python wall; the database wall (practices/walls.py) holds the same line for writes without knowing roles.
"""

from collections.abc import Mapping

from kip.core.scope import Persona
from practices.acting import Acting
from practices.enums import PRACTICE_ROLES, REGION_ROLES, Role
from practices.models import Invitation, Membership, Practice

# Which roles each role gives and takes. A region starts a practice by inviting its manager and leaves the rest to it.
GIVES: Mapping[str, frozenset[Role]] = {
    Role.PRACTICE_MANAGER: PRACTICE_ROLES,
    Role.REGIONAL_ADMINISTRATOR: REGION_ROLES | {Role.PRACTICE_MANAGER},
    Role.PLATFORM_OPERATOR: frozenset(Role) - PRACTICE_ROLES - {Role.QUALITY_CONSULTANT, Role.RISK_MANAGER},
}
PRACTICE_PLACE, REGION_PLACE, NATIONAL_PLACE = "practice", "region", "national"


def place_of(role: str) -> str:
    """Where a role belongs: in a practice, in a region, or in the whole country."""
    if role in PRACTICE_ROLES:
        return PRACTICE_PLACE
    return REGION_PLACE if role in REGION_ROLES else NATIONAL_PLACE


def roles_to_give(acting: Acting) -> frozenset[Role]:
    return GIVES.get(acting.role, frozenset())


def can_manage_people(acting: Acting) -> bool:
    return bool(roles_to_give(acting))


def covers_practice(acting: Acting, practice: Practice) -> bool:
    """The practice is the scope's own, or lies in the scope's region and profession (a region role may have one)."""
    if acting.persona is Persona.PRACTICE:
        return practice.pk == acting.scope.practice_id
    return (
        acting.persona is Persona.REGION
        and practice.region_id == acting.scope.region_id
        and acting.profession in ("", practice.profession)
    )


def can_invite_member(acting: Acting, role: str, practice: Practice | None, region_id: int | None, profession: str = "") -> bool:
    """The role may be given by the acting role, and its place is covered.

    Somebody who acts for one profession can give no role that covers more than that profession.
    """
    if role not in roles_to_give(acting):
        return False
    place = place_of(role)
    if place == PRACTICE_PLACE:
        return region_id is None and practice is not None and covers_practice(acting, practice)
    if practice is not None:
        return False
    if place == NATIONAL_PLACE:
        return acting.persona is Persona.SUPPORT
    if acting.persona is Persona.SUPPORT:
        return region_id is not None
    return region_id == acting.scope.region_id and acting.profession in ("", profession)


def can_end_membership(acting: Acting, membership: Membership) -> bool:
    """What one may give, one may end; but not the membership one acts in, so that a place never loses its last manager."""
    return membership.pk != acting.scope.membership_id and can_invite_member(
        acting, membership.role, membership.practice, membership.region_id, membership.profession
    )


def can_withdraw_invitation(acting: Acting, invitation: Invitation) -> bool:
    return can_invite_member(acting, invitation.role, invitation.practice, invitation.region_id, invitation.profession)


def can_keep_register(acting: Acting) -> bool:
    return acting.role == Role.REGIONAL_ADMINISTRATOR


def can_change_practice(acting: Acting, practice: Practice) -> bool:
    return can_keep_register(acting) and covers_practice(acting, practice)
