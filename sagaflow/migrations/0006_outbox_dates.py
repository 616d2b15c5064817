from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sagaflow', '0005_scope_permission'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(fields=['created_at'], name='sagaflow_outbox_at'),
        ),
    ]
