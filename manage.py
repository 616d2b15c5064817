#!/usr/bin/env python
"""The command line of the site: `manage.py sagaflow --help` lists what is ours."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from config.env import BadEnvironment

    try:
        _ = settings.INSTALLED_APPS
    except BadEnvironment as error:
        sys.exit(f"{error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
