"""A run at one moment, as one user sees it. The data that the parts of its page share is read once."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.http import Http404, HttpRequest

from designer.live.attempts import Attempt, attempts
from designer.live.view import View, view_of
from designer.pages.flowchart_files import NOTHING
from designer.pages.run_window import Window
from sagaflow import access, run_view, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.state import RunState, StepStatus
from sagaflow.flowchart.appearance import Status
from sagaflow.flowchart.folding import folded_at_first
from sagaflow.store import subscriptions
from sagaflow.store.runs import journal_queries
from sagaflow.store.runs.run_line import RunLine

__all__ = ["STEP_TABS", "TABS", "RunPage"]

VIEW = ("step", "about", "fold", "scale", "after", "direction", "tab")
"""The names of the view in the query of the address."""
TABS = ("timeline", "steps", "events", "sequence", "journal", "rollback", "acts")
"""The tabs of the drawer. The first one is shown if the address names none."""
STEP_TABS = ("summary", "input", "output", "attempts", "journal", "definition")
"""The tabs of the panel of a step."""
UNDER_WAY = (StepStatus.RUNNING, StepStatus.WAITING, StepStatus.UNDO_RUNNING, StepStatus.UNDO_WAITING)


@dataclass(frozen=True)
class RunPage:
    """One run at one moment, as one user sees it."""

    request: HttpRequest
    run_id: str
    line: RunLine
    saga: Saga
    state: RunState
    now: float

    @classmethod
    def of(cls, request: HttpRequest, run_id: str) -> "RunPage":
        """Read the run from the database.

        Raises:
            Http404: there is no such run, or the user may not see it.
        """
        try:
            line, saga = access.run(request.user, run_id)
        except store.UnknownRun as error:
            raise Http404(str(error)) from error
        _, state = store.state(run_id)
        return cls(request, run_id, line, saga, state, store.now())

    @cached_property
    def sensitive(self) -> tuple[str, ...]:
        """The names of the fields that are masked for the user."""
        return access.sensitive_for(self.request.user, self.saga)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The journal entries of the window, as they were when the state was read."""
        after, last = self.window.after, self.window.last
        return store.journal(self.run_id, after, limit=last - after) if after < last else ()

    @cached_property
    def window(self) -> Window:
        return Window.chosen(self.request.GET.get("after", ""), self.state.seq)

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts that began or ended in the window; in the newest window also those that are in progress."""
        tokens = {getattr(entry.fact, "token", 0) for entry in self.entries}
        if self.window.later is None:
            tokens |= {now.token for now in self.state.steps.values() if now.status in UNDER_WAY}
        begun = journal_queries.numbered(self.run_id, {token for token in tokens if 0 < token <= self.window.after})
        return attempts((*begun, *self.entries))

    @cached_property
    def subscribers(self) -> tuple[Subscriber, ...]:
        """The subscribers of other apps."""
        return subscriptions.of(self.saga.name)

    @cached_property
    def failing_observers(self) -> dict[str, Status]:
        """The observers and subscribers whose deliveries fail, by name."""
        listened_to = self.saga.observers or self.subscribers
        return run_view.failing_observers(self.run_id, self.saga) if listened_to else {}

    @cached_property
    def view(self) -> View:
        failing = self.failing_observers
        return view_of(self.saga, self.state, self.now, self.folded, self.subscribers, failing=failing)

    @cached_property
    def query(self) -> dict[str, str]:
        """The view in the query of the address, without invalid values."""
        given = {name: self.request.GET.get(name, "") for name in VIEW}
        folded = [name for name in given["fold"].split(",") if name in {each.name for each in self.saga.segments}]
        if not given["fold"]:
            at_first = folded_at_first(self.saga, self.state, self.now)
            folded = [each.name for each in self.saga.segments if each.name in at_first]
        known = {
            "step": given["step"] if given["step"] in self.saga.steps else "",
            "about": given["about"] if given["about"] in STEP_TABS and given["step"] in self.saga.steps else "",
            "fold": ",".join(folded) or (NOTHING if given["fold"] == NOTHING else ""),
            "scale": given["scale"] if given["scale"] in ("even", "time") else "",
            "direction": given["direction"] if given["direction"] == "LR" else "",
            "after": str(self.window.after) if given["after"] == str(self.window.after) else "",
            "tab": given["tab"] if given["tab"] in TABS else "",
        }
        return {name: value for name, value in known.items() if value}

    @property
    def tab(self) -> str:
        """The tab of the drawer that is shown."""
        return self.query.get("tab", TABS[0])

    @cached_property
    def folded(self) -> frozenset[str]:
        return frozenset(self.query.get("fold", "").split(",")) - {"", NOTHING}

    def address(self, **changes: str) -> str:
        """Return the query of the same page with another view."""
        return "?" + urlencode({name: value for name, value in (self.query | changes).items() if value}, safe=",")
