"""The designer as a Django app. From its start on, changes that the engine announces reach the open pages."""

from django.apps import AppConfig

from designer import checks  # noqa: F401 - they register themselves
from designer.live import publisher


class DesignerConfig(AppConfig):
    name = "designer"
    verbose_name = "Saga designer"

    def ready(self) -> None:
        publisher.connect()
