"""The designer as a Django app: from its start on, what the engine announces reaches the pages that are open."""

from django.apps import AppConfig


class DesignerConfig(AppConfig):
    name = "designer"
    verbose_name = "Saga designer"

    def ready(self) -> None:
        from designer.live.publisher import connect

        connect()
