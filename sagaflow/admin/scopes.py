"""The page of scopes, which limit permissions of a group to sagas or teams; see `sagaflow.access`."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sagaflow import registry
from sagaflow.admin.robust import RobustAdmin
from sagaflow.models import Definition, Scope

__all__ = ["ScopeAdmin"]


class Suggesting(AdminTextInputWidget):
    """A field for a text that offers known values. Other values are allowed: their saga may run elsewhere."""

    def __init__(self, known: Iterable[str]) -> None:
        super().__init__()
        self.known = sorted(known)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        list_id = f"known-{name}"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((each,) for each in self.known))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)


@admin.register(Scope)
class ScopeAdmin(RobustAdmin):
    list_display = ("group", "permission", "saga", "team")
    list_filter = ("group", "permission")
    search_fields = ("group__name", "saga", "team")
    fields = ("group", "permission", "saga", "team")
    list_select_related = ("group",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        known = {"saga": _sagas, "team": _teams}.get(db_field.name)
        if known:
            options["widget"] = Suggesting(known())
        return super().formfield_for_dbfield(db_field, request, **options)


def _sagas() -> set[str]:
    """Return the names of the sagas that are registered here or that ever ran."""
    return {saga.name for saga in registry.sagas()} | set(Definition.objects.values_list("name", flat=True).distinct())


def _teams() -> set[str]:
    """Return the teams that own a segment of a registered saga."""
    return {segment.team for saga in registry.sagas() for segment in saga.segments if segment.team}
