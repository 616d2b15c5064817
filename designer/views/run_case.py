"""A run at one moment, as one person looks at it: what all parts of its page ask for is read once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest

from designer.live.attempts import Attempt, attempts
from designer.live.view import View, view_of
from sagaflow import store
from sagaflow.api.search import shown
from sagaflow.core.definition import Saga
from sagaflow.core.journal import Entry
from sagaflow.core.state import RunState

__all__ = ["MOST", "Case"]

MOST = 2000
"""Journal entries that timeline, events and sequence look at."""
VIEW = ("step", "fold", "scale")
"""What of the page is in its address."""


@dataclass(frozen=True)
class Case:
    """One run at one moment, as one person sees it."""

    request: HttpRequest
    run_id: str
    row: Any
    definition: Saga
    state: RunState
    now: float

    @classmethod
    def of(cls, request: HttpRequest, run_id: str) -> "Case":
        """Read from the database.

        Raises:
            Http404: there is no such run.
        """
        try:
            row = store.run(run_id)
        except store.UnknownRun as error:
            raise Http404(str(error)) from error
        definition, state = store.state(run_id)
        return cls(request, run_id, row, definition, state, store.now())

    @cached_property
    def saga(self) -> Saga:
        """The definition as the masks take it."""
        return shown(self.request.user, self.definition)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The beginning of the journal."""
        return store.journal(self.run_id, limit=MOST)

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        return attempts(self.entries)

    @cached_property
    def view(self) -> View:
        return view_of(self.definition, self.state, self.now, self.folded)

    @cached_property
    def query(self) -> dict[str, str]:
        """What the address says about the view; what cannot be is dropped."""
        given = {name: self.request.GET.get(name, "") for name in VIEW}
        folded = [name for name in given["fold"].split(",") if name in {each.name for each in self.saga.segments}]
        known = {
            "step": given["step"] if given["step"] in self.saga.steps else "",
            "fold": ",".join(folded),
            "scale": given["scale"] if given["scale"] in ("even", "time") else "",
        }
        return {name: value for name, value in known.items() if value}

    @cached_property
    def folded(self) -> frozenset[str]:
        return frozenset(self.query.get("fold", "").split(",")) - {""}

    def address(self, **changes: str) -> str:
        """The query of the same page with another view."""
        return "?" + urlencode({name: value for name, value in (self.query | changes).items() if value}, safe=",")
