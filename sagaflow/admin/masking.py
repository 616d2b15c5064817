"""Masks sensitive fields for users without the permission ``view_sensitive``."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sagaflow import access, store
from sagaflow.core.errors import SagaflowError
from sagaflow.core.mask import MASK, masked, masked_search, masked_within

__all__ = ["Masking"]


@dataclass(frozen=True, slots=True)
class Masking:
    """Turns stored texts into the values that one user may see. If a definition cannot be read, all is masked."""

    user: Any

    def payload(self, text: str, digest: str | None) -> Any:
        """Return an input, an output or an event of a run with the definition ``digest``; ``None``: of no known run."""
        return self._shown(_read(text), digest, masked)

    def document(self, text: str, digest: str) -> Any:
        """Return a fact, a state or a rollback record with masked payloads."""
        return self._shown(_read(text), digest, masked_within)

    def search(self, values: dict[str, Any], digest: str) -> Any:
        """Return search attributes."""
        hidden = self._hidden(digest)
        if hidden is None:
            return MASK
        if not hidden:  # asks for no definition, which may be one that cannot be read; a stored one is sorted as well
            return dict(sorted(values.items()))
        return masked_search(values, store.definition_of(digest).search, hidden)

    def detail(self, action: Any) -> Any:
        """Return the detail of an operator action: what it changed, or a refusal, which may quote the input."""
        if action.verb != "retry_with_input":
            return action.detail
        if action.outcome == "done":
            return self.payload(action.detail, action.run.definition_id)
        return action.detail if self._hidden(action.run.definition_id) == () else MASK

    def proof(self, text: str, digest: str | None) -> str:
        """Return a hash of the history; ``None``: of no known run. It is masked where a field is.

        A masked value that is short, such as a PIN, could be found by the hash: all values can be tried.
        """
        return text if self._hidden(digest) == () else MASK

    def _shown(self, value: Any, digest: str | None, mask: Callable[[Any, Iterable[str]], Any]) -> Any:
        hidden = self._hidden(digest)
        return MASK if hidden is None else mask(value, hidden)

    def _hidden(self, digest: str | None) -> tuple[str, ...] | None:
        """Return the names of the fields to mask in runs of a definition. ``None`` means to mask everything."""
        if not access.why_not(self.user, "view_sensitive") and (
            access.visible_runs(self.user, "view_sensitive") == access.EVERYTHING
        ):
            return ()
        try:
            return None if digest is None else access.sensitive_for(self.user, store.definition_of(digest))
        except SagaflowError:
            return None


def _read(text: str) -> Any:
    """Return the value of a stored JSON text. A text that was changed to something else is masked."""
    try:
        return json.loads(text)
    except ValueError:
        return {"not JSON": MASK}
