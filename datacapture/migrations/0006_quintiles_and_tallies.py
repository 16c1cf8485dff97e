"""Counts by deprivation quintile, and per patient what the counts are the sum of.

The triggers note which patients changed; PostgreSQL asks for one trigger per kind of change when rows are looked at together.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

TOUCHED = {
    "datacapture_event": "SELECT DISTINCT practice_id, patient_id FROM changed",
    "datacapture_patient": "SELECT practice_id, id FROM changed",
    "datacapture_objection": "SELECT DISTINCT practice_id, patient_id FROM changed",
    "datacapture_codesetmember": (
        "SELECT DISTINCT e.practice_id, e.patient_id FROM datacapture_event e WHERE e.code_id IN (SELECT code_id FROM changed)"
    ),
}
CHANGES = {"inserted": ("INSERT", "NEW"), "deleted": ("DELETE", "OLD"), "was": ("UPDATE", "OLD"), "is": ("UPDATE", "NEW")}


def trigger_sql() -> str:
    statements = []
    for table, rows in TOUCHED.items():
        statements.append(
            f"CREATE FUNCTION {table}_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" INSERT INTO datacapture_touchedpatient (practice_id, patient_id) {rows}; RETURN NULL; END $$"
        )
        statements += [
            f"CREATE TRIGGER touch_{name} AFTER {change} ON {table} REFERENCING {side} TABLE AS changed"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_touch()"
            for name, (change, side) in CHANGES.items()
        ]
    return ";\n".join(statements)


def removal_sql() -> str:
    return ";\n".join(f"DROP FUNCTION {table}_touch() CASCADE" for table in TOUCHED)


def _plain_key(to: str, on_delete: object) -> models.ForeignKey:
    return models.ForeignKey(db_constraint=False, db_index=False, on_delete=on_delete, related_name="+", to=to)


def _id() -> models.BigAutoField:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("datacapture", "0005_data_quality"), ("practices", "0001_initial")]

    operations = [
        migrations.AddField("indicatorcount", "quintile", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField(
            "indicatorcount", "amounts", django.contrib.postgres.fields.ArrayField(models.FloatField(), null=True)
        ),
        migrations.RemoveConstraint("indicatorcount", "indicator_count_once"),
        migrations.AddConstraint(
            "indicatorcount",
            models.UniqueConstraint(
                fields=("practice", "version", "month_end", "sex", "age_band", "quintile"), name="indicator_count_once"
            ),
        ),
        migrations.AlterField(
            "indicator",
            "type",
            models.CharField(
                max_length=16,
                choices=[
                    ("proportion", "proportion"), ("rate", "rate"), ("median_days", "median number of days"),
                    ("mean_change", "mean change"), ("gap", "gap"),
                ],
            ),
        ),
        migrations.CreateModel(
            name="CaseTally",
            fields=[
                ("id", _id()),
                ("patient_id", models.BigIntegerField()),
                ("sex", models.PositiveSmallIntegerField()),
                ("band", models.PositiveSmallIntegerField()),
                ("quintile", models.PositiveSmallIntegerField()),
                ("n", models.PositiveIntegerField()),
                ("older", models.BigIntegerField()),
                ("numerator", models.BigIntegerField()),
                ("denominator_only", models.BigIntegerField()),
                ("excluded", models.BigIntegerField()),
                ("unknown", models.BigIntegerField()),
                ("exception", models.BigIntegerField()),
                ("amount", models.FloatField(null=True)),
                ("practice", _plain_key("practices.practice", django.db.models.deletion.PROTECT)),
                ("version", _plain_key("datacapture.indicatorversion", django.db.models.deletion.CASCADE)),
            ],
            options={"indexes": [models.Index(fields=["practice", "patient_id"], name="tally_practice_patient")]},
        ),
        migrations.CreateModel(
            name="CountBasis",
            fields=[
                ("id", _id()),
                ("months", django.contrib.postgres.fields.ArrayField(models.DateField())),
                ("version_ids", django.contrib.postgres.fields.ArrayField(models.BigIntegerField())),
                ("counted_at", models.DateTimeField(auto_now=True)),
                (
                    "practice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="practices.practice"
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="datacapture.purpose"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TouchedPatient",
            fields=[
                ("id", _id()),
                ("patient_id", models.BigIntegerField()),
                (
                    "practice",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="practices.practice",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(trigger_sql(), removal_sql()),
    ]
