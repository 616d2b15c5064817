"""The page of messages that a listener set aside, because no event could be read from them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from sagaflow import access, conf
from sagaflow.access import EVERYTHING, RunScope
from sagaflow.admin.export import stored
from sagaflow.admin.filters import choice
from sagaflow.admin.formats import at, pretty, row_of
from sagaflow.admin.readonly import ReadOnly
from sagaflow.models import UnreadableMessage
from sagaflow.processes import listener

__all__ = ["UnreadableMessageAdmin"]

PLAIN = ("source", "place", "reason", "size", "whole", "received_at")
NEEDED = ("publish_event", "start_run")
"""The permissions that a replay needs: it acts as its source would."""


def _sources(_: HttpRequest) -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(conf.current().sources)]


@admin.register(UnreadableMessage)
class UnreadableMessageAdmin(ReadOnly):
    """Nothing is known about such a message: without the permission, its headers and its body are masked.

    For the same reason, a user who may see the runs of some sagas only sees none of these messages.
    """

    list_display = ("id", "source", "reason", "size", "place", at("received_at"))
    list_filter = (choice("source", _sources),)
    search_fields = ("source__icontains", "place__icontains", "reason__icontains")
    search_help_text = "Source, place in the broker, or words of the reason"
    sortable_by = ()
    date_hierarchy = "received_at"
    ordering = ("-id",)
    fields = ("source", "place", "reason", "size", "whole", at("received_at"), "shown_headers", "content")
    long = ("body", "headers")
    columns = {
        **stored(id="pk"),
        **stored(*PLAIN),
        "headers": lambda row, masking: masking.payload(row.headers, None),
        "body": lambda row, masking: masking.payload(row.body, None),
    }

    def within(self, rows: Any, scope: RunScope) -> Any:
        return rows if scope == EVERYTHING else rows.none()

    def get_urls(self) -> list[URLPattern]:
        view = require_POST(self.admin_site.admin_view(self.replay_view))
        name = f"{self.opts.db_table}_replay"
        return [path("<path:object_id>/replay/", view, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        address = reverse(f"admin:{self.opts.db_table}_replay", args=[object_id])
        more = {"replay": address, "why_not_replay": self._why_not(request)}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    def replay_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Read the message again, and publish its event as its source would have."""
        row = self.get_object(request, unquote(object_id)) if self.has_view_permission(request) else None
        if self._why_not(request) or not self.has_view_permission(request):
            raise PermissionDenied
        if row is None:
            raise Http404("This message does not exist any more.")
        try:
            event = listener.replay(row.pk, by=request.user.get_username())
        except listener.NotReplayed as error:
            messages.error(request, f"The message was not published. {error}")
            return HttpResponseRedirect(row_of("unreadablemessage", row.pk))
        messages.success(request, f"The event '{event}' of source '{row.source}' was published.")
        return HttpResponseRedirect(reverse(f"admin:{self.opts.db_table}_changelist"))

    def _why_not(self, request: HttpRequest) -> str:
        for permission in NEEDED:
            if why := access.why_not(request.user, permission):
                return why
            if access.visible_runs(request.user, permission) != EVERYTHING:
                return "Your groups have scopes, and such a message may be for any saga; ask a user without scopes."
        return ""

    @admin.display(description="headers")
    def shown_headers(self, row: Any) -> SafeString:
        return pretty(row.masking.payload(row.headers, None), row, "headers")

    @admin.display(description="body")
    def content(self, row: Any) -> SafeString:
        return pretty(row.masking.payload(row.body, None), row, "body")
