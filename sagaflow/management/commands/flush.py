"""Django's ``flush``, which takes the place of the one in Django where Sagaflow is installed.

The database refuses to delete what has happened in runs. Django empties the database of a test that commits with this
command, so the triggers step aside for it where a test runner made the database; anywhere else ``flush`` says what to
do instead.
"""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import flush
from django.db import connections, transaction
from django.test.utils import _TestState

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
        if not _made_by_a_test_runner(alias):
            raise CommandError(
                f'The database "{alias}" holds the history of runs, which is never deleted. To start again, drop the '
                "database, create it, and run `manage.py migrate`."
            )
        with transaction.atomic(using=alias), protection.lifted(alias):
            super().handle(**options)


def _made_by_a_test_runner(alias: str) -> bool:
    """A process that is set up for tests, and a database other than the one of the settings.

    Each alone is not enough: a shell may call ``setup_test_environment``, and so may a runner that makes no databases;
    a site with a database for each customer changes their names. Settings that give the database of the tests the name
    of their own say themselves that it may be emptied.
    """
    database = connections[alias].settings_dict
    of_tests = (database.get("TEST") or {}).get("NAME")
    named_for_tests = of_tests is not None and str(of_tests) == str(database["NAME"])
    return hasattr(_TestState, "saved_data") and (named_for_tests or not protection.is_configured(alias))
