from django.apps import AppConfig


class StreamtechConfig(AppConfig):
    name = "examples.streamtech"
    label = "streamtech"
    verbose_name = "StreamTech"
    default_auto_field = "django.db.models.BigAutoField"
