"""The states of all steps of a run, with what decisions count over them and the texts that a snapshot is made of.

The values are those of a plain dict. Count and texts follow from them, so that one change costs the same in a run of
ten steps and of five hundred. Only ``evolve`` puts a step, into a copy of its own: to everyone else, this is a value.
"""

from collections.abc import Mapping
from typing import Self

from sagaflow.core.codec import write
from sagaflow.core.definition.graph import Graph
from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.state import RunState, StepState, StepStatus

__all__ = ["Steps", "Tally", "in_order", "tally_of"]

QUIET = frozenset(status for status in StepStatus if status.settled_forward or status.undone or status == "pending")
"""The statuses of steps with nothing under way and nothing wrong, as most steps of a long run are."""


class Tally:
    """The counts over the steps of a run that decisions need."""

    __slots__ = ("counts", "graph", "left", "open", "unsettled")

    def __init__(self, graph: Graph, counts: dict[StepStatus, int], unsettled: dict[str, int], open_: set[str]) -> None:
        self.graph = graph
        self.counts = counts
        """The number of steps of each status; a status that no step ever had is missing."""
        self.unsettled = unsettled
        """The number of steps of each segment that are neither done nor skipped."""
        self.left = sum(unsettled.values())
        """The number of steps that are neither done nor skipped."""
        self.open = open_
        """The steps at which work is due or under way, or that are in trouble: those whose status is not ``QUIET``."""

    @classmethod
    def count(cls, graph: Graph, steps: Mapping[str, StepState]) -> Self:
        """Count all steps."""
        tally = cls(graph, {}, dict.fromkeys(graph.entries, 0), set())
        for name, step in steps.items():
            tally.add(name, step.status)
        return tally

    def add(self, name: str, status: StepStatus) -> None:
        """Count a step of this status."""
        self._count(name, status, 1)
        if status not in QUIET:
            self.open.add(name)

    def drop(self, name: str, status: StepStatus) -> None:
        """Count a step of this status no longer."""
        self._count(name, status, -1)
        self.open.discard(name)

    def _count(self, name: str, status: StepStatus, number: int) -> None:
        self.counts[status] = self.counts.get(status, 0) + number
        if not status.settled_forward:
            self.unsettled[self.graph.segment_of[name].name] += number
            self.left += number

    def copy(self) -> "Tally":
        """Return a copy that can count on."""
        return Tally(self.graph, self.counts.copy(), self.unsettled.copy(), self.open.copy())


class Steps(dict[str, StepState]):
    """The states of the steps by name."""

    __slots__ = ("_stale", "_tally", "_texts", "looked")

    def __init__(self, steps: Mapping[str, StepState]) -> None:
        super().__init__(steps)
        self.looked = False
        """True if a decision left them: it looked at every step, and nothing more happens by itself."""
        self._tally: Tally | None = None
        self._texts: dict[str, str] = {}
        """The canonical text of each step, in the order of the snapshot."""
        self._stale: frozenset[str] = frozenset(steps)
        """The steps whose text is out of date."""
        if isinstance(steps, Steps):
            tally, texts, self._stale = steps.known()
            self._tally, self._texts = tally and tally.copy(), texts.copy()
        else:
            self._texts = dict.fromkeys(sorted(steps), "")

    def known(self) -> tuple[Tally | None, dict[str, str], frozenset[str]]:
        """Return the tally, the texts, and the steps whose text is out of date, for a copy."""
        return self._tally, self._texts, self._stale

    def tally(self, graph: Graph) -> Tally:
        """Return what is counted over the steps."""
        if self._tally is None or self._tally.graph is not graph:
            self._tally = Tally.count(graph, self)
        return self._tally

    def put(self, name: str, step: StepState) -> None:
        """Change a step of a copy that only the caller has."""
        if self._tally is not None and (before := self[name].status) is not step.status:
            self._tally.drop(name, before)
            self._tally.add(name, step.status)
        self[name] = step
        self._stale |= {name}

    def written(self) -> str:
        """Return the canonical text. Only steps that changed since the last text are written again."""
        texts = self._texts
        for name in self._stale:
            texts[name] = f"{write(name)}:{write(self[name])}"
        self._stale = frozenset()
        return f"{{{','.join(texts.values())}}}"


def tally_of(saga: Saga, state: RunState) -> Tally:
    """Return what is counted over the steps of a run."""
    steps = state.steps
    return steps.tally(saga.graph) if isinstance(steps, Steps) else Tally.count(saga.graph, steps)


def in_order(saga: Saga, state: RunState) -> list[str]:
    """Return the open steps of a run, in the order of the graph."""
    return sorted(tally_of(saga, state).open, key=saga.graph.rank.__getitem__)
