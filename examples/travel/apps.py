from django.apps import AppConfig


class TravelConfig(AppConfig):
    name = "examples.travel"
    label = "travel"
    verbose_name = "Travel"
    default_auto_field = "django.db.models.BigAutoField"
