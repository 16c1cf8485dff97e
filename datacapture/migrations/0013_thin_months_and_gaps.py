"""Which months behind a number hold too little, mean score changes, and intervals of gaps."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datacapture", "0012_keep_definitions"),
    ]

    operations = [
        migrations.AddField(
            model_name="arearesult",
            name="lower",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="arearesult",
            name="upper",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="result",
            name="mean",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="result",
            name="thin",
            field=models.BigIntegerField(default=0),
        ),
    ]
