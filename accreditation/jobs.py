"""Accreditation's background work: messages at once, and every night what the clocks ask for. Each job makes everything due."""

from collections import defaultdict
from typing import Any

from django.utils import timezone

from accreditation.actions.committee import AGENDA_JOB
from accreditation.actions.critical import CRITICAL_JOB
from accreditation.actions.due import mark_told, take_due_steps
from accreditation.actions.moving import TELL_JOB
from accreditation.actions.publishing import DECISION_JOB
from accreditation.actions.sweeping import sweep
from accreditation.actions.tallying import tally_due
from accreditation.clocks import Stand
from accreditation.mails import letters
from accreditation.mails.people import managers, office, people
from accreditation.mails.sending import send
from accreditation.models import CommitteeMeeting, CriticalFinding, Decision, SentMail, SurveyEvent
from accreditation.queries.clocks import OFFICE, Turn, running, turn_of
from kip.core.jobs import Progress, job
from kip.core.scope import WORKER, Scope, activate
from practices.models import User

REMINDED = (Stand.SOON, Stand.OVERDUE, Stand.ESCALATE)


@job(TELL_JOB)
def tell(scope: Scope, progress: Progress, event_id: int) -> dict[str, Any]:
    """Mail those whom a step concerns."""
    with activate(WORKER):
        event = SurveyEvent.objects.select_related("survey__practice", "survey__programme", "survey__consultant").get(pk=event_id)
        notice = letters.NOTICES.get(event.transition)
        users = people(event.survey, notice.groups) if notice else []
    return {"sent": send(f"event:{event.pk}", users, lambda user: letters.of_step(event))}


@job(CRITICAL_JOB)
def tell_critical(scope: Scope, progress: Progress, finding_id: str) -> dict[str, Any]:
    """Mail the practice and the named consultant, today; the message's clock stops when it has left."""
    with activate(WORKER):
        finding = CriticalFinding.objects.select_related("survey__practice", "survey__programme").get(pk=finding_id)
        users = {user.pk: user for user in (*managers(finding.survey), *office(finding.survey))}
    sent = send(f"critical:{finding.pk}", users.values(), lambda user: letters.of_finding(finding))
    with activate(WORKER):
        mark_told(finding)
    return {"sent": sent}


@job(DECISION_JOB)
def tell_decision(scope: Scope, progress: Progress, decision_id: int) -> dict[str, Any]:
    """Mail the practice its decision."""
    with activate(WORKER):
        decision = Decision.objects.select_related("survey__practice", "survey__programme", "survey__rule_set").get(
            pk=decision_id
        )
        users = managers(decision.survey)
    return {"sent": send(f"decision:{decision.pk}", users, lambda user: letters.of_decision(decision))}


@job(AGENDA_JOB)
def send_agenda(scope: Scope, progress: Progress, meeting_id: int) -> dict[str, Any]:
    """Mail the members of a meeting that its agenda is ready."""
    with activate(WORKER):
        meeting = CommitteeMeeting.objects.get(pk=meeting_id)
        users = list(User.objects.filter(pk__in=meeting.seats.values("user_id"), is_active=True).order_by("pk"))
    return {"sent": send(f"agenda:{meeting.pk}", users, lambda user: letters.of_agenda(meeting))}


@job("accreditation.due", nightly=True)
def due(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Take the steps that a clock takes, then remind: one mail a person and day, each reminder of a deadline once."""
    with activate(WORKER):
        steps = take_due_steps(timezone.now())
    return {"steps": steps, "reminded": _remind()}


def _remind() -> int:
    now, today = timezone.now(), timezone.localdate()
    waiting: dict[int, list[Turn]] = defaultdict(list)
    with activate(WORKER):
        users: dict[int, User] = {}
        for deadline in running():
            turn = turn_of(deadline, now)
            if turn is None or turn.state.state not in REMINDED:
                continue
            groups = {turn.whose, OFFICE} if turn.state.state is Stand.ESCALATE else {turn.whose}
            for user in people(deadline.survey, sorted(groups)):
                users[user.pk] = user
                waiting[user.pk].append(turn)
    return sum(_remind_one(users[pk], turns, str(today)) for pk, turns in waiting.items())


def _remind_one(user: User, turns: list[Turn], today: str) -> int:
    """The reminders that this person has not had yet, in one mail."""
    fresh = []
    with activate(WORKER):
        for turn in turns:
            key = f"deadline:{turn.deadline.pk}:{turn.state.state}"
            if not SentMail.objects.filter(key=key, user=user).exists():
                fresh.append((key, turn))
    if not fresh:
        return 0
    sent = send(f"deadlines:{today}", [user], lambda _user: letters.of_turns([turn for _key, turn in fresh]))
    if sent:
        with activate(WORKER):
            SentMail.objects.bulk_create((SentMail(key=key, user=user) for key, _turn in fresh), ignore_conflicts=True)
    return sent


@job("accreditation.tally", nightly=True)
def tally(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Count the findings of the quarters that have ended and are not counted."""
    with activate(WORKER):
        return {"rows": tally_due(timezone.localdate())}


@job("accreditation.sweep", nightly=True)
def sweep_files(scope: Scope, progress: Progress) -> dict[str, Any]:
    """Delete stored files that no row knows of."""
    with activate(WORKER):
        return {"swept": sweep(timezone.now())}
