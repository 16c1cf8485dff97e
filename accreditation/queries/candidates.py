"""The pool of surveyors as seen from one visit: who fits, who is away, and who is tied to the practice."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from accreditation import timeline
from accreditation.machine import OVER
from accreditation.models import Assignment, Survey, SurveyorProfile, Unavailable
from accreditation.queries import visible
from accreditation.queries.conflicts import Conflict, conflicts_of_people
from accreditation.queries.pool import language_words
from practices.enums import Profession


@dataclass(frozen=True)
class Candidate:
    """fits: comes from the practice's profession; away: not available on the day; visits: others the surveyor is on now."""

    profile: SurveyorProfile
    professions: Sequence[str]
    languages: Sequence[str]
    fits: bool
    away: bool
    ties: Sequence[Conflict]
    visits: int
    chosen: bool

    @property
    def free(self) -> bool:
        return not self.ties and not self.away and not self.chosen


def candidates(survey: Survey) -> list[Candidate]:
    """Active surveyors: those who can go first, then those of the practice's own profession, then by name."""
    profiles = list(SurveyorProfile.objects.filter(active=True).select_related("user"))
    users = [profile.user_id for profile in profiles]
    day = survey.visit_on or timeline.today()
    tied = conflicts_of_people(users, survey.practice, day)
    away = away_on(users, day) if survey.visit_on else set()
    others = visible.live(Assignment.objects.filter(user__in=users)).exclude(survey=survey).exclude(survey__state__in=OVER)
    busy = Counter(others.values_list("user_id", flat=True))
    taken = set(Assignment.objects.filter(survey=survey, ended_at=None).values_list("user_id", flat=True))
    own = survey.practice.profession
    found = [
        Candidate(
            profile, [str(Profession(code).label) for code in profile.professions], language_words(profile),
            own in profile.professions,
            profile.user_id in away, tied[profile.user_id], busy[profile.user_id],
            profile.user_id in taken,
        )
        for profile in profiles
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.free, not one.fits, str(one.profile.user)))


def away_on(users: Sequence[int], day: dt.date) -> set[int]:
    """Those who take no visits on the day."""
    rows = Unavailable.objects.filter(user__in=users, first_day__lte=day, last_day__gte=day)
    return set(rows.values_list("user_id", flat=True))
