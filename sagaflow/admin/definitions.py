"""The page of definitions: every version that a run has started with."""

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sagaflow.access import RunScope
from sagaflow.admin import picture, seal
from sagaflow.admin.export import stored
from sagaflow.admin.filters import choice, sagas
from sagaflow.admin.formats import Link, at, code, list_of, pretty
from sagaflow.admin.readonly import ReadOnly
from sagaflow.models import Definition

__all__ = ["DefinitionAdmin"]


@admin.register(Definition)
class DefinitionAdmin(ReadOnly):
    list_display = ("name", "version", "short", at("created_at", "first used"), "runs")
    list_filter = (choice("saga", sagas, column="name"),)
    search_fields = ("name__icontains", "digest__istartswith")
    search_help_text = "Name, or the beginning of a digest"
    date_hierarchy = "created_at"
    ordering = ("name", "-version")
    fields = ("name", "version", "digest", at("created_at", "first used"), "text")
    long = ("document",)
    columns = stored("name", "version", "digest", "created_at") | {"document": lambda row, _: _document(row)}

    def within(self, rows: Any, scope: RunScope) -> Any:
        return rows.filter(scope.of_definitions())

    def links(self, row: Any) -> list[Link | None]:
        return [
            (list_of("run", definition__digest__exact=row.pk), "Runs"),
            (list_of("definition", saga=row.name), "All versions"),
        ]

    def story(self, row: Any) -> dict[str, Any]:
        return {"seal": seal.of_definition(row), "picture": picture.of_definition(row)}

    @admin.display(description="digest")
    def short(self, row: Definition) -> SafeString:
        return code(row.digest, 12)

    @admin.display(description="runs")
    def runs(self, row: Definition) -> SafeString:
        return format_html('<a href="{}">runs</a>', list_of("run", definition__digest__exact=row.pk))

    @admin.display(description="document")
    def text(self, row: Definition) -> SafeString:
        return pretty(_document(row), row, "document")


def _document(row: Definition) -> Any:
    """Return the document, or its text if it was changed so that it is not JSON."""
    try:
        return json.loads(row.document)
    except ValueError:
        return row.document
