"""Handles query values that no database accepts: the page shows the whole list with a message, never an error."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

__all__ = ["MOST_WORDS", "RobustAdmin"]

NUL = "\x00"
MOST_WORDS = 20
"""The most words of a search: each is a condition of one statement of the database."""


class LabelledDateTime(AdminSplitDateTime):
    """Two inputs with a name each: Django labels only the pair."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        for widget, label in zip(self.widgets, ("Date", "Time"), strict=True):
            widget.attrs["aria-label"] = label


class RobustAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes no arguments at run time
    """Treats a NUL, too many words, and a date or a number out of range, as Django treats other invalid filters."""

    formfield_overrides: ClassVar[Any] = {
        models.DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": LabelledDateTime}
    }

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        if any(NUL in value for values in request.GET.lists() for value in (values[0], *values[1])):
            raise IncorrectLookupParameters("PostgreSQL does not accept NUL.")
        if (count := len(request.GET.get(SEARCH_VAR, "").split())) > MOST_WORDS:
            refusal = f"The search has {count} words, and the limit is {MOST_WORDS}. Nothing was searched; use fewer."
            messages.warning(request, refusal)
            raise IncorrectLookupParameters(refusal)
        try:
            return super().get_changelist_instance(request)
        except OverflowError as error:
            raise IncorrectLookupParameters(error) from error

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Let a field for a time name its zone."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is not None and isinstance(db_field, models.DateTimeField):
            field.help_text = f"In {timezone.get_current_timezone_name()}; {field.help_text}".rstrip("; ")
        return field

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return None if NUL in object_id else super().get_object(request, object_id, from_field)
