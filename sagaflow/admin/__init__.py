"""The admin, for audits: records can be looked at and not changed; connections, scopes and API tokens are made here."""

from sagaflow.admin import (
    anchors,
    connections,
    definitions,
    history,
    messages,
    repairs,
    rollbacks,
    runs,
    scopes,
    tokens,
)

__all__ = [
    "anchors",
    "connections",
    "definitions",
    "history",
    "messages",
    "repairs",
    "rollbacks",
    "runs",
    "scopes",
    "tokens",
]
