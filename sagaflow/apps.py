"""Sagaflow as a Django app. It only makes known what exists: a worker is started by a command, never by an import."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class SagaflowConfig(AppConfig):
    name = "sagaflow"
    verbose_name = "Sagas"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("sagaflow.checks")
        if find_spec("sagaflow.registry"):
            import_module("sagaflow.discovery").autodiscover()
        web_sagas = import_module("sagaflow.store.web_sagas")
        import_module("sagaflow.registry").provide(web_sagas.newest, web_sagas.published)
        import_module("sagaflow.processes.actors").connect()
        import_module("sagaflow.api.revoking").connect()
