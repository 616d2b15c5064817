"""A consumer of the output stream: it stores the events of sagas that ended or got stuck.

Set SAGAFLOW_OUTPUT_SINKS=examples.orders.downstream.keep_news to let the relay pass every event to it.
"""

from collections.abc import Mapping
from typing import Any

from examples.orders.models import News

__all__ = ["OUTCOMES", "keep_news"]

OUTCOMES = frozenset({"SagaCompleted", "SagaRolledBack", "SagaCancelled", "SagaStuck", "SagaParked"})


def keep_news(event: Mapping[str, Any]) -> None:
    """Store one CloudEvent. The stream delivers at least once, so the event's ID decides if it is new."""
    if event["type"] in OUTCOMES:
        summary = event["data"].get("summary", "")
        fields = {"event": event["type"], "run": event["subject"], "summary": summary}
        News.objects.get_or_create(event_id=event["id"], defaults=fields)
