"""How sure the waiting on a pathway is, and the counts that the next release is held against."""

import django.db.models.deletion
from django.db import migrations, models

# Rows of a release are written while it is counted and never after (0008_freeze_releases).
CHANGES = (("insert", "NEW"), ("update", "OLD"), ("update", "NEW"), ("delete", "OLD"))
FREEZE = "\n".join(
    f"CREATE TRIGGER rows_{event}_{side.lower()} AFTER {event} ON datacapture_pathwaycount REFERENCING {side} TABLE AS changed"
    " FOR EACH STATEMENT EXECUTE FUNCTION release_rows_keep();"
    for event, side in CHANGES
)


class Migration(migrations.Migration):
    dependencies = [
        ("datacapture", "0015_clear_own_releases"),
        ("practices", "0002_invitation_dates_and_origin"),
    ]

    operations = [
        migrations.AddField(
            model_name="pathwayown",
            name="wait_lower",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="pathwayown",
            name="wait_upper",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="pathwayresult",
            name="wait_lower",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="pathwayresult",
            name="wait_upper",
            field=models.FloatField(null=True),
        ),
        migrations.CreateModel(
            name="PathwayCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pathway", models.CharField(max_length=24)),
                ("step", models.PositiveSmallIntegerField()),
                ("x", models.PositiveIntegerField()),
                ("timely", models.PositiveIntegerField()),
                (
                    "region",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="practices.region"),
                ),
                (
                    "release",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="datacapture.release"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("release", "pathway", "step", "region"), name="pathway_count_once")
                ],
            },
        ),
        migrations.RunSQL(FREEZE, migrations.RunSQL.noop),  # the triggers go with their table
    ]
