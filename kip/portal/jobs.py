"""The portal's background work: the quarter's mail. Every night those practices are due that nobody has written to yet."""

from typing import Any

from kip.core import jobs
from kip.core.jobs import Progress, job
from kip.core.scope import WORKER, Scope, activate
from kip.portal.digest.changes import quarter
from kip.portal.digest.mails import send
from practices.models import Membership, Practice

PRACTICE_DIGEST = "portal.practice_digest"


@job("portal.due_digests", nightly=True)
def due_digests(scope: Scope, progress: Progress) -> dict[str, Any]:
    """One piece of work per practice; who has had the mail already is left out there."""
    with activate(WORKER):
        found = quarter()
        if found is None:
            return {}
        peopled = Membership.objects.filter(practice__valid_to=None, practice__isnull=False).values("practice_id")
        practices = list(Practice.objects.filter(pk__in=peopled).order_by("pk").values_list("pk", flat=True))
        for practice_id in practices:
            key = f"{practice_id}:{found.release.label}"
            jobs.enqueue(PRACTICE_DIGEST, scope=Scope(WORKER.persona, practice_id=practice_id), key=key, practice_id=practice_id)
    return {"release": found.release.label, "practices": len(practices)}


@job(PRACTICE_DIGEST)
def practice_digest(scope: Scope, progress: Progress, practice_id: int) -> dict[str, Any]:
    """The mails of one practice; run twice it sends once."""
    with activate(WORKER):
        found = quarter()
        practice = Practice.objects.get(pk=practice_id)
    return {"sent": send(practice, found) if found else 0}
