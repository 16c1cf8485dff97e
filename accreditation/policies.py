"""Who may do what with surveys, by role. Whether the survey is one's own is asked of queries/visible.py."""

from accreditation.machine import Transition
from kip.core.scope import Persona
from practices.enums import PRACTICE_ROLES, Role

OFFICE_ROLES = frozenset({Role.REGIONAL_ADMINISTRATOR, Role.QUALITY_CONSULTANT})


def may_step(role: str, transition: Transition) -> bool:
    """The machine's table names the roles of each step."""
    return role in transition.roles


def may_answer(role: str) -> bool:
    """Everybody in the practice answers and finds evidence."""
    return role in PRACTICE_ROLES


def may_speak_for_practice(role: str) -> bool:
    """Sharing, replying and asking for something binds the practice: its manager does it."""
    return role == Role.PRACTICE_MANAGER


def may_plan(role: str) -> bool:
    """The region's administrator keeps the calendar, the teams and the committee's meetings, and publishes."""
    return role == Role.REGIONAL_ADMINISTRATOR


def may_follow(role: str) -> bool:
    """The region's people read how surveys go."""
    return role in OFFICE_ROLES


def may_survey(role: str) -> bool:
    return role == Role.SURVEYOR


def may_sit(role: str) -> bool:
    return role == Role.COMMITTEE_MEMBER


def may_keep_own_ties(role: str) -> bool:
    """Surveyors and committee members declare what ties them to practices."""
    return role in (Role.SURVEYOR, Role.COMMITTEE_MEMBER)


def may_name_members(role: str) -> bool:
    """Who sits on the committee: a region's administrator or the operator writes it down."""
    return role in (Role.REGIONAL_ADMINISTRATOR, Role.PLATFORM_OPERATOR)


def sees_every_survey(persona: Persona) -> bool:
    """Only background work does."""
    return persona is Persona.WORKER
