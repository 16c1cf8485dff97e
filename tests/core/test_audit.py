"""The audit trail: chained, append-only, readable by the practice alone."""

import pytest
from django.db import DatabaseError, connection, connections

from kip.core import audit
from kip.core.models import AuditRecord
from kip.core.scope import WORKER, Persona, Scope, activate


def look(practice_id: int, times: int = 3) -> None:
    with (
        activate(Scope(Persona.REGION, region_id=1)),
        audit.acting(audit.Actor(7, "Konsulent 7", "quality_consultant", "Region")),
    ):
        for _ in range(times):
            audit.record("looked", practice_id=practice_id, kind="practice", object_id=practice_id, purpose="Kontrol af data")


@pytest.mark.django_db
def test_the_chain_counts_up_and_holds() -> None:
    look(20)
    with activate(WORKER):
        assert list(AuditRecord.objects.filter(chain=20).order_by("seq").values_list("seq", "actor")) == [
            (1, "Konsulent 7"),
            (2, "Konsulent 7"),
            (3, "Konsulent 7"),
        ]
        assert audit.first_broken_link(20) is None


@pytest.mark.django_db
def test_a_practice_reads_its_own_log_only() -> None:
    look(20, 2)
    look(21, 1)
    with activate(Scope(Persona.PRACTICE, practice_id=20)):
        assert list(AuditRecord.objects.values_list("practice_id", flat=True)) == [20, 20]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE core_auditrecord SET actor = 'x'", "DELETE FROM core_auditrecord"])
def test_nobody_changes_the_log(statement: str) -> None:
    look(20, 1)
    with pytest.raises(DatabaseError, match="permission denied"), activate(WORKER):
        connection.cursor().execute(statement)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_a_change_behind_the_triggers_is_named() -> None:
    look(20)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditrecord DISABLE TRIGGER audit_keep")
        cursor.execute("UPDATE core_auditrecord SET actor = 'en anden' WHERE chain = 20 AND seq = 2")
        cursor.execute("ALTER TABLE core_auditrecord ENABLE TRIGGER audit_keep")
    with activate(WORKER):
        assert audit.first_broken_link(20) == 2
