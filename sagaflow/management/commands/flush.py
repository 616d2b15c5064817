"""Django's ``flush``, which takes the place of the one in Django where Sagaflow is installed.

The database refuses to delete what has happened in runs. Django empties the database of a test that commits with this
command, so in a test environment the triggers step aside for it; anywhere else ``flush`` says what to do instead.
"""

from typing import Any

from django.core import mail
from django.core.management.base import CommandError
from django.core.management.commands import flush
from django.db import transaction

from sagaflow.store import protection

__all__ = ["Command"]


class Command(flush.Command):
    """Empties a database of a test. A database with the history of runs is refused otherwise."""

    def handle(self, **options: Any) -> None:
        """Run Django's command, within one transaction with the removal and the return of the triggers."""
        alias = options["database"]
        if not protection.present(alias):
            super().handle(**options)
            return
        if not _in_test_environment():
            raise CommandError(
                f'The database "{alias}" holds the history of runs, which is never deleted. To start anew, drop the '
                "database, create it, and run `manage.py migrate`."
            )
        with transaction.atomic(using=alias), protection.lifted(alias):
            super().handle(**options)


def _in_test_environment() -> bool:
    """Whether ``django.test.utils.setup_test_environment`` has been called: it alone makes this list."""
    return hasattr(mail, "outbox")
