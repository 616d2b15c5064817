"""The designer as a Django app: from its start on, what the engine announces reaches the pages that are open."""

from django.apps import AppConfig

from designer import checks  # noqa: F401 - they register themselves
from designer.live import publisher


class DesignerConfig(AppConfig):
    name = "designer"
    verbose_name = "Saga designer"

    def ready(self) -> None:
        publisher.connect()
