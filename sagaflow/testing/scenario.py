"""``given(saga, input).when(step, answer, …).run()``: a run whose participants answer as the test says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sagaflow import engine, registry
from sagaflow.core.definition import Call, Saga, Step
from sagaflow.core.participant import Context
from sagaflow.participants.kinds import KINDS
from sagaflow.registry import Action
from sagaflow.testing.driving import Until, drive
from sagaflow.testing.seen import Seen, seen

__all__ = ["REAL", "Scenario", "given"]

REAL = object()
"""An answer: let the registered action do it."""

Answers = tuple[Any, ...]


@dataclass(frozen=True)
class Scenario:
    """What a run is given. Each ``when`` returns another scenario, so that one may be the start of many."""

    saga: Saga
    input: Any
    answers: dict[str, Answers]
    """By action: what it answers, attempt by attempt."""
    standing_in: bool = False

    def when(self, step: str, *answers: Any) -> "Scenario":
        """The action of ``step`` (or of an observer) answers this, one answer per attempt; after the last one, REAL.

        An answer is a value to return, an error to raise, a function of the context that does either, or REAL.

        Raises:
            KeyError: the saga has no such step.
            TypeError: no action carries it out.
        """
        observers = {observer.name: Call(observer.action) for observer in self.saga.observers}
        return self._with(observers.get(step) or self._step(step).does, step, answers)

    def when_undone(self, step: str, *answers: Any) -> "Scenario":
        """The same for the compensation of ``step``."""
        undo = self._step(step).undo
        return self._with(undo and undo.does, step, answers)

    def with_stand_ins(self) -> "Scenario":
        """No participant is there: every action that ``when`` does not name succeeds and returns ``{}``."""
        return replace(self, standing_in=True)

    def run(self, until: Until | None = None, *, within: float | None = None, run_id: str | None = None) -> Seen:
        """Starts the run, drives it as far as ``drive`` does, and looks at it. Actions answer as usual afterwards."""
        with registry.standing_in(self.saga, *self._stand_ins()):
            started = engine.start(self.saga.name, self.input, run_id=run_id, by="test")
            drive(started, until, within=within)
        return seen(started)

    def _step(self, name: str) -> Step:
        if name not in self.saga.steps:
            known = ", ".join(self.saga.steps)
            raise KeyError(f"Saga '{self.saga.name}' has no step '{name}'; its steps are {known}.")
        return self.saga.steps[name]

    def _with(self, does: Any, step: str, answers: Answers) -> "Scenario":
        if not isinstance(does, Call):
            raise TypeError(f"No action carries out that of step '{step}'; use engine.publish, answer or approve.")
        return replace(self, answers={**self.answers, does.action: answers})

    def _stand_ins(self) -> Iterator[Action]:
        for name in dict.fromkeys(_actions(self.saga)):
            if self.standing_in:
                yield Action(name=name, does=_answering(self.answers.get(name, ()), _nothing))
            elif name in self.answers:
                real = registry.get_action(name)
                yield replace(real, kind="python", does=_answering(self.answers[name], _carry_out(real)))


def given(saga: str | Saga, input: Any = None) -> Scenario:  # noqa: A002 - the word of the engine
    """A saga by name, or a definition (which takes the place of what has its name while it runs); and its input."""
    definition = registry.get_saga(saga) if isinstance(saga, str) else saga
    return Scenario(definition, {} if input is None else input, {})


def _actions(saga: Saga) -> Iterator[str]:
    for step in saga.steps.values():
        for does in (step.does, step.undo and step.undo.does):
            if isinstance(does, Call):
                yield does.action
    yield from (observer.action for observer in saga.observers)


def _carry_out(action: Action) -> Callable[[Context], Any]:
    return lambda context: KINDS[action.kind](action, context)


def _nothing(_: Context) -> dict[str, Any]:
    return {}


def _answering(answers: Answers, real: Callable[[Context], Any]) -> Callable[[Context], Any]:
    rest = iter(answers)

    def answer(context: Context) -> Any:
        given = next(rest, REAL)
        if given is REAL:
            return real(context)
        if isinstance(given, BaseException):
            raise given
        return given(context) if callable(given) else given

    return answer
