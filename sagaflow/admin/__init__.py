"""The admin, for audits: recorded data is read-only; connections, scopes and API tokens are created here.

- ``readonly`` is the base of every page with recorded data: no changes, masked values, exports, fast lists.
- ``runs``, ``history`` (journal and operator actions), ``rollbacks``, ``repairs``, ``messages``, ``unreadable``,
  ``definitions``, ``requests`` and ``anchors`` have the pages of these tables.
- ``connections``, ``scopes`` and ``tokens`` have the only pages where a user changes something.
- ``masking`` hides sensitive fields, ``filters`` and ``paging`` keep lists fast, ``robust`` handles bad queries,
  ``export`` writes CSV and JSON lines, ``seal`` checks hashes, ``picture`` draws, ``formats`` writes HTML of values.
"""

from sagaflow.admin import (
    anchors,
    connections,
    definitions,
    history,
    messages,
    repairs,
    requests,
    rollbacks,
    runs,
    scopes,
    tokens,
    unreadable,
)

__all__ = [
    "anchors",
    "connections",
    "definitions",
    "history",
    "messages",
    "repairs",
    "requests",
    "rollbacks",
    "runs",
    "scopes",
    "tokens",
    "unreadable",
]
