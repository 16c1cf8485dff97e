"""Who may touch the audit trail and the jobs."""

from kip.core.models import AuditHead, AuditRecord, Job
from kip.core.scope import Persona
from kip.core.walls import ALL, BASE, OWN_PRACTICE, OWN_REGION, OWN_USER, READ, Grant, Wall

WRITE_ONLY = Grant("INSERT")
WALLS = [
    Wall(
        AuditRecord,
        {
            BASE: WRITE_ONLY,
            Persona.PRACTICE: Grant("SELECT, INSERT", OWN_PRACTICE),
            Persona.WORKER: Grant("SELECT, INSERT"),
        },
    ),
    Wall(AuditHead, {Persona.WORKER: Grant(READ)}),
    Wall(
        Job,
        {
            Persona.PRACTICE: Grant("SELECT, INSERT", OWN_PRACTICE),
            Persona.REGION: Grant("SELECT, INSERT", OWN_REGION),
            Persona.INTAKE: Grant("SELECT, INSERT", OWN_PRACTICE),
            # Work for the whole country, a visit or a case is of the person who asked for it.
            Persona.NATIONAL: Grant("SELECT, INSERT", OWN_USER),
            Persona.SURVEY: Grant("SELECT, INSERT", OWN_USER),
            Persona.COMMITTEE: Grant("SELECT, INSERT", OWN_USER),
            # The operator sees how work goes and puts parked work back; whose it is and what it is about stay hidden.
            Persona.SUPPORT: Grant(
                "SELECT (id, name, state, attempts, error, run_after, created_at, started_at, finished_at),"
                " UPDATE (state, attempts, run_after)"
            ),
            Persona.WORKER: Grant(ALL),
        },
    ),
]
