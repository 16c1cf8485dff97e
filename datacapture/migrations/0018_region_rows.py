"""What regions read of a release: practices after the gate, verdict counts with funnel lines, groups of patients."""

import django.db.models.deletion
from django.db import migrations, models

# Rows of a release are written while it is counted and never after (0008_freeze_releases).
TABLES = ("datacapture_practicecell", "datacapture_regionstanding", "datacapture_groupresult", "datacapture_inequality")
CHANGES = (("insert", "NEW"), ("update", "OLD"), ("update", "NEW"), ("delete", "OLD"))
FREEZE = "\n".join(
    f"CREATE TRIGGER rows_{event}_{side.lower()} AFTER {event} ON {table} REFERENCING {side} TABLE AS changed"
    " FOR EACH STATEMENT EXECUTE FUNCTION release_rows_keep();"
    for table in TABLES
    for event, side in CHANGES
)


class Migration(migrations.Migration):

    dependencies = [
        ('datacapture', '0017_open_cases'),
        ('practices', '0002_invitation_dates_and_origin'),
    ]

    operations = [
        migrations.AddField(
            model_name='yardstick',
            name='held',
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name='GroupResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('cluster', 'cluster'), ('municipality', 'municipality'), ('region', 'region'), ('nation', 'the whole country'), ('similar', 'similar practices')], max_length=12)),
                ('area_id', models.BigIntegerField(default=0)),
                ('profession', models.CharField(choices=[('general_practice', 'general practice'), ('specialist_practice', 'specialist practice'), ('physiotherapy', 'physiotherapy'), ('chiropractic', 'chiropractic'), ('psychology', 'psychology'), ('dentistry', 'dentistry'), ('podiatry', 'podiatry'), ('dental_hygiene', 'dental hygiene')], max_length=24)),
                ('axis', models.CharField(choices=[('quintile', 'social conditions'), ('sex', 'sex'), ('age', 'age')], max_length=8)),
                ('part', models.PositiveSmallIntegerField()),
                ('practices', models.PositiveIntegerField()),
                ('n', models.PositiveIntegerField(null=True)),
                ('x', models.PositiveIntegerField(null=True)),
                ('value', models.FloatField(null=True)),
                ('lower', models.FloatField(null=True)),
                ('upper', models.FloatField(null=True)),
                ('suppressed', models.BooleanField(default=False)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='datacapture.release')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datacapture.indicatorversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('release', 'level', 'area_id', 'profession', 'version', 'axis', 'part'), name='group_result_once'), models.CheckConstraint(condition=models.Q(('suppressed', False), models.Q(('n', None), ('value', None), ('x', None)), _connector='OR'), name='hidden_group_is_empty')],
            },
        ),
        migrations.CreateModel(
            name='Inequality',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('cluster', 'cluster'), ('municipality', 'municipality'), ('region', 'region'), ('nation', 'the whole country'), ('similar', 'similar practices')], max_length=12)),
                ('area_id', models.BigIntegerField(default=0)),
                ('profession', models.CharField(choices=[('general_practice', 'general practice'), ('specialist_practice', 'specialist practice'), ('physiotherapy', 'physiotherapy'), ('chiropractic', 'chiropractic'), ('psychology', 'psychology'), ('dentistry', 'dentistry'), ('podiatry', 'podiatry'), ('dental_hygiene', 'dental hygiene')], max_length=24)),
                ('sii', models.FloatField()),
                ('sii_lower', models.FloatField()),
                ('sii_upper', models.FloatField()),
                ('rii', models.FloatField(null=True)),
                ('rii_lower', models.FloatField(null=True)),
                ('rii_upper', models.FloatField(null=True)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datacapture.release')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datacapture.indicatorversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('release', 'level', 'area_id', 'profession', 'version'), name='inequality_once')],
            },
        ),
        migrations.CreateModel(
            name='PracticeCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('profession', models.CharField(choices=[('general_practice', 'general practice'), ('specialist_practice', 'specialist practice'), ('physiotherapy', 'physiotherapy'), ('chiropractic', 'chiropractic'), ('psychology', 'psychology'), ('dentistry', 'dentistry'), ('podiatry', 'podiatry'), ('dental_hygiene', 'dental hygiene')], max_length=24)),
                ('month_end', models.DateField()),
                ('state', models.CharField(choices=[('shown', 'shown'), ('too_few', 'too few to show as a rate'), ('suppressed', "hidden for the patients' sake"), ('no_data', 'no data')], max_length=12)),
                ('n', models.PositiveIntegerField(null=True)),
                ('x', models.PositiveIntegerField(null=True)),
                ('value', models.FloatField(null=True)),
                ('lower', models.FloatField(null=True)),
                ('upper', models.FloatField(null=True)),
                ('tier', models.CharField(blank=True, choices=[('insufficient', 'Too few patients'), ('as_expected', 'As expected'), ('information', 'For information'), ('attention', 'Worth a look'), ('signal', 'Clear signal')], max_length=12)),
                ('position', models.CharField(blank=True, max_length=6)),
                ('trend', models.CharField(blank=True, max_length=10)),
                ('since', models.DateField(null=True)),
                ('reliability', models.FloatField(null=True)),
                ('gain', models.PositiveIntegerField(default=0)),
                ('thin', models.BigIntegerField(default=0)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.practice')),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.region')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datacapture.release')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datacapture.indicatorversion')),
            ],
            options={
                'indexes': [models.Index(fields=['release', 'region', 'version'], name='practice_cell_region')],
                'constraints': [models.UniqueConstraint(fields=('release', 'practice', 'version'), name='practice_cell_once'), models.CheckConstraint(condition=models.Q(('state', 'shown'), models.Q(('gain', 0), ('lower', None), ('upper', None), ('value', None), ('x', None)), _connector='OR'), name='practice_cell_hidden_is_empty'), models.CheckConstraint(condition=models.Q(('tier__in', ('', 'signal'))), name='practice_cell_signals_only')],
            },
        ),
        migrations.CreateModel(
            name='RegionStanding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('profession', models.CharField(choices=[('general_practice', 'general practice'), ('specialist_practice', 'specialist practice'), ('physiotherapy', 'physiotherapy'), ('chiropractic', 'chiropractic'), ('psychology', 'psychology'), ('dentistry', 'dentistry'), ('podiatry', 'podiatry'), ('dental_hygiene', 'dental hygiene')], max_length=24)),
                ('strengths', models.PositiveIntegerField()),
                ('concerns', models.PositiveIntegerField()),
                ('neutral', models.PositiveIntegerField()),
                ('attention', models.PositiveIntegerField()),
                ('information', models.PositiveIntegerField()),
                ('as_expected', models.PositiveIntegerField()),
                ('insufficient', models.PositiveIntegerField()),
                ('tests', models.PositiveIntegerField()),
                ('funnel', models.JSONField(default=dict)),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.region')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datacapture.release')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='datacapture.indicatorversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('release', 'region', 'profession', 'version'), name='region_standing_once')],
            },
        ),
        migrations.RunSQL(FREEZE, migrations.RunSQL.noop),  # the triggers go with their tables
    ]
