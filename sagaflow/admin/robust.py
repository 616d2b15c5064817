"""Whoever asks for what no database takes gets the whole list and a word about it, never an error."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest

__all__ = ["Asked"]

NUL = "\x00"


class Asked(admin.ModelAdmin):
    """Treats a NUL, and a date or a number beyond all bounds, as Django does other filters that cannot be."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        if any(NUL in value for values in request.GET.lists() for value in (values[0], *values[1])):
            raise IncorrectLookupParameters("PostgreSQL takes no NUL.")
        try:
            return super().get_changelist_instance(request)
        except OverflowError as error:
            raise IncorrectLookupParameters(error) from error

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return None if NUL in object_id else super().get_object(request, object_id, from_field)
