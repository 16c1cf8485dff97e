"""Background work of definitions: a draft tried on the real data."""

from typing import Any

from django.utils import timezone

from datacapture.actions.computing import NotReady, last_quarter_end
from datacapture.actions.defining import TEST_JOB
from datacapture.actions.library import laid_over, running_definitions
from datacapture.actions.trying import TooSlow, try_out
from datacapture.models import DefinitionDraft
from kip.core.jobs import Progress, job
from kip.core.scope import WORKER, Scope, activate


@job(TEST_JOB)
def test_definition(scope: Scope, progress: Progress, draft_id: int) -> dict[str, Any]:
    """Count the draft beside the running version; a draft that takes too long keeps the sentence that says so."""
    with activate(WORKER):
        draft = DefinitionDraft.objects.select_related("indicator", "base").get(pk=draft_id)
        running, texts = running_definitions()
        library, _texts = laid_over(running, texts, [draft])
    try:
        found = try_out(running, library, draft.indicator.code, last_quarter_end(timezone.localdate()), progress)
    except NotReady as error:
        found = {"failed": str(error)}
    except TooSlow as error:
        found = {"failed": str(error), "slow": {**error.words, "seconds": error.seconds}}
    with activate(WORKER):
        DefinitionDraft.objects.filter(pk=draft_id).update(test=found, test_digest=draft.digest)
    return {"indicator": draft.indicator.code, "failed": found.get("failed", "")}
