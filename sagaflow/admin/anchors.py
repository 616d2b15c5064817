"""The pages of anchors and of the items that they sign."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sagaflow.access import EVERYTHING, RunScope
from sagaflow.admin import seal
from sagaflow.admin.export import stored
from sagaflow.admin.filters import choice
from sagaflow.admin.formats import Link, at, code, list_of, row_of, run_link
from sagaflow.admin.readonly import ReadOnly
from sagaflow.models import Anchor, AnchorItem, Run
from sagaflow.store.proof.anchors import receipt

__all__ = ["AnchorAdmin", "AnchorItemAdmin"]

OF_ANCHOR = (
    "number",
    "at",
    "clock",
    "previous",
    "items",
    "total",
    "digest",
    "journal_mark",
    "key",
    "hash",
    "signature",
)


@admin.register(Anchor)
class AnchorAdmin(ReadOnly):
    """Anchors cover the whole site and name no run, so a user who may see anchors sees all of them."""

    list_display = ("number", at("at"), "items", "total", "short", "signer")
    search_fields = ("hash__istartswith", "key__istartswith")
    search_help_text = "Beginning of a hash or of a public key"
    sortable_by = ("number",)
    date_hierarchy = "at"
    fields = ("receipt_shown", *(at(name) if name == "at" else name for name in OF_ANCHOR))
    columns = stored(*OF_ANCHOR)

    def within(self, rows: Any, scope: RunScope) -> Any:  # noqa: ARG002 - an anchor names no run
        return rows

    def links(self, row: Any) -> list[Link | None]:
        return [(list_of("anchoritem", anchor__number__exact=row.pk), "Signed items")]

    def story(self, row: Any) -> dict[str, Any]:
        return {"seal": seal.of_anchor(row)}

    @admin.display(description="hash")
    def short(self, row: Anchor) -> SafeString:
        return code(row.hash, 12)

    @admin.display(description="signed with")
    def signer(self, row: Anchor) -> SafeString:
        return code(row.key, 12)

    @admin.display(description="receipt")
    def receipt_shown(self, row: Anchor) -> SafeString:
        return code(receipt(row))


@admin.register(AnchorItem)
class AnchorItemAdmin(ReadOnly):
    """The digest of an item covers all fields of a run: without the permission to see them, it is masked."""

    list_display = ("id", "signed", "kind", "page", "seq")
    list_filter = (choice("kind", ("run", "record", "act")),)
    search_help_text = "Beginning of the ID of a run, or a kind"
    search_fields = ("kind__iexact",)
    run_column = "run"
    linked = ("anchor__number__exact",)
    sortable_by = ()
    ordering = ("-id",)
    fields = ("signed", "kind", "run", "page", "seq", "proof")
    columns = {
        **stored("kind", "run", "seq", anchor="anchor_id"),
        "digest": lambda row, masking: masking.proof(row.digest, None),
    }

    def within(self, rows: Any, scope: RunScope) -> Any:
        return rows if scope == EVERYTHING else rows.filter(run__in=Run.objects.filter(scope.condition()).values("pk"))

    @admin.display(description="anchor")
    def signed(self, row: AnchorItem) -> SafeString:
        return format_html('<a href="{}">{}</a>', row_of("anchor", row.anchor_id), row.anchor_id)

    @admin.display(description="run")
    def page(self, row: AnchorItem) -> SafeString:
        return run_link(row.run)

    @admin.display(description="digest")
    def proof(self, row: Any) -> SafeString:
        return code(row.masking.proof(row.digest, None))
