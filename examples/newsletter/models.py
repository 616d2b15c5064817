"""The readers of the newsletter."""

from django.db import models


class Reader(models.Model):
    """A customer, identified by the run that created it: its events contain no other value that never changes."""

    run = models.CharField(max_length=36, unique=True, help_text="The run that created the customer.")
    email = models.EmailField(blank=True)
    has_left = models.BooleanField(default=False, help_text="The customer was closed, perhaps before it was heard of.")

    def __str__(self) -> str:
        return self.email or self.run
