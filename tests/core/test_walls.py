"""The database wall, alone: SQL as each persona, with no Python filter in the way."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections
from django.test.utils import CaptureQueriesContext

from kip.core.scope import Persona, Scope, activate
from kip.core.walls import IDENTITY_APPS, declared
from practices.models import Membership

TENANT_COLUMNS = {"practice_id", "region_id", "patient_id", "user_id"}
PATIENT_TABLES = ["datacapture_patient", "datacapture_event", "datacapture_casestate", "datacapture_patientpseudonym"]


def test_every_table_is_declared_or_belongs_to_sign_in() -> None:
    known = {wall.model for wall in declared()}
    forgotten = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model not in known and model._meta.app_label not in IDENTITY_APPS and model._meta.app_label != "practices"
    }
    assert forgotten == set()


@pytest.mark.django_db(databases=["default", "owner"])
def test_every_tenant_table_has_forced_row_security() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity")
        forced = {row[0] for row in cursor.fetchall()}
    open_on_purpose = {"practices_cluster", "practices_municipality"}
    wanted = {
        wall.table
        for wall in declared()
        if {field.attname for field in wall.model._meta.concrete_fields} & TENANT_COLUMNS and wall.table not in open_on_purpose
    }
    assert wanted - forced == set()


@pytest.mark.django_db
@pytest.mark.parametrize("table", PATIENT_TABLES)
@pytest.mark.parametrize(
    "persona", [Persona.REGION, Persona.NATIONAL, Persona.SUPPORT, Persona.SURVEY, Persona.RISK, Persona.COMMITTEE]
)
def test_no_persona_outside_the_practice_may_read_patients(persona: Persona, table: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), activate(Scope(persona, region_id=1)):
        connection.cursor().execute(f"SELECT * FROM {table}")


@pytest.mark.django_db
@pytest.mark.parametrize("table", PATIENT_TABLES)
def test_without_a_scope_the_login_may_not_read_patients(table: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        connection.cursor().execute(f"SELECT * FROM {table}")


@pytest.mark.django_db
def test_a_practice_sees_and_writes_only_its_own_rows(country) -> None:
    own, other = country["north_1"].pk, country["north_2"].pk
    insert = (
        "INSERT INTO datacapture_apikey (practice_id, label, prefix, digest, scopes, created_at)"
        " VALUES (%s, 'x', %s, '', '{}', now())"
    )
    for practice in (own, other):
        with activate(Scope(Persona.PRACTICE, practice_id=practice)), connection.cursor() as cursor:
            cursor.execute(insert, [practice, f"p{practice}"])
    with activate(Scope(Persona.PRACTICE, practice_id=own)), connection.cursor() as cursor:
        cursor.execute("SELECT practice_id FROM datacapture_apikey")
        assert cursor.fetchall() == [(own,)]
        cursor.execute("UPDATE datacapture_apikey SET label = 'y' WHERE practice_id = %s", [other])
        assert cursor.rowcount == 0
    with pytest.raises(DatabaseError, match="row-level security"), activate(Scope(Persona.PRACTICE, practice_id=own)):
        connection.cursor().execute(insert, [other, "stolen"])


@pytest.mark.django_db
def test_an_inner_scope_leaves_nothing_behind(country) -> None:
    own = country["north_1"].pk
    with activate(Scope(Persona.PRACTICE, practice_id=own)):
        with activate(Scope(Persona.WORKER)):
            assert Membership.objects.count() == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('kip.practice_id')")
            assert cursor.fetchone() == ("kip_practice", str(own))


@pytest.mark.django_db(transaction=True)
def test_a_scope_ends_with_its_transaction_and_takes_one_statement() -> None:
    settings = "SELECT current_user, coalesce(current_setting('kip.practice_id', true), '')"
    with connection.cursor() as cursor:
        cursor.execute(settings)
        login = cursor.fetchone()
        with CaptureQueriesContext(connection) as told, activate(Scope(Persona.PRACTICE, practice_id=7)):
            cursor.execute(settings)
            assert cursor.fetchone() == ("kip_practice", "7")
        cursor.execute(settings)
        assert cursor.fetchone() == login
    assert sum("set_config" in query["sql"] for query in told.captured_queries) == 1


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_web_login_cannot_become_the_worker() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_has_role('kip_web', 'kip_worker', 'SET'), pg_has_role('kip_task', 'kip_worker', 'SET')")
        assert cursor.fetchone() == (False, True)
