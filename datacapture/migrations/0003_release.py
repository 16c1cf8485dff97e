"""The computed batch is a release from its first day; the table is called so too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datacapture", "0002_initial")]
    operations = [
        migrations.RenameModel("Run", "Release"),
        migrations.RenameField("result", "run", "release"),
        migrations.RenameField("regionresult", "run", "release"),
        migrations.RemoveConstraint("result", "result_once"),
        migrations.RemoveConstraint("regionresult", "region_result_once"),
        migrations.AddConstraint(
            "result", models.UniqueConstraint(fields=("practice", "version", "month_end", "release"), name="result_once")
        ),
        migrations.AddConstraint(
            "regionresult",
            models.UniqueConstraint(
                fields=("release", "version", "region", "profession", "month_end"), name="region_result_once"
            ),
        ),
    ]
