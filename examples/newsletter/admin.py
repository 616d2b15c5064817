"""The readers, to look into."""

from django.contrib import admin

from examples.newsletter.models import Reader

admin.site.register(Reader)
