"""Drafts of the designer with the history of their edits, and the sagas that were published on the web."""

from uuid import uuid4

from django.db import models

MOST_NAME = 64
MOST_TITLE = 200
SOURCES = ("code", "file", "web", "new")


class Draft(models.Model):
    """A document that people are editing. It may be unfinished; nothing runs it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    saga = models.CharField(max_length=MOST_NAME, blank=True, help_text="the saga that it was opened from; empty: new")
    name = models.CharField(max_length=MOST_NAME, blank=True, help_text="the name in the document as it is now")
    source = models.CharField(max_length=8, choices=[(name, name) for name in SOURCES])
    base_digest = models.CharField(max_length=64, blank=True, help_text="of the definition that it was opened from")
    base = models.TextField(help_text="the document that it was opened with, as JSON")
    base_text = models.TextField(blank=True, help_text="of a file: its text when the draft was opened")
    text = models.TextField(blank=True, help_text="the text that was typed last; empty: none")
    document = models.TextField(help_text="JSON")
    revision = models.PositiveIntegerField(default=0, help_text="counts every change, undo and redo included")
    created_by = models.CharField(max_length=150)
    changed_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, help_text="discarded or published")
    title = models.CharField(max_length=MOST_TITLE, blank=True, help_text="the title in the document as it is now")
    about = models.TextField(default="[]", help_text="JSON: name and teams of each saga that the draft is about")
    size = models.PositiveBigIntegerField(default=0, help_text="bytes of its documents, its texts and its history")

    class Meta:
        ordering = ["-changed_at", "id"]
        indexes = [
            models.Index(
                fields=["-changed_at"], name="sagaflow_draft_open", condition=models.Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["created_by", "size"], name="sagaflow_draft_quota", condition=models.Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"draft of {self.name or 'a saga'}"


class DraftEdit(models.Model):
    """One edit of a draft. A new edit deletes the ones that are undone."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(help_text="counts the edits of the draft, from 1")
    key = models.CharField(max_length=64, blank=True, help_text="the sender's own ID: sent twice, it is applied once")
    operation = models.TextField(help_text="JSON")
    undo = models.TextField(help_text="the operation that takes it back, as JSON")
    redo = models.TextField(blank=True, help_text="the operation that brings it back after an undo, as JSON")
    sentence = models.TextField()
    focus = models.TextField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    undone = models.BooleanField(default=False)
    size = models.PositiveIntegerField(default=0, help_text="bytes of its operations")

    class Meta:
        ordering = ["draft", "number"]
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="sagaflow_draft_edit_number")]

    def __str__(self) -> str:
        return f"{self.number}: {self.sentence}"


class WebVersion(models.Model):
    """A version of a saga that was published on the web. The newest one of a name is the saga; rows are only added."""

    saga = models.CharField(max_length=MOST_NAME)
    number = models.PositiveIntegerField(help_text="counts the versions of the name, from 1")
    digest = models.CharField(max_length=64)
    document = models.TextField(help_text="JSON")
    note = models.TextField(blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["saga", "-number"]
        constraints = [models.UniqueConstraint(fields=["saga", "number"], name="sagaflow_web_version")]

    def __str__(self) -> str:
        return f"{self.saga} v{self.number}"
