"""``given(saga, input).when(step, answer, …).run()``: a run whose participants answer as the test says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sagaflow import engine, registry, store
from sagaflow.core.definition.saga import Observer, Saga, Step
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.participant import Context
from sagaflow.core.run.state import Direction
from sagaflow.participants.kinds import KINDS
from sagaflow.registry import Action
from sagaflow.testing.driving import Until, drive
from sagaflow.testing.fault_injection import FaultyAttempt
from sagaflow.testing.result import Seen, seen
from sagaflow.testing.script import Answers, Place, Script

__all__ = ["Scenario", "given"]


@dataclass(frozen=True)
class Scenario:
    """What a run is given. Each ``when`` returns another scenario, so that one may be the start of many."""

    saga: Saga
    input: Any
    answers: dict[Place, Answers]
    """By step and direction: what its action answers, attempt by attempt."""
    standing_in: bool = False

    def when(self, step: str, *answers: Any) -> "Scenario":
        """The action answers this for ``step``, one answer per attempt; after the last one, REAL.

        ``step`` may also be an observer of the definition, or a subscriber such as ``newsletter.add_reader``.

        An answer is a value to return, an error to raise, a function of the context that does either, REAL, or a
        faulty attempt, such as ``crash()``. Other steps that call the same action are not concerned.

        Raises:
            KeyError: the saga has no such step.
            TypeError: no action carries out the step, an observer was given a faulty attempt, or the name is ambiguous.
        """
        if step in {each.name for each in _listeners(self.saga)}:
            if step in self.saga.steps:
                raise TypeError(
                    f"'{step}' names a step and an observer of saga '{self.saga.name}'; rename one of them."
                )
            if any(isinstance(answer, FaultyAttempt) for answer in answers):
                raise TypeError(f"'{step}' is an observer: it holds no attempt of the run. Give a value or an error.")
            return self._told(step, Direction.DO, answers)
        return self._with(self._step(step).does, step, Direction.DO, answers)

    def when_undone(self, step: str, *answers: Any) -> "Scenario":
        """The same for the compensation of ``step``."""
        undo = self._step(step).undo
        return self._with(undo and undo.does, step, Direction.UNDO, answers)

    def with_stand_ins(self) -> "Scenario":
        """No participant is there: every action that ``when`` does not name succeeds and returns ``{}``."""
        return replace(self, standing_in=True)

    def run(self, until: Until | None = None, *, within: float | None = None, run_id: str | None = None) -> Seen:
        """Starts the run, drives it as far as ``drive`` does, and looks at it. Actions answer as usual afterwards."""
        script = Script(self.saga.name, self.answers)
        with registry.standing_in(self.saga, *self._stand_ins(script)), script.playing():
            store.declare(registry.subscribers())
            started = engine.start(self.saga.name, self.input, run_id=run_id, by="test")
            drive(started, until, within=within)
        return seen(started)

    def _step(self, name: str) -> Step:
        if name not in self.saga.steps:
            known = ", ".join(self.saga.steps)
            raise KeyError(f"Saga '{self.saga.name}' has no step '{name}'; its steps are {known}.")
        return self.saga.steps[name]

    def _with(self, does: Any, step: str, direction: Direction, answers: Answers) -> "Scenario":
        if does is None or not does.calls:
            what = "Step" if direction is Direction.DO else "The compensation of step"
            raise TypeError(f"{what} '{step}' is not carried out by an action; use engine.publish, answer or approve.")
        return self._told(step, direction, answers)

    def _told(self, name: str, direction: Direction, answers: Answers) -> "Scenario":
        return replace(self, answers={**self.answers, (name, direction): answers})

    def _stand_ins(self, script: Script) -> Iterator[Action]:
        told = {action for place, action in _actions(self.saga) if place in self.answers}
        for name in dict.fromkeys(action for _, action in _actions(self.saga)):
            if self.standing_in:
                yield Action(name=name, does=script.answering(_nothing))
            elif name in told:
                real = registry.get_action(name)
                yield replace(real, kind="python", does=script.answering(_carry_out(real)))


def given(saga: str | Saga, input: Any = None) -> Scenario:  # noqa: A002 - the word of the engine
    """A saga by name, or a definition (which takes the place of what has its name while it runs); and its input."""
    definition = registry.get_saga(saga) if isinstance(saga, str) else saga
    return Scenario(definition, {} if input is None else input, {})


def _actions(saga: Saga) -> Iterator[tuple[Place, str]]:
    """Where an action is called, and its name."""
    for step in saga.steps.values():
        for direction in Direction:
            work = step.work(direction)
            if work.calls:
                yield (step.name, direction), work.calls
    yield from (((each.name, Direction.DO), each.action) for each in _listeners(saga))


def _listeners(saga: Saga) -> tuple[Observer | Subscriber, ...]:
    return (*saga.observers, *registry.subscribers(saga.name))


def _carry_out(action: Action) -> Callable[[Context], Any]:
    return lambda context: KINDS[action.kind](action, context)


def _nothing(_: Context) -> dict[str, Any]:
    return {}
