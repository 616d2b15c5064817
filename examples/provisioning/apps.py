from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    name = "examples.provisioning"
    label = "provisioning"
    verbose_name = "User provisioning"
    default_auto_field = "django.db.models.BigAutoField"
