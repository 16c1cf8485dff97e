from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datacapture", "0016_pathway_waits_and_counts")]
    operations = [migrations.AddField(model_name="result", name="open_cases", field=models.PositiveIntegerField(default=0))]
