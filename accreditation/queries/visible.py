"""Which surveys a person may see. The database holds the same lines (accreditation/walls.py)."""

from django.db.models import Q, QuerySet
from django.http import Http404

from accreditation.enums import MeetingState
from accreditation.machine import OVER, WINDOW
from accreditation.models import AgendaItem, Assignment, Survey
from accreditation.policies import may_follow, sees_every_survey
from kip.core.scope import Persona
from practices.acting import Acting

# Whole libraries as JSON: they are read once a process (pinned.py), never with every survey.
LARGE = ("edition__content", "programme__kind_content")
# What a survey keeps for good: it came with the survey and is not read again (migration 0002 holds it in place).
PINNED = ("practice", "programme", "edition", "rule_set", "cycle")


def surveys(by: Acting) -> QuerySet[Survey]:
    """Surveys of the own practice, the own region and profession, the own visits, or the own open agenda."""
    found = Survey.objects.select_related(*PINNED).defer(*LARGE)
    if by.persona is Persona.PRACTICE:
        return found.filter(practice_id=by.scope.practice_id)
    if by.persona is Persona.REGION and may_follow(by.role):
        found = found.filter(practice__region_id=by.scope.region_id)
        return found.filter(practice__profession=by.profession) if by.profession else found
    if by.persona is Persona.SURVEY:
        return found.filter(pk__in=live(Assignment.objects.filter(user_id=by.scope.user_id)).values("survey_id")).exclude(
            state__in=OVER
        )
    if by.persona is Persona.COMMITTEE:
        return found.filter(pk__in=cases(by).values("survey_id"))
    return found if sees_every_survey(by.persona) else found.none()


def survey(by: Acting, pk: int) -> Survey:
    """Raises Http404 for a survey that the person may not see, whether it exists or not."""
    found = surveys(by).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def again(by: Acting, survey: Survey) -> Survey | None:
    """The survey as it stands now, None when the person may not see it (any more). What is pinned is taken from the one given."""
    found = surveys(by).filter(pk=survey.pk).order_by("pk")
    fields = [Survey._meta.get_field(name) for name in PINNED]
    if not all(field.is_cached(survey) for field in fields):
        return found.first()
    row = found.defer(None).select_related(None).first()
    if row is not None:
        for field in fields:
            field.set_cached_value(row, field.get_cached_value(survey))
    return row


def in_window(by: Acting) -> QuerySet[Survey]:
    """A surveyor's visits whose documents are shared and whose report is not final."""
    return surveys(by).filter(state__in=WINDOW)


def live(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Assignments that count: not ended, and without a conflict that nobody has overridden."""
    return assignments.filter(Q(blocked=False) | Q(overridden_at__isnull=False), ended_at=None)


def team(of: Survey) -> list[Assignment]:
    """The survey's surveyors, lead first."""
    return list(live(Assignment.objects.filter(survey=of)).select_related("user").order_by("role", "pk"))


def cases(by: Acting) -> QuerySet[AgendaItem]:
    """Cases of the committee member's open meetings, without those the member stepped out of."""
    mine = AgendaItem.objects.filter(meeting__state=MeetingState.AGENDA_SENT, meeting__seats__user_id=by.scope.user_id)
    return mine.exclude(recusals__user_id=by.scope.user_id).select_related("meeting", "survey__practice")


def case(by: Acting, pk: int) -> AgendaItem:
    """Raises Http404 for a case that is not on the person's open agenda."""
    found = cases(by).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
