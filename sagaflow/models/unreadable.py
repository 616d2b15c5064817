"""Messages of brokers from which no event could be read. They are set aside, so that the stream goes on."""

from django.db import models


class UnreadableMessage(models.Model):
    """A message that was set aside, with the reason. ``identity`` makes a message that comes twice one row."""

    identity = models.CharField(max_length=64, unique=True, help_text="sha256 of the source and the place or content")
    source = models.CharField(max_length=32, db_index=True, help_text="the name in the setting SOURCES")
    place = models.CharField(max_length=200, blank=True, help_text="where the broker has it")
    reason = models.TextField(help_text="why no event was read")
    headers = models.TextField(help_text="JSON")
    body = models.TextField(help_text="JSON: the text, or base64 of what is not UTF-8")
    size = models.PositiveBigIntegerField(help_text="bytes of the whole message")
    whole = models.BooleanField(help_text="false: only the beginning of the message is kept")
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"message {self.pk} of source {self.source}"
