"""What lists and quotas read of drafts, in columns of its own; filled from the documents of the drafts that are open."""

import json

from django.db import migrations, models

MOST_TITLE = 200


def fill(apps, schema_editor):
    drafts = apps.get_model("sagaflow", "Draft").objects.using(schema_editor.connection.alias)
    edits = apps.get_model("sagaflow", "DraftEdit").objects.using(schema_editor.connection.alias)
    for draft in drafts.filter(closed_at__isnull=True).order_by().iterator(chunk_size=1):
        history = 0
        for edit in edits.filter(draft=draft.pk).order_by().iterator(chunk_size=50):
            edit.size = _bytes(edit.operation, edit.undo, edit.redo)
            edit.save(update_fields=["size"])
            history += edit.size
        document = json.loads(draft.document)
        title = document.get("title")
        draft.title = title[:MOST_TITLE] if isinstance(title, str) else ""
        draft.about = json.dumps(_about(draft.saga, document, json.loads(draft.base)))
        draft.size = _bytes(draft.base, draft.base_text, draft.document, draft.text) + history
        draft.save(update_fields=["title", "about", "size"])


def _bytes(*texts):
    return sum(len(text.encode()) for text in texts)


def _about(saga, document, base):
    teams = _teams(document)
    names = {_name(document, saga): teams} | ({saga: teams} if saga else {})
    return [*([name, owners] for name, owners in names.items()), *([[_name(base, saga), _teams(base)]] if saga else [])]


def _name(document, saga):
    name = document.get("name")
    return name if isinstance(name, str) else saga or "saga"


def _teams(document):
    """Return the teams of the segments as they are written. Who opens a draft is checked by its document again."""
    segments = document.get("segments")
    found = [each.get("team") for each in segments if isinstance(each, dict)] if isinstance(segments, list) else []
    return sorted({team for team in found if isinstance(team, str) and team})


class Migration(migrations.Migration):
    dependencies = [("sagaflow", "0027_plain_help_texts")]

    operations = [
        migrations.AddField(
            "draft",
            "title",
            models.CharField(
                blank=True, default="", help_text="the title in the document as it is now", max_length=200
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "draft",
            "about",
            models.TextField(default="[]", help_text="JSON: name and teams of each saga that the draft is about"),
        ),
        migrations.AddField(
            "draft",
            "size",
            models.PositiveBigIntegerField(default=0, help_text="bytes of its documents, its texts and its history"),
        ),
        migrations.AddField(
            "draftedit", "size", models.PositiveIntegerField(default=0, help_text="bytes of its operations")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            "draft",
            models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["created_by", "size"],
                name="sagaflow_draft_quota",
            ),
        ),
    ]
