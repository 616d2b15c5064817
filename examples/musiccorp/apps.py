from django.apps import AppConfig


class MusiccorpConfig(AppConfig):
    name = "examples.musiccorp"
    label = "musiccorp"
    verbose_name = "MusicCorp"
    default_auto_field = "django.db.models.BigAutoField"
