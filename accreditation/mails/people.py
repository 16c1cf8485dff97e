"""Who is written to about a survey. Call in the worker's scope."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from accreditation.models import Survey
from accreditation.queries import visible
from accreditation.queries.clocks import OFFICE, PRACTICE, TEAM
from practices.enums import Role
from practices.models import Membership, User


def _holding(role: str, **place: object) -> list[User]:
    today = timezone.localdate()
    held = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), role=role, valid_from__lte=today, **place)
    return list(User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("pk"))


def managers(survey: Survey) -> list[User]:
    """The managers of the practice."""
    return _holding(Role.PRACTICE_MANAGER, practice_id=survey.practice_id)


def team(survey: Survey) -> list[User]:
    """The surveyors who go."""
    return [item.user for item in visible.team(survey)]


def office(survey: Survey) -> list[User]:
    """The named consultant, or where there is none the region's administrators."""
    if survey.consultant is not None:
        return [survey.consultant]
    return _holding(Role.REGIONAL_ADMINISTRATOR, region_id=survey.practice.region_id)


GROUPS = {PRACTICE: managers, TEAM: team, OFFICE: office}


def people(survey: Survey, groups: Iterable[str]) -> list[User]:
    """Everybody of the groups, each once."""
    found = {user.pk: user for group in groups for user in GROUPS[group](survey)}
    return list(found.values())
