"""Scenarios: ``given(saga, input).when(step, answer, …).run()`` is a run whose participants answer as the test says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sagaflow import engine, registry, store
from sagaflow.core.definition.saga import Observer, Saga, Step
from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.definition.work import StepKind
from sagaflow.core.json_value import Json
from sagaflow.core.participant import Context
from sagaflow.core.run.state import Direction
from sagaflow.participants.kinds import KINDS
from sagaflow.registry import Action
from sagaflow.testing.driving import Until, drive
from sagaflow.testing.fault_injection import FaultyAttempt
from sagaflow.testing.result import RunResult, seen
from sagaflow.testing.script import Answers, Place, Script

__all__ = ["Scenario", "given"]


@dataclass(frozen=True)
class Scenario:
    """A saga, its input and the answers of its participants. Each ``when`` returns a new scenario, with one more."""

    saga: Saga
    input: Any
    answers: dict[Place, Answers]
    """The answers of the actions, attempt by attempt, by step and direction."""
    standing_in: bool = False

    def when(self, step: str, *answers: object) -> "Scenario":
        """Have the action of ``step`` give these answers, one for each attempt. Further attempts call the real action.

        ``step`` may also be an observer of the definition, or a subscriber, for example ``newsletter.add_reader``.

        An answer is a value to return, an error to raise, a function of the context that does either, REAL, or a
        faulty attempt, for example ``crash()``. The answers belong to this step alone, even if other steps call the
        same action.

        Raises:
            KeyError: the saga does not have this step.
            TypeError: no action carries out the step, an observer was given a faulty attempt, or the name is ambiguous.
        """
        if step in {listener.name for listener in _listeners(self.saga)}:
            if step in self.saga.steps:
                raise TypeError(
                    f"'{step}' names a step and an observer of saga '{self.saga.name}'; rename one of them."
                )
            if any(isinstance(answer, FaultyAttempt) for answer in answers):
                raise TypeError(f"'{step}' is an observer: it makes no attempt of the run. Give a value or an error.")
            return self._with_answers(step, Direction.DO, answers)
        return self._when(self._step(step).does, step, Direction.DO, answers)

    def when_undone(self, step: str, *answers: object) -> "Scenario":
        """Have the compensation of ``step`` give these answers, as in ``when``."""
        undo = self._step(step).undo
        return self._when(undo.does if undo else None, step, Direction.UNDO, answers)

    def with_stand_ins(self) -> "Scenario":
        """Replace the participants: every action that has no answers succeeds and returns ``{}``."""
        return replace(self, standing_in=True)

    def run(self, until: Until | None = None, *, within: float | None = None, run_id: str | None = None) -> RunResult:
        """Start the run, drive it with ``drive``, and return its result. Afterwards the actions answer as usual."""
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

    def _when(self, does: StepKind | None, step: str, direction: Direction, answers: Answers) -> "Scenario":
        if does is None or not does.calls:
            what = "Step" if direction is Direction.DO else "The compensation of step"
            raise TypeError(f"{what} '{step}' is not carried out by an action; use engine.publish, answer or approve.")
        return self._with_answers(step, direction, answers)

    def _with_answers(self, name: str, direction: Direction, answers: Answers) -> "Scenario":
        return replace(self, answers={**self.answers, (name, direction): answers})

    def _stand_ins(self, script: Script) -> Iterator[Action]:
        scripted = {action for place, action in _actions(self.saga) if place in self.answers}
        for name in dict.fromkeys(action for _, action in _actions(self.saga)):
            if self.standing_in:
                yield Action(name=name, does=script.answering(_nothing))
            elif name in scripted:
                real = registry.get_action(name)
                probe = real.probe if real.kind == "python" else None
                yield replace(real, kind="python", does=script.answering(_carry_out(real)), probe=probe)


def given(saga: str | Saga, input: Json = None) -> Scenario:  # noqa: A002 - the word of the engine
    """Return a scenario of a saga, and its input. A definition replaces the registered one of its name meanwhile."""
    definition = registry.get_saga(saga, registry.sagas()) if isinstance(saga, str) else saga
    return Scenario(definition, {} if input is None else input, {})


def _actions(saga: Saga) -> Iterator[tuple[Place, str]]:
    """Yield every place at which an action is called, and the name of the action."""
    for step in saga.steps.values():
        for direction in Direction:
            work = step.work(direction)
            if work.calls:
                yield (step.name, direction), work.calls
    yield from (((listener.name, Direction.DO), listener.action) for listener in _listeners(saga))


def _listeners(saga: Saga) -> tuple[Observer | Subscriber, ...]:
    return (*saga.observers, *registry.subscribers(saga.name))


def _carry_out(action: Action) -> Callable[[Context], object]:
    return lambda context: KINDS[action.kind](action, context)


def _nothing(_: Context) -> dict[str, Json]:
    return {}
