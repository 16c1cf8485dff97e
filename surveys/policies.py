"""Who may do what with patient surveys."""

from kip.core.scope import Persona
from practices.acting import Acting
from practices.enums import Role
from practices.models import Practice
from surveys.models import Campaign

PLANNERS = (Role.PRACTICE_MANAGER, Role.REGIONAL_ADMINISTRATOR, Role.QUALITY_CONSULTANT)
EDITORS = (Role.REGIONAL_ADMINISTRATOR, Role.QUALITY_CONSULTANT)


def can_plan_campaigns(acting: Acting) -> bool:
    return acting.role in PLANNERS


def can_change_campaign(acting: Acting, campaign: Campaign) -> bool:
    """Whose campaign it is: the practice's own, or the region's."""
    if not can_plan_campaigns(acting):
        return False
    if acting.persona is Persona.PRACTICE:
        return campaign.practice_id == acting.scope.practice_id
    return campaign.practice_id is None and campaign.region_id == acting.scope.region_id


def can_ask_in(acting: Acting, practice: Practice) -> bool:
    """Whose patients one may ask: one's own practice's, or those of the region's practices (of one's profession)."""
    if acting.persona is Persona.PRACTICE:
        return practice.pk == acting.scope.practice_id
    return practice.region_id == acting.scope.region_id and acting.profession in ("", practice.profession)


def can_edit_questionnaires(acting: Acting) -> bool:
    return acting.role in EDITORS


def can_moderate(acting: Acting) -> bool:
    """Comments are read by the region, never by the practice that they are about."""
    return acting.role in EDITORS


def can_agree_to_publish(acting: Acting) -> bool:
    return acting.role == Role.PRACTICE_MANAGER
