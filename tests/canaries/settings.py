"""The site of the browser tests with one more app, whose saga has markup in every text."""

from tests.browser.settings import *  # noqa: F403
from tests.browser.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.canaries.nasty"]
