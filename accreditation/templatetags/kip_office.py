"""Words of codes in the templates of the accreditation office."""

from datetime import date

from django import template

from accreditation.enums import FollowUpKind, PointOutcome
from practices.enums import Profession

register = template.Library()


@register.filter
def profession(code: str) -> str:
    """{{ code|profession }}: its words; an unknown code as it is."""
    return str(Profession(code).label) if code in Profession.values else code


@register.filter
def follow_up(code: str) -> str:
    """{{ code|follow_up }}: how a follow-up is made."""
    return str(FollowUpKind(code).label) if code in FollowUpKind.values else code


@register.filter
def outcome(code: str) -> str:
    """{{ code|outcome }}: what became of a point of the hearing."""
    return str(PointOutcome(code).label) if code in PointOutcome.values else code


@register.filter
def iso_day(written: str) -> date:
    """{{ content.head.visit_on|iso_day|long_date }}: a stored day as a date."""
    return date.fromisoformat(written)
