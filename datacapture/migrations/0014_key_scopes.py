from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

import datacapture.models.intake


class Migration(migrations.Migration):
    dependencies = [("datacapture", "0013_thin_months_and_gaps")]
    operations = [
        migrations.AddField(
            model_name="apikey",
            name="scopes",
            field=ArrayField(
                base_field=models.CharField(
                    choices=[("deliver", "send files and read their receipts"), ("read", "read the practice's own figures")],
                    max_length=8,
                ),
                default=datacapture.models.intake.only_deliver,
                size=None,
            ),
        )
    ]
