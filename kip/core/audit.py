"""The audit trail: every act, and every look at a practice's data by somebody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection

from kip.core.models import AuditRecord

INSERT = """
INSERT INTO core_auditrecord (chain, seq, at, actor_id, actor, role, organisation, practice_id, region_id, act, outcome,
    purpose, kind, object_id, detail, request_id, previous, digest)
VALUES (0, 0, now(), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, ''::bytea, ''::bytea)
"""
BROKEN = """
SELECT r.seq FROM (SELECT a.*, lag(a.digest, 1, ''::bytea) OVER w AS before, row_number() OVER w AS place
                   FROM core_auditrecord a WHERE a.chain = %(chain)s WINDOW w AS (ORDER BY a.seq)) r
JOIN core_auditrecord a ON a.chain = r.chain AND a.seq = r.seq
WHERE r.seq <> r.place OR a.previous <> r.before OR a.digest <> audit_digest(a) ORDER BY r.seq LIMIT 1
"""


@dataclass(frozen=True)
class Actor:
    """Who acts, in the words that the practice will read."""

    user_id: int | None
    name: str
    role: str
    organisation: str
    request_id: str = ""


SYSTEM = Actor(None, "KIP", "system", "KIP")
_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def current_actor() -> Actor:
    return _actor.get()


def record(
    act: str,
    *,
    practice_id: int | None = None,
    region_id: int | None = None,
    kind: str = "",
    object_id: object = "",
    purpose: str = "",
    outcome: str = "allowed",
    detail: str = "{}",
) -> None:
    """Append one record in the current transaction. `detail` is JSON text without values of patients."""
    who = _actor.get()
    values = [who.user_id, who.name, who.role, who.organisation, practice_id, region_id, act, outcome, purpose, kind]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [*values, str(object_id), detail, who.request_id])


def first_broken_link(chain: int) -> int | None:
    """Sequence number of the first record that was changed, moved or follows a removed one; None when the chain holds.

    A cut tail shows only against a published head: compare `AuditHead` with the practice's last printed one.
    """
    with connection.cursor() as cursor:
        cursor.execute(BROKEN, {"chain": chain})
        row = cursor.fetchone()
    if row:
        return int(row[0])
    head = AuditRecord.objects.filter(chain=chain).order_by("-seq").values_list("seq", flat=True).first() or 0
    return None if _head_seq(chain) == head else head + 1


def _head_seq(chain: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM core_audithead WHERE chain = %s", [chain])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
