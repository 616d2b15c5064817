from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "examples.verification"
    label = "verification"
    verbose_name = "Customer verification"
    default_auto_field = "django.db.models.BigAutoField"
