"""Professions and roles: short stable codes."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from kip.core.scope import Persona


class Profession(TextChoices):
    GENERAL_PRACTICE = "general_practice", _("general practice")
    SPECIALIST_PRACTICE = "specialist_practice", _("specialist practice")
    PHYSIOTHERAPY = "physiotherapy", _("physiotherapy")
    CHIROPRACTIC = "chiropractic", _("chiropractic")
    PSYCHOLOGY = "psychology", _("psychology")
    DENTISTRY = "dentistry", _("dentistry")
    PODIATRY = "podiatry", _("podiatry")
    DENTAL_HYGIENE = "dental_hygiene", _("dental hygiene")


class Role(TextChoices):
    PRACTICE_MANAGER = "practice_manager", _("practice manager")
    CLINICIAN = "clinician", _("clinician")
    PRACTICE_ASSISTANT = "practice_assistant", _("practice assistant")
    REGIONAL_ADMINISTRATOR = "regional_administrator", _("regional administrator")
    QUALITY_CONSULTANT = "quality_consultant", _("quality consultant")
    RISK_MANAGER = "risk_manager", _("risk manager")
    SURVEYOR = "surveyor", _("surveyor")
    COMMITTEE_MEMBER = "committee_member", _("accreditation committee member")
    NATIONAL_ANALYST = "national_analyst", _("national analyst")
    STEERING_GROUP_MEMBER = "steering_group_member", _("steering-group member")
    PLATFORM_OPERATOR = "platform_operator", _("platform operator")


PERSONA_OF = {
    Role.PRACTICE_MANAGER: Persona.PRACTICE,
    Role.CLINICIAN: Persona.PRACTICE,
    Role.PRACTICE_ASSISTANT: Persona.PRACTICE,
    Role.REGIONAL_ADMINISTRATOR: Persona.REGION,
    Role.QUALITY_CONSULTANT: Persona.REGION,
    Role.RISK_MANAGER: Persona.RISK,
    Role.SURVEYOR: Persona.SURVEY,
    Role.COMMITTEE_MEMBER: Persona.COMMITTEE,
    Role.NATIONAL_ANALYST: Persona.NATIONAL,
    Role.STEERING_GROUP_MEMBER: Persona.NATIONAL,
    Role.PLATFORM_OPERATOR: Persona.SUPPORT,
}
PRACTICE_ROLES = frozenset(role for role, persona in PERSONA_OF.items() if persona is Persona.PRACTICE)
REGION_ROLES = frozenset({Role.REGIONAL_ADMINISTRATOR, Role.QUALITY_CONSULTANT, Role.RISK_MANAGER})
# Roles that need a second factor where the setting asks for it: everybody who sees more than one practice.
STAFF_ROLES = frozenset(Role) - PRACTICE_ROLES
