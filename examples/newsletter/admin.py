"""The readers in the admin."""

from django.contrib import admin

from examples.newsletter.models import Reader

admin.site.register(Reader)
