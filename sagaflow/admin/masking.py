"""What a viewer may see: sensitive fields are masked for whoever lacks the permission ``view_sensitive``."""

import json
from dataclasses import dataclass
from typing import Any, Self

from sagaflow import access, store
from sagaflow.access import EVERYTHING, RunScope
from sagaflow.core.errors import SagaflowError
from sagaflow.core.mask import MASK, masked, masked_search, masked_within

__all__ = ["Sight"]


@dataclass(frozen=True, slots=True)
class Sight:
    """Takes stored texts and gives values to be shown. A definition that cannot be read hides everything."""

    sees_all: bool
    scope: RunScope = EVERYTHING
    """Of the runs in which all is seen."""

    @classmethod
    def of(cls, user: Any) -> Self:
        """What ``user`` may see."""
        return cls(not access.why_not(user, "view_sensitive"), access.visible_runs(user, "view_sensitive"))

    def payload(self, text: str, digest: str | None) -> Any:
        """An input, an output or an event of a run that is pinned to the definition ``digest``; ``None``: of none."""
        return self._shown(_read(text), digest, masked)

    def document(self, text: str, digest: str) -> Any:
        """A fact, a state or a rollback record, whose payloads are masked."""
        return self._shown(_read(text), digest, masked_within)

    def search(self, values: dict[str, Any], digest: str) -> Any:
        """Search attributes."""
        if self._sees(digest):
            return values
        try:
            saga = store.definition_of(digest)
        except SagaflowError:
            return MASK
        return masked_search(values, saga.search, saga.sensitive)

    def detail(self, act: Any) -> Any:
        """What an act changed, or why it was refused: that sentence may quote the input."""
        if act.verb != "retry_with_input":
            return act.detail
        if act.outcome == "done":
            return self.payload(act.detail, act.run.definition_id)
        digest = act.run.definition_id
        return act.detail if self._sees(digest) or not self._hides(digest) else MASK

    def _shown(self, value: Any, digest: str | None, mask: Any) -> Any:
        if self._sees(digest):
            return value
        try:
            return MASK if digest is None else mask(value, store.definition_of(digest).sensitive)
        except SagaflowError:
            return MASK

    def _sees(self, digest: str | None) -> bool:
        """Whether nothing of a run of this definition is masked; ``None``: of a run that is not known."""
        if not self.sees_all or self.scope == EVERYTHING:
            return self.sees_all
        return digest is not None and self.scope.includes(digest)

    @staticmethod
    def _hides(digest: str) -> bool:
        try:
            return bool(store.definition_of(digest).sensitive)
        except SagaflowError:
            return True


def _read(text: str) -> Any:
    """What somebody wrote over the stored JSON is still shown, as text."""
    try:
        return json.loads(text)
    except ValueError:
        return {"not JSON": MASK}
