"""The pool of surveyors that all regions share: who they are, when they are away, and what ties them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accreditation.machine import OVER
from accreditation.models import Assignment, ConflictDeclaration, SurveyorProfile, Unavailable
from accreditation.queries import visible
from practices.enums import Profession, Role
from practices.models import Membership, User

LANGUAGES: Mapping[str, Any] = {
    "da": _("Danish"), "en": _("English"), "de": _("German"), "sv": _("Swedish"), "no": _("Norwegian"), "fo": _("Faroese"),
    "kl": _("Greenlandic"),
}  # fmt: skip


def language_words(profile: SurveyorProfile) -> list[str]:
    """The surveyor's languages in the reader's."""
    return [str(LANGUAGES.get(code, code)) for code in profile.languages]


@dataclass(frozen=True)
class Surveyor:
    """profile: None for somebody with the role who is not in the pool yet; visits: those of the acting region under way."""

    user: User
    profile: SurveyorProfile | None
    professions: Sequence[str]
    languages: Sequence[str]
    away: Sequence[Unavailable]
    ties: Sequence[ConflictDeclaration]
    visits: int


def _holders() -> list[User]:
    today = timezone.localdate()
    held = Membership.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), role=Role.SURVEYOR, valid_from__lte=today)
    return list(User.objects.filter(pk__in=held.values("user_id"), is_active=True).order_by("name", "pk"))


def pool(users: Sequence[User] | None = None) -> list[Surveyor]:
    """Everybody who holds the role, by name."""
    people = _holders() if users is None else users
    profiles = {row.user_id: row for row in SurveyorProfile.objects.filter(user__in=people)}
    away: dict[int, list[Unavailable]] = {user.pk: [] for user in people}
    for row in Unavailable.objects.filter(user__in=people, last_day__gte=timezone.localdate()):
        away[row.user_id].append(row)
    ties: dict[int, list[ConflictDeclaration]] = {user.pk: [] for user in people}
    for tie in ConflictDeclaration.objects.filter(user__in=people).select_related("practice", "municipality"):
        ties[tie.user_id].append(tie)
    rows = visible.live(Assignment.objects.filter(user__in=people)).exclude(survey__state__in=OVER)
    visits = Counter(rows.values_list("user_id", flat=True))
    return [_surveyor(user, profiles.get(user.pk), away[user.pk], ties[user.pk], visits[user.pk]) for user in people]


def _surveyor(
    user: User, profile: SurveyorProfile | None, away: Sequence[Unavailable], ties: Sequence[ConflictDeclaration], visits: int
) -> Surveyor:
    professions = [str(Profession(code).label) for code in profile.professions] if profile else []
    return Surveyor(user, profile, professions, language_words(profile) if profile else [], away, ties, visits)


def surveyor(user_id: int) -> Surveyor:
    """Raises Http404 for somebody who does not hold the role."""
    found = [user for user in _holders() if user.pk == user_id]
    if not found:
        raise Http404
    return pool(found)[0]
