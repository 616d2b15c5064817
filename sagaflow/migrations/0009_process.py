from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sagaflow', '0008_failures_of_undos'),
    ]

    operations = [
        migrations.CreateModel(
            name='Process',
            fields=[
                ('name', models.CharField(help_text='host:process:number, as its claims say', max_length=150, primary_key=True, serialize=False)),
                ('kind', models.CharField(help_text='worker, embedded, sweeper or relay', max_length=16)),
                ('services', models.JSONField(help_text='the services that it serves; null: all', null=True)),
                ('known', models.JSONField(default=list, help_text='the actions and sub-sagas that its code has')),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(help_text='its latest heartbeat, by the clock of the database')),
            ],
        ),
    ]
