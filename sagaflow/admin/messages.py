"""The pages of events: outgoing messages, and events without a run."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sagaflow import store
from sagaflow.access import EVERYTHING, RunScope
from sagaflow.admin.export import stored
from sagaflow.admin.filters import choice, sagas
from sagaflow.admin.formats import EMPTY, at, pretty, time
from sagaflow.admin.history import OfRun
from sagaflow.admin.readonly import ReadOnly
from sagaflow.models import OutboxMessage, UnmatchedEvent
from sagaflow.store import to_datetime

__all__ = ["OutboxMessageAdmin", "UnmatchedEventAdmin"]

OF_MESSAGE = ("seq", "event", "step", "observer", "attempts", "created_at", "due_at", "sent_at", "error")
OF_EVENT = ("event", "correlation_id", "event_id", "source", "reason", "received_at", "expires_at")


class Delivered(admin.SimpleListFilter):
    """Filters messages by the state of their delivery."""

    title = "delivery"
    parameter_name = "delivery"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        return [("sent", "sent"), ("due", "to be sent"), ("given-up", "given up")]

    def queryset(self, _: Any, rows: Any) -> Any:
        match self.value():
            case "sent":
                return rows.filter(sent_at__isnull=False)
            case "due":
                return rows.filter(due_at__isnull=False)
            case "given-up":
                return rows.filter(sent_at__isnull=True, due_at__isnull=True)
            case _:
                return rows


class Expiry(admin.SimpleListFilter):
    """Filters stored events by whether they have expired."""

    title = "time"
    parameter_name = "time"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        return [("waiting", "waiting for its run"), ("over", "expired, will be deleted")]

    def queryset(self, _: Any, rows: Any) -> Any:
        now = to_datetime(store.now())
        match self.value():
            case "waiting":
                return rows.filter(expires_at__gt=now)
            case "over":
                return rows.filter(expires_at__lte=now)
            case _:
                return rows


@admin.register(OutboxMessage)
class OutboxMessageAdmin(OfRun):
    list_display = (
        "id",
        "page",
        "event",
        "place",
        "attempts",
        at("created_at"),
        "delivery",
    )
    list_filter = (Delivered, choice("saga", sagas, column="run__saga"))
    search_fields = ("event__iexact",)
    search_help_text = "Beginning of the ID of a run, or the name of an event"
    sortable_by = ()
    date_hierarchy = "created_at"
    ordering = ("-id",)
    fields = ("page", *(at(name) if name.endswith("_at") else name for name in OF_MESSAGE), "content")
    long = ("payload",)
    columns = {
        **stored(id="pk", run="run_id"),
        **stored(*OF_MESSAGE),
        "payload": lambda row, masking: masking.payload(row.payload, row.run.definition_id),
    }

    @admin.display(description="step, observer")
    def place(self, row: OutboxMessage) -> SafeString:
        return format_html('{}<span class="sf-quiet-text">{}</span>', row.step or EMPTY, row.observer)

    @admin.display(description="delivery")
    def delivery(self, row: OutboxMessage) -> SafeString:
        """Return when the message was sent, or is due; a message that was given up has neither time."""
        state, at = ("sent", row.sent_at) if row.sent_at else ("due", row.due_at)
        return format_html("{} {}", state, time(at)) if at else SafeString("given up")

    @admin.display(description="payload")
    def content(self, row: Any) -> SafeString:
        return pretty(row.masking.payload(row.payload, row.run.definition_id), row, "payload")


@admin.register(UnmatchedEvent)
class UnmatchedEventAdmin(ReadOnly):
    """The run of such an event is unknown, and so are its sensitive fields: without the permission all is masked.

    For the same reason, a user who may see the runs of some sagas only sees none of these events.
    """

    list_display = ("id", "event", "correlation_id", "source", "reason", at("received_at"), at("expires_at"))
    list_filter = (Expiry,)
    search_fields = ("event__icontains", "source__icontains", "correlation_id__exact", "event_id__exact")
    search_help_text = "Event, source, correlation ID or ID of the event"
    sortable_by = ()
    date_hierarchy = "received_at"
    ordering = ("-id",)
    fields = (*(at(name) if name.endswith("_at") else name for name in OF_EVENT), "content")
    long = ("payload",)
    columns = {
        **stored(id="pk"),
        **stored(*OF_EVENT),
        "payload": lambda row, masking: masking.payload(row.payload, None),
    }

    def within(self, rows: Any, scope: RunScope) -> Any:
        return rows if scope == EVERYTHING else rows.none()

    @admin.display(description="payload")
    def content(self, row: Any) -> SafeString:
        return pretty(row.masking.payload(row.payload, None), row, "payload")
