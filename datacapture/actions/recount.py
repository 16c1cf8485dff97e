"""Asks for a practice's figures to be counted anew after its data have changed."""

from kip.core import jobs
from kip.core.scope import Persona, Scope

JOB = "datacapture.compute_practice"


def recount(practice_id: int) -> None:
    """Queue the counting of one practice; several changes before it starts make one count. Call as the worker."""
    try:
        jobs.enqueue(JOB, scope=Scope(Persona.WORKER, practice_id=practice_id), key=str(practice_id), practice_id=practice_id)
    except LookupError:
        return  # a process without the engine's jobs still takes in files; the nightly count catches up
