from django.db import migrations, models

PRIVATE = "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7"
"""The networks that the checkbox allowed."""


def connections(apps, schema_editor):
    """Return the rows of the database that is migrated, which need not be the default one."""
    return apps.get_model("sagaflow", "Connection").objects.using(schema_editor.connection.alias)


def to_list(apps, schema_editor):
    connections(apps, schema_editor).filter(allow_private=True).update(allow=PRIVATE)


def to_checkbox(apps, schema_editor):
    connections(apps, schema_editor).exclude(allow="").update(allow_private=True)


class Migration(migrations.Migration):

    dependencies = [("sagaflow", "0019_run_key")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="allow",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Addresses that are not public and that this connection may reach: networks or single addresses, separated by spaces or lines, such as 10.1.0.0/16 or 127.0.0.1. Link-local and cloud metadata addresses never are.",
                verbose_name="allowed networks",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(to_list, to_checkbox, elidable=False),
        migrations.RemoveField(model_name="connection", name="allow_private"),
    ]
