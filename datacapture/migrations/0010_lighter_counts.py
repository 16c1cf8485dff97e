"""Counts and case states without indexes that composite ones repeat, counts without needless key checks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datacapture", "0009_pathways_and_population"),
        ("practices", "0002_invitation_dates_and_origin"),
    ]

    operations = [
        migrations.AlterField(
            model_name="casestate",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="practices.practice"
            ),
        ),
        migrations.AlterField(
            model_name="casestate",
            name="version",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="datacapture.indicatorversion"
            ),
        ),
        migrations.AlterField(
            model_name="indicatorcount",
            name="practice",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="practices.practice",
            ),
        ),
        migrations.AlterField(
            model_name="indicatorcount",
            name="region",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="practices.region",
            ),
        ),
        migrations.AlterField(
            model_name="indicatorcount",
            name="version",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="datacapture.indicatorversion",
            ),
        ),
    ]
